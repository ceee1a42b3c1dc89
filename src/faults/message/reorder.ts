/** A message is overtaken by later ones. */
import { numberOf } from '../fault.js';
import { type MessageFault, messageParameter } from './message-fault.js';

export const reorder: MessageFault = {
  name: 'reorder',
  doc: 'The next messages of the same direction overtake the message. If none come within `wait`, it continues alone.',
  layer: 'message',
  needs: null,
  absence: null,
  loses: true,
  parameters: [
    messageParameter('reorder'),
    { name: 'behind', doc: 'how many messages overtake it', type: { type: 'count', min: 1, max: 100 }, default: '1' },
    { name: 'wait', doc: 'maximum wait for them', type: { type: 'duration', msMin: 1 }, default: '1s' },
  ],
  example: 'fault: { reorder: alice receives connected, behind: 1 }',
  strike({ kind }, values) {
    const behind = numberOf(values, 'behind');
    return {
      verdict: { do: 'hold', behind, msMax: numberOf(values, 'wait') },
      summary: `${kind} put behind the next ${behind}`,
    };
  },
};
