/** A message is kept back until it is let go. */
import { type MessageFault, messageParameter } from './message-fault.js';

export const hold: MessageFault = {
  name: 'hold',
  doc: 'The message is kept back until the fault is over (`for`, the second moment of `between`, or a step heal), then it is released; those behind it pass.',
  layer: 'message',
  needs: null,
  absence: null,
  parameters: [messageParameter('hold')],
  example: 'fault: { hold: alice receives connected, for: 700ms }',
  strike: ({ kind }) => ({ verdict: { do: 'hold', behind: null, msMax: null }, told: `${kind} held back` }),
};
