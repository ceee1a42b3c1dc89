/** Reserved parts of the language that this version cannot run: load tests. */
import * as z from 'zod';

/** Top-level keys that make a file a load test instead of a scenario. */
export const LOAD_KEYS = ['load', 'scenario', 'thresholds'] as const;

const loose = (description: string) => z.looseObject({}).describe(description);

export const loadFileSchema = z
  .looseObject({
    name: z.string().describe('What is tested, in one line'),
    tags: z.array(z.string()).optional(),
    scenario: z.string().describe('The scenario of every call').optional(),
    load: z
      .looseObject({
        phases: z.array(loose('name, duration, arrivalRate and rampTo of one phase')).optional(),
        maxConcurrent: z.number().optional(),
        media: z.enum(['none', 'datachannel', 'audio']).optional(),
      })
      .describe('The arrival of calls over time. This version cannot run load tests yet'),
    thresholds: loose('Limits of timings and counts').optional(),
  })
  .describe('A load test of call-probe');
