/** What may stay of a frame: an allow-list of fields and of words; all else becomes a stand-in or a length. */
import type { Names } from './names.js';
import { hostName, type SecretKind } from './pseudonyms.js';
import { isNote, lengthOnly } from './sdp.js';

export const REDACT_LIMITS = {
  /** Deepest nesting and longest list or object that is followed; what lies beyond is replaced by a note. */
  depthMax: 16,
  membersMax: 512,
  /** Longest string that is kept as it is. */
  keptCharsMax: 128,
} as const;

/** What a string under a known key may show. Whatever stands under any other key shows its length. */
interface Row {
  readonly keys: string;
  /** For the documents. */
  readonly shows: string;
  text(text: string, names: Names): string;
}

const secret = (kind: SecretKind, keys: string): Row => ({
  keys,
  shows: `\`${kind}-1\``,
  text: (text, names) => names.pseudonyms.of(kind, text),
});

export const FRAME_ROWS: readonly Row[] = [
  {
    keys: 'type op kind move cause version phase reason state mid sdpMid media event name path schema protocol dir direction code status',
    shows: 'a name made of common words; any other becomes `message-1`',
    text: (text, names) => names.label(text),
  },
  {
    keys: 'error message why refused refusal detail',
    shows: 'common words and short numbers; any other word becomes `word-1`',
    text: (text, names) => names.foreign(text),
  },
  {
    keys: 'id call callId requestId commandId command',
    shows: 'ids that the probe made; others become `call-1` or `id-1`',
    text: (text, names) => names.id(text),
  },
  {
    keys: 'user from to peer caller callee by endedBy',
    shows: 'roles and common words; anybody else becomes `user-1`',
    text: (text, names) => names.party(text),
  },
  {
    keys: 'device',
    shows: 'devices of the scenario and common words; others become `device-1`',
    text: (text, names) => names.device(text),
  },
  {
    keys: 'ip address host relatedAddress raddr',
    shows: '`host-1.ip4`; loopback as it is',
    text: (text, names) => hostName(text, names.pseudonyms),
  },
  { keys: 'sdp', shows: 'a session description, see below', text: (text, names) => names.sdp(text) },
  { keys: 'candidate', shows: 'a candidate, see below', text: (text, names) => names.candidate(text) },
  secret('token', 'token accessToken access_token authorization'),
  secret('session', 'session sessionId session_id resume'),
  secret('ufrag', 'usernameFragment ufrag'),
  secret('pwd', 'pwd'),
  secret('credential', 'password credential username'),
  secret('fingerprint', 'fingerprint'),
];
const ROW_OF: ReadonlyMap<string, Row> = new Map(
  FRAME_ROWS.flatMap((row) => row.keys.split(' ').map((key) => [key, row] as const)),
);

const KEPT_NUMBER = new Set(
  (
    'seq ack version id code status time at serverTime heartbeat heartbeatMs silentMs graceMs ringMs invitedAt ringingAt answeredAt endedAt ' +
    'timerStartedAt elapsedMs ms sdpMLineIndex received acked resumed attempt retryAfterMs count port'
  ).split(' '),
);
/** A larger one under `id` may be an account or a telephone. */
const ID_MAX = 999_999;
/** A `username` beside one of these opens a TURN server or an account; alone it only names a user, as `user` does. */
const BESIDE_LOG_IN = ['credential', 'credentials', 'password', 'pwd', 'secret', 'urls', 'url', 'uris', 'ttl'];

/**
 * A deep copy of a parsed frame that may be shown to strangers. Known harmless fields stay; session descriptions and
 * candidates are reduced wherever they stand; tokens, sessions and addresses become stand-ins; any other string shows
 * only its length and any other number only that it was one. Total, bounded in depth and size; twice is once.
 */
export function redactFrame(frame: unknown, names: Names): unknown {
  if (typeof frame !== 'object' || frame === null) return redactValue(frame, '', names, 0);
  return names.once(frame, () => redactValue(frame, '', names, 0));
}

function redactValue(value: unknown, key: string, names: Names, depth: number): unknown {
  switch (typeof value) {
    case 'string':
      return redactString(value, key, names);
    case 'number':
      return KEPT_NUMBER.has(key) && !(key === 'id' && Math.abs(value) > ID_MAX) ? value : 'redacted(number)';
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
  const isLogIn = 'username' in value && BESIDE_LOG_IN.some((name) => Object.hasOwn(value, name));
  for (const [name, member] of entries.slice(0, REDACT_LIMITS.membersMax)) {
    const meant = name === 'username' && !isLogIn ? 'user' : name;
    // A key is a word of the protocol, unless it looks made up by a machine or a person: some servers key by user or by token.
    copy[names.key(name)] = redactValue(member, meant, names, depth + 1);
  }
  if (entries.length > REDACT_LIMITS.membersMax) copy['redacted'] = `${entries.length} members`;
  return copy;
}

function redactString(text: string, key: string, names: Names): string {
  if (text === '' || isNote(text)) return text;
  if (text.startsWith('v=0')) return names.sdp(text);
  if (text.startsWith('candidate:') || text.startsWith('a=candidate:')) return names.candidate(text);
  return ROW_OF.get(key)?.text(text, names) ?? lengthOnly(text);
}
