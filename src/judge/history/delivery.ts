/** The delivery of one change to one device: written for it, read, applied, shown; and how far it came. */
import { viewOf } from '../../protocol/call.js';
import { isEvent, phaseOf } from '../../protocol/message-kinds.js';
import type { EventOf } from '../../trace/event.js';
import type { Change } from './changes.js';
import { addressFrom, type CallHistory, causeOf, type History, sameView } from './history.js';
import { type Carried, carriedBy, differingFields, isAltered, type Message, messagesOf } from './messages.js';

type Wire = EventOf<'wire'>;

/** How far a change came; `unseen` is a black box from which nothing was read: whether it was written is not known. */
export type Stage = 'unwritten' | 'unseen' | 'unread' | 'altered' | 'unapplied' | 'unshown' | 'shown';

export interface Delivery {
  readonly change: Change;
  readonly device: string;
  readonly stage: Stage;
  /** The messages to the device that carry this change or newer ones of the call. */
  readonly messages: readonly Message[];
  /** The first write and the first read of them that are as they should be. */
  readonly written: Wire | null;
  readonly read: Wire | null;
  /** A write or a read that carries something else than it should. */
  readonly altered: Wire | null;
  readonly applied: EventOf<'record'> | null;
  readonly shown: EventOf<'state'> | null;
}

/** Follows a change to a device up to event `untilN`. */
export function deliveryOf(history: History, call: CallHistory, change: Change, device: string, untilN: number): Delivery {
  const messages = messagesOf(history)
    .about(device, change.call)
    .filter(({ writes, reads }) => {
      const isMeant = (wire: Wire): boolean => wire.n <= untilN && isAbout(history, wire, change);
      return writes.some(isMeant) || reads.some(isMeant);
    });
  const first = (end: 'writes' | 'reads', fits: (message: Message, wire: Wire) => boolean): Wire | null => {
    let found: Wire | null = null;
    for (const message of messages) {
      const wire = message[end].find((one) => one.n <= untilN && fits(message, one));
      if (wire !== undefined && (found === null || wire.n < found.n)) found = wire;
    }
    return found;
  };
  const isSound = (message: Message, wire: Wire): boolean => isIntact(history, message, wire, change);
  const written = first('writes', isSound);
  const read = first('reads', isSound);
  const altered = first('writes', (message, wire) => !isSound(message, wire)) ?? first('reads', isAltered);
  const { version } = change;
  const applied =
    call.applied.get(device)?.find((event) => event.n <= untilN && version !== null && event.version >= version) ?? null;
  const sinceN = applied?.n ?? change.n;
  const shown =
    call.shown.get(device)?.find((view) => view.n <= untilN && view.n >= sinceN && isShownBy(view, change, device)) ?? null;
  const stage = ((): Stage => {
    if (shown !== null) return 'shown';
    if (applied !== null) return 'unshown';
    if (read !== null) return 'unapplied';
    if (altered !== null) return 'altered';
    if (written !== null) return 'unread';
    return history.serverVisible ? 'unwritten' : 'unseen';
  })();
  return { change, device, stage, messages, written, read, altered, applied, shown };
}

/** Whether a frame was made to bring this change or newer ones of the same call, whatever stands in it. */
function isAbout(history: History, wire: Wire, { call, version, phase, n }: Change): boolean {
  // One of several messages that say it together says nothing by itself, and a description is no answer.
  if (version === null) return wire.n > n && wire.call === call && phaseOf(wire.kind) === phase;
  const behind = recordBehind(history, wire);
  if (behind !== null && behind.call === call) return behind.version >= version;
  return carriedBy(wire).some((one) => one.id === call && one.version >= version);
}

/** The change of a record that a frame reports, by the chain of causes. */
function recordBehind(history: History, wire: Wire): EventOf<'record'> | null {
  const write = wire.dir === 'in' && wire.cause !== null ? causeOf(history, wire) : wire;
  if (write?.type !== 'wire' || !isEvent(write.kind)) return null;
  const record = causeOf(history, write);
  return record?.type === 'record' && history.isServer(record.node) ? record : null;
}

/** Whether a frame brings the record as it was made: of the same call, and with the same fields. */
function isIntact(history: History, message: Message, wire: Wire, change: Change): boolean {
  if (wire.dir === 'in' && isAltered(message, wire)) return false;
  const carried = carriedBy(wire);
  if (carried.length === 0 || change.record === null) return isAbout(history, wire, change);
  const mine = carried.filter(({ id, version }) => id === change.call && version >= (change.version ?? 0));
  return mine.some((one) => one.version !== change.version || flawsOf(one, change).length === 0);
}

/** The fields in which a carried record differs from the one that was made; what redaction hides is not compared. */
export function flawsOf(carried: Carried, { record, call, version }: Change): string[] {
  if (record === null || (carried.id === call && carried.version !== version)) return [];
  return differingFields(record, carried.fields);
}

/** Whether a view is what the change means for this device, or newer. */
function isShownBy(view: EventOf<'state'>, { record, phase, version }: Change, device: string): boolean {
  if (record === null) return view.state === phase || view.state === 'ended';
  return (view.version ?? 0) > (version ?? 0) || sameView(view, viewOf(record, addressFrom(device)));
}
