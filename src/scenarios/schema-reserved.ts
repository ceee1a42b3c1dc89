/** Parts of the language that this version knows and cannot run: most faults, the network, load tests. The loader says so. */
import * as z from 'zod';

/** Step words of the language that cannot run yet, with what is missing. */
export const RESERVED_STEPS = { heal: 'lets faults end by themselves only' } as const;

/** What a fault may be one day, by where it acts: words for keys of `fault`, and for what `server` may be. */
export const RESERVED_FAULTS = [
  // Messages.
  ...[
    'drop',
    'delay',
    'duplicate',
    'reorder',
    'corrupt',
    'replay',
    'hold',
    'release',
    'rewrite',
    'match',
    'count',
    'probability',
  ],
  // Connections.
  ...['close', 'abort', 'half-open', 'refuse-reconnect', 'slow-handshake', 'stale-socket', 'network-switch', 'flap', 'for', 'at'],
  // Links and media.
  ...['latency', 'jitter', 'loss', 'bandwidth', 'rate', 'slow-close', 'slicer', 'limit-data', 'partition', 'block-udp'],
  ...['block-relay', 'nat-rebind'],
  // Processes, clocks and the server.
  ...[
    'pause',
    'resume',
    'kill',
    'gc-pause',
    'bump',
    'skew',
    'strobe',
    'slow-handler',
    'lose-memory',
    'failover',
    'agent',
    'clock',
  ],
] as const;
export const ONLY_THESE_FAULTS = 'can only disconnect signaling links and restart the server';

/** Top-level keys of a scenario that cannot run yet, with what is missing. */
export const RESERVED_KEYS = { network: 'cannot impair links yet' } as const;

/** Top-level keys that make a file a load test instead of a scenario. */
export const LOAD_KEYS = ['load', 'scenario', 'thresholds'] as const;

const loose = (description: string) => z.looseObject({}).describe(description);

export const healSchema = z
  .union([z.string(), loose('The faults that end')])
  .describe('Ends faults. In this version faults end by themselves only');

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
