/** The schema of a scenario file: the loader validates by its parts, and editors get it as a JSON Schema. */
import * as z from 'zod';
import { WAITS } from '../../protocol/limits.js';
import { TRIGGER_PATTERN } from './fault-words.js';
import { TARGET_PATTERN } from './grammar.js';
import { LANGUAGE_DEFAULTS as DEFAULTS, LANGUAGE_LIMITS as LIMITS } from './limits.js';
import { faultSchema, healSchema, networkSchema } from './schema-faults.js';
import { connectionText, hostileOnly, hostileSchema } from './schema-hostile.js';
import { loadFileSchema } from './schema-reserved.js';
import { actionText, agentName, deviceName, duration, percent, statesText, twoLines } from './schema-words.js';

/** Names of the timings that `checks.latency` can limit, with what they measure. */
export const TIMINGS = {
  'invite-to-ringing': 'from the call to the moment at which the caller shows ringing',
  'accept-to-connected': 'from the accept to the moment at which the caller shows connected',
  'reject-to-ended': 'from the reject to the moment at which the caller shows ended',
  'hangup-to-ended': 'from the hang-up to the moment at which the other side shows ended',
  'cancel-to-ended': 'from the cancel to the moment at which the callee shows ended',
  'accept-to-media': 'from the accept to the first media packet',
  disagreement: 'how long the two sides showed different states before they agreed again; shorter ones than 1 s are not counted',
  'reconnect-to-synced': 'from the new connection to the moment at which the device shows the current state of the call',
} as const;
type Timing = keyof typeof TIMINGS;

const oneLine = (what: string, charsMax: number) =>
  z
    .string()
    .min(1)
    .max(charsMax)
    .refine((text) => text.trim() !== '' && !/[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/.test(text), {
      error: twoLines(`${what} is one line of visible text`, 'remove line breaks and control characters'),
    });

const label = (description: string) =>
  z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/)
    .describe(description);

const atLeastOne = (what: string) => ({
  error: twoLines(`${what} is empty`, 'set one of its keys, or remove it'),
});
const notEmpty = (map: object): boolean => Object.keys(map).length > 0;

const limitSchema = z
  .strictObject({
    max: duration('Largest value allowed').exactOptional(),
    p50: duration('Largest median allowed').exactOptional(),
    p95: duration('Largest 95th percentile allowed').exactOptional(),
    p99: duration('Largest 99th percentile allowed').exactOptional(),
  })
  .refine(notEmpty, atLeastOne('the limit'));

type LimitSchema = z.ZodExactOptional<typeof limitSchema>;
const latencyShape = Object.fromEntries(
  Object.entries(TIMINGS).map(([name, doc]) => [name, limitSchema.describe(doc).exactOptional()]),
) as Record<Timing, LimitSchema>;

export const checksSchema = z
  .strictObject({
    'timer-skew': z
      .strictObject({ max: duration('Largest difference allowed') })
      .describe('How far the call timers of the two sides may differ')
      .exactOptional(),
    latency: z.strictObject(latencyShape).describe('Limits of timings').exactOptional(),
    media: z
      .strictObject({
        loss: z
          .strictObject({ max: percent('Largest share allowed') })
          .describe('Share of media packets lost')
          .exactOptional(),
        jitter: z
          .strictObject({ max: duration('Largest value allowed') })
          .describe('Interarrival jitter (RFC 3550)')
          .exactOptional(),
        delay: z
          .strictObject({ max: duration('Largest value allowed') })
          .describe('One-way delay of media')
          .exactOptional(),
      })
      .describe('Limits of the media')
      .exactOptional(),
  })
  .describe('Tunes the checks; those of the protocol are always on');

export const agentSchema = z
  .strictObject({
    devices: z
      .array(deviceName)
      .min(1)
      .max(LIMITS.devicesMax)
      .describe('The devices that exist from the start')
      .meta({ default: [DEFAULTS.device], uniqueItems: true })
      .exactOptional(),
    hostile: z
      .boolean()
      .describe('The agent has no client and no devices, and sends what its steps contain')
      .meta({ default: false })
      .exactOptional(),
  })
  .refine((agent) => agent.hostile !== true || agent.devices === undefined, {
    error: twoLines('a hostile agent has no devices', 'remove "devices", or "hostile: true"'),
  })
  .nullable()
  .describe('A user of the calling service');

export const serverSchema = z
  .strictObject({
    'ring-timeout': duration('How long a call rings before it ends as missed', {
      msMin: 10,
      msDefault: WAITS.ringMs,
    }).exactOptional(),
    'invite-timeout': duration('How long the server waits for a device to ring before the call ends as unreachable', {
      msMin: 10,
      msDefault: WAITS.inviteMs,
    }).exactOptional(),
    grace: duration('How long a device that lost its connection stays in its call', {
      msMin: 10,
      msDefault: WAITS.graceMs,
    }).exactOptional(),
  })
  .describe('Waits of the bundled server; with any other target the scenario is skipped');

export const withinSchema = duration('How long to wait for it', {
  msMin: 1,
  msMax: LIMITS.withinMsMax,
  msDefault: DEFAULTS.withinMs,
});
export const expectMediaSchema = z
  .enum(['flowing', 'stalled', 'idle'])
  .describe('Whether media packets arrive at both ends, no longer arrive, or never existed');
export const betweenSchema = z
  .array(z.string().meta({ pattern: TARGET_PATTERN }))
  .length(2)
  .describe('The two ends of the media');
export const waitSchema = duration('How long to wait', { msMin: 1, msMax: LIMITS.waitMsMax });
export const timesSchema = z.int().min(1).max(LIMITS.repeatMax).describe('How often the steps run');

export const countSchema = z
  .int({ error: () => twoLines('a count is a whole number', 'write { bob receives hang up: 1 }') })
  .min(0)
  .max(LIMITS.countMax)
  .describe('How often the message is sent or received from the beginning of the repetition');

export const expectSchema = z
  .object({
    within: withinSchema.exactOptional(),
    media: expectMediaSchema.exactOptional(),
    between: betweenSchema.exactOptional(),
    only: hostileOnly.exactOptional(),
  })
  .catchall(z.union([statesText, connectionText, countSchema]))
  .describe(
    'The states that agents, devices of agents, `both` or `all` have to show, or how often messages such as `bob receives hang up` pass, and the time limit',
  )
  .meta({ minProperties: 1, propertyNames: { pattern: `(${TARGET_PATTERN})|(${TRIGGER_PATTERN})` } });

/** One step: exactly one key. An agent's name, or `agent.device`, with an action is a step too. */
export const stepSchema = z
  .object({
    expect: expectSchema.exactOptional(),
    wait: waitSchema.exactOptional(),
    get together(): z.ZodExactOptional<z.ZodArray<z.ZodType>> {
      return z.array(stepSchema).min(2).describe('Actions, faults and waits that begin at the same time').exactOptional();
    },
    get repeat(): z.ZodExactOptional<z.ZodType> {
      return z
        .strictObject({ times: timesSchema, steps: z.array(stepSchema).min(1).describe('The steps of each round, in order') })
        .describe('Steps that run several times in a row')
        .exactOptional();
    },
    fault: faultSchema.exactOptional(),
    heal: healSchema.exactOptional(),
  })
  .catchall(z.union([actionText, hostileSchema]))
  .meta({
    id: 'step',
    description: 'One step: a key and its value',
    minProperties: 1,
    maxProperties: 1,
    propertyNames: { pattern: TARGET_PATTERN },
  });

/** The keys of a step, without names of agents. */
export const STEP_WORDS = ['expect', 'wait', 'together', 'repeat', 'fault', 'heal'] as const;

/** A whole scenario file. */
export const scenarioSchema = z
  .strictObject({
    name: oneLine('the name', LIMITS.nameCharsMax).describe('What must hold, in one line'),
    description: z.string().max(LIMITS.descriptionCharsMax).describe('Why it matters, for the reader').exactOptional(),
    tags: z.array(label('A tag')).max(LIMITS.tagsMax).describe('Tags for selecting scenarios: --tag races').exactOptional(),
    agents: z
      .record(agentName, agentSchema)
      .refine(notEmpty, { error: twoLines('there are no agents', 'a call needs two: agents: { alice: {}, bob: {} }') })
      .refine((agents) => Object.keys(agents).length <= LIMITS.agentsMax, {
        error: twoLines(`more than ${LIMITS.agentsMax} agents`, 'a scenario covers one call or a few'),
      })
      .describe('The users of the scenario, by name')
      .meta({
        minProperties: 1,
        maxProperties: LIMITS.agentsMax,
      }),
    repeat: z
      .int()
      .min(1)
      .max(LIMITS.repeatMax)
      .describe('How often the whole scenario runs, each time with its own calls and seed')
      .meta({ default: DEFAULTS.repeat })
      .exactOptional(),
    timeout: duration('Maximum time of one repetition', { msMin: 1, msDefault: DEFAULTS.timeoutMs }).exactOptional(),
    media: z
      .enum(['audio', 'none'])
      .describe('Whether calls have audio; `none` tests signaling only')
      .meta({ default: DEFAULTS.media })
      .exactOptional(),
    needs: z
      .array(label('An ability'))
      .max(LIMITS.needsMax)
      .describe('Required abilities of the target, such as restart-server; without one of them the scenario is skipped')
      .exactOptional(),
    server: serverSchema.exactOptional(),
    checks: checksSchema.exactOptional(),
    network: networkSchema.exactOptional(),
    steps: z.array(stepSchema).min(1).max(LIMITS.stepsMax).describe('What happens, in order'),
  })
  .meta({ description: 'A scenario of call-probe' });

/** A part of a JSON Schema, for the documents. */
export interface JsonSchema {
  readonly [key: string]: unknown;
}

/** The JSON Schema (draft 2020-12) of a scenario file, a load test included, for editors such as the YAML language server. */
export function scenarioJsonSchema(): JsonSchema {
  const { $schema, $defs, ...scenario } = z.toJSONSchema(scenarioSchema, { io: 'input', target: 'draft-2020-12' });
  const { $schema: _, ...load } = z.toJSONSchema(loadFileSchema, { io: 'input', target: 'draft-2020-12' });
  return {
    $schema,
    title: 'call-probe scenario',
    if: { type: 'object', required: ['load'] },
    // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema
    then: load,
    else: scenario,
    $defs,
  };
}
