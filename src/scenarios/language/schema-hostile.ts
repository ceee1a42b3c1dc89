/** The schema of actions of hostile agents and of the states of their connections. */
import * as z from 'zod';
import { readTrigger, TRIGGER_PATTERN } from './fault-words.js';
import {
  CONNECTION_PATTERN,
  FORGED_PATTERN,
  HOSTILE_PROTOCOLS,
  HOSTILE_WORDS,
  parseConnection,
  parseForged,
} from './hostile-words.js';
import { LANGUAGE_LIMITS as LIMITS } from './limits.js';
import { sentence, textOnly, twoLines } from './schema-words.js';

const messageText = (description: string) =>
  sentence(textOnly(readTrigger, 'a message is text', 'such as "bob sends accept"'), {
    pattern: TRIGGER_PATTERN,
    description,
    examples: ['bob sends accept', 'alice receives ringing'],
  });

const times = z.int().min(1).max(LIMITS.hostileTimesMax).describe('How often');

/** The parts of a hostile agent's messages; the loader validates by them. */
export const HOSTILE_SCHEMAS = {
  send: z
    .union([z.string().max(LIMITS.hostileCharsMax), z.record(z.string(), z.unknown())], {
      error: () => twoLines('a message is text or a map', 'such as "not json", or { type: ping, at: 0 }'),
    })
    .describe('Text that is sent as it is, or a map that is sent as JSON'),
  replay: messageText('The message of another agent to send again'),
  mutate: messageText('The message of another agent to send again with something broken in it'),
  forge: sentence(textOnly(parseForged, 'a forged action is text', 'such as "accept" or "call carol"'), {
    pattern: FORGED_PATTERN,
    description: "The action whose message is sent, in the target's own protocol",
    examples: ['accept', 'hang up', 'call carol'],
  }),
  call: z.int().min(1).max(999).describe('Which call of the other agents; without it the latest call'),
  repeat: times.describe('How many times to send its own last message again'),
  times,
} as const;

/** A whole action of a hostile agent, for editors. */
export const hostileSchema = z.union([
  z
    .string()
    .regex(new RegExp(`^(${HOSTILE_WORDS.map(({ word }) => word.replaceAll(' ', ' +')).join('|')})$`))
    .describe('An action of a hostile agent on its connection'),
  z.strictObject({ send: HOSTILE_SCHEMAS.send, times: times.exactOptional() }),
  z.strictObject({ replay: HOSTILE_SCHEMAS.replay, times: times.exactOptional() }),
  z.strictObject({ mutate: HOSTILE_SCHEMAS.mutate, times: times.exactOptional() }),
  z.strictObject({ forge: HOSTILE_SCHEMAS.forge, call: HOSTILE_SCHEMAS.call.exactOptional(), times: times.exactOptional() }),
  z.strictObject({ repeat: HOSTILE_SCHEMAS.repeat }),
]);

/** The expected state of a hostile agent's connection, read into alternatives. */
export const connectionText = sentence(
  textOnly(parseConnection, 'the expected state of a hostile agent is text', 'such as "open" or "closed(4400)"'),
  {
    pattern: CONNECTION_PATTERN,
    description: 'The state of a hostile agent\'s connection, "closed" optionally with a close code',
    examples: ['open', 'closed', 'closed(4400) | closed(4401)'],
  },
);

/** The protocol that an expectation of a connection is limited to. */
export const hostileOnly = z
  .enum(HOSTILE_PROTOCOLS)
  .describe("Limits an expectation of a hostile agent's connection to targets with this protocol");
