/** Plays the steps of a scenario with the devices of one repetition. */
import type { LagWatch } from '../../probe/runtime/lag.js';
import { addressOf } from '../../protocol/address.js';
import { createRng, shuffled } from '../../protocol/rng.js';
import type { MarkEvent } from '../../trace/event.js';
import type { ExpectStep, Step } from '../language/plan.js';
import type { Ensemble } from './ensemble.js';
import { actualText, isMet } from './expectation.js';
import type { Hostiles } from './hostiles.js';
import type { Faults } from './injection/faults.js';
import { lateness } from './lateness.js';
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
}

export class Player {
  readonly #on: PlayerOptions;
  #togethers = 0;

  constructor(on: PlayerOptions) {
    this.#on = on;
  }

  /** Plays the steps in order and stops at the first expectation that does not hold. */
  async play(steps: readonly Step[]): Promise<boolean> {
    const { watch, mark } = this.#on;
    for (const [index, step] of steps.entries()) {
      if (watch.cut !== null) return false;
      if (await this.#step(step)) continue;
      const left = steps.length - index - 1;
      if (left > 0) mark({ name: 'skipped-steps', text: `${left} more ${left === 1 ? 'step' : 'steps'} not played` });
      return false;
    }
    return true;
  }

  async #step(step: Step): Promise<boolean> {
    const { options, watch, devices, faults, hostiles, mark } = this.#on;
    if (!step.kind.startsWith('expect')) mark({ name: 'step', path: step.path, text: step.text });
    switch (step.kind) {
      case 'action': {
        const { verb } = step.action;
        devices.at(step.device).act(verb, step.action.verb === 'call' ? { callee: step.action.callee } : {});
        return true;
      }
      case 'hostile':
        await hostiles.act(step.agent, step.act, step.text);
        return true;
      case 'expect-hostile': {
        // Other protocols have other close codes.
        if (step.only !== null && options.target.foreign !== undefined) return true;
        const actual = (): string => hostiles.standingText(step.expectations);
        return this.#expected(step, () => hostiles.areSo(step.expectations), actual);
      }
      case 'fault':
        await faults.inject(step);
        return true;
      case 'heal':
        faults.heal(step.healed);
        return true;
      case 'wait':
        return watch.pause(step.ms);
      case 'together': {
        // In random order, so that a race is not always won by the first one in the file.
        const rng = createRng(options.seed).fork(`together-${++this.#togethers}`);
        return (await Promise.all(shuffled(step.steps, rng).map((inner) => this.#step(inner)))).every(Boolean);
      }
      case 'repeat':
        for (let time = 0; time < step.times; time++) if (!(await this.play(step.steps))) return false;
        return true;
      case 'expect': {
        const isHeld = (): boolean =>
          step.expectations.every((expectation) =>
            isMet(expectation, (device) => devices.view(device), options.target.foreign?.adapter.traits.reasons),
          );
        const actual = (): string => actualText(step.expectations, options.scenario, (device) => devices.view(device));
        const states = step.expectations.flatMap(({ anyOf }) => anyOf.map(({ state }) => state));
        return this.#expected(step, isHeld, actual, { states: [...new Set(states)], media: [] });
      }
      case 'expect-media': {
        const states = (): string[] => step.devices.map((device) => devices.at(device).mediaState());
        const isHeld = (): boolean => states().every((state) => state === step.state);
        const actual = (): string[] => step.devices.map((device, index) => `${addressOf(device)}=${states()[index]}`);
        return this.#expected(step, isHeld, () => `media ${actual().join(' ')}`, { states: [], media: [step.state] });
      }
    }
  }

  async #expected(
    { path, text, withinMs }: ExpectStep,
    isHeld: () => boolean,
    actualOf: () => string,
    wants: NonNullable<MarkEvent['wants']> = { states: [], media: [] },
  ): Promise<boolean> {
    const { watch, mark } = this.#on;
    const ok = await watch.until(isHeld, withinMs);
    const actual = actualOf();
    if (!ok) await this.#on.receipts();
    const late = ok ? {} : await lateness(this.#on, isHeld);
    if (watch.cut === null || ok) mark({ name: 'expect', path, text, ok, actual, wants, ...late });
    return ok;
  }
}
