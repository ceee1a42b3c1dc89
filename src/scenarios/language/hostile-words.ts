/** The words for hostile agents: actions, placeholders of messages, and states of connections. */
import { CALL_ACTIONS } from '../../protocol/actions.js';
import type { Read } from './duration.js';
import { quote } from './problem.js';
import { didYouMean } from './words.js';

/** Actions of a hostile agent on its connection. The schema and the documents read this table. */
export const HOSTILE_WORDS = [
  { word: 'connect', doc: 'opens a connection and sends nothing; an open connection is abandoned first' },
  {
    word: 'log in',
    doc: 'logs in as its own user, with its own valid token or credentials, and opens a connection first if there is none',
  },
  { word: 'leave', doc: 'closes its connection' },
] as const;
export type HostileWord = (typeof HOSTILE_WORDS)[number]['word'];

/** Messages of a hostile agent. */
export const HOSTILE_SAYS = [
  {
    key: 'send',
    example: '{ send: "not json" }',
    doc: 'sends text as it is, or a map as JSON; opens a connection if there is none, possibly before any log-in',
  },
  {
    key: 'replay',
    example: '{ replay: bob sends accept }',
    doc: 'sends a message again that another agent has sent or received, with its own numbering and without its secrets',
  },
  {
    key: 'mutate',
    example: '{ mutate: bob sends accept, times: 50 }',
    doc: 'sends such a message with something broken in it: first each field left out, then other parts; reconnects when the server disconnects it',
  },
  {
    key: 'forge',
    example: '{ forge: hang up, call: 1 }',
    doc: "sends what the target's own app would send for an action, in a call that need not be its own: the latest, or the nth of the others",
  },
  { key: 'repeat', example: '{ repeat: 20 }', doc: 'sends its own last message again, this many times, unchanged' },
] as const;
export type HostileSaying = (typeof HOSTILE_SAYS)[number]['key'];

/** Actions of a forged message. `ring` reports the ringing to the caller. */
export const FORGED_ACTIONS = ['ring', ...CALL_ACTIONS] as const;
export type ForgedAction = (typeof FORGED_ACTIONS)[number];

/** A forged action, and the user to call. */
export interface ForgedWords {
  readonly action: ForgedAction;
  readonly callee: string | null;
}

export const FORGED_PATTERN = `^ *(${FORGED_ACTIONS.filter((action) => action !== 'call')
  .join('|')
  .replaceAll(' ', ' +')}|call +[a-z][a-z0-9-]*) *$`;

/** Reads `accept` or `call carol`. Never throws. */
export function parseForged(text: string): Read<ForgedWords> {
  const words = text.slice(0, 200).trim().split(/ +/);
  const action = FORGED_ACTIONS.find((known) => known === words.join(' ') || (known === 'call' && words[0] === 'call'));
  if (action === undefined) return refuse(`unknown action ${quote(text.slice(0, 80))}`, didYouMean(text, FORGED_ACTIONS));
  if (action !== 'call') return { ok: true, value: { action, callee: null } };
  const [, callee, ...more] = words;
  if (callee === undefined || more.length > 0) return refuse('"call" names one agent', 'such as "call carol"');
  return { ok: true, value: { action, callee } };
}

/** Protocols that an expectation of a connection may be limited to: others have other close codes. */
export const HOSTILE_PROTOCOLS = ['callsync.v1'] as const;
export type HostileProtocolName = (typeof HOSTILE_PROTOCOLS)[number];

/** Placeholders of messages, filled in when a message is sent. */
export const PLACEHOLDERS = [
  { name: '$call', doc: 'the id of the latest call; `$call.1` is the first, `$call.2` the second' },
  { name: '$seq', doc: 'the next number of its own session, as a number' },
  { name: '$id', doc: 'a new id; `$id.again` is the same id wherever `again` is used in this repetition' },
  { name: '$user', doc: 'its own name' },
  { name: '$device', doc: 'its own device' },
  { name: '$token', doc: 'its own valid token; only as the value of `token`' },
] as const;

export type Placeholder =
  | { readonly name: 'seq' | 'user' | 'device' | 'token' }
  /** A new one, or one by name. */
  | { readonly name: 'id'; readonly of: string | null }
  /** The number of the call, or null for the latest. */
  | { readonly name: 'call'; readonly nth: number | null };

/** Reads `$call.1`; null for a text that is not a placeholder and is sent as it is. Never throws. */
export function readPlaceholder(text: string): Read<Placeholder> | null {
  if (!/^\$[A-Za-z]/.test(text)) return null;
  const call = /^\$call(?:\.([1-9]\d{0,2}))?$/.exec(text);
  if (call !== null) return { ok: true, value: { name: 'call', nth: call[1] === undefined ? null : Number(call[1]) } };
  const id = /^\$id(?:\.([a-z0-9-]{1,32}))?$/.exec(text);
  if (id !== null) return { ok: true, value: { name: 'id', of: id[1] ?? null } };
  const name = (['seq', 'user', 'device', 'token'] as const).find((known) => text === `$${known}`);
  if (name !== undefined) return { ok: true, value: { name } };
  const names = PLACEHOLDERS.map((known) => known.name);
  return refuse(`unknown placeholder ${quote(text)}`, didYouMean(text, names));
}

/** The state of a hostile agent's connection: open, or closed, with a close code if one is expected. */
export type ConnectionSpec = { readonly open: true } | { readonly open: false; readonly code: number | null };

/** The pattern of states of a connection, also for the JSON Schema. */
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
        `${quote(part)} is not a state of a hostile agent's connection`,
        'write open, closed, or closed with a close code, such as closed(4400)',
      );
    }
    specs.push(match[1] === 'open' ? { open: true } : { open: false, code: match[2] === undefined ? null : Number(match[2]) });
  }
  return { ok: true, value: specs };
}

/** Formats alternatives: the inverse of `parseConnection`. */
export function formatConnection(specs: readonly ConnectionSpec[]): string {
  return specs.map((spec) => (spec.open ? 'open' : spec.code === null ? 'closed' : `closed(${spec.code})`)).join(' | ');
}

function refuse(message: string, hint: string): { readonly ok: false; readonly message: string; readonly hint: string } {
  return { ok: false, message, hint };
}
