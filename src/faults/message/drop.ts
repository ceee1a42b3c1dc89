/** A message is swallowed. */
import { type MessageFault, messageParameter } from './message-fault.js';

export const drop: MessageFault = {
  name: 'drop',
  doc: 'The message is written or read, as far as its end can tell, and never arrives: what a dead socket or a careless handler does to it.',
  layer: 'message',
  needs: null,
  absence: null,
  parameters: [messageParameter('drop')],
  example: 'fault: { drop: alice receives connected }',
  strike: ({ kind }) => ({ verdict: { do: 'drop' }, told: `${kind} dropped` }),
};
