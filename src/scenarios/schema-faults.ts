/** The schema of the faults that this version can inject; the loader validates by its parts. */
import * as z from 'zod';
import { RESTART_SIGNALS } from '../faults/restart-server.js';
import { LINK_PATTERN, readLink, readTrigger, TRIGGER_PATTERN } from './fault-words.js';
import { LANGUAGE_LIMITS as LIMITS } from './limits.js';
import { duration, sentence, textOnly } from './schema-words.js';

/** The link that a fault acts on, read into the name of its device. */
export const linkText = sentence(textOnly(readLink, 'a link is text', 'such as alice.signaling'), {
  pattern: LINK_PATTERN,
  description: 'The link that it acts on: an agent, or one of its devices, and "signaling"',
  examples: ['alice.signaling', 'bob.laptop.signaling'],
});

/** The moment at which a fault begins, read into a trigger. */
export const triggerText = sentence(textOnly(readTrigger, 'a moment is text', 'such as "bob sends accept"'), {
  pattern: TRIGGER_PATTERN,
  description: 'The moment at which it begins, the first one from this step on; at once when left out',
  examples: ['bob sends accept', 'alice receives ringing', 'alice.phone sends hang up'],
});

export const disconnectSchema = duration('Breaks the connection, and lets none be made for that long', {
  msMin: 1,
  msMax: LIMITS.waitMsMax,
});

export const serverSchema = z.enum(['restart']).describe('What happens to the server: its process ends, another takes its place');

export const signalSchema = z
  .enum(RESTART_SIGNALS)
  .describe('The signal that ends it: SIGKILL leaves no time for anything, SIGTERM asks it to close')
  .meta({ default: RESTART_SIGNALS[0] });

/** Keys of the two forms. */
export const LINK_FAULT_KEYS = ['link', 'disconnect', 'on'] as const;
export const SERVER_FAULT_KEYS = ['server', 'with'] as const;

export const faultSchema = z
  .union([
    z.strictObject({ link: linkText, disconnect: disconnectSchema, on: triggerText.exactOptional() }),
    z.strictObject({ server: serverSchema, with: signalSchema.exactOptional() }),
  ])
  .describe('A fault from here on, or at a moment to come');
