/** Plays the steps of a scenario with the devices of one repetition. */
import { formatTrigger } from '../../faults/trigger.js';
import type { LagWatch } from '../../probe/runtime/lag.js';
import { isCallAction } from '../../protocol/actions.js';
import { type Address, addressOf } from '../../protocol/address.js';
import type { View } from '../../protocol/call.js';
import { createRng, shuffled } from '../../protocol/rng.js';
import type { MarkEvent } from '../../trace/event.js';
import type { ExpectStep, StateExpectation, Step } from '../language/plan.js';
import type { Ensemble } from './ensemble.js';
import { actualText, isMet } from './expectation.js';
import type { Hostiles } from './hostiles.js';
import type { Faults } from './injection/faults.js';
import { lateness } from './lateness.js';
import { authorMistakes } from './limits/author-mistakes.js';
import { LIMIT_TEXTS, type LimitCode } from './limits/codes.js';
import type { LimitWatch } from './limits/limit-watch.js';
import type { MessageCounts } from './message-counts.js';
import type { RepetitionOptions } from './repetition-io.js';
import type { Watch } from './watch.js';

/** A mark with optional fields; absent ones are null. */
export type Mark = Pick<MarkEvent, 'name' | 'text'> & Partial<MarkEvent>;

/** What the player needs. */
export interface PlayerOptions {
  readonly options: RepetitionOptions;
  readonly watch: Watch;
  readonly lag: LagWatch;
  readonly devices: Ensemble;
  readonly faults: Faults;
  readonly hostiles: Hostiles;
  readonly mark: (mark: Mark) => void;
  /** Collects receipts from all connections, so that a failed expectation has proof of what was not sent. */
  readonly receipts: () => Promise<void>;
  readonly limits: LimitWatch;
  readonly counts: MessageCounts;
}

/** What a step waits for. */
interface Expected {
  readonly isHeld: () => boolean;
  /** Whether its call ended with a connection, as the target declares; never if absent. */
  readonly areLost?: () => boolean;
  /** What is seen. */
  readonly actual: () => string;
  readonly wants?: NonNullable<MarkEvent['wants']>;
  /** The declared limit by which it holds. */
  readonly limit?: () => string | undefined;
}

/** Why no further step is played: an expectation did not hold, the run was stopped, or a declared limit of the target took effect. */
type Stop = 'failed' | LimitCode;

/** How long an expectation may take after a message was lost for good: what still comes does not need that message. */
const AFTER_LOSS_MS = 1_000;

/** How long no further message may come once an expected number has. */
const NO_FURTHER_MS = 300;

export class Player {
  readonly #on: PlayerOptions;
  readonly #mistakes: ReadonlyMap<string, string>;
  #togethers = 0;

  constructor(on: PlayerOptions) {
    this.#on = on;
    const { scenario, target } = on.options;
    this.#mistakes = authorMistakes(scenario, target.foreign?.adapter.traits ?? null);
  }

  /** Plays the steps in order and stops at the first expectation that does not hold, or where a declared limit takes effect. */
  async play(steps: readonly Step[]): Promise<void> {
    await this.#play(steps);
  }

  async #play(steps: readonly Step[]): Promise<Stop | null> {
    const { watch, mark } = this.#on;
    for (const [index, step] of steps.entries()) {
      if (watch.cut !== null) return 'failed';
      const stop = await this.#step(step);
      if (stop === null) continue;
      const left = steps.length - index - 1;
      if (stop !== 'failed')
        mark({ name: 'skipped-steps', path: step.path, text: `${step.text}: ${limitText(stop, left)}`, limit: stop });
      else if (left > 0) mark({ name: 'skipped-steps', text: `${stepsText(left)} not played` });
      return stop;
    }
    return null;
  }

  async #step(step: Step): Promise<Stop | null> {
    const { options, watch, devices, faults, hostiles, limits, mark } = this.#on;
    // The call is over with a connection: an app has no button for this any more.
    if (step.kind === 'action' && limits.hasLost(step.device) && isCallAction(step.action.verb) && step.action.verb !== 'call')
      return 'ends-call';
    if (!step.kind.startsWith('expect')) mark({ name: 'step', path: step.path, text: step.text });
    switch (step.kind) {
      case 'action': {
        const { action } = step;
        const how = action.verb === 'call' ? { callee: action.callee } : action.isForced === true ? { isForced: true } : {};
        devices.at(step.device).act(action.verb, how);
        return null;
      }
      case 'hostile':
        await hostiles.act(step.agent, step.act, step.text);
        return null;
      case 'expect-hostile':
        // Other protocols have other close codes.
        if (step.only !== null && options.target.foreign !== undefined) return null;
        return this.#expected(step, {
          isHeld: () => hostiles.areSo(step.expectations),
          actual: () => hostiles.standingText(step.expectations),
        });
      case 'fault':
        await faults.inject(step);
        return null;
      case 'heal':
        faults.heal(step.healed);
        return null;
      case 'wait':
        return (await watch.pause(step.ms)) ? null : 'failed';
      case 'together': {
        // In random order, so that a race is not always won by the first one in the file.
        const rng = createRng(options.seed).fork(`together-${++this.#togethers}`);
        const stops = await Promise.all(shuffled(step.steps, rng).map((inner) => this.#step(inner)));
        return stops.includes('failed') ? 'failed' : (stops.find((stop) => stop !== null) ?? null);
      }
      case 'repeat':
        for (let time = 0; time < step.times; time++) {
          const stop = await this.#play(step.steps);
          if (stop !== null) return stop;
        }
        return null;
      case 'expect': {
        const substitutes = options.target.foreign?.adapter.traits.reasons;
        const view = (device: Address): View => devices.view(device);
        const holds = (expectation: StateExpectation): boolean => isMet(expectation, view, substitutes);
        const states = step.expectations.flatMap(({ anyOf }) => anyOf.map(({ state }) => state));
        return this.#expected(step, {
          isHeld: () => step.expectations.every(holds),
          areLost: () => step.expectations.every((one) => holds(one) || limits.haveLost(one.devices)),
          actual: () => actualText(step.expectations, options.scenario, view),
          wants: { states: [...new Set(states)], media: [] },
          limit: () => step.limit ?? (step.expectations.every((one) => isMet(one, view)) ? undefined : 'reasons'),
        });
      }
      case 'expect-count':
        return this.#counted(step);
      case 'expect-media': {
        const states = (): string[] => step.devices.map((device) => devices.at(device).mediaState());
        const actual = (): string[] => step.devices.map((device, index) => `${addressOf(device)}=${states()[index]}`);
        return this.#expected(step, {
          isHeld: () => states().every((state) => state === step.state),
          areLost: () => limits.haveLost(step.devices),
          actual: () => `media ${actual().join(' ')}`,
          wants: { states: [], media: [step.state] },
        });
      }
    }
  }

  /** Once there are as many as expected, no further one may come for a while; where none is expected, for all of the time. */
  async #counted(step: Extract<Step, { kind: 'expect-count' }>): Promise<Stop | null> {
    const { watch, counts } = this.#on;
    const every = (is: (count: number, times: number) => boolean): boolean =>
      step.counts.every(({ trigger, times }) => is(counts.of(trigger), times));
    const isExceeded = (): boolean => !every((count, times) => count <= times);
    if (every((_, times) => times === 0)) await watch.until(isExceeded, step.withinMs);
    else if (await this.#within(() => every((count, times) => count >= times), step.withinMs))
      await watch.until(isExceeded, NO_FURTHER_MS);
    return this.#expected(
      { ...step, withinMs: 0 },
      {
        isHeld: () => every((count, times) => count === times),
        actual: () => step.counts.map(({ trigger }) => `${formatTrigger(trigger)}: ${counts.of(trigger)}`).join(', '),
      },
    );
  }

  async #expected({ path, text, withinMs }: ExpectStep, { isHeld, ...more }: Expected): Promise<Stop | null> {
    const { watch, mark, limits } = this.#on;
    const { areLost = () => false, wants = { states: [], media: [] } } = more;
    const ok = (await this.#within(() => isHeld() || areLost(), withinMs)) && isHeld();
    if (!ok && watch.cut === null) {
      if (areLost()) return 'ends-call';
      if (limits.isMessageLost) return 'no-redelivery';
    }
    const actual = more.actual();
    if (!ok) await this.#on.receipts();
    const late = ok ? {} : await lateness(this.#on, isHeld);
    const mistake = ok ? undefined : this.#mistakes.get(path);
    const limit = ok ? more.limit?.() : undefined;
    const why = { ...(mistake === undefined ? {} : { mistake }), ...(limit === undefined ? {} : { limit }) };
    if (watch.cut === null || ok) mark({ name: 'expect', path, text, ok, actual, wants, ...late, ...why });
    return ok ? null : 'failed';
  }

  /** Waits for a condition as long as the scenario says, and as long as a declared limit makes a difference. */
  async #within(isDecided: () => boolean, withinMs: number): Promise<boolean> {
    const { watch, limits } = this.#on;
    const isEarly = (): boolean => isDecided() || limits.isMessageLost;
    const decided = async (ms: number): Promise<boolean> => {
      await watch.until(isEarly, ms);
      return isDecided() || (limits.isMessageLost && (await watch.until(isDecided, Math.min(ms, AFTER_LOSS_MS))));
    };
    if (await decided(withinMs)) return true;
    // The server may still be about to end the call.
    return limits.isEnding && limits.graceMs > 0 && decided(limits.graceMs);
  }
}

function limitText(limit: LimitCode, left: number): string {
  return `not asserted${left === 0 ? '' : `, and ${stepsText(left)} not played`}: ${LIMIT_TEXTS[limit]}`;
}

function stepsText(count: number): string {
  return `${count} more ${count === 1 ? 'step' : 'steps'}`;
}
