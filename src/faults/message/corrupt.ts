/** A message arrives damaged. */
import { textOf } from '../fault.js';
import { type MessageFault, messageParameter } from './message-fault.js';

export const corrupt: MessageFault = {
  name: 'corrupt',
  doc: 'The message arrives damaged: `bytes` replaces one character by another, `truncate` cuts it off in the middle.',
  layer: 'message',
  needs: null,
  absence: null,
  loses: true,
  parameters: [
    messageParameter('corrupt'),
    { name: 'how', doc: 'how it is damaged', type: { type: 'word', words: ['bytes', 'truncate'] }, default: 'bytes' },
  ],
  example: 'fault: { corrupt: alice receives connected, how: truncate }',
  strike({ kind, text }, values, rng) {
    if (text === '') return { verdict: { do: 'pass' }, summary: `${kind} has no text` };
    const at = Math.floor(rng.next() * text.length);
    if (textOf(values, 'how') === 'truncate') {
      return {
        verdict: { do: 'deliver', afterMs: [0], text: text.slice(0, at) },
        summary: `${kind} cut off after ${at} characters`,
      };
    }
    // An ordinary character could leave the meaning unchanged; no message contains this one.
    const damaged = `${text.slice(0, at)}\u0007${text.slice(at + 1)}`;
    return { verdict: { do: 'deliver', afterMs: [0], text: damaged }, summary: `${kind} damaged at character ${at}` };
  },
};
