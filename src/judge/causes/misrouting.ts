/** Where the server sent a change instead: to a device twice, to a stranger, over a dead connection or under another call. */
import { isEvent, phaseOf } from '../../protocol/message-kinds.js';
import type { EventOf } from '../../trace/event.js';
import { within } from '../history/by-number.js';
import { causeOf, deviceOf, type History, isDown, userOf } from '../history/history.js';
import { carriedBy, type Message, messagesOf } from '../history/messages.js';
import type { Mismatch } from '../history/mismatches.js';
import { surprisesOf } from '../history/provocation.js';

type Wire = EventOf<'wire'>;

export interface Misrouted {
  readonly wire: Wire;
  /** As the end of the sentence "it went". */
  readonly where: string;
}

/** A frame with the change of this mismatch that went somewhere else than it should, or null. */
export function misroutedOf(history: History, mismatch: Mismatch): Misrouted | null {
  return (
    underAnotherCall(history, mismatch) ??
    overStaleConnection(history, mismatch) ??
    toAnotherDevice(history, mismatch) ??
    toAnotherPair(history, mismatch) ??
    toStranger(history, mismatch)
  );
}

function underAnotherCall(history: History, { device, delivery: { change, altered }, moment }: Mismatch): Misrouted | null {
  if (change.version === null) {
    // At a black box: the news came, and not about a call that the device knows.
    const isIt = (wire: Wire): boolean =>
      wire.node === device &&
      wire.dir === 'in' &&
      phaseOf(wire.kind) === change.phase &&
      wire.call !== change.call &&
      !history.actions.some(({ call }) => call !== null && call === wire.call);
    const wire = within(history.wires, change.action?.n ?? change.n, moment.n).find(isIt);
    return wire === undefined ? null : { wire, where: `to ${device} under another call id than the call has` };
  }
  if (altered === null || !history.isServer(altered.node)) return null;
  const [carried] = carriedBy(altered);
  if (carried === undefined || carried.id === change.call) return null;
  return { wire: altered, where: `to ${device} under the call id ${carried.id}` };
}

/** Its connection was replaced by a newer one of the same device, on which that had registered. */
function overStaleConnection(history: History, { device, delivery: { written, stage } }: Mismatch): Misrouted | null {
  if (written === null || stage !== 'unread') return null;
  const hellos = (messagesOf(history).up.get(device) ?? [])
    .flatMap(({ reads }) => reads)
    .filter(({ kind, n }) => kind === 'hello' && n < written.n);
  const latest = Math.max(0, ...hellos.map(({ conn }) => conn));
  if (written.conn >= latest || written.conn === 0) return null;
  return { wire: written, where: `over connection ${written.conn} of ${device}, which connection ${latest} had replaced` };
}

/** One who has it twice, or who has no part in the call. */
function toAnotherDevice(history: History, { device, call, delivery: { stage, change }, moment }: Mismatch): Misrouted | null {
  if (stage !== 'unwritten' && stage !== 'unseen') return null;
  const { version } = change;
  const users = new Set([...call.callees, call.caller === null ? null : userOf(call.caller)]);
  // Of the caller's devices only the one that called has a part in the call.
  const isOther = (other: string): boolean =>
    !users.has(userOf(other)) || (version === null && device === call.caller && userOf(other) === userOf(device));
  const messages = messagesOf(history);
  for (const other of messages.down.keys()) {
    if (other === device) continue;
    if (version === null) {
      const wire = within(history.wires, change.n, moment.n).find(
        (one) => one.node === other && one.dir === 'in' && one.call === change.call && phaseOf(one.kind) === change.phase,
      );
      if (wire !== undefined && isOther(other)) return { wire, where: `to ${other}, which has no part in the call` };
      continue;
    }
    const copies = messages
      .about(other, change.call)
      .filter((message) => isEventOf(history, message, change.call, change.version));
    const last = copies.at(-1);
    const wire = last?.writes[0] ?? last?.reads[0];
    if (wire === undefined) continue;
    if (!users.has(userOf(other))) return { wire, where: `to ${other}, which has no part in the call` };
    if (copies.length > 1) return { wire, where: `to ${other} a second time` };
  }
  return null;
}

/** Whether a message is an event of its own about exactly this version. */
function isEventOf(history: History, message: Message, call: string, version: number | null): boolean {
  const wire = message.writes[0] ?? message.reads[0];
  if (wire === undefined || version === null || !isEvent(wire.kind) || !isDown(history, wire)) return false;
  const carried = carriedBy(wire);
  if (carried.length > 0) return carried.some((one) => one.id === call && one.version === version);
  const record = causeOf(history, wire);
  return record?.type === 'record' && record.call === call && record.version === version && deviceOf(wire) === message.device;
}

/** How soon what somebody got in place of somebody else follows its action, in milliseconds. */
const NEAR_MS = 1_000;

/** At a black box without ids of calls: a device in another call got the like of it, for which nobody there had done anything. */
function toAnotherPair(history: History, { delivery: { change }, moment }: Mismatch): Misrouted | null {
  if (change.version !== null) return null;
  const instead = surprisesOf(history).find(
    ({ what, call, view, wire }) =>
      what !== 'revived' &&
      call.call !== change.call &&
      view.state === change.phase &&
      wire.n > change.n &&
      wire.n <= moment.n &&
      wire.at - change.at <= NEAR_MS,
  );
  return instead === undefined ? null : { wire: instead.wire, where: `to ${instead.view.node}, which is in another call` };
}

/** At a black box: somebody without a part in the call read a message of this name, and knows no call that it belongs to. */
function toStranger(history: History, { call, delivery: { change }, moment }: Mismatch): Misrouted | null {
  if (change.version !== null) return null;
  const users = [...call.callees, call.caller === null ? null : userOf(call.caller)];
  const reads = history.wires.filter(({ dir }) => dir === 'in');
  const names = new Set(reads.flatMap(({ kind, name }) => (phaseOf(kind) === change.phase && name !== undefined ? [name] : [])));
  const wire = within(reads, change.n, moment.n).find(
    (one) =>
      one.kind === 'ignored' &&
      one.call === null &&
      one.name !== undefined &&
      names.has(one.name) &&
      !users.includes(userOf(one.node)) &&
      one.at - change.at <= NEAR_MS,
  );
  return wire === undefined ? null : { wire, where: `to ${wire.node}, which has no part in the call` };
}
