/** The last look at a text before it is written: whatever redaction overlooked is refused here. */
import { NameFinder } from './name-finder.js';
import type { Names } from './names.js';
import { findPattern } from './patterns.js';
import type { Found, SecretVault } from './vault.js';

/** A leak, as it is reported to a person. */
export interface Leak {
  readonly kind: Found['kind'];
  /** Both from 1. */
  readonly line: number;
  readonly column: number;
}

/** What kinds of secret are called. */
const WORDS: Readonly<Record<Found['kind'], string>> = {
  host: 'the name or address of a host',
  ufrag: 'an ICE user fragment',
  pwd: 'an ICE password',
  fingerprint: 'the fingerprint of a certificate',
  token: 'a token',
  session: 'the id of a session',
  foundation: 'the foundation of a candidate',
  ssrc: 'the source of a stream',
  msid: 'the id of a stream',
  cname: 'the name of a stream',
  credential: 'a password or another credential',
  key: 'a key made by somebody',
  user: 'the name of a user',
  call: "the id of a foreign server's call",
  device: 'the name of a device',
  id: 'an id of a foreign server',
  message: "a foreign server's name of a message",
  word: 'a word of a foreign server',
  number: 'a long number',
  'private-key': 'a private key',
  'url-query': 'the query of a URL',
  address: 'an IP address',
};

/** Thrown instead of writing; says what would have leaked and where, never the secret. */
export class LeakError extends Error {
  override readonly name = 'LeakError';

  constructor(
    readonly leak: Leak,
    what: string,
  ) {
    super(
      `${what} was not written: line ${leak.line}, character ${leak.column} would have shown ${WORDS[leak.kind]}. ` +
        'That is a gap in the redaction of call-probe, please report it; the same seed with --include-sensitive writes ' +
        'everything, for your eyes only.',
    );
  }
}

/** The first leak in `text`, or null. `line` is the number of its first line. */
export function leakIn(text: string, vault: SecretVault, names: Names, line = 1): Leak | null {
  const found = [vault.find(text), findPattern(text), findName(text, names)].filter((one) => one !== null);
  const first = found.sort((a, b) => a.index - b.index)[0];
  if (first === undefined) return null;
  const before = text.slice(0, first.index);
  const lines = before.split('\n');
  return { kind: first.kind, line: line + lines.length - 1, column: (lines.at(-1)?.length ?? 0) + 1 };
}

/**
 * Names of people that were replaced elsewhere. Many of them are words as well (max, will, mark): those that look like
 * one count only where a person is meant, as in `will/phone` and `c-will.phone-0k3v9x2`.
 */
function findName(text: string, names: Names): Found | null {
  for (const { name, start, end } of finderOf(names).in(text)) {
    const isWord = /^[a-z]{1,7}$/i.test(name);
    const isDevice = /^\/[\p{L}\p{N}]/u.test(text.slice(end, end + 3));
    const isInId = text[end] === '.' && /(?<![\p{L}\p{N}])[cms]-$/iu.test(text.slice(Math.max(0, start - 4), start));
    if (!isWord || isDevice || isInId) return { kind: 'user', index: start };
  }
  return null;
}

const finders = new WeakMap<Names, { readonly finder: NameFinder; count: number }>();

/** What finds these people; they only become more. */
function finderOf(names: Names): NameFinder {
  const known = finders.get(names) ?? { finder: new NameFinder(), count: 0 };
  finders.set(names, known);
  const people = names.people();
  for (const name of people.slice(known.count)) known.finder.add(name);
  known.count = people.length;
  return known.finder;
}
