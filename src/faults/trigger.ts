/** A message as a sentence: `bob sends accept`, `alice receives event.ended`. It names the moment of a fault, or the message that a fault strikes. */
import { ACTIONS, type CallAction } from '../protocol/actions.js';
import { COMMANDS, PHASES } from '../protocol/call.js';
import type { EndReason, ViewEndReason } from '../protocol/reasons.js';
import type { LiveEvent } from '../trace/bus.js';
import type { TraceEvent } from '../trace/event.js';

/** A message by its everyday name, with its kind on the wire in each direction; null if no device sends it. */
interface TriggerEvent {
  readonly word: string;
  readonly aliases: readonly string[];
  /** The command that sends it. */
  readonly sends: string | null;
  /** The event that reports it; for an end also the reason. */
  readonly receives: string;
  readonly reason: EndReason | null;
  /** The end reason that other devices of the callee may receive instead, at targets without a record. */
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

/** Matches every message. */
export const ANYTHING = 'anything';

const SIGNALS = ['signal', 'signal.offer', 'signal.answer', 'signal.candidate'];

/** Kinds that a sentence may name directly; one without a dot stands for all kinds that begin with it. */
export const RAW_KINDS: Readonly<Record<TriggerVerb, readonly string[]>> = {
  sends: ['hello', 'command', ...COMMANDS.map((op) => `command.${op}`), ...SIGNALS, 'receipt', 'ack', 'ping'],
  receives: [
    ...['welcome', 'result', 'result.ok', 'result.refused', 'event'],
    ...PHASES.map((phase) => `event.${phase}`),
    ...SIGNALS,
    ...['receipt', 'ack', 'pong', 'error'],
  ],
};

/** A foreign target's own name of a message: `alice receives raw:call-made`. */
export const RAW_NAME = /^raw:[\w.:/ -]{1,64}$/;

export interface Trigger {
  readonly user: string;
  /** Null: the first device of the user to match. */
  readonly device: string | null;
  readonly verb: TriggerVerb;
  /** A `word` of the table, a kind on the wire, or `anything`. */
  readonly event: string;
}

/** A trigger, or the wrong part of the sentence as it was written, with the known alternatives. */
export type TriggerRead =
  | { readonly ok: true; readonly trigger: Trigger }
  | {
      readonly ok: false;
      readonly wrong: 'sentence' | 'verb' | 'event';
      readonly word: string;
      readonly known: readonly string[];
    }
  /** An event that devices receive and never send. */
  | { readonly ok: false; readonly wrong: 'direction'; readonly word: string; readonly known: readonly string[] };

/** The names of events for this verb, aliases included. */
export function wordsOf(verb: TriggerVerb): string[] {
  return eventsFor(verb).flatMap(({ word, aliases }) => [word, ...aliases]);
}

/** Reads a sentence. Does not check whether the agent and the device exist. Never throws. */
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

/** The fields of a message that a trigger needs. `node` is the device, such as `bob/phone`. */
export interface NamedMessage {
  readonly node: string;
  readonly dir: 'out' | 'in';
  readonly kind: string;
  readonly name?: string | undefined;
  /** The end reason of its record, or null. */
  readonly reason: string | null;
}

/** Whether a message matches the sentence. */
export function matches(trigger: Trigger, { node, dir, kind, name, reason }: NamedMessage): boolean {
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

/** Whether a trace event is such a message; resends match as well. */
export function isMoment(trigger: Trigger, event: TraceEvent | LiveEvent): boolean {
  if (event.type !== 'wire') return false;
  const { node, dir, kind, name, reason = null } = event;
  return matches(trigger, { node, dir, kind, name, reason });
}

function eventsFor(verb: TriggerVerb): TriggerEvent[] {
  return TRIGGER_EVENTS.filter((event) => event[verb] !== null);
}
