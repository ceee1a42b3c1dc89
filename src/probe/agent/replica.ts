/** A device's copy of the records: takes on a record when its version is higher, and says which call the device shows. */
import type { Address } from '../../protocol/address.js';
import { type CallRecord, IDLE, isSibling, PHASES, sideOf, type View, viewOf } from '../../protocol/call.js';
import { LIMITS } from '../../protocol/limits.js';

/** The decisions of a client that a known bug gets wrong. */
export interface ReplicaPolicy {
  /** Whether an arriving record replaces the one that the device has. */
  takes(current: CallRecord | null, incoming: CallRecord, device: Address): boolean;
}

/** The policy without bugs: a higher version wins, whatever way it came. */
export const SOUND_REPLICA: ReplicaPolicy = {
  takes: (current, incoming) => current === null || incoming.version > current.version,
};

/** A known bug of a client: a decorator of the replica's policy. */
export interface ClientDefect {
  readonly side: 'client';
  readonly name: string;
  readonly doc: string;
  wrap(policy: ReplicaPolicy): ReplicaPolicy;
}

export interface Replica {
  readonly records: ReadonlyMap<string, CallRecord>;
  /** An invitation of this device that the server has not answered yet: shown as `inviting` meanwhile. */
  readonly pending: string | null;
}

export const EMPTY_REPLICA: Replica = { records: new Map(), pending: null };

/** What a device shows now: the call, the version of it that it knows, and the view. */
export interface Shown {
  readonly call: string | null;
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
    if (record.phase === 'ended') records.delete(id);
  }
  return { records, pending: replica.pending === incoming.id ? null : replica.pending };
}

/**
 * The replica after a greeting that knows nothing of an earlier session: `known` is all that the server has, so a live
 * call that is missing there is over and forgotten; nobody will ever tell how it ended.
 */
export function withoutLost(replica: Replica, known: ReadonlySet<string>): Replica {
  const records = [...replica.records].filter(([id, record]) => record.phase === 'ended' || known.has(id));
  return { ...replica, records: new Map(records) };
}

/**
 * The call that the device shows: of its live calls the one that has come furthest, else an invitation under way, else
 * the call of which it heard last. So neither a call that ended, nor one that goes on at a sibling device, nor a third
 * party who calls meanwhile ever hides the call that is up.
 */
export function shownBy(replica: Replica, device: Address): Shown {
  const mine = [...replica.records.values()].filter((record) => sideOf(record, device) !== null).reverse();
  const live = mine
    .filter((record) => record.phase !== 'ended' && !isSibling(record, device))
    .reduce<CallRecord | undefined>(
      (best, record) => (best !== undefined && furtherThan(best, record) ? best : record),
      undefined,
    );
  if (live === undefined && replica.pending !== null) {
    return {
      call: replica.pending,
      version: null,
      side: 'caller',
      view: { state: 'inviting', reason: null, timerStartedAt: null },
    };
  }
  const record = live ?? mine.find((candidate) => viewOf(candidate, device).state !== 'idle');
  if (record === undefined) return { call: null, version: null, side: null, view: IDLE };
  return { call: record.id, version: record.version, side: sideOf(record, device), view: viewOf(record, device) };
}

/** Of two calls invited at the same instant neither is: the one heard of first stays, the server calls the other busy. */
function furtherThan(a: CallRecord, b: CallRecord): boolean {
  return PHASES.indexOf(a.phase) > PHASES.indexOf(b.phase) || (a.phase === b.phase && a.invitedAt < b.invitedAt);
}
