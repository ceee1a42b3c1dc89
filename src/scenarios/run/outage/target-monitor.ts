/** Monitors the target during a repetition: makes health checks when in doubt, and stops the repetition if the target is gone. */

import { type History, historyOf } from '../../../judge/history/history.js';
import { isProvoked, lastWords, outageIn, outageWords } from '../../../judge/history/outage.js';
import type { Clock } from '../../../probe/runtime/ports.js';
import type { TargetHealth } from '../../../probe/targets/health-check.js';
import type { Target } from '../../../probe/targets/target.js';
import { assemble } from '../../../trace/assemble.js';
import type { Bus, LiveEvent } from '../../../trace/bus.js';
import type { HealthEvent } from '../../../trace/event.js';
import type { Watch } from '../watch.js';
import { HealthDoubt } from './health-doubt.js';

/** Minimum interval between two health checks, in milliseconds. */
const PAUSE_MS = 500;
/** Time for the other connections to end as well, before the outage is described. */
const FALL_MS = 50;
/** Before a second health check confirms the first. */
const CONFIRM_MS = 300;

export interface TargetMonitorOptions {
  readonly target: Target;
  readonly clock: Clock;
  readonly bus: Bus;
  readonly watch: Watch;
  /** The devices of the scenario; any other sender is a hostile agent. */
  readonly devices: ReadonlySet<string>;
}

export class TargetMonitor {
  readonly #options: TargetMonitorOptions;
  readonly #doubt = new HealthDoubt();
  readonly #events: LiveEvent[] = [];
  #checking: Promise<void> | null = null;
  #isWanted = false;
  #isStopped = false;
  #nextAt = 0;
  #busy: Extract<TargetHealth, { is: 'busy' }> | null = null;

  constructor(options: TargetMonitorOptions) {
    this.#options = options;
    if (options.target.checkHealth === undefined) return;
    options.bus.subscribe((event) => {
      this.#events.push(event);
      if (this.#doubt.take(event)) this.#request();
    });
  }

  /** Resolves when no health check is running; a repetition waits for it at its end. */
  async idle(): Promise<void> {
    while (this.#checking !== null && this.#options.watch.cut === null) await this.#checking;
  }

  /** After a failed log-in: stops the repetition if the target is gone or overloaded. */
  async conclude(message: string): Promise<void> {
    const { target, watch } = this.#options;
    if (target.checkHealth === undefined || watch.cut !== null) return;
    this.#request();
    await this.idle();
    if (this.#busy === null || watch.cut !== null) return;
    watch.abort({ status: 'target-busy', message: `${message}: ${busyWords(this.#busy)}` });
  }

  stop(): void {
    this.#isStopped = true;
  }

  #request(): void {
    this.#isWanted = true;
    this.#checking ??= this.#work().finally(() => {
      this.#checking = null;
    });
  }

  async #work(): Promise<void> {
    const { clock, watch } = this.#options;
    while (this.#isWanted && !this.#isOver) {
      await pause(this.#nextAt - clock.now());
      this.#isWanted = false;
      if (this.#isOver || this.#doubt.isExpected) return;
      const health = await this.#check();
      this.#nextAt = clock.now() + PAUSE_MS;
      // Effects of a server fault during a health check are expected as well.
      if (this.#isOver || this.#doubt.isExpected) return;
      if (health.is === 'busy') this.#noteBusy(health);
      if (health.is !== 'gone') continue;
      this.#note('gone', health.error);
      await pause(FALL_MS);
      watch.abort({ status: this.#status(), message: goneWords(historyOf(assemble(this.#events))) });
    }
  }

  get #isOver(): boolean {
    return this.#isStopped || this.#options.watch.cut !== null;
  }

  async #check(): Promise<TargetHealth> {
    const { target } = this.#options;
    const first = (await target.checkHealth?.()) ?? { is: 'up' };
    if (first.is !== 'gone' || first.isSure) return first;
    await pause(CONFIRM_MS);
    return (await target.checkHealth?.()) ?? { is: 'up' };
  }

  #noteBusy(health: Extract<TargetHealth, { is: 'busy' }>): void {
    if (this.#busy === null) this.#note('busy', health.error);
    this.#busy = health;
  }

  #note(state: HealthEvent['state'], error: string): void {
    const { bus, clock } = this.#options;
    bus.publish('probe', clock.now(), null, { type: 'health', state, error });
  }

  /** A server that ends right after a message that was broken on purpose has failed; otherwise the reason is unknown. */
  #status(): 'target-gone' | 'target-fault' {
    const history = historyOf(assemble(this.#events));
    const outage = outageIn(history);
    return outage !== null && isProvoked(history, outage, this.#options.devices) ? 'target-fault' : 'target-gone';
  }
}

/** What became of the target, as a sentence. */
export function goneWords(history: History): string {
  const outage = outageIn(history);
  if (outage === null) return 'the target is gone';
  const since = `since ${(outage.sinceAt / 1_000).toFixed(1)} s`;
  return `the target ${outageWords(outage)} ${since} (${outage.error}); ${lastWords(outage.last)}`;
}

/** Why log-ins fail although the target is there. */
export function busyWords({ error, retryAfterMs }: Extract<TargetHealth, { is: 'busy' }>): string {
  const later = retryAfterMs === null ? '' : `, and asks to retry in ${retryAfterMs / 1_000} s`;
  return `the target is there, but turns connections away or is too slow (${error}${later})`;
}

function pause(ms: number): Promise<void> {
  return ms <= 0 ? Promise.resolve() : new Promise((resolve) => setTimeout(resolve, ms));
}
