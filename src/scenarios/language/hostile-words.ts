/** The small words of hostile agents: what they do, what their messages are filled with, and how their connection stands. */
import type { Read } from './duration.js';
import { quote } from './problem.js';
import { didYouMean } from './words.js';

/** What a hostile agent does with its connection. The schema and the documents read this table. */
export const HOSTILE_WORDS = [
  { word: 'connect', doc: 'opens a connection and says nothing; one that is open already is let go of first' },
  { word: 'log in', doc: 'says hello with its own valid token, and opens a connection first when there is none' },
  { word: 'leave', doc: 'closes its connection' },
] as const;
export type HostileWord = (typeof HOSTILE_WORDS)[number]['word'];

/** What a hostile agent says. */
export const HOSTILE_SAYS = [
  {
    key: 'send',
    example: '{ send: "not json" }',
    doc: 'text as it is, or a map as JSON; on a connection that is opened when there is none, and so perhaps before any log-in',
  },
  {
    key: 'replay',
    example: '{ replay: bob sends accept }',
    doc: 'says again what somebody else has said or was told, in its own numbering and without the secrets in it',
  },
  {
    key: 'mutate',
    example: '{ mutate: bob sends accept, times: 50 }',
    doc: 'such a message with something broken in it, another thing each time; it comes back when it is thrown out',
  },
  { key: 'repeat', example: '{ repeat: 20 }', doc: 'its own last message so many times more, to the letter' },
] as const;
export type HostileSaying = (typeof HOSTILE_SAYS)[number]['key'];

/** What stands in a message for something that is known only when it is sent. */
export const PLACEHOLDERS = [
  { name: '$call', doc: 'the id of the latest call; `$call.1` of the first one, `$call.2` of the second' },
  { name: '$seq', doc: 'the next number of its own session, as a number' },
  { name: '$id', doc: 'an id that was never used before; `$id.again` the same one wherever `again` stands, in this repetition' },
  { name: '$user', doc: 'its own name' },
  { name: '$device', doc: 'its own device' },
  { name: '$token', doc: 'its own valid token; only as the value of `token`' },
] as const;

export type Placeholder =
  | { readonly name: 'seq' | 'user' | 'device' | 'token' }
  /** A new one, or the one of a name. */
  | { readonly name: 'id'; readonly of: string | null }
  /** The how manieth call, or null for the latest. */
  | { readonly name: 'call'; readonly nth: number | null };

/** Reads `$call.1`; null for a text that is no placeholder at all and is sent as it is. Never throws. */
export function readPlaceholder(text: string): Read<Placeholder> | null {
  if (!/^\$[A-Za-z]/.test(text)) return null;
  const call = /^\$call(?:\.([1-9]\d{0,2}))?$/.exec(text);
  if (call !== null) return { ok: true, value: { name: 'call', nth: call[1] === undefined ? null : Number(call[1]) } };
  const id = /^\$id(?:\.([a-z0-9-]{1,32}))?$/.exec(text);
  if (id !== null) return { ok: true, value: { name: 'id', of: id[1] ?? null } };
  const name = (['seq', 'user', 'device', 'token'] as const).find((known) => text === `$${known}`);
  if (name !== undefined) return { ok: true, value: { name } };
  const names = PLACEHOLDERS.map((known) => known.name);
  return refuse(`nothing is known as ${quote(text)}`, didYouMean(text, names));
}

/** How the connection of a hostile agent stands: open, or closed with a close code where one is asked for. */
export type ConnectionSpec = { readonly open: true } | { readonly open: false; readonly code: number | null };

/** How a connection can stand; also the pattern of the JSON Schema. */
const CONNECTION = '(open|closed( *\\( *[1-4]\\d{3} *\\))?)';
export const CONNECTION_PATTERN = `^ *${CONNECTION}( *\\| *${CONNECTION})* *$`;

/** Reads `closed(4400) | closed(4401)` into its alternatives, at least one. Never throws. */
export function parseConnection(text: string): Read<readonly ConnectionSpec[]> {
  if (text.length > 1_000) return refuse('too many alternatives', 'at most 1,000 characters');
  const specs: ConnectionSpec[] = [];
  for (const part of text.split('|').map((one) => one.trim())) {
    const match = /^(open|closed)(?: *\( *([1-4]\d{3}) *\))?$/.exec(part);
    if (match === null || (match[1] === 'open' && match[2] !== undefined)) {
      return refuse(
        `${quote(part)} is not how the connection of a hostile agent can stand`,
        'write open, closed, or closed with a close code, such as closed(4400)',
      );
    }
    specs.push(match[1] === 'open' ? { open: true } : { open: false, code: match[2] === undefined ? null : Number(match[2]) });
  }
  return { ok: true, value: specs };
}

/** Alternatives as they are written: the inverse of `parseConnection`. */
export function formatConnection(specs: readonly ConnectionSpec[]): string {
  return specs.map((spec) => (spec.open ? 'open' : spec.code === null ? 'closed' : `closed(${spec.code})`)).join(' | ');
}

function refuse(message: string, hint: string): { readonly ok: false; readonly message: string; readonly hint: string } {
  return { ok: false, message, hint };
}
