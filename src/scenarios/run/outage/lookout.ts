/** Monitors the target during a repetition: makes health checks when in doubt, and stops the repetition if the target is gone. */

import { historyOf } from '../../../judge/history/history.js';
import { isProvoked, lastWords, outageIn, outageWords } from '../../../judge/history/outage.js';
import type { Clock } from '../../../probe/runtime/ports.js';
import type { Contact } from '../../../probe/targets/knock.js';
import type { Target } from '../../../probe/targets/target.js';
import { assemble } from '../../../trace/assemble.js';
import type { Bus, LiveEvent } from '../../../trace/bus.js';
import type { HealthEvent } from '../../../trace/event.js';
import type { Watch } from '../watch.js';
import { Suspicion } from './suspicion.js';

/** Minimum interval between two health checks, in milliseconds. */
const PAUSE_MS = 500;
/** Time for the other connections to end as well, before the outage is described. */
const FALL_MS = 50;
/** Before a second health check confirms the first. */
const CONFIRM_MS = 300;

export interface LookoutOptions {
  readonly target: Target;
  readonly clock: Clock;
  readonly bus: Bus;
  readonly watch: Watch;
  /** The devices of the scenario; any other sender is a hostile agent. */
  readonly devices: ReadonlySet<string>;
}

export class Lookout {
  readonly #options: LookoutOptions;
  readonly #suspicion = new Suspicion();
  readonly #events: LiveEvent[] = [];
  #knocking: Promise<void> | null = null;
  #isWanted = false;
  #isStopped = false;
  #nextAt = 0;
  #busy: Extract<Contact, { is: 'busy' }> | null = null;

  constructor(options: LookoutOptions) {
    this.#options = options;
    if (options.target.knock === undefined) return;
    options.bus.subscribe((event) => {
      this.#events.push(event);
      if (this.#suspicion.look(event)) this.#want();
    });
  }

  /** Resolves when no health check is running; a repetition waits for it at its end. */
  async idle(): Promise<void> {
    while (this.#knocking !== null && this.#options.watch.cut === null) await this.#knocking;
  }

  /** After a failed log-in: stops the repetition if the target is gone or overloaded. */
  async conclude(message: string): Promise<void> {
    const { target, watch } = this.#options;
    if (target.knock === undefined || watch.cut !== null) return;
    this.#want();
    await this.idle();
    if (this.#busy === null || watch.cut !== null) return;
    watch.abort({ status: 'target-busy', message: `${message}: ${busyWords(this.#busy)}` });
  }

  stop(): void {
    this.#isStopped = true;
  }

  #want(): void {
    this.#isWanted = true;
    this.#knocking ??= this.#work().finally(() => {
      this.#knocking = null;
    });
  }

  async #work(): Promise<void> {
    const { clock, watch } = this.#options;
    while (this.#isWanted && !this.#isOver) {
      await pause(this.#nextAt - clock.now());
      this.#isWanted = false;
      if (this.#isOver || this.#suspicion.isExpected) return;
      const contact = await this.#knock();
      this.#nextAt = clock.now() + PAUSE_MS;
      // Effects of a server fault during a health check are expected as well.
      if (this.#isOver || this.#suspicion.isExpected) return;
      if (contact.is === 'busy') this.#noteBusy(contact);
      if (contact.is !== 'gone') continue;
      this.#note('gone', contact.error);
      await pause(FALL_MS);
      watch.abort({ status: this.#status(), message: this.#message() });
    }
  }

  get #isOver(): boolean {
    return this.#isStopped || this.#options.watch.cut !== null;
  }

  async #knock(): Promise<Contact> {
    const { target } = this.#options;
    const first = (await target.knock?.()) ?? { is: 'up' };
    if (first.is !== 'gone' || first.isSure) return first;
    await pause(CONFIRM_MS);
    return (await target.knock?.()) ?? { is: 'up' };
  }

  #noteBusy(contact: Extract<Contact, { is: 'busy' }>): void {
    if (this.#busy === null) this.#note('busy', contact.error);
    this.#busy = contact;
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

  #message(): string {
    const outage = outageIn(historyOf(assemble(this.#events)));
    if (outage === null) return 'the target is gone';
    const since = `since ${(outage.sinceAt / 1_000).toFixed(1)} s`;
    return `the target ${outageWords(outage)} ${since} (${outage.error}); ${lastWords(outage.last)}`;
  }
}

/** Why log-ins fail although the target is there. */
export function busyWords({ error, retryAfterMs }: Extract<Contact, { is: 'busy' }>): string {
  const later = retryAfterMs === null ? '' : `, and asks to retry in ${retryAfterMs / 1_000} s`;
  return `the target is there, but turns connections away or is too slow (${error}${later})`;
}

function pause(ms: number): Promise<void> {
  return ms <= 0 ? Promise.resolve() : new Promise((resolve) => setTimeout(resolve, ms));
}
