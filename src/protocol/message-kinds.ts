/** The closed list of what a message can be, whatever a target calls it, and the families that it falls into. */
import { COMMANDS as NAMES, PHASES, type Phase } from './call.js';
import type { Frame } from './frames.js';

const WHOLE = [
  ...(['hello', 'welcome', 'ping', 'pong', 'ack', 'receipt', 'error'] as const),
  ...NAMES.map((op) => `command.${op}` as const),
  ...PHASES.map((phase) => `event.${phase}` as const),
  /** The call rings already, and this device joins late or has started anew. */
  'event.inviting.again' as const,
  ...(['signal.offer', 'signal.answer', 'signal.candidate', 'signal.description'] as const),
  ...(['result.ok', 'result.refused'] as const),
];
type WholeKind = (typeof WHOLE)[number];

/** Where a target needs several messages to say one thing: every one but the last. */
type PartKind = `${WholeKind}.part`;
const PARTS = WHOLE.map((kind) => `${kind}.part` as const);

/** Messages without a meaning: one that the mapping names as such, one that it does not know, one that is no message at all. */
const OTHERS = ['ignored', 'unmapped', 'unreadable'] as const;

export const MESSAGE_KINDS = [...WHOLE, ...PARTS, ...OTHERS] as const;
export type MessageKind = WholeKind | PartKind | (typeof OTHERS)[number];

const KNOWN: ReadonlySet<string> = new Set(MESSAGE_KINDS);
const COMMANDS: ReadonlySet<string> = new Set(NAMES.map((op) => `command.${op}`));
const ENDINGS: ReadonlySet<string> = new Set(['command.reject', 'command.cancel', 'command.hangup']);
const EVENTS: ReadonlySet<string> = new Set(WHOLE.filter((kind) => kind.startsWith('event.')));
const SIGNALS: ReadonlySet<string> = new Set(WHOLE.filter((kind) => kind.startsWith('signal.')));
const RESULTS: ReadonlySet<string> = new Set(['result.ok', 'result.refused']);
/** Messages that keep a session going and say nothing of a call. */
const UPKEEP: ReadonlySet<string> = new Set(['ack', 'ping', 'pong', 'receipt']);

/** The violation code of a partial message of which the rest did not arrive. */
export const PARTIAL_MESSAGE = 'half-told';

export const isMessageKind = (text: string): text is MessageKind => KNOWN.has(text);
/** A command of a device in a call. */
export const isCommand = (kind: MessageKind): boolean => COMMANDS.has(wholeOf(kind));
/** A command that ends a call. */
export const isEndingCommand = (kind: MessageKind): boolean => ENDINGS.has(wholeOf(kind));
/** A state change of a call on its way to a device. */
export const isEvent = (kind: MessageKind): boolean => EVENTS.has(wholeOf(kind));
/** A description or candidate on its way from one side to the other. */
export const isSignal = (kind: MessageKind): boolean => SIGNALS.has(wholeOf(kind));
/** The answer to a command. */
export const isResult = (kind: MessageKind): boolean => RESULTS.has(wholeOf(kind));
export const isUpkeep = (kind: MessageKind): boolean => UPKEEP.has(kind);
export const isPart = (kind: MessageKind): kind is PartKind => kind.endsWith('.part');

/** The phase of a call that a message says it is in; null for any other message, and for one that says it only in part. */
export function phaseOf(kind: MessageKind): Phase | null {
  if (kind === 'event.inviting.again') return 'inviting';
  return PHASES.find((phase) => kind === `event.${phase}`) ?? null;
}

/** The kind without the mark that it is one message of several. */
export function wholeOf(kind: MessageKind): MessageKind {
  return isPart(kind) ? (kind.slice(0, -'.part'.length) as MessageKind) : kind;
}

/** The kind of what an adapter reads, where `raw:NAME` is an unmapped message and `noise:NAME` one without a meaning. */
export function kindFrom(text: string): MessageKind {
  if (isMessageKind(text)) return text;
  return text.startsWith('noise:') ? 'ignored' : 'unmapped';
}

/** The kind of a frame of `callsync.v1`: its type and, where it has one, its subtype. */
export function kindOf(frame: Frame): MessageKind {
  switch (frame.type) {
    case 'command':
      return `command.${frame.op}`;
    case 'event':
      return `event.${frame.record.phase}`;
    case 'signal':
      return frame.kind === 'description' && 'type' in frame.data ? `signal.${frame.data.type}` : `signal.${frame.kind}`;
    case 'result':
      return frame.ok ? 'result.ok' : 'result.refused';
    default:
      return frame.type;
  }
}
