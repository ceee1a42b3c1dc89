/** Scenarios about the end of an unanswered call, at a target with its own time-out for that: pure. */
import type { Traits } from '../../probe/adapter/port.js';
import { formatDuration } from '../language/duration.js';
import type { Scenario, Step } from '../language/plan.js';

/** A wait of at least this share of the ring time-out is meant to reach it. */
const REACHES_END = 0.9;

/** Whether the ring time-out is the only server limit that a scenario sets. */
export function setsOnlyRinging({ server }: Scenario): boolean {
  return server.ringMs !== undefined && Object.keys(server).length === 1;
}

/** Why a scenario about the ring time-out cannot run at a target, as a sentence; null if it can. */
export function noRingTimeout({ hides, serverRingMs }: Traits): string | null {
  if (serverRingMs !== null) return null;
  return hides.includes('server-timeout')
    ? 'server.ring-timeout: declared limit: the server ends no call by itself'
    : 'server.ring-timeout: the adapter does not declare the ring time-out of this target (byDesign: { serverRings: 30s } in a dialect)';
}

/**
 * The scenario for a server with a fixed ring time-out of `ringMs`: waits for the time-out become longer or shorter by the difference.
 * Unchanged if the scenario sets no such time-out.
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
          text: `${step.text}, here ${formatDuration(ms)}: the ring time-out is ${formatDuration(ringMs)}`,
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
          text: `${step.text}, here ${formatDuration(withinMs)}: the ring time-out is ${formatDuration(ringMs)}`,
        };
      }
      default:
        return step;
    }
  };
  const steps = scenario.steps.map((step) => moved(step, 1));
  return { ...scenario, steps, timeoutMs: scenario.timeoutMs + added, server: {} };
}
