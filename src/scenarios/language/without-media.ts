/** A scenario without its media: for a target whose media cannot be had here, or for a run that is about signaling alone. */
import type { CheckOptions } from '../../judge/checkers/checker.js';
import type { FaultStep, Scenario, Step } from './plan.js';

/** The same scenario without the steps, faults and limits of media. Its other steps keep their places. */
export function withoutMedia(scenario: Scenario): Scenario {
  if (scenario.media === 'none') return scenario;
  return {
    ...scenario,
    media: 'none',
    checks: checksWithout(scenario.checks),
    network: scenario.network.filter((step) => !isOfMedia(step)),
    steps: stepsWithout(scenario.steps),
  };
}

function stepsWithout(steps: readonly Step[]): Step[] {
  return steps.flatMap((step): Step[] => {
    switch (step.kind) {
      case 'expect-media':
        return [];
      case 'fault':
        return isOfMedia(step) ? [] : [step];
      case 'heal':
        return step.healed.what === 'media' ? [] : [step];
      case 'together':
      case 'repeat': {
        const rest = stepsWithout(step.steps);
        return rest.length === 0 ? [] : [{ ...step, steps: rest }];
      }
      default:
        return [step];
    }
  });
}

/** A fault of media, or one that waits for a message that only media needs. */
function isOfMedia({ fault, when }: FaultStep): boolean {
  const { target } = fault;
  const struck = target.on === 'messages' ? target.match.trigger : null;
  return target.on === 'media' || [when.on, when.until, struck].some((trigger) => trigger?.event.startsWith('signal') === true);
}

function checksWithout({ media: _media, latency, ...rest }: CheckOptions): CheckOptions {
  if (latency === undefined) return rest;
  const { 'accept-to-media': _first, ...others } = latency;
  return { ...rest, ...(Object.keys(others).length === 0 ? {} : { latency: others }) };
}
