/** Counts the messages that a scenario expects a number of, from the beginning of the repetition. */
import { matches, type NamedMessage, type Trigger } from '../../faults/trigger.js';
import type { Bus } from '../../trace/bus.js';
import type { Scenario, Step } from '../language/plan.js';

export class MessageCounts {
  readonly #counts = new Map<Trigger, number>();
  /** The latest end reason by device and call: a copy of an end may come without one. */
  readonly #reasons = new Map<string, string>();

  constructor(bus: Bus, { steps }: Scenario) {
    for (const trigger of triggersIn(steps)) this.#counts.set(trigger, 0);
    if (this.#counts.size === 0) return;
    bus.subscribe((event) => {
      if (event.type !== 'wire') return;
      const { node, dir, kind, name, call, reason = null } = event;
      this.#take({ node, dir, kind, name, reason: kind === 'event.ended' ? this.#reasonOf(`${node} ${call}`, reason) : reason });
    });
  }

  of(trigger: Trigger): number {
    return this.#counts.get(trigger) ?? 0;
  }

  #take(message: NamedMessage): void {
    for (const [trigger, count] of this.#counts) if (matches(trigger, message)) this.#counts.set(trigger, count + 1);
  }

  #reasonOf(key: string, reason: string | null): string | null {
    if (reason !== null) this.#reasons.set(key, reason);
    return reason ?? this.#reasons.get(key) ?? null;
  }
}

function triggersIn(steps: readonly Step[]): Trigger[] {
  return steps.flatMap((step) => {
    if (step.kind === 'together' || step.kind === 'repeat') return triggersIn(step.steps);
    return step.kind === 'expect-count' ? step.counts.map(({ trigger }) => trigger) : [];
  });
}
