/** A message is held back until it is released. */
import { type MessageFault, messageParameter } from './message-fault.js';

export const hold: MessageFault = {
  name: 'hold',
  doc: 'The message is held back until the fault is over (`for`, the second moment of `between`, or a `heal` step), then released. Messages behind it pass.',
  layer: 'message',
  needs: null,
  absence: null,
  loses: false,
  parameters: [messageParameter('hold')],
  example: 'fault: { hold: alice receives connected, for: 700ms }',
  strike: ({ kind }) => ({ verdict: { do: 'hold', behind: null, msMax: null }, summary: `${kind} held back` }),
};
