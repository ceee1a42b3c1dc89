/** Sentences without what opens doors or names an address: tokens, credentials, parts of URLs, IP addresses. */
import { hostName, isIp4, isIp6, type Pseudonyms, type SecretKind } from './pseudonyms.js';

/** Longest sentence that is searched; the rest is cut off. */
const SENTENCE_CHARS_MAX = 16 * 1024;

/**
 * A sentence, such as an error message, without what identifies people or opens doors: user info, query and fragment of
 * URLs, bearer tokens, JWTs (RFC 7519), `password=...` pairs, ICE credentials and IP addresses other than loopback.
 */
export function redactText(text: string, names: Pseudonyms): string {
  // Every pattern below needs one of these signs, or a long run of letters and digits.
  if (text.length <= 128 && !/[:/@=.]|bearer|basic|digest|[\w-]{16}/i.test(text)) return text;
  const cut = text.length > SENTENCE_CHARS_MAX;
  const searched = cut ? text.slice(0, SENTENCE_CHARS_MAX) : text;
  const clean = searched
    .replace(
      /\b([a-z][a-z0-9+.-]{1,20}):\/\/([^\s"'<>`]+)/gi,
      (_, scheme: string, rest: string) => `${scheme}://${redactUrl(rest)}`,
    )
    .replace(/\b(stuns?|turns?|sips?):([^\s"'<>`@/]{1,256})@/gi, (_, scheme: string) => `${scheme}:redacted@`)
    .replace(/(^|[\s"'(=])(\/[^\s"'<>`?#]*)\?[^\s"'<>`]+/g, (_, before: string, path: string) => `${before}${path}?redacted`)
    .replace(/\b(bearer|basic|digest)(\s+)(?!token-\d)([\w.~+/=-]{8,})/gi, (_, scheme: string, gap: string, value: string) => {
      // `digest 5f2c...` in a line of evidence is that of a frame (protocol/rng.ts), not what a client logs in with.
      if (/^digest$/i.test(scheme) && /^[0-9a-f]{16}$/.test(value)) return `${scheme}${gap}${value}`;
      return `${scheme}${gap}${names.of('token', value)}`;
    })
    .replace(/(?<![\w-])(?:eyJ[\w-]{5,}\.[\w-]{2,}(?:\.[\w-]*){0,3}|[\w-]{16,}\.[\w-]{16,}\.[\w-]{16,})/g, (token) =>
      names.of('token', token),
    )
    .replace(
      /\b((?:access_|refresh_|id_)?token|password|passwd|pwd|secret|api[-_]?key|authorization|cookie|credential|ice-pwd|ice-ufrag|ufrag)(["']?\s*[=:]\s*["']?)(?!(?:bearer|basic|digest)\s|token-\d|redacted)([^\s"',;&)}\]]+)/gi,
      (_, name: string, between: string, value: string) => `${name}${between}${names.of(secretOf(name), value)}`,
    )
    .replace(/(?<![A-F0-9:])(?:[A-F0-9]{2}:){15,63}[A-F0-9]{2}(?![A-F0-9:])/gi, (bytes) =>
      names.of('fingerprint', bytes.toUpperCase()),
    )
    .replace(/\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\.local\b/gi, (host) => hostName(host, names))
    .replace(/(?<![\w:.])[0-9a-f:.]*:[0-9a-f:.]*[0-9a-f:](?:%[\w.-]+)?(?!\w)/gi, (found) => redactIp6(found, names))
    .replace(/(?<![\w.])\d{1,3}(?:\.\d{1,3}){3}(?!\d|\.\d)/g, (found) => (isIp4(found) ? hostName(found, names) : found));
  return cut ? `${clean} redacted(${text.length - searched.length} more)` : clean;
}

function secretOf(name: string): SecretKind {
  const word = name.toLowerCase();
  if (word.endsWith('token') || word === 'authorization') return 'token';
  if (word.endsWith('ufrag')) return 'ufrag';
  return word === 'ice-pwd' ? 'pwd' : 'credential';
}

/** What follows `://`: host, port and path stay; punctuation that ends the sentence is given back. */
function redactUrl(rest: string): string {
  const tail = /[.,;:!?)\]}]*$/.exec(rest)?.[0] ?? '';
  const body = tail.startsWith(']') || tail === '' ? rest : rest.slice(0, rest.length - tail.length);
  const after = body === rest ? '' : tail;
  const authorityEnd = body.search(/[/?#]/);
  const authority = authorityEnd === -1 ? body : body.slice(0, authorityEnd);
  const path = authorityEnd === -1 ? '' : body.slice(authorityEnd);
  const at = authority.lastIndexOf('@');
  const host = at === -1 ? authority : `redacted@${authority.slice(at + 1)}`;
  const query = path.search(/[?#]/);
  return `${host}${query === -1 ? path : `${path.slice(0, query)}?redacted`}${after}`;
}

/** Matches that only look like IPv6, such as a time of day, stay; a colon that ends the clause is given back. */
function redactIp6(found: string, names: Pseudonyms): string {
  // Node writes loopback and its port as `::1:8080`, which is an address of no network in use as well.
  if (/^::1:\d{1,5}$/.test(found)) return found;
  if (isIp6(found)) return hostName(found, names);
  const bare = found.replace(/:$/, '');
  return bare !== found && isIp6(bare) ? `${hostName(bare, names)}:` : found;
}
