/** A device's copy of the records: takes on a record when its version is higher, and says which call the device shows. */
import type { Address } from '../protocol/address.js';
import { type CallRecord, IDLE, isSibling, PHASES, sideOf, type View, viewOf } from '../protocol/call.js';
import { LIMITS } from '../protocol/limits.js';
import type { EndReason } from '../protocol/reasons.js';

/** The decisions of a client that a known bug gets wrong. */
export interface ReplicaPolicy {
  /** Whether an arriving record replaces the one that the device has. */
  takes(current: CallRecord | null, incoming: CallRecord, device: Address): boolean;
  /** What the device shows of a record. */
  view(record: CallRecord, device: Address): View;
}

/** The policy without bugs: a higher version wins, whatever way it came. */
export const SOUND_REPLICA: ReplicaPolicy = {
  takes: (current, incoming) => current === null || incoming.version > current.version,
  view: viewOf,
};

/** Ends that a device shows by itself when it has waited long enough for the server. */
export type LocalEnd = Extract<EndReason, 'unreachable' | 'peer-lost' | 'server-error'>;

/** A call that the device does not wait for any longer. The server may know better: whatever it says of the call counts. */
export interface GivenUp {
  readonly reason: LocalEnd;
  readonly side: 'caller' | 'callee';
}

export interface Replica {
  readonly records: ReadonlyMap<string, CallRecord>;
  /** An invitation of this device that the server has not answered yet: shown as `inviting` meanwhile. */
  readonly pending: string | null;
  /** Calls with a provisional end, by id: some of `records`, and at most one more that has no record. */
  readonly givenUp: ReadonlyMap<string, GivenUp>;
}

export const EMPTY_REPLICA: Replica = { records: new Map(), pending: null, givenUp: new Map() };

/** What a device shows now: the call, the version of it that the view follows from, and the view. */
export interface Shown {
  readonly call: string | null;
  /** Null for an invitation without an answer and for a provisional end: no record says so. */
  readonly version: number | null;
  /** The side of the call that this device is on. */
  readonly side: 'caller' | 'callee' | null;
  readonly view: View;
}

/** The replica after `incoming`, or null when it is not taken on. */
export function takeOn(replica: Replica, incoming: CallRecord, device: Address, policy: ReplicaPolicy): Replica | null {
  if (!policy.takes(replica.records.get(incoming.id) ?? null, incoming, device)) return null;
  const records = new Map(replica.records);
  records.delete(incoming.id);
  records.set(incoming.id, incoming);
  for (const [id, record] of records) {
    if (records.size <= LIMITS.replicaCallsMax) break;
    if (record.phase === 'ended' || replica.givenUp.has(id)) records.delete(id);
  }
  const pending = replica.pending === incoming.id ? null : replica.pending;
  return { records, pending, givenUp: withRecords(replica.givenUp, records) };
}

/** The replica after the server reported a call that the device had given up: the report counts, unless it is old. */
export function withReported(replica: Replica, incoming: CallRecord): Replica {
  const known = replica.records.get(incoming.id);
  if (!replica.givenUp.has(incoming.id) || (known !== undefined && known.version > incoming.version)) return replica;
  return { ...replica, givenUp: new Map([...replica.givenUp].filter(([id]) => id !== incoming.id)) };
}

/** The replica with an invitation under way. */
export function inviting(replica: Replica, call: string): Replica {
  return { ...replica, pending: call, givenUp: withRecords(replica.givenUp, replica.records) };
}

/** The replica when the device does not wait any longer for what becomes of a call. */
export function givenUpOn(replica: Replica, call: string, reason: LocalEnd, device: Address): Replica {
  const records = new Map(replica.records);
  const record = records.get(call);
  if (record !== undefined) {
    // It was the last to change.
    records.delete(call);
    records.set(call, record);
  }
  const side = (record === undefined ? null : sideOf(record, device)) ?? 'caller';
  const givenUp = new Map(withRecords(replica.givenUp, records)).set(call, { reason, side });
  return { records, pending: replica.pending === call ? null : replica.pending, givenUp };
}

/**
 * The replica when the server has only the calls `known`: a live one that is missing there is over and forgotten, and
 * no message will ever report its end. If it was shown, its end is `reason`.
 */
export function withoutLost(replica: Replica, known: ReadonlySet<string>, reason: LocalEnd, device: Address): Replica {
  const isKept = (id: string): boolean => replica.records.get(id)?.phase === 'ended' || known.has(id);
  const { call, side, version, view } = shownBy(replica, device);
  const records = new Map([...replica.records].filter(([id]) => isKept(id)));
  const givenUp = new Map(withRecords(replica.givenUp, records));
  if (call !== null && side !== null && !isKept(call)) {
    const before = replica.givenUp.get(call);
    if (before !== undefined) givenUp.set(call, before);
    else if (version !== null && view.state !== 'ended') givenUp.set(call, { reason, side });
  }
  return { records, pending: replica.pending, givenUp };
}

function withRecords(
  givenUp: ReadonlyMap<string, GivenUp>,
  records: ReadonlyMap<string, CallRecord>,
): ReadonlyMap<string, GivenUp> {
  return givenUp.size === 0 ? givenUp : new Map([...givenUp].filter(([id]) => records.has(id)));
}

/**
 * The call that the device shows: of its live calls the one that has come furthest, else an invitation under way, else
 * the call of the latest report, its own provisional ends included. So neither a call that ended, nor one that goes on at a sibling device, nor a third
 * party who calls meanwhile ever hides the call that is up.
 */
export function shownBy(replica: Replica, device: Address, policy: ReplicaPolicy = SOUND_REPLICA): Shown {
  const { records, pending, givenUp } = replica;
  const mine = [...records.values()].filter((record) => sideOf(record, device) !== null).reverse();
  const live = mine
    .filter((record) => record.phase !== 'ended' && !givenUp.has(record.id) && !isSibling(record, device))
    .reduce<CallRecord | undefined>(
      (best, record) => (best !== undefined && furtherThan(best, record) ? best : record),
      undefined,
    );
  if (live === undefined && pending !== null) {
    return { call: pending, version: null, side: 'caller', view: { state: 'inviting', reason: null, timerStartedAt: null } };
  }
  const record = live ?? mine.find((candidate) => viewOf(candidate, device).state !== 'idle');
  const ended = live === undefined ? endOf(givenUp, records, record) : null;
  if (ended !== null) return ended;
  if (record === undefined) return { call: null, version: null, side: null, view: IDLE };
  return { call: record.id, version: record.version, side: sideOf(record, device), view: policy.view(record, device) };
}

/** The provisional end that is shown: of a call without a record, else of the one that would be shown. */
function endOf(
  givenUp: ReadonlyMap<string, GivenUp>,
  records: ReadonlyMap<string, CallRecord>,
  record: CallRecord | undefined,
): Shown | null {
  for (const [call, { reason, side }] of givenUp) {
    if (records.has(call) && call !== record?.id) continue;
    return { call, version: null, side, view: { state: 'ended', reason, timerStartedAt: null } };
  }
  return null;
}

/** Of two calls invited at the same instant neither is: the first known one stays, and the server answers the other with busy. */
function furtherThan(a: CallRecord, b: CallRecord): boolean {
  return PHASES.indexOf(a.phase) > PHASES.indexOf(b.phase) || (a.phase === b.phase && a.invitedAt < b.invitedAt);
}
