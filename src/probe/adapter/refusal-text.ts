/** What a server says against something: the text of an error reply, whatever a dialect makes of the message. Pure. */

/** Names of messages that report an error, as whole words: `error`, `call-failed`, `not_allowed`, `loginDenied`. */
const REFUSING: ReadonlySet<string> = new Set(
  'error err exception fail failed failure denied deny forbidden unauthorized invalid unknown refused disallowed notallowed'.split(
    ' ',
  ),
);
/** Keys whose value says that something went wrong: an object or a text of its own, or a flag. */
const ERROR_KEYS = ['error', 'err', 'errors', 'exception'] as const;
const OK_KEYS = ['ok', 'success', 'accepted', 'allowed'] as const;
/** Where the text stands, the best first. */
const TEXT_KEYS = [
  'text',
  'message',
  'msg',
  'reason',
  'description',
  'detail',
  'details',
  'why',
  'error',
  'errorCode',
  'code',
] as const;
const DEPTH_MAX = 3;
const TEXT_CHARS_MAX = 120;

/** The text of a message that reports an error, in one line of at most 120 characters; null for a message that does not. */
export function refusalText(name: string, frame: unknown): string | null {
  const found = errorIn(frame, 0);
  if (found === null && !wordsOf(name).some((word) => REFUSING.has(word))) return null;
  const text = (found === null ? null : textIn(found, 0)) ?? textIn(frame, 0) ?? name;
  // A line break of the server's would begin a line of the report.
  return text
    .slice(0, 4 * TEXT_CHARS_MAX)
    .replace(/\s+/g, ' ')
    .trim()
    .slice(0, TEXT_CHARS_MAX);
}

/** `not_allowed` and `notAllowed` as `not`, `allowed` and `notallowed`. */
function wordsOf(name: string): string[] {
  const words = name
    .replace(/([a-z])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z]+/)
    .filter((word) => word !== '');
  return [...words, words.join('')];
}

/** The part of a message that says that something went wrong, or null. */
function errorIn(value: unknown, depth: number): unknown {
  if (depth >= DEPTH_MAX || typeof value !== 'object' || value === null) return null;
  const fields: Readonly<Record<string, unknown>> = Array.isArray(value) ? Object.fromEntries(value.entries()) : { ...value };
  for (const key of ERROR_KEYS) {
    const part = fields[key];
    if (part === true) return value;
    if ((typeof part === 'string' && part !== '') || (typeof part === 'object' && part !== null)) return part;
  }
  if (OK_KEYS.some((key) => fields[key] === false)) return value;
  if (['status', 'result', 'type'].some((key) => wordsOf(textOr(fields[key])).some((word) => REFUSING.has(word)))) return value;
  for (const part of Object.values(fields)) {
    const inner = errorIn(part, depth + 1);
    if (inner !== null) return inner;
  }
  return null;
}

const textOr = (value: unknown): string => (typeof value === 'string' && value.length <= 40 ? value : '');

/** The first text of a message under one of the usual keys. */
function textIn(value: unknown, depth: number): string | null {
  if (typeof value === 'string') return value === '' ? null : value;
  if (depth >= DEPTH_MAX || typeof value !== 'object' || value === null) return null;
  const fields: Readonly<Record<string, unknown>> = Array.isArray(value) ? Object.fromEntries(value.entries()) : { ...value };
  for (const key of TEXT_KEYS) {
    const part = fields[key];
    if (typeof part === 'string' && part !== '') return part;
    if (typeof part === 'number') return `${key} ${part}`;
  }
  for (const part of Object.values(fields)) {
    if (typeof part !== 'object') continue;
    const inner = textIn(part, depth + 1);
    if (inner !== null) return inner;
  }
  return null;
}
