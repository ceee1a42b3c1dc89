/** The links of agents as they are from the beginning on: `network:` of a scenario. */
import * as z from 'zod';
import type { FaultStep } from './plan.js';
import type { Scene } from './scene.js';

export const networkSchema = z
  .record(z.string(), z.looseObject({}))
  .describe('The links of agents, by agent, from the beginning on');

export function resolveNetwork({ report }: Scene, _value: unknown): FaultStep[] {
  report(['network'], 'key', 'not yet');
  return [];
}
