/** Zod schemas of single values (durations, shares, names, short texts), which validate by the grammar and publish its pattern. */

import * as z from 'zod';
import { DURATION_PATTERN, formatDuration, PERCENT_PATTERN, parseDuration, parsePercent, type Read } from './duration.js';
import {
  ACTION_PATTERN,
  NAME_HINT,
  NAME_PATTERN,
  PLAIN_ACTIONS,
  parseAction,
  parseName,
  parseStates,
  RESERVED_NAMES,
  STATES_PATTERN,
} from './grammar.js';
import { LANGUAGE_LIMITS as LIMITS } from './limits.js';

/** The message of an issue: the problem, and a hint on a second line. The loader separates them again. */
export function twoLines(message: string, hint: string): string {
  return `${message}\n${hint}`;
}

/** A text that `read` turns into `T`; other values are refused with the message of `read`, if it has one. */
export function sentence<T>(read: (text: unknown) => Read<T>, meta: z.GlobalMeta & { pattern: string }) {
  const error = (issue: { readonly input?: unknown }): string | undefined => {
    if (issue.input === undefined) return undefined;
    const said = read(issue.input);
    return said.ok ? undefined : twoLines(said.message, said.hint);
  };
  return z
    .string({ error })
    .meta(meta)
    .transform((text, context): T => {
      const said = read(text);
      if (said.ok) return said.value;
      context.addIssue({ code: 'custom', message: twoLines(said.message, said.hint) });
      return z.NEVER;
    });
}

/** A duration between `msMin` and `msMax`, read into milliseconds. */
export function duration(description: string, bounds: { msMin?: number; msMax?: number; msDefault?: number } = {}) {
  const { msMin = 0, msMax = LIMITS.durationMsMax, msDefault } = bounds;
  return sentence((text) => parseDuration(text, msMin, msMax), {
    pattern: DURATION_PATTERN,
    description,
    examples: ['250ms', '2s', '1.5s', '2m'],
    // JSON Schema has no limits of durations; the documents read them from here.
    'x-min': formatDuration(msMin),
    'x-max': formatDuration(msMax),
    ...(msDefault === undefined ? {} : { default: formatDuration(msDefault) }),
  });
}

/** A share such as `20%`, read into 0-1. */
export function percent(description: string) {
  return sentence(parsePercent, { pattern: PERCENT_PATTERN, description, examples: ['20%', '0.1%'] });
}

/** Reads text, and refuses anything else with the given message. */
export const textOnly =
  <T>(read: (text: string) => Read<T>, message: string, hint: string) =>
  (value: unknown): Read<T> =>
    typeof value === 'string' ? read(value) : { ok: false, message, hint };

/** An action of an agent as text. */
export const actionText = sentence(textOnly(parseAction, 'an action is text', 'such as "call bob", "accept" or "hang up"'), {
  pattern: ACTION_PATTERN,
  description: 'The action of this agent, or of this device of an agent',
  examples: ['call bob', ...PLAIN_ACTIONS.map(({ verb }) => verb)],
});

/** Expected states as text, read into alternatives. */
export const statesText = sentence(textOnly(parseStates, 'an expected state is text', 'such as "ringing" or "ended(hangup)"'), {
  pattern: STATES_PATTERN,
  description: 'The expected state, "ended" optionally with a reason; "|" between alternatives',
  examples: ['ringing', 'connected', 'ended(hangup)', 'connected | ended(cancelled)'],
});

const nameText = (what: 'agent' | 'device', meta: z.GlobalMeta) =>
  z
    .string({ error: (issue) => (issue.input === undefined ? undefined : twoLines('a name is text', NAME_HINT)) })
    .superRefine((text, context) => {
      const said = parseName(text, what);
      if (!said.ok) context.addIssue({ code: 'custom', message: twoLines(said.message, said.hint) });
    })
    .meta({ pattern: NAME_PATTERN, ...meta });

export const agentName = nameText('agent', {
  description: 'Name of an agent, except reserved words',
  not: { enum: [...RESERVED_NAMES] },
});

export const deviceName = nameText('device', { description: 'Name of a device', examples: ['phone', 'laptop'] });
