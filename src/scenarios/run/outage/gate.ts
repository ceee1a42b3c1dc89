/** A gate for all workers of a run: closed while the target is away, and for good if it does not come back. */
import type { TargetHealth } from '../../../probe/targets/health-check.js';
import type { Target } from '../../../probe/targets/target.js';
import type { Millis } from '../../../protocol/machine.js';
import { backoffFrom, nextCheck } from './backoff.js';
import type { TargetEvent, TargetOutage } from './target-event.js';

/** Interval of progress reports during a wait, in milliseconds. */
const TELL_MS = 1_000;

type Place = Pick<Target, 'name' | 'checkHealth' | 'logIn'>;

export interface GateOptions {
  /** How long to wait for an absent target; 0 stops at once. */
  readonly waitMs: Millis;
  readonly now: () => Millis;
  /** Resolves after a time, or as soon as the run is interrupted. */
  readonly sleep: (ms: Millis) => Promise<void>;
  readonly isInterrupted: () => boolean;
  readonly report: (event: TargetEvent) => void;
}

interface Away {
  readonly target: Place;
  readonly goneAt: Millis;
  /** Index in the list of outages; null for an overloaded target. */
  readonly outage: number | null;
  error: string;
  /** Started by the first worker that wants to pass; the others share it. */
  waiting: Promise<boolean> | null;
}

export class TargetGate {
  readonly #options: GateOptions;
  readonly #outages: TargetOutage[] = [];
  #away: Away | null = null;
  #backAt: Millis = Number.NEGATIVE_INFINITY;
  #reason: string | null = null;
  /** Whether it stayed overloaded for the whole wait: then there is no further wait until a log-in succeeds. */
  #wasBusyTooLong = false;

  constructor(options: GateOptions) {
    this.#options = options;
  }

  /** All outages, in order. */
  get outages(): readonly TargetOutage[] {
    return this.#outages;
  }

  /** Why nothing more is run, or null. */
  get reason(): string | null {
    return this.#reason;
  }

  /** A repetition found the target gone since `goneAt`. Reports of other workers about the same outage are not counted again. */
  gone(target: Place, goneAt: Millis, outage: TargetOutage): void {
    if (this.#away?.outage != null || goneAt <= this.#backAt || this.#reason !== null) return;
    this.#outages.push(outage);
    const { waiting = null } = this.#away ?? {};
    this.#away = { target, goneAt, outage: this.#outages.length - 1, error: outage.error, waiting };
    this.#options.report({ what: 'gone', outage });
  }

  /** The log-in of a repetition failed, although the target is there. */
  busy(target: Place, event: Extract<TargetEvent, { what: 'busy' }>): void {
    if (this.#away !== null || this.#reason !== null || this.#wasBusyTooLong) return;
    this.#away = { target, goneAt: this.#options.now(), outage: null, error: event.error, waiting: null };
    this.#options.report(event);
  }

  /** Resolves when the target is available; false if the rest is not to be run. */
  async pass(): Promise<boolean> {
    while (this.#away !== null && this.#reason === null && !this.#options.isInterrupted()) {
      const away = this.#away;
      away.waiting ??= this.#wait();
      await away.waiting;
    }
    return this.#reason === null;
  }

  async #wait(): Promise<boolean> {
    const { now, sleep, isInterrupted, report, waitMs } = this.#options;
    const from = now();
    let backoff = backoffFrom(from, waitMs);
    let reportedAt = from;
    if (waitMs > 0) report({ what: 'waiting', elapsedMs: 0, waitMs, error: this.#away?.error ?? '' });
    for (;;) {
      const next = nextCheck(backoff, now());
      if (next === null || isInterrupted()) break;
      if (now() - reportedAt >= TELL_MS) {
        reportedAt = now();
        report({ what: 'waiting', elapsedMs: reportedAt - from, waitMs, error: this.#away?.error ?? '' });
      }
      backoff = next.backoff;
      await sleep(next.afterMs);
      if (isInterrupted()) break;
      const error = this.#away === null ? null : await troubleAt(this.#away.target);
      if (error === null) return this.#back();
      if (this.#away !== null) this.#away.error = error;
    }
    return this.#over();
  }

  #back(): boolean {
    const away = this.#away;
    this.#away = null;
    this.#backAt = this.#options.now();
    this.#wasBusyTooLong = false;
    if (away === null) return true;
    const awayMs = this.#backAt - away.goneAt;
    const outage = away.outage === null ? undefined : this.#outages[away.outage];
    if (outage !== undefined && away.outage !== null) this.#outages[away.outage] = { ...outage, awayMs };
    this.#options.report({ what: 'back', awayMs });
    return true;
  }

  #over(): boolean {
    const away = this.#away;
    this.#away = null;
    if (away === null || this.#options.isInterrupted()) return false;
    // An overloaded target is there: the waiting workers continue, and get its answer themselves.
    if (away.outage === null) {
      this.#wasBusyTooLong = true;
      return true;
    }
    const outage = this.#outages[away.outage];
    const { waitMs, report } = this.#options;
    const when = `went away at ${outage?.at.slice(11, 19) ?? '?'} UTC`;
    const during =
      outage === undefined ? '' : outage.intoMs === null ? ` before "${outage.scenario}"` : ` during "${outage.scenario}"`;
    const back = waitMs === 0 ? 'and --target-wait is 0' : `and did not come back within ${waitMs / 1_000} s`;
    this.#reason = `not run: the target ${when}${during} ${back} (${away.error})`;
    report({ what: 'given-up', reason: this.#reason });
    return false;
  }
}

/** Why the target is unavailable, or null: it has to accept connections and log-ins. */
async function troubleAt(target: Place): Promise<string | null> {
  const health: TargetHealth = (await target.checkHealth?.()) ?? { is: 'up' };
  if (health.is !== 'up') return health.error;
  return (await target.logIn?.()) ?? null;
}
