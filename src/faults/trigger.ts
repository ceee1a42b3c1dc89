/** A message as a sentence: `bob sends accept`, `alice receives event.ended`; it names the moment of a fault, or what one strikes. */
import { ACTIONS, type CallAction } from '../protocol/actions.js';
import { COMMANDS, PHASES } from '../protocol/call.js';
import type { EndReason, ViewEndReason } from '../protocol/reasons.js';
import type { LiveEvent } from '../trace/bus.js';
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
  /** As what another device of the callee may be told of it, where targets have no record: for that device it is the end. */
  readonly elsewhere?: ViewEndReason;
}

/** Every event of a trigger. The parser, the schema and the documents read this table. */
export const TRIGGER_EVENTS: readonly TriggerEvent[] = [
  ofAction('call', ['invite']),
  { word: 'ringing', aliases: ['ring'], sends: 'command.ring', receives: 'event.ringing', reason: null },
  ofAction('accept', ['answered'], 'answered-elsewhere'),
  ofAction('reject', ['declined'], 'rejected-elsewhere'),
  ofAction('cancel', []),
  ofAction('hang up', ['hangup']),
  { word: 'connected', aliases: [], sends: null, receives: 'event.connected', reason: null, elsewhere: 'answered-elsewhere' },
  { word: 'ended', aliases: [], sends: null, receives: 'event.ended', reason: null },
];

function ofAction(word: CallAction, aliases: readonly string[], elsewhere?: ViewEndReason): TriggerEvent {
  const { command, leadsTo, ends } = ACTIONS[word];
  const base = { word, aliases, sends: `command.${command}`, receives: `event.${leadsTo}`, reason: ends };
  return elsewhere === undefined ? base : { ...base, elsewhere };
}

export const TRIGGER_VERBS = ['sends', 'receives'] as const;
export type TriggerVerb = (typeof TRIGGER_VERBS)[number];

/** The word for every message. */
export const ANYTHING = 'anything';

const SIGNALS = ['signal', 'signal.offer', 'signal.answer', 'signal.candidate'];

/** Kinds on the wire that a sentence may name as they are; one without a dot stands for all that begin with it. */
export const RAW_KINDS: Readonly<Record<TriggerVerb, readonly string[]>> = {
  sends: ['hello', 'command', ...COMMANDS.map((op) => `command.${op}`), ...SIGNALS, 'receipt', 'ack', 'ping'],
  receives: [
    ...['welcome', 'result', 'result.ok', 'result.refused', 'event'],
    ...PHASES.map((phase) => `event.${phase}`),
    ...SIGNALS,
    ...['receipt', 'ack', 'pong', 'error'],
  ],
};

/** Begins the name that a foreign target itself has for a message: `alice receives raw:call-made`. */
export const RAW_NAME = /^raw:[\w.:/ -]{1,64}$/;

export interface Trigger {
  readonly user: string;
  /** Null for whichever device of the user does it first. */
  readonly device: string | null;
  readonly verb: TriggerVerb;
  /** A `word` of the table, a kind on the wire, or `anything`. */
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
  if (RAW_NAME.test(word)) return { ok: true, trigger: { user, device: device ?? null, verb, event: word } };
  if (word === ANYTHING || RAW_KINDS[verb].includes(word)) {
    // A word of the table stands for more than the kind of the same name.
    const isWord = TRIGGER_EVENTS.some((known) => known.word === word || known.aliases.includes(word));
    if (!isWord) return { ok: true, trigger: { user, device: device ?? null, verb, event: word } };
  }
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

/** A message as far as a sentence asks about it. `node` is the device, such as `bob/phone`. */
export interface Passing {
  readonly node: string;
  readonly dir: 'out' | 'in';
  readonly kind: string;
  readonly name?: string | undefined;
  /** The end reason of the record that it carries, or null. */
  readonly reason: string | null;
}

/** Whether a message is one that the sentence speaks of. */
export function fits(trigger: Trigger, { node, dir, kind, name, reason }: Passing): boolean {
  if (dir !== (trigger.verb === 'sends' ? 'out' : 'in')) return false;
  const isWho = trigger.device === null ? node.startsWith(`${trigger.user}/`) : node === `${trigger.user}/${trigger.device}`;
  if (!isWho) return false;
  if (trigger.event === ANYTHING) return true;
  if (RAW_NAME.test(trigger.event)) return name !== undefined && trigger.event === `raw:${name}`;
  const wanted = TRIGGER_EVENTS.find(({ word }) => word === trigger.event);
  if (wanted === undefined) return kind === trigger.event || kind.startsWith(`${trigger.event}.`);
  if (trigger.verb === 'receives' && kind === 'event.ended' && reason !== null && reason === wanted.elsewhere) return true;
  return kind === wanted[trigger.verb] && (trigger.verb === 'sends' || wanted.reason === null || reason === wanted.reason);
}

/** Whether an event of the trace is such a message; one that is sent again for want of an answer is one as well. */
export function isMoment(trigger: Trigger, event: TraceEvent | LiveEvent): boolean {
  if (event.type !== 'wire') return false;
  const { node, dir, kind, name, reason = null } = event;
  return fits(trigger, { node, dir, kind, name, reason });
}

function eventsFor(verb: TriggerVerb): TriggerEvent[] {
  return TRIGGER_EVENTS.filter((event) => event[verb] !== null);
}
