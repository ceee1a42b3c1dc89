/** Parts of the language that this version knows and cannot run: faults, the network, load tests. Editors accept them, the loader says so. */
import * as z from 'zod';

/** Step words of the language that cannot run yet, with what is missing. */
export const RESERVED_STEPS = {
  fault: 'cannot inject faults yet',
  heal: 'cannot inject faults yet, so it has none to heal',
} as const;

/** Top-level keys of a scenario that cannot run yet, with what is missing. */
export const RESERVED_KEYS = { network: 'cannot impair links yet' } as const;

/** Top-level keys that make a file a load test instead of a scenario. */
export const LOAD_KEYS = ['load', 'scenario', 'thresholds'] as const;

const loose = (description: string) => z.looseObject({}).describe(description);

export const faultSchema = z
  .looseObject({
    link: z.string().describe('The link it acts on, such as alice.signaling').optional(),
    server: z.string().describe('What happens to the server, such as restart').optional(),
    on: z.string().describe('The moment at which it begins, such as "bob sends accept"').optional(),
  })
  .describe('A fault from here on, or at a moment to come. This version cannot inject faults yet');

export const healSchema = z
  .union([z.string(), loose('The faults that end')])
  .describe('Ends faults. This version cannot inject faults yet');

export const networkSchema = z
  .record(
    z.string(),
    z.looseObject({
      signaling: loose('latency, jitter and loss of the signaling link').optional(),
      media: loose('latency, jitter, loss, duplicate and reorder of the media packets').optional(),
    }),
  )
  .describe('The links of an agent from the beginning on. This version cannot impair links yet');

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
