/** Invariants that must hold at any time, checked with every effect: the history of calls, what devices apply and what they show. */
import type { Shown } from '../client/replica.js';
import { type CallRecord, LEGAL_MOVES, viewOf } from '../protocol/call.js';
import type { Cause } from '../protocol/frames.js';
import type { Waits } from '../protocol/limits.js';
import type { Millis } from '../protocol/machine.js';
import type { StoredValue } from '../server/hub/stored.js';
import type { InvariantName } from './invariants.js';
import type { SimDevice } from './swarm.js';

/** How late a deadline of the server may be while its process runs. */
const LATE_MS_MAX = 5;

/** The history of one call: its versions at the server, and the latest one that was sent. */
export interface CallHistory {
  readonly id: string;
  /** By version, from index 1. */
  readonly versions: (CallRecord | undefined)[];
  latest: CallRecord;
  sentVersion: number;
  isForgotten: boolean;
  /** Devices that show it as connected now. */
  readonly talking: Set<SimDevice>;
}

export interface SafetyPorts {
  now(): Millis;
  /** The server's clock. */
  time(): Millis;
  report(invariant: InvariantName, message: string): void;
}

export class Safety {
  readonly calls = new Map<string, CallHistory>();
  /** Live calls as of the last effect. */
  readonly live = new Map<string, CallRecord>();
  created = 0;
  connected = 0;
  readonly #waits: Waits;
  readonly #ports: SafetyPorts;
  readonly #applied = new Map<SimDevice, Map<string, number>>();
  readonly #shown = new Map<SimDevice, CallHistory>();
  readonly #peers = new Map<string, string>();
  #hasNewCall = false;
  /** When the server's process last started or resumed, on its clock. */
  #runsSince: Millis = 0;

  constructor(waits: Waits, ports: SafetyPorts) {
    this.#waits = waits;
    this.#ports = ports;
  }

  /** The server changed a record. */
  changed(record: CallRecord, cause: Cause): void {
    const { id, version } = record;
    const history = this.calls.get(id);
    if (history === undefined) {
      if (version !== 1 || record.phase !== 'inviting') this.#illegal(id, `begins with version ${version}, ${record.phase}`);
      const versions = [undefined, record];
      this.calls.set(id, { id, versions, latest: record, sentVersion: 0, isForgotten: false, talking: new Set() });
      this.created++;
      this.#hasNewCall = true;
    } else {
      const before = history.latest;
      const cell = cause.move === 'invite' ? null : LEGAL_MOVES[before.phase][cause.move];
      const isLegal =
        cell !== null && 'to' in cell && cell.to === record.phase && (cell.to !== 'ended' || cell.reason === record.reason);
      if (version !== before.version + 1) this.#illegal(id, `goes from version ${before.version} to ${version}`);
      else if (!isLegal) this.#illegal(id, `goes from ${before.phase} to ${record.phase} by ${cause.move}`);
      this.#inTime(before, record.phase);
      history.versions[version] = record;
      history.latest = record;
      if (record.phase === 'connected') this.connected++;
    }
    if (record.phase === 'ended') this.live.delete(id);
    else this.live.set(id, record);
  }

  /** The server has finished all effects of an input: only then a third caller has received busy. */
  inputDone(): void {
    if (!this.#hasNewCall) return;
    this.#hasNewCall = false;
    const busy = new Map<string, string>();
    for (const { id, caller, callee } of this.live.values()) {
      for (const user of [caller.user, callee.user]) {
        const other = busy.get(user);
        if (other !== undefined) this.#ports.report('one-live-call', `${user} is in ${other} and in ${id}`);
        busy.set(user, id);
      }
    }
  }

  /** A device starts to call a user. */
  invited(call: string, peer: string): void {
    this.#peers.set(call, peer);
  }

  /** The server refused an invitation because its sender is busy. */
  refusedBusy(call: string, user: string): void {
    for (const { caller, callee } of this.live.values()) {
      if (callee.user !== user || callee.device !== null || caller.user !== this.#peers.get(call)) continue;
      this.#ports.report('glare', `${user} calls ${caller.user}, who calls ${user} at the same time, and is refused`);
    }
  }

  /** A frame with a record leaves the server. */
  sent(record: CallRecord): void {
    const history = this.calls.get(record.id);
    if (history === undefined) return this.#ports.report('view-of-record', `a device receives ${record.id}, which never existed`);
    if (history.versions[record.version] !== record) this.#unknown(history, record);
    if (record.version > history.sentVersion) history.sentVersion = record.version;
  }

  /** The store deleted a call. */
  forgotten(id: string): void {
    const history = this.calls.get(id);
    if (history === undefined) return;
    history.isForgotten = true;
    if (history.latest.phase !== 'ended') this.#illegal(id, `is deleted while ${history.latest.phase}`);
  }

  /** The server restores its store: versions that were sent must be there, versions that were not may be gone. */
  restarted(store: ReadonlyMap<string, StoredValue>): void {
    this.#runsSince = this.#ports.time();
    for (const history of this.calls.values()) {
      if (history.isForgotten) continue;
      const value = store.get(`call:${history.id}`);
      const record = value?.kind === 'call' ? value.call.record : null;
      const version = record?.version ?? 0;
      if (version < history.sentVersion) {
        this.#ports.report('kept', `${history.id}: version ${history.sentVersion} was sent, the store has ${version}`);
      }
      if (record === null) {
        this.calls.delete(history.id);
        this.live.delete(history.id);
        continue;
      }
      if (version > history.latest.version && history.latest.phase === 'ended')
        this.#illegal(history.id, 'changes after its end');
      history.versions.length = Math.min(history.versions.length, version);
      history.versions[version] = record;
      history.latest = record;
      if (record.phase === 'ended') this.live.delete(history.id);
      else this.live.set(history.id, record);
    }
    for (const value of store.values())
      if (value.kind === 'call' && !this.calls.has(value.call.record.id)) this.#adopt(value.call.record);
  }

  /** The server's process was paused until now: what was due in the meantime may be late. */
  resumed(): void {
    this.#runsSince = this.#ports.time();
  }

  /** A device applied a record. */
  applied(device: SimDevice, record: CallRecord): void {
    const versions = this.#applied.get(device) ?? new Map<string, number>();
    this.#applied.set(device, versions);
    const before = versions.get(record.id) ?? 0;
    if (record.version <= before) {
      this.#ports.report('monotone-replica', `${device.name} goes from version ${before} of ${record.id} to ${record.version}`);
    }
    versions.set(record.id, record.version);
    const history = this.calls.get(record.id);
    if (history === undefined)
      return this.#ports.report('view-of-record', `${device.name} applied ${record.id}, which never existed`);
    if (history.versions[record.version] !== record) this.#unknown(history, record);
  }

  /** What a device shows changed. */
  shown(device: SimDevice, { call, version, view }: Shown): void {
    this.#shown.get(device)?.talking.delete(device);
    const history = call === null ? undefined : this.calls.get(call);
    if (call === null || version === null) {
      if (view.state === 'connected') this.#ports.report('view-of-record', `${device.name} is connected without a record`);
      return;
    }
    const record = history?.versions[version];
    if (history === undefined || record === undefined) {
      return this.#ports.report('view-of-record', `${device.name} shows version ${version} of ${call}, which never existed`);
    }
    const right = viewOf(record, device);
    if (right.state !== view.state || right.reason !== view.reason || right.timerStartedAt !== view.timerStartedAt) {
      this.#ports.report(
        'view-of-record',
        `${device.name} shows ${view.state} for ${call} version ${version}, which is ${right.state}`,
      );
    }
    this.#shown.set(device, history);
    if (view.state !== 'connected') return;
    for (const other of history.talking) {
      if (other.user === device.user)
        this.#ports.report('one-talker', `${other.name} and ${device.name} are both connected in ${call}`);
    }
    history.talking.add(device);
  }

  /** The process of a device crashed: its state is gone. */
  crashed(device: SimDevice): void {
    this.#applied.delete(device);
    this.#shown.get(device)?.talking.delete(device);
  }

  /** Live calls beyond their limit. */
  overdue(): void {
    for (const record of this.live.values()) this.#inTime(record, null);
  }

  #inTime(record: CallRecord, next: CallRecord['phase'] | null): void {
    const { inviteMs, ringMs } = this.#waits;
    const dueAt =
      record.phase === 'inviting'
        ? record.invitedAt + inviteMs
        : record.phase === 'ringing'
          ? (record.ringingAt ?? 0) + ringMs
          : null;
    if (dueAt === null) return;
    const lateMs = this.#ports.time() - Math.max(dueAt, this.#runsSince);
    if (lateMs <= LATE_MS_MAX) return;
    const outcome = next === null ? 'goes on' : `became ${next}`;
    this.#ports.report(
      'in-time',
      `${record.id} was ${record.phase} for ${Math.round(lateMs)} ms longer than its limit and ${outcome}`,
    );
  }

  #adopt(record: CallRecord): void {
    const versions: (CallRecord | undefined)[] = [];
    versions[record.version] = record;
    this.calls.set(record.id, {
      id: record.id,
      versions,
      latest: record,
      sentVersion: 0,
      isForgotten: false,
      talking: new Set(),
    });
    this.created++;
    if (record.phase !== 'ended') this.live.set(record.id, record);
  }

  #unknown(history: CallHistory, record: CallRecord): void {
    const known = history.versions[record.version];
    // A version below a restored one may never have been seen.
    if (known === undefined && record.version < history.latest.version) {
      history.versions[record.version] = record;
      return;
    }
    this.#ports.report(
      'view-of-record',
      `there is a record of ${record.id} version ${record.version} that the server does not have`,
    );
  }

  #illegal(id: string, what: string): void {
    this.#ports.report('legal-history', `${id} ${what}`);
  }
}
