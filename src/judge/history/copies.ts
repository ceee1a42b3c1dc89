/** Messages of a black box that a device read more often than somebody acted: the server sent one on twice, or passed on a second one. */
import { ACTIONS } from '../../protocol/actions.js';
import { isCommand, type MessageKind, phaseOf } from '../../protocol/message-kinds.js';
import type { EventOf } from '../../trace/event.js';
import { groupBy } from '../../trace/grouping.js';
import { type History, perHistory, userOf } from './history.js';

type Wire = EventOf<'wire'>;

export interface Copies {
  /** All of them at one device, over one connection, the first one first. */
  readonly reads: readonly [Wire, Wire, ...Wire[]];
  /** The action that they follow from. */
  readonly action: EventOf<'action'>;
  /** The probe's own fault that made the copy on its way to the server; null without one. */
  readonly fault: EventOf<'fault'> | null;
}

/** Messages that say once what they say. */
const ONCE: readonly MessageKind[] = ['event.connected', 'event.ended', 'event.inviting'];
/** An invitation that is not acknowledged may be sent again, but not at once, in milliseconds. */
const AGAIN_MS = 250;
/** Two messages that leave within this time, in milliseconds, may cross. */
const CROSSING_MS = 200;

/** The copies in a trace; none where a server's own record says what happened, or where the target declares copies as a limit. */
export const copiesIn = perHistory((history): readonly Copies[] => {
  if (history.serverVisible || !history.isForeign) return [];
  const reads = history.wires.filter(
    ({ dir, kind, call, node, refusal }) =>
      dir === 'in' && call !== null && ONCE.includes(kind) && refusal === undefined && history.devices.includes(node),
  );
  const covered = new Map(history.receipts.flatMap((receipt) => receipt.covers.map((n) => [n, receipt] as const)));
  const same = groupBy(reads, ({ node, conn, call, kind, name, reason }) =>
    JSON.stringify([node, conn, call, kind, name, reason]),
  );
  return [...same.values()].flatMap((group): Copies[] => {
    const [first, second, ...more] = withoutOwn(history, group);
    if (first === undefined || second === undefined) return [];
    if (first.kind === 'event.inviting' && second.at - first.at > AGAIN_MS) return [];
    const acts = history.actions.filter((one) => leadsTo(one, first) && one.n < second.n);
    // What nobody acted for is a surprise, and no copy.
    const [action] = acts;
    if (acts.length !== 1 || action === undefined || action.n > first.n) return [];
    // A server may answer what the reader itself sent meanwhile, or a copy of it, with the state of the call.
    const isAnswer = (wire: Wire): boolean => {
      const { dir, node, call, kind, n, at } = wire;
      const isOwn = dir === 'out' && node === first.node && call === first.call && isCommand(kind) && n < second.n;
      if (!isOwn || kind === 'command.ring') return false;
      // What was read before the action has been answered by then.
      const read = covered.get(n);
      return n > action.n || (read === undefined ? action.at - at < CROSSING_MS : read.n > action.n);
    };
    const isCopied = history.hits.some(
      ({ fault, struck, node }) =>
        fault === 'duplicate' &&
        struck?.dir === 'out' &&
        struck.call === first.call &&
        (node === first.node || node === userOf(first.node)),
    );
    if (first.kind === 'event.ended' && (isCopied || history.wires.some(isAnswer))) return [];
    const fault = history.hits.find(
      ({ fault, struck, n }) =>
        struck?.dir === 'out' && !struck.dropped && struck.call === first.call && n < second.n && fault === 'duplicate',
    );
    // What was sent as often, by whomever, was passed on once each time.
    if (fault === undefined && history.wires.filter((wire) => isWritten(wire, action, first)).length >= 2 + more.length)
      return [];
    if (fault !== undefined && history.begin?.adapter?.limits.includes('duplicates') === true) return [];
    return [{ reads: [first, second, ...more], action, fault: fault ?? null }];
  });
});

/** Without those that a fault of the probe made on their way to the device, or sent into another order. */
function withoutOwn({ hits }: History, group: readonly Wire[]): readonly Wire[] {
  const [{ node, digest } = { node: '', digest: '' }] = group;
  const isOwn = hits.some(
    ({ struck, node: at }) => struck?.dir === 'in' && struck.digest === digest && (at === node || at === userOf(node)),
  );
  return isOwn ? [] : group;
}

/** Whether somebody else than the reader sent the message of this action, or one like it, in the same call. */
function isWritten({ dir, kind, call, node }: Wire, { action }: EventOf<'action'>, read: Wire): boolean {
  return dir === 'out' && kind === `command.${ACTIONS[action].command}` && call === read.call && node !== read.node;
}

function leadsTo({ action, call }: EventOf<'action'>, { kind, call: of }: Wire): boolean {
  return call === of && ACTIONS[action].leadsTo === phaseOf(kind);
}
