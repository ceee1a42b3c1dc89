/** What may stay in a trace: an allow-list of harmless fields; all else becomes a stand-in or a length. */
import { hostName, isIp4, isIp6, type Pseudonyms, type SecretKind } from './pseudonyms.js';
import { lengthOnly, redactCandidate, redactSdp } from './redact-sdp.js';

export const REDACT_LIMITS = {
  /** Deepest nesting and longest list or object that is followed; what lies beyond is replaced by a note. */
  depthMax: 16,
  membersMax: 512,
  /** Longest string that is kept as it is. */
  keptCharsMax: 128,
  /** Longest sentence that is searched; the rest is cut off. */
  sentenceCharsMax: 16 * 1024,
} as const;

/** Fields whose strings are kept (after a search for addresses and tokens in them), and fields whose numbers are. */
const KEPT_TEXT = new Set(
  (
    'type id op call kind cause version phase reason state mid sdpMid media event name path schema protocol dir direction ' +
    'user device from to peer caller callee by endedBy callId requestId commandId code error message why refused refusal detail status'
  ).split(' '),
);
const KEPT_NUMBER = new Set(
  (
    'seq ack version id code status time at serverTime heartbeat heartbeatMs silentMs graceMs ringMs invitedAt ringingAt answeredAt endedAt ' +
    'timerStartedAt elapsedMs ms sdpMLineIndex received acked resumed attempt retryAfterMs count port'
  ).split(' '),
);
/** Fields that are replaced by a stand-in, with what they hold. */
const SECRET: ReadonlyMap<string, SecretKind> = new Map([
  ['token', 'token'],
  ['accessToken', 'token'],
  ['access_token', 'token'],
  ['authorization', 'token'],
  ['session', 'session'],
  ['sessionId', 'session'],
  ['session_id', 'session'],
  ['resume', 'session'],
  ['usernameFragment', 'ufrag'],
  ['ufrag', 'ufrag'],
  ['pwd', 'pwd'],
  ['password', 'credential'],
  ['credential', 'credential'],
  ['username', 'credential'],
  ['fingerprint', 'fingerprint'],
]);
/** A `username` beside one of these opens a TURN server or an account; alone it only names a user, as `user` does. */
const BESIDE_LOG_IN = ['credential', 'credentials', 'password', 'pwd', 'secret', 'urls', 'url', 'uris', 'ttl'];
const ADDRESS = new Set(['ip', 'address', 'host', 'relatedAddress', 'raddr']);

/**
 * A deep copy of a parsed frame that may be shown to strangers. Known harmless fields stay; session descriptions and
 * candidates are reduced wherever they stand; tokens, sessions and addresses become stand-ins; any other string shows
 * only its length and any other number only that it was one. Total, and bounded in depth and size.
 */
export function redactFrame(frame: unknown, names: Pseudonyms): unknown {
  return redactValue(frame, '', names, 0);
}

function redactValue(value: unknown, key: string, names: Pseudonyms, depth: number): unknown {
  switch (typeof value) {
    case 'string':
      return redactString(value, key, names);
    case 'number':
      return KEPT_NUMBER.has(key) ? value : 'redacted(number)';
    case 'boolean':
      return value;
    case 'object':
      break;
    default:
      return `redacted(${typeof value})`;
  }
  if (value === null) return null;
  if (depth >= REDACT_LIMITS.depthMax) return 'redacted(too deep)';
  if (Array.isArray(value)) {
    const kept = value.slice(0, REDACT_LIMITS.membersMax).map((member: unknown) => redactValue(member, key, names, depth + 1));
    return value.length > REDACT_LIMITS.membersMax ? [...kept, `redacted(${value.length} members)`] : kept;
  }
  const entries = Object.entries(value);
  const copy: Record<string, unknown> = {};
  const isLogIn = BESIDE_LOG_IN.some((name) => Object.hasOwn(value, name));
  for (const [name, member] of entries.slice(0, REDACT_LIMITS.membersMax)) {
    const meant = name === 'username' && !isLogIn ? 'user' : name;
    copy[redactKey(name, names)] = redactValue(member, meant, names, depth + 1);
  }
  if (entries.length > REDACT_LIMITS.membersMax) copy['redacted'] = `${entries.length} members`;
  return copy;
}

/** A key is a word of the protocol, unless it looks made up by a machine or a person: some servers key by user or by token. */
function redactKey(key: string, names: Pseudonyms): string {
  return /^[A-Za-z][A-Za-z_-]{0,23}\d{0,2}$/.test(key) ? key : names.of('key', key);
}

function redactString(text: string, key: string, names: Pseudonyms): string {
  if (key === 'sdp' || /^v=0\r?\n/.test(text)) return redactSdp(text, names);
  if (key === 'candidate' || /^(a=)?candidate:/.test(text)) return redactCandidate(text, names);
  if (text === '') return '';
  const secret = SECRET.get(key);
  if (secret !== undefined) return names.of(secret, text);
  if (ADDRESS.has(key)) return hostName(text, names);
  if (!KEPT_TEXT.has(key)) return lengthOnly(text);
  // Most of what a frame holds: every pattern of the search needs a dot, a colon, a slash or a gap.
  if (/^[\w-]{1,64}$/.test(text)) return text;
  if (key === 'message' || key === 'error' || key === 'detail' || key === 'why') return redactText(text, names);
  return text.length <= REDACT_LIMITS.keptCharsMax ? redactText(text, names) : lengthOnly(text);
}

/**
 * A sentence, such as an error message, without what identifies people or opens doors: user info, query and fragment of
 * URLs, bearer tokens, JWTs (RFC 7519), `password=...` pairs, ICE credentials and IP addresses other than loopback.
 */
export function redactText(text: string, names: Pseudonyms): string {
  const cut = text.length > REDACT_LIMITS.sentenceCharsMax;
  const searched = cut ? text.slice(0, REDACT_LIMITS.sentenceCharsMax) : text;
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
