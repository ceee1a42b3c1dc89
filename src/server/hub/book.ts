/** The calls of the hub: their records, busy users, and deadlines. Pure except for its own maps. */

import type { Address } from '../../protocol/address.js';
import { type CallRecord, invite, type Move, type Moved, type Phase } from '../../protocol/call.js';
import type { Deadlines } from '../../protocol/deadlines.js';
import { LIMITS, type Waits } from '../../protocol/limits.js';
import type { Millis } from '../../protocol/machine.js';
import type { Refusal } from '../../protocol/reasons.js';
import type { HubPolicy } from './policy.js';
import type { StoredCall } from './stored.js';

interface Entry {
  record: CallRecord;
  /** The device whose command made each version, for routing receipts. */
  readonly movedBy: Map<number, Address>;
}

/** The result of an invitation: a new call, an existing one that the command repeats or answers, or a refusal. */
export type Invited =
  | { readonly kind: 'created' | 'repeated'; readonly record: CallRecord }
  | { readonly kind: 'glare'; readonly record: CallRecord }
  | { readonly kind: 'refused'; readonly why: Refusal; readonly record: CallRecord | null };

export class CallBook {
  readonly #calls = new Map<string, Entry>();
  /** Ids of the calls of a user, in order of creation. */
  readonly #idsOf = new Map<string, Set<string>>();
  readonly #phases: Record<Phase, number> = { inviting: 0, ringing: 0, connected: 0, ended: 0 };
  readonly #liveOf = new Map<string, string>();
  /** Calls that changed since the last `takeChanged`. */
  readonly #changed = new Set<string>();

  constructor(
    readonly deadlines: Deadlines,
    readonly waits: Waits,
    readonly policy: HubPolicy,
  ) {}

  get(id: string): CallRecord | null {
    return this.#calls.get(id)?.record ?? null;
  }

  /** The live call of a user, or null. */
  liveOf(user: string): CallRecord | null {
    const id = this.#liveOf.get(user);
    return id === undefined ? null : this.get(id);
  }

  /** The calls of a user, live ones first, then the latest; at most `welcomeCallsMax`. */
  of(user: string): CallRecord[] {
    const mine = [...(this.#idsOf.get(user) ?? [])].flatMap((id) => this.get(id) ?? []);
    const rank = (record: CallRecord): number => (record.phase === 'ended' ? 1 : 0);
    return mine.sort((a, b) => rank(a) - rank(b) || b.invitedAt - a.invitedAt).slice(0, LIMITS.welcomeCallsMax);
  }

  /** How many calls are in each phase; ended ones are those that can still be read. */
  get phases(): Readonly<Record<Phase, number>> {
    return { ...this.#phases };
  }

  get size(): number {
    return this.#calls.size;
  }

  get liveCount(): number {
    return this.size - this.#phases.ended;
  }

  get busyCount(): number {
    return this.#liveOf.size;
  }

  /** Busy users, for the check that nothing is left over. */
  busyUsers(): string[] {
    return [...this.#liveOf.keys()];
  }

  /** Ids of the calls that changed, with what to store; null for deleted ones. */
  takeChanged(): (readonly [string, StoredCall | null])[] {
    const changed = [...this.#changed].map((id) => {
      const entry = this.#calls.get(id);
      return [id, entry === undefined ? null : { record: entry.record, movedBy: [...entry.movedBy] }] as const;
    });
    this.#changed.clear();
    return changed;
  }

  forgetChanged(): void {
    this.#changed.clear();
  }

  /** Restores a call from a store, with its old deadline. */
  restore({ record, movedBy }: StoredCall, now: Millis): void {
    this.#put({ record, movedBy: new Map(movedBy) });
    const { inviteMs, ringMs, endedMs } = this.waits;
    const wait = {
      inviting: { since: record.invitedAt, ms: inviteMs },
      ringing: { since: record.ringingAt ?? record.invitedAt, ms: ringMs },
      connected: null,
      ended: { since: record.endedAt ?? now, ms: endedMs },
    }[record.phase];
    // If the clock was set back while the server was down, no wait becomes longer than its full length.
    if (wait !== null) this.deadlines.set(`call:${record.id}`, Math.max(now, Math.min(now, wait.since) + wait.ms));
    if (record.phase === 'ended') return;
    this.#liveOf.set(record.caller.user, record.id);
    if (!this.#liveOf.has(record.callee.user)) this.#liveOf.set(record.callee.user, record.id);
  }

  /**
   * Starts a call. If the callee is inviting the caller at the same time, both want the same call: this invitation answers the
   * earlier one, so that glare has one outcome whatever the order on the wire.
   */
  invite(id: string, caller: Address, callee: string, now: Millis): Invited {
    const known = this.get(id);
    if (known !== null && this.policy.isSameInvitation(known)) {
      const mine = known.caller.user === caller.user && known.caller.device === caller.device && known.callee.user === callee;
      return mine ? { kind: 'repeated', record: known } : { kind: 'refused', why: 'call-id-taken', record: null };
    }
    if (callee === caller.user) return { kind: 'refused', why: 'self-call', record: null };
    const own = this.liveOf(caller.user);
    if (own !== null && this.policy.crosses(own, caller, callee)) return { kind: 'glare', record: own };
    if (own !== null && this.policy.occupies(own)) return { kind: 'refused', why: 'own-line-busy', record: own };
    if (this.liveCount >= LIMITS.callsMax) return { kind: 'refused', why: 'too-many-calls', record: null };
    const record = invite(id, caller, callee, now);
    this.#put({ record, movedBy: new Map([[1, caller]]) });
    this.#changed.add(id);
    this.#liveOf.set(caller.user, id);
    if (!this.#liveOf.has(callee)) this.#liveOf.set(callee, id);
    this.deadlines.set(`call:${id}`, now + this.waits.inviteMs);
    return { kind: 'created', record };
  }

  /** Whether the callee of a new call is busy with another one. */
  isCalleeBusy(record: CallRecord): boolean {
    const other = this.liveOf(record.callee.user);
    return other !== null && other.id !== record.id && this.policy.occupies(other);
  }

  /** Makes a move; null if there is no such call. Updates everything that depends on the phase. */
  move(id: string, move: Move, by: Address | null, now: Millis): Moved | null {
    const entry = this.#calls.get(id);
    if (entry === undefined) return null;
    const moved = this.policy.move(entry.record, move, by, now);
    if (!moved.changed) return moved;
    this.#phases[entry.record.phase]--;
    this.#phases[moved.record.phase]++;
    entry.record = moved.record;
    this.#changed.add(id);
    if (by !== null) entry.movedBy.set(moved.record.version, by);
    this.#settle(moved.record, now);
    return moved;
  }

  /** The device whose command made this version, or null. */
  moverOf(id: string, version: number): Address | null {
    return this.#calls.get(id)?.movedBy.get(version) ?? null;
  }

  /** The effect of a call's deadline in its phase: a move of the server, or null after deleting an ended call. */
  due(id: string): Move | null {
    const record = this.get(id);
    if (record === null) return null;
    if (record.phase !== 'ended') return this.policy.timeUp(record);
    this.#delete(record);
    this.#changed.add(id);
    return null;
  }

  #put(entry: Entry): void {
    const { record } = entry;
    const former = this.get(record.id);
    if (former !== null) this.#delete(former);
    this.#calls.set(record.id, entry);
    this.#phases[record.phase]++;
    for (const { user } of [record.caller, record.callee]) {
      const ids = this.#idsOf.get(user);
      if (ids === undefined) this.#idsOf.set(user, new Set([record.id]));
      else ids.add(record.id);
    }
  }

  #delete(record: CallRecord): void {
    this.#calls.delete(record.id);
    this.#phases[record.phase]--;
    for (const { user } of [record.caller, record.callee]) {
      const ids = this.#idsOf.get(user);
      ids?.delete(record.id);
      if (ids?.size === 0) this.#idsOf.delete(user);
    }
  }

  #settle(record: CallRecord, now: Millis): void {
    const key = `call:${record.id}`;
    if (record.phase === 'ringing') this.deadlines.set(key, now + this.waits.ringMs);
    if (record.phase === 'connected' && this.policy.stopsRingTimer) this.deadlines.clear(key);
    if (record.phase !== 'ended') return;
    this.deadlines.set(key, now + this.waits.endedMs);
    for (const user of [record.caller.user, record.callee.user]) {
      if (this.#liveOf.get(user) === record.id && this.policy.frees(record, user)) this.#liveOf.delete(user);
    }
  }
}
