/** From a seed to the outcome of its run. */
import { createRng } from '../protocol/rng.js';
import { finale } from './finale.js';
import { type Parts, SOUND_PARTS } from './parts.js';
import { drawSchedule } from './schedule.js';
import { drawSwarm } from './swarm.js';
import { type Outcome, type RunPlan, World } from './world.js';

/** The plan of a run from its seed. */
export function planOf(seed: string): RunPlan {
  const rng = createRng(seed);
  const swarm = drawSwarm(rng.fork('swarm'));
  return { seed, swarm, steps: drawSchedule(swarm, rng.fork('schedule')) };
}

export function runPlan(plan: RunPlan, parts: Parts = SOUND_PARTS): Outcome {
  return new World(plan, parts).run(finale);
}
