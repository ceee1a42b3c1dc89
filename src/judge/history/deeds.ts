/** What users did, and how far it came: written, read by the server, and what the server made of it. */
import { ACTIONS, isCallAction, isEndingAction, type UserAction } from '../../protocol/actions.js';
import { isCommand, isResult, type MessageKind, wholeOf } from '../../protocol/message-kinds.js';
import { type EventOf, eventsOf, type TraceEvent } from '../../trace/event.js';
import { groupBy } from '../../trace/grouping.js';
import type { Ground } from './journey.js';
import { isObject, type Letter, textIn } from './letters.js';
import { type Replay, recordAt, SERVER, shownAt } from './replay.js';

export interface Deed {
  readonly op: EventOf<'action'>;
  /** The letter of its command; null when no frame left the device for it. */
  readonly letter: Letter | null;
  /** The first reading at the server; null when there was none, or the server can't be seen. */
  readonly heard: EventOf<'wire'> | null;
  /** The change of the record that followed, or null. */
  readonly change: EventOf<'record'> | null;
  /** The result as the device read it, with the server's refusal or null for none; null when there was no result. */
  readonly answer: { readonly wire: EventOf<'wire'>; readonly refused: string | null } | null;
  /** The event by which the device knows that the server has the command: its result, or an acknowledgement. */
  readonly acknowledged: TraceEvent | null;
}

/** The speaking ops of a trace in order. */
export function deedsOf({ replay, letters, index }: Ground): Deed[] {
  const { trace } = replay;
  const followers = groupBy(
    trace.filter(({ cause }) => cause !== null),
    ({ cause }) => cause,
  );
  const follow = <T extends TraceEvent>(n: number, is: (event: TraceEvent) => event is T): T | null =>
    (followers.get(n) ?? []).find(is) ?? null;
  // A refusal of a call that there is not names no call.
  const refusals = new Map(
    [...letters.down].map(([device, down]) => [device, down.filter(({ reads }) => reads[0]?.kind === 'result.refused')] as const),
  );
  return replay.ops
    .filter((op) => isCallAction(op.action) && op.call !== null && op.refused === undefined)
    .map((op): Deed => {
      const sent =
        follow(
          op.n,
          (event): event is EventOf<'wire'> =>
            event.type === 'wire' && event.dir === 'out' && mayBeCommandOf(op.action, event.kind),
        ) ?? laterCommand(letters.up.get(op.node) ?? [], index, op);
      const letter = sent === null ? null : (letters.of(sent.n) ?? null);
      const heard = letter?.reads[0] ?? null;
      const readings = letter?.reads ?? [];
      const change =
        readings
          .map(({ n }) => follow(n, (event): event is EventOf<'record'> => event.type === 'record' && event.node === SERVER))
          .find((event) => event !== null) ?? null;
      const next = sent === null ? Infinity : nextCommandN(letters.up.get(op.node) ?? [], sent);
      const own = letters.about(op.node, op.call ?? '');
      const answer = sent === null ? null : answerTo(own, refusals.get(op.node) ?? [], sent, next);
      const acknowledged =
        answer?.wire ?? (letter === null || sent === null ? null : ackOf(letters.down.get(op.node) ?? [], letter, sent));
      return { op, letter, heard, change, answer, acknowledged };
    });
}

/** Whether the call was over, or answered by another device of the user, before the command could have done anything. */
export function isMoot(replay: Replay, { op }: Deed): boolean {
  const history = replay.calls.find(({ call }) => call === op.call);
  if (history === undefined || op.action === 'call') return false;
  const held = recordAt(history, op.n);
  if (held?.phase === 'ended' || shownAt(replay, history, op.node, op.n)?.state === 'ended') return true;
  return op.action === 'accept' && held?.phase === 'connected';
}

/** The event by which a device says that it could not send the command of an action, as it had no connection; null without one. */
export function unsentOf({ replay }: Pick<Ground, 'replay'>, { op }: Pick<Deed, 'op'>): EventOf<'unsent'> | null {
  return unsentAfter(replay, op.node, (kind) => isCommandOf(op.action, kind), op.n);
}

/** The same for other kinds of messages, from event `fromN` on. */
export function unsentAfter(
  { trace }: Replay,
  node: string,
  fits: (kind: MessageKind) => boolean,
  fromN: number,
): EventOf<'unsent'> | null {
  const isIt = (event: EventOf<'unsent'>): boolean =>
    event.node === node && event.n > fromN && event.why === 'no-connection' && fits(event.kind);
  return eventsOf(trace, 'unsent').find(isIt) ?? null;
}

const ENDING: ReadonlySet<MessageKind> = new Set(['command.reject', 'command.cancel', 'command.hangup']);

/** Whether a message is the command of an action. A target without a message for one end of a call takes that of another end. */
export function isCommandOf(action: UserAction, kind: MessageKind): boolean {
  const whole = wholeOf(kind);
  if (isEndingAction(action)) return ENDING.has(whole);
  const { command } = ACTIONS[action];
  return command !== null && whole === `command.${command}`;
}

/** The same, for a message that follows from the action: one that nobody mapped may be it. */
function mayBeCommandOf(action: UserAction, kind: MessageKind): boolean {
  return kind === 'unmapped' || isCommandOf(action, kind);
}

/** A command that could not leave at once follows from what let it leave, and not from its op any more. */
function laterCommand(up: readonly Letter[], index: Ground['index'], op: EventOf<'action'>): EventOf<'wire'> | null {
  for (const { writes } of up) {
    const [first] = writes;
    if (
      first !== undefined &&
      first.n > op.n &&
      index.get(first.cause ?? 0)?.type !== 'action' &&
      first.call === op.call &&
      isCommandOf(op.action, first.kind)
    )
      return first;
  }
  return null;
}

/** The next command of another kind in the same call: what comes after it answers that one, where answers name no command. */
function nextCommandN(up: readonly Letter[], sent: EventOf<'wire'>): number {
  const after = up.flatMap(({ writes }) =>
    writes.filter(({ n, call, kind }) => n > sent.n && call === sent.call && kind !== sent.kind && isCommand(kind)),
  );
  return Math.min(Infinity, ...after.map(({ n }) => n));
}

function answerTo(own: readonly Letter[], refusals: readonly Letter[], sent: EventOf<'wire'>, nextN: number): Deed['answer'] {
  const id = textIn(sent.frame, 'id');
  for (const { reads } of [...own, ...refusals]) {
    const wire = reads[0];
    if (wire === undefined || wire.n < sent.n || !isResult(wire.kind)) continue;
    if (id !== null ? textIn(wire.frame, 'id') !== id : wire.call !== sent.call || wire.n > nextN) continue;
    const refused =
      textIn(wire.frame, 'refused') ?? (wire.kind === 'result.refused' ? (wire.name ?? 'refused').slice(0, 80) : null);
    return { wire, refused };
  }
  return null;
}

/** A frame that the device read and that acknowledges the letter. */
function ackOf(down: readonly Letter[], { seq }: Letter, sent: EventOf<'wire'>): TraceEvent | null {
  if (seq === null) return null;
  let looked = 0;
  for (const { reads } of down) {
    const wire = reads.find(({ n }) => n > sent.n);
    if (wire === undefined || wire.kind === 'welcome') continue;
    if (++looked > ACKS_LOOKED_AT) return null;
    const ack = isObject(wire.frame) ? wire.frame['ack'] : undefined;
    if (typeof ack === 'number' && ack >= seq) return wire;
  }
  return null;
}

/** An acknowledgement rides on one of the next frames, or never comes. */
const ACKS_LOOKED_AT = 200;
