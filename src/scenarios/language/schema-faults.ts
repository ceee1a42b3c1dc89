/** The schema of faults, generated from their registry; the loader validates by its parts, editors get it whole. */

import * as z from 'zod';
import { CLOCK_FAULTS } from '../../faults/clock/index.js';
import { CONNECTION_FAULTS } from '../../faults/connection/index.js';
import { type FaultKind, type FaultParameter, type ParameterType, STREAMS } from '../../faults/fault.js';
import { LINK_FAULTS } from '../../faults/link/index.js';
import { MEDIA_FAULTS } from '../../faults/media/index.js';
import { MESSAGE_FAULTS } from '../../faults/message/index.js';
import { PROCESS_FAULTS } from '../../faults/process/index.js';
import { PROFILES } from '../../faults/profiles.js';
import { SERVER_FAULTS, serverWord } from '../../faults/server/index.js';
import type { Read } from './duration.js';
import { PERCENT_PATTERN, parsePercent } from './duration.js';
import { parseNumber, parseRate, parseShift, parseSize, RATE_PATTERN, SHIFT_PATTERN, SIZE_PATTERN } from './fault-values.js';
import { linkPattern, readLink, readTrigger, TRIGGER_PATTERN } from './fault-words.js';
import { TARGET_PATTERN } from './grammar.js';
import { LANGUAGE_LIMITS as LIMITS } from './limits.js';
import { duration, sentence, textOnly, twoLines } from './schema-words.js';

const FIELDS_MAX = 16;

/** The link that a fault acts on, read into the name of its device and the plane. */
export const linkText = sentence(textOnly(readLink, 'a link is text', 'such as alice.signaling or alice.media'), {
  pattern: linkPattern('signaling', 'media'),
  description: 'The affected link: an agent, or one of its devices, and "signaling" or "media"',
  examples: ['alice.signaling', 'bob.laptop.signaling', 'alice.media'],
});

const linkOf = (plane: 'signaling' | 'media') =>
  sentence(textOnly(readLink, 'a link is text', `such as alice.${plane}`), {
    pattern: linkPattern(plane),
    description: `The affected ${plane} link, named after an agent or one of its devices`,
    examples: [`alice.${plane}`, `bob.laptop.${plane}`],
  });

/** A message as a sentence, read into a trigger. */
const messageText = (description: string) =>
  sentence(textOnly(readTrigger, 'a message is text', 'such as "bob sends accept"'), {
    pattern: TRIGGER_PATTERN,
    description,
    examples: ['bob sends accept', 'alice receives ringing', 'alice.phone receives event.ended'],
  });

export const deviceText = z
  .string({ error: () => twoLines('an agent is text', 'such as alice or bob.laptop') })
  .meta({ pattern: TARGET_PATTERN, description: 'The agent, or one of its devices' });

/** Keys that all faults share: when they begin and end, and how often. */
export const WHEN_SCHEMAS = {
  on: messageText('The moment at which it begins; default at once'),
  nth: z.int().min(1).max(1_000).describe('Which of these moments, or messages, counts; default the first'),
  after: duration('How long after its step, or its moment, it begins', { msMax: LIMITS.waitMsMax }),
  at: duration('How long after the first step it begins', { msMax: LIMITS.waitMsMax }),
  for: duration('How long it lasts', { msMin: 1, msMax: LIMITS.waitMsMax }),
  between: z.array(messageText('A moment')).length(2).describe('The moments at which it begins and ends, instead of on and for'),
  every: duration('Interval at which it begins again', { msMin: 10, msMax: LIMITS.waitMsMax }),
  times: z.int().min(1).max(10_000).describe('How often it strikes, or begins, at most'),
  probability: sentence(parsePercent, {
    pattern: PERCENT_PATTERN,
    description: 'Probability that it strikes a message, or begins',
    examples: ['20%'],
  }),
  heal: z.enum(['never']).describe('The fault is not healed before the run is judged: convergence has to hold in spite of it'),
} as const;
export const WHEN_KEYS = Object.keys(WHEN_SCHEMAS) as (keyof typeof WHEN_SCHEMAS)[];

/** Further filters of message faults. */
export const MATCH_SCHEMAS = {
  from: z
    .string({ error: () => twoLines('a name is text', 'such as bob or bob.phone') })
    .meta({ pattern: TARGET_PATTERN, description: 'Only messages that this agent, or device, caused' }),
  call: z.int().min(1).max(1_000).describe('Only messages of this call of the scenario, counted from 1'),
} as const;

export const streamSchema = z
  .enum(STREAMS)
  .describe('Direction from the device: upstream is what it sends')
  .meta({ default: 'both' });

export const toxicitySchema = sentence(parsePercent, {
  pattern: PERCENT_PATTERN,
  description: 'Probability that it hits a connection of the link, drawn once per connection',
  examples: ['50%'],
});

/** The schema of one parameter of a fault. */
export function parameterSchema({ type, doc }: FaultParameter): z.ZodType {
  switch (type.type) {
    case 'duration':
      return duration(doc, { msMin: type.msMin ?? 0, msMax: type.msMax ?? LIMITS.waitMsMax });
    case 'share':
      return sentence(parsePercent, { pattern: PERCENT_PATTERN, description: doc, examples: ['20%'] });
    case 'rate':
      return spelled(doc, RATE_PATTERN, '64kbit/s', parseRate);
    case 'size':
      return spelled(doc, SIZE_PATTERN, '4KB', (text) => parseSize(text, type.bytesMin ?? 1, type.bytesMax ?? 1e9));
    case 'number':
      return spelled(doc, `^[+-]?[0-9]+(\\.[0-9]+)?${type.unit}$`, `100${type.unit}`, (text) =>
        parseNumber(text, type.unit, type.min, type.max),
      );
    case 'shift':
      return spelled(doc, SHIFT_PATTERN, '-90s', (text) => parseShift(text, type.msMax));
    case 'count':
      return z.int().min(type.min).max(type.max).describe(doc);
    case 'word':
      return z.enum([...type.words]).describe(doc);
    case 'text':
      return z.string().max(type.charsMax).describe(doc);
    case 'message':
      return messageText(doc);
    case 'fields':
      return z
        .record(z.string(), z.json())
        .refine((fields) => Object.keys(fields).length > 0 && Object.keys(fields).length <= FIELDS_MAX, {
          error: twoLines(`1 to ${FIELDS_MAX} fields`, 'write set: { record.phase: ringing }'),
        })
        .describe(doc);
  }
}

function spelled(doc: string, pattern: string, example: string, read: (text: string) => Read<number>) {
  return sentence(textOnly(read, 'a value with a unit is text', `such as ${example}`), {
    pattern,
    description: doc,
    examples: [example],
  });
}

/** How the value of a parameter is written, for documents. */
export function spellingOf(type: ParameterType): string {
  switch (type.type) {
    case 'duration':
      return 'a duration';
    case 'shift':
      return 'a duration, with - if negative';
    case 'share':
      return 'a percentage';
    case 'rate':
      return 'a rate such as 64kbit/s or 10KB/s';
    case 'size':
      return 'a size such as 512B or 4KB';
    case 'number':
      return `${type.min}${type.unit} to ${type.max}${type.unit}`;
    case 'count':
      return `${type.min} to ${type.max}`;
    case 'word':
      return type.words.map((word) => `\`${word}\``).join(', ');
    case 'text':
      return `text of at most ${type.charsMax} characters`;
    case 'message':
      return 'a message';
    case 'fields':
      return 'a map';
  }
}

type Shape = Record<string, z.ZodType>;

function optional(shape: Shape): Shape {
  return Object.fromEntries(Object.entries(shape).map(([key, schema]) => [key, schema.exactOptional()]));
}

const ofKinds = (kinds: readonly FaultKind[]): Shape =>
  Object.fromEntries(kinds.flatMap(({ parameters }) => parameters.map((one) => [one.name, parameterSchema(one)])));

const form = (target: Shape, kinds: readonly FaultKind[], more: Shape = {}) =>
  z.strictObject({ ...target, ...optional({ ...ofKinds(kinds), ...more, ...WHEN_SCHEMAS }) });

/** A fault in any of its forms, for editors. The loader checks more exactly which keys can be combined. */
export const faultSchema = z
  .union([
    form({ link: linkOf('signaling') }, CONNECTION_FAULTS, { stream: streamSchema }),
    form({ link: linkOf('signaling') }, LINK_FAULTS, { stream: streamSchema, toxicity: toxicitySchema }),
    form({ link: linkOf('media') }, MEDIA_FAULTS, { stream: streamSchema }),
    form({ agent: deviceText }, PROCESS_FAULTS),
    form({ clock: deviceText }, CLOCK_FAULTS),
    form({ server: z.enum(SERVER_FAULTS.map(serverWord)).describe('The fault of the server') }, SERVER_FAULTS),
    ...MESSAGE_FAULTS.map((kind) => {
      const [own, ...others] = kind.parameters;
      const target = own === undefined ? {} : { [own.name]: parameterSchema(own) };
      return form(target, [{ ...kind, parameters: others }], MATCH_SCHEMAS);
    }),
  ])
  .describe('A fault from this step on, or at a later moment');

/** The faults of one plane of a network, for editors. */
export function planeSchema(what: string, kinds: readonly FaultKind[]) {
  return z
    .strictObject(optional({ ...ofKinds(kinds), stream: streamSchema, ...WHEN_SCHEMAS }))
    .describe(`${what}: faults and their values`);
}

/** What a step `heal` ends. */
export const healSchema = z
  .string({
    error: () =>
      twoLines('"heal" names the faults that end', 'write heal: all, server, alice, or a link such as alice.signaling'),
  })
  .meta({
    pattern: `^(all|server|${TARGET_PATTERN.slice(1, -1)}|${linkPattern('signaling', 'media').slice(1, -1)})$`,
    description: 'Ends faults: all of them, those of the server, of an agent, or of a link',
    examples: ['all', 'server', 'alice', 'alice.signaling'],
  });

const profileSchema = z.enum(PROFILES.map(({ name }) => name)).describe('A network profile');

export const networkSchema = z
  .record(
    z.string().meta({ pattern: TARGET_PATTERN }),
    z.union([
      profileSchema,
      z.strictObject({
        profile: profileSchema.exactOptional(),
        signaling: planeSchema('The signaling link', LINK_FAULTS).exactOptional(),
        media: planeSchema('The media packets', MEDIA_FAULTS).exactOptional(),
      }),
    ]),
  )
  .describe('The links of agents, or of single devices, from the start: a profile, or faults by plane');
