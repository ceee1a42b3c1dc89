/** What looks like a secret although nobody has seen it before: the second half of the search for leaks. */
import { isIp4, isIp6, isNobody } from './pseudonyms.js';
import type { Found } from './vault.js';

interface Pattern {
  readonly kind: Found['kind'];
  readonly expression: RegExp;
  /** Whether a match is one indeed; its groups together are what counts, or else the whole of it. */
  isLeak?(found: string): boolean;
}

const STAND_IN = '(?:token|pwd|ufrag|fingerprint|credential|session)-(?:\\d+|more)\\b|redacted';

const PATTERNS: readonly Pattern[] = [
  { kind: 'token', expression: /(?<![\w-])eyJ[\w-]{5,}\.[\w-]{2,}\.[\w-]*/g },
  {
    kind: 'token',
    expression: new RegExp(`\\bbearer[ :]+(?!${STAND_IN})([\\w.~+/=-]{8,})`, 'gi'),
    isLeak: (value) => /\d/.test(value) || value.length >= 24,
  },
  { kind: 'pwd', expression: new RegExp(`\\bice-pwd:(?!${STAND_IN})[\\w+/]{8,}`, 'g') },
  { kind: 'ufrag', expression: new RegExp(`\\bice-ufrag:(?!${STAND_IN})[\\w+/]{4,}`, 'g') },
  { kind: 'fingerprint', expression: /(?<![A-F0-9:])(?:[A-F0-9]{2}:){15,63}[A-F0-9]{2}(?![A-F0-9:])/gi },
  { kind: 'private-key', expression: /-----BEGIN [A-Z ]{0,20}PRIVATE KEY-----/g },
  {
    kind: 'url-query',
    // What is rare comes first: a look back from there costs less than a try at every word.
    expression: /:\/\/(?<=\b[a-z][a-z0-9+.-]{1,20}:\/\/)[^\s"'<>`?#]{1,512}\?[^\s"'<>`=]{1,128}=[^\s"'<>`&]/gi,
  },
  {
    kind: 'address',
    expression: /(?<![\w.-])\d{1,3}(?:\.\d{1,3}){3}(?![\w-]|\.\d)/g,
    isLeak: (found) => isIp4(found) && !isNobody(found),
  },
  {
    kind: 'address',
    expression: /:(?=[0-9a-f]{0,4}:)(?<=(?<![\w:.])([0-9a-f]{0,4}:))([0-9a-f:]{1,38})(?![\w:])/gi,
    isLeak: (found) => isIp6(found) && !isNobody(found) && !/^::1:\d{1,5}$/.test(found) && /\d/.test(found),
  },
];

/** The first thing in `text` that looks like a secret, or null. Loopback addresses and stand-ins are none. */
export function findPattern(text: string): Found | null {
  let first: Found | null = null;
  for (const { kind, expression, isLeak } of PATTERNS) {
    for (const match of text.matchAll(expression)) {
      if (first !== null && match.index >= first.index) break;
      if (isLeak !== undefined && !isLeak(match.length > 1 ? match.slice(1).join('') : match[0])) continue;
      first = { kind, index: match.index };
      break;
    }
  }
  return first;
}
