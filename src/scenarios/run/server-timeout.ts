/** Scenarios that wait for the server to end a call that nobody answers, at a target that has its own time for that: pure. */
import type { Traits } from '../../probe/adapter/port.js';
import { formatDuration } from '../language/duration.js';
import type { Scenario, Step } from '../language/plan.js';

/** A wait is meant to reach the end of the ringing when it takes at least this share of it. */
const REACHES_END = 0.9;

/** Whether the only limit of the server that a scenario sets is how long a call rings. */
export function setsOnlyRinging({ server }: Scenario): boolean {
  return server.ringMs !== undefined && Object.keys(server).length === 1;
}

/** Why a scenario about the end of the ringing makes no sense at a target, in a sentence; null when it does. */
export function noRingTimeout({ hides, serverRingMs }: Traits): string | null {
  if (serverRingMs !== null) return null;
  return hides.includes('server-timeout')
    ? 'server.ring-timeout: by design the server ends no call by itself'
    : 'server.ring-timeout: the adapter does not say how long this target lets a call ring (byDesign: { serverRings: 30s } in a dialect)';
}

/**
 * The scenario as it has to be played where the server lets calls ring for `ringMs` and can't be told otherwise: what waits for
 * the end of the ringing waits longer, or shorter, by as much. The same scenario when it sets no such time.
 */
export function atOwnPace(scenario: Scenario, ringMs: number | null): Scenario {
  const asked = scenario.server.ringMs;
  if (ringMs === null || asked === undefined || !setsOnlyRinging(scenario)) return scenario;
  const later = ringMs - asked;
  let added = 0;
  const moved = (step: Step, times: number): Step => {
    switch (step.kind) {
      case 'together':
        return { ...step, steps: step.steps.map((inner) => moved(inner, times)) };
      case 'repeat':
        return { ...step, steps: step.steps.map((inner) => moved(inner, times * step.times)) };
      case 'wait': {
        if (step.ms < asked * REACHES_END) return step;
        added += times * Math.max(0, later);
        const ms = Math.max(0, step.ms + later);
        return {
          ...step,
          ms,
          text: `${step.text}, here ${formatDuration(ms)}: the server lets it ring ${formatDuration(ringMs)}`,
        };
      }
      case 'expect': {
        const isMissed = step.expectations.some(({ anyOf }) => anyOf.some(({ reason }) => reason === 'missed'));
        if (!isMissed || later <= 0) return step;
        added += times * later;
        const withinMs = step.withinMs + later;
        return {
          ...step,
          withinMs,
          text: `${step.text}, here ${formatDuration(withinMs)}: the server lets it ring ${formatDuration(ringMs)}`,
        };
      }
      default:
        return step;
    }
  };
  const steps = scenario.steps.map((step) => moved(step, 1));
  return { ...scenario, steps, timeoutMs: scenario.timeoutMs + added, server: {} };
}
