/** A message is dropped. */
import { type MessageFault, messageParameter } from './message-fault.js';

export const drop: MessageFault = {
  name: 'drop',
  doc: 'The message is sent or received as usual, but never arrives, as with a dead socket or a handler that ignores it.',
  layer: 'message',
  needs: null,
  absence: null,
  loses: true,
  parameters: [messageParameter('drop')],
  example: 'fault: { drop: alice receives connected }',
  strike: ({ kind }) => ({ verdict: { do: 'drop' }, summary: `${kind} dropped` }),
};
