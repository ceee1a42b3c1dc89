/** The calls as one device has them, and what it shows of them: its replica, with the decisions about it. */
import type { Address } from '../protocol/address.js';
import type { CallRecord } from '../protocol/call.js';
import type { Deadlines } from '../protocol/deadlines.js';
import type { Millis } from '../protocol/machine.js';
import type { AgentDecisions } from './decisions.js';
import {
  EMPTY_REPLICA,
  givenUpOn,
  inviting,
  type LocalEnd,
  type Replica,
  type ReplicaPolicy,
  type Shown,
  shownBy,
  takeOn,
  withoutLost,
  withReported,
} from './replica.js';

export class Calls {
  readonly #self: Address;
  readonly #policy: ReplicaPolicy;
  readonly #decisions: AgentDecisions;
  #replica: Replica = EMPTY_REPLICA;
  #shown: Shown;
  #shownOf: Replica = EMPTY_REPLICA;
  readonly #deadlines: Deadlines;
  #showsAt: Millis | null = null;

  /** Shares the deadlines of its agent, under the key `show`. */
  constructor(self: Address, policy: ReplicaPolicy, decisions: AgentDecisions, deadlines: Deadlines) {
    this.#deadlines = deadlines;
    this.#self = self;
    this.#policy = policy;
    this.#decisions = decisions;
    this.#shown = shownBy(EMPTY_REPLICA, self);
  }

  /** What the device showed when it was last looked at with `change`. */
  get shown(): Shown {
    return this.#shown;
  }

  /** What the device shows from now on, when that differs from before in anything but the version; else null. */
  change(now: Millis): Shown | null {
    if (this.#shownOf === this.#replica) return null;
    const old = this.#shown;
    const shown = shownBy(this.#replica, this.#self, this.#policy);
    this.#showsAt ??= now + this.#decisions.showsAfterMs(old, shown);
    if (now < this.#showsAt) {
      this.#deadlines.set('show', this.#showsAt);
      return null;
    }
    this.#showsAt = null;
    this.#deadlines.clear('show');
    this.#shownOf = this.#replica;
    this.#shown = shown;
    const isSame =
      old.call === shown.call &&
      old.view.state === shown.view.state &&
      old.view.reason === shown.view.reason &&
      old.view.timerStartedAt === shown.view.timerStartedAt;
    return isSame ? null : shown;
  }

  /** The calls of which there is a record. */
  get known(): ReadonlyMap<string, CallRecord> {
    return this.#replica.records;
  }

  /** An end is new for a device that has the call; a call that was over before this device knew it is ignored. */
  isNew({ id, phase }: CallRecord): boolean {
    const { records, pending, givenUp } = this.#replica;
    return phase !== 'ended' || records.has(id) || pending === id || givenUp.has(id);
  }

  invite(call: string): void {
    this.#replica = inviting(this.#replica, call);
  }

  dropInvitation(call: string): void {
    if (this.#replica.pending === call) this.#replica = { ...this.#replica, pending: null };
  }

  /** The server knows nothing of an invitation that it once had. */
  loseInvitation(call: string, reason: LocalEnd): void {
    if (this.#replica.pending === call) this.giveUp(call, reason);
  }

  /** Takes on a record; whether it is newer than what was known. */
  apply(record: CallRecord): boolean {
    if (this.#decisions.yields) this.#replica = withReported(this.#replica, record);
    const next = takeOn(this.#replica, record, this.#self, this.#policy);
    if (next === null) return false;
    this.#replica = next;
    return true;
  }

  giveUp(call: string, reason: LocalEnd): void {
    this.#replica = givenUpOn(this.#replica, call, reason, this.#self);
  }

  /** The server has only these calls. */
  keepOnly(known: ReadonlySet<string>, reason: LocalEnd): void {
    this.#replica = withoutLost(this.#replica, known, reason, this.#self);
  }

  clear(): void {
    this.#replica = EMPTY_REPLICA;
  }
}
