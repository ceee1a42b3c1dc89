/** What users did in calls, and what became of it: sent, received by the server, and what the server made of it. */
import { ACTIONS, isCallAction, isEndingAction, type UserAction } from '../../protocol/actions.js';
import { isCommand, isEndingCommand, isResult, type MessageKind, wholeOf } from '../../protocol/message-kinds.js';
import type { EventOf, TraceEvent } from '../../trace/event.js';
import { listIn } from '../../trace/grouping.js';
import { firstAfter } from './by-number.js';
import { causeOf, type History, perHistory, recordAt, shownAt } from './history.js';
import { isObject, type Message, type Messages, messagesOf, textIn } from './messages.js';

type Wire = EventOf<'wire'>;

export interface ActionOutcome {
  readonly action: EventOf<'action'>;
  /** The message of its command; null when no frame left the device for it. */
  readonly message: Message | null;
  /** The first read at the server; null when there was none, or the server can't be seen. */
  readonly received: Wire | null;
  /** The change of the record that followed, or null. */
  readonly change: EventOf<'record'> | null;
  /** The result as the device read it, with the server's refusal or null for none; null when there was no result. */
  readonly result: { readonly wire: Wire; readonly refused: string | null } | null;
  /** The event by which the device knows that the server has the command: its result, or an acknowledgement. */
  readonly acknowledged: TraceEvent | null;
}

/** The outcomes of the actions in calls, in order. */
export const outcomesOf = perHistory((history): readonly ActionOutcome[] => {
  const messages = messagesOf(history);
  const followers = new Map<number, TraceEvent[]>();
  for (const event of history.wires) if (event.cause !== null && event.dir === 'out') listIn(followers, event.cause).push(event);
  for (const event of history.records) if (event.cause !== null) listIn(followers, event.cause).push(event);
  // A refusal of a call that there is not names no call.
  const refusalsOf = (device: string): Message[] =>
    (messages.down.get(device) ?? []).filter(({ reads }) => reads[0]?.kind === 'result.refused');
  return history.actions
    .filter(({ action, call }) => isCallAction(action) && call !== null)
    .map((action): ActionOutcome => {
      const up = messages.up.get(action.node) ?? [];
      const sent = commandAfter(followers, action) ?? laterCommand(history, up, action);
      const message = sent === null ? null : (messages.of(sent.n) ?? null);
      const reads = message?.reads ?? [];
      const change = reads
        .flatMap(({ n }) => followers.get(n) ?? [])
        .find((event) => event.type === 'record' && history.isServer(event.node));
      const own = messages.about(action.node, action.call ?? '');
      const result = sent === null ? null : resultOf([...own, ...refusalsOf(action.node)], sent, nextCommandN(up, sent));
      return {
        action,
        message,
        received: reads[0] ?? null,
        change: change?.type === 'record' ? change : null,
        result,
        acknowledged: result?.wire ?? (message === null || sent === null ? null : acknowledgementOf(messages, message, sent)),
      };
    });
});

/** Whether the call was over, or answered by another device of the user, before the command could have done anything. */
export function isMoot(history: History, { action }: ActionOutcome): boolean {
  const call = history.callsById.get(action.call ?? '');
  if (call === undefined || action.action === 'call') return false;
  const held = recordAt(call, action.n);
  if (held?.phase === 'ended' || shownAt(history, call, action.node, action.n)?.state === 'ended') return true;
  return action.action === 'accept' && held?.phase === 'connected';
}

/** The event by which a device says that it could not send the command of an action, as it had no connection; null without one. */
export function unsentOf(history: History, { action }: Pick<ActionOutcome, 'action'>): EventOf<'unsent'> | null {
  return unsentAfter(history, action.node, (kind) => isCommandOf(action.action, kind), action.n);
}

/** The same for other kinds of messages, from event `fromN` on. */
export function unsentAfter(
  { unsent }: History,
  node: string,
  fits: (kind: MessageKind) => boolean,
  fromN: number,
): EventOf<'unsent'> | null {
  return (
    unsent.find((event) => event.node === node && event.n > fromN && event.why === 'no-connection' && fits(event.kind)) ?? null
  );
}

/** Whether a message is the command of an action. A target without a message for one end of a call takes that of another end. */
function isCommandOf(action: UserAction, kind: MessageKind): boolean {
  const whole = wholeOf(kind);
  if (isEndingAction(action)) return isEndingCommand(whole);
  const { command } = ACTIONS[action];
  return command !== null && whole === `command.${command}`;
}

/** The command that follows from an action; one that nobody mapped may be it. */
function commandAfter(followers: ReadonlyMap<number, readonly TraceEvent[]>, { n, action }: EventOf<'action'>): Wire | null {
  const sent = followers
    .get(n)
    ?.find((event) => event.type === 'wire' && (event.kind === 'unmapped' || isCommandOf(action, event.kind)));
  return sent?.type === 'wire' ? sent : null;
}

/** A command that could not leave at once follows from what let it leave, and not from its action any more. */
function laterCommand(history: History, up: readonly Message[], { n, call, action }: EventOf<'action'>): Wire | null {
  for (const { writes } of up) {
    const [first] = writes;
    if (first === undefined || first.n <= n || first.call !== call || !isCommandOf(action, first.kind)) continue;
    if (causeOf(history, first)?.type !== 'action') return first;
  }
  return null;
}

/** The next command of another kind in the same call: what comes after it answers that one, where answers name no command. */
function nextCommandN(up: readonly Message[], sent: Wire): number {
  const isNext = ({ n, call, kind }: Wire): boolean => n > sent.n && call === sent.call && kind !== sent.kind && isCommand(kind);
  const after = up.flatMap(({ writes }) => writes.filter(isNext));
  return Math.min(Infinity, ...after.map(({ n }) => n));
}

function resultOf(candidates: readonly Message[], sent: Wire, nextN: number): ActionOutcome['result'] {
  const id = textIn(sent.frame, 'id');
  for (const { reads } of candidates) {
    const [wire] = reads;
    if (wire === undefined || wire.n < sent.n || !isResult(wire.kind)) continue;
    if (id !== null ? textIn(wire.frame, 'id') !== id : wire.call !== sent.call || wire.n > nextN) continue;
    const refused =
      textIn(wire.frame, 'refused') ?? (wire.kind === 'result.refused' ? (wire.name ?? 'refused').slice(0, 80) : null);
    return { wire, refused };
  }
  return null;
}

/** A frame that the device read and that acknowledges the message. */
function acknowledgementOf({ down }: Messages, { device, seq }: Message, sent: Wire): Wire | null {
  if (seq === null) return null;
  let looked = 0;
  for (const { reads } of down.get(device) ?? []) {
    const wire = firstAfter(reads, sent.n);
    if (wire === undefined || wire.kind === 'welcome') continue;
    if (++looked > ACKS_LOOKED_AT) return null;
    const ack = isObject(wire.frame) ? wire.frame['ack'] : undefined;
    if (typeof ack === 'number' && ack >= seq) return wire;
  }
  return null;
}

/** An acknowledgement rides on one of the next frames, or never comes. */
const ACKS_LOOKED_AT = 200;
