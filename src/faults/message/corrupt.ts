/** A message arrives damaged. */
import { textOf } from '../fault.js';
import { type MessageFault, messageParameter } from './message-fault.js';

export const corrupt: MessageFault = {
  name: 'corrupt',
  doc: 'The message arrives damaged: `bytes` replaces one character by another, `truncate` cuts it off in the middle.',
  layer: 'message',
  needs: null,
  absence: null,
  parameters: [
    messageParameter('corrupt'),
    { name: 'how', doc: 'what is done to it', type: { type: 'word', words: ['bytes', 'truncate'] }, default: 'bytes' },
  ],
  example: 'fault: { corrupt: alice receives connected, how: truncate }',
  strike({ kind, text }, values, rng) {
    const at = Math.floor(rng.next() * text.length);
    if (textOf(values, 'how') === 'truncate') {
      return {
        verdict: { do: 'deliver', afterMs: [0], text: text.slice(0, at) },
        told: `${kind} cut off after ${at} characters`,
      };
    }
    // A character of its own kind would often leave the meaning as it was; this one no message holds.
    const damaged = `${text.slice(0, at)}\u0007${text.slice(at + 1)}`;
    return { verdict: { do: 'deliver', afterMs: [0], text: damaged }, told: `${kind} damaged at character ${at}` };
  },
};
