/** The moment at which a fault begins, as a sentence about one message: `bob sends accept`, `alice receives ringing`. */
import type { EndReason } from '../protocol/reasons.js';
import type { TraceEvent } from '../trace/event.js';

/** A message as a user would call it, with the kind that it has on the wire either way; null where no device sends it. */
interface TriggerEvent {
  readonly word: string;
  readonly aliases: readonly string[];
  /** The command that says it. */
  readonly sends: string | null;
  /** The record that tells of it, for an end with its reason. */
  readonly receives: string;
  readonly reason: EndReason | null;
}

/** Every event of a trigger. The parser, the schema and the documents read this table. */
export const TRIGGER_EVENTS: readonly TriggerEvent[] = [
  { word: 'call', aliases: ['invite'], sends: 'command.invite', receives: 'event.inviting', reason: null },
  { word: 'ringing', aliases: ['ring'], sends: 'command.ring', receives: 'event.ringing', reason: null },
  { word: 'accept', aliases: ['answered'], sends: 'command.accept', receives: 'event.connected', reason: null },
  { word: 'reject', aliases: ['declined'], sends: 'command.reject', receives: 'event.ended', reason: 'rejected' },
  { word: 'cancel', aliases: [], sends: 'command.cancel', receives: 'event.ended', reason: 'cancelled' },
  { word: 'hang up', aliases: ['hangup'], sends: 'command.hangup', receives: 'event.ended', reason: 'hangup' },
  { word: 'connected', aliases: [], sends: null, receives: 'event.connected', reason: null },
  { word: 'ended', aliases: [], sends: null, receives: 'event.ended', reason: null },
];

export const TRIGGER_VERBS = ['sends', 'receives'] as const;
export type TriggerVerb = (typeof TRIGGER_VERBS)[number];

export interface Trigger {
  readonly user: string;
  /** Null for whichever device of the user does it first. */
  readonly device: string | null;
  readonly verb: TriggerVerb;
  /** A `word` of the table. */
  readonly event: string;
}

/** A trigger, or which part of the sentence is wrong, as it was written, and what is known in its place. */
export type TriggerRead =
  | { readonly ok: true; readonly trigger: Trigger }
  | {
      readonly ok: false;
      readonly wrong: 'sentence' | 'verb' | 'event';
      readonly word: string;
      readonly known: readonly string[];
    }
  /** An event that devices are told of and never tell. */
  | { readonly ok: false; readonly wrong: 'direction'; readonly word: string; readonly known: readonly string[] };

/** The words with which an event can be told of, aliases included. */
export function wordsOf(verb: TriggerVerb): string[] {
  return eventsFor(verb).flatMap(({ word, aliases }) => [word, ...aliases]);
}

/** Reads a sentence. Whether the agent and the device exist is not its business. Never throws. */
export function parseTrigger(text: string): TriggerRead {
  const [subject = '', verbWord, ...rest] = text.slice(0, 200).trim().split(/\s+/);
  const [user = '', device, ...more] = subject.split('.');
  if (verbWord === undefined || user === '' || device === '' || more.length > 0) {
    return { ok: false, wrong: 'sentence', word: text.slice(0, 200), known: [] };
  }
  const verb = TRIGGER_VERBS.find((known) => known === verbWord);
  if (verb === undefined) return { ok: false, wrong: 'verb', word: verbWord, known: TRIGGER_VERBS };
  const word = rest.join(' ');
  const event = TRIGGER_EVENTS.find((known) => known.word === word || known.aliases.includes(word));
  if (event === undefined) return { ok: false, wrong: 'event', word, known: eventsFor(verb).map((known) => known.word) };
  if (verb === 'sends' && event.sends === null) {
    return { ok: false, wrong: 'direction', word, known: eventsFor(verb).map((known) => known.word) };
  }
  return { ok: true, trigger: { user, device: device ?? null, verb, event: event.word } };
}

/** A trigger as it is written: the inverse of `parseTrigger`, aliases resolved. */
export function formatTrigger({ user, device, verb, event }: Trigger): string {
  return `${device === null ? user : `${user}.${device}`} ${verb} ${event}`;
}

/** Whether an event of the trace is the moment. The first that is counts, also when it is sent again for want of an answer. */
export function isMoment(trigger: Trigger, event: TraceEvent): boolean {
  if (event.type !== 'wire' || event.dir !== (trigger.verb === 'sends' ? 'out' : 'in')) return false;
  const isWho =
    trigger.device === null ? event.node.startsWith(`${trigger.user}/`) : event.node === `${trigger.user}/${trigger.device}`;
  if (!isWho) return false;
  const wanted = TRIGGER_EVENTS.find(({ word }) => word === trigger.event);
  if (wanted === undefined || event.kind !== wanted[trigger.verb]) return false;
  return trigger.verb === 'sends' || wanted.reason === null || endReasonIn(event.frame) === wanted.reason;
}

function eventsFor(verb: TriggerVerb): TriggerEvent[] {
  return TRIGGER_EVENTS.filter((event) => event[verb] !== null);
}

/** The end reason of the record in a frame, which is a stranger's data. */
function endReasonIn(frame: unknown): unknown {
  const record = memberOf(frame, 'record');
  return memberOf(record, 'reason');
}

function memberOf(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, key)
    ? (value as Record<string, unknown>)[key]
    : undefined;
}
