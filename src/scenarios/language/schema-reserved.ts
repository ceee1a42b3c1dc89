/** Parts of the language that this version knows and cannot run: load tests. The loader says so. */
import * as z from 'zod';

/** Top-level keys that make a file a load test instead of a scenario. */
export const LOAD_KEYS = ['load', 'scenario', 'thresholds'] as const;

const loose = (description: string) => z.looseObject({}).describe(description);

export const loadFileSchema = z
  .looseObject({
    name: z.string().describe('What is tested, in one line'),
    tags: z.array(z.string()).optional(),
    scenario: z.string().describe('The scenario that every call plays').optional(),
    load: z
      .looseObject({
        phases: z.array(loose('name, duration, arrivalRate and rampTo of one phase')).optional(),
        maxConcurrent: z.number().optional(),
        media: z.enum(['none', 'datachannel', 'audio']).optional(),
      })
      .describe('How many calls arrive when. This version cannot run load tests yet'),
    thresholds: loose('Limits of timings and counts').optional(),
  })
  .describe('A load test of call-probe');
