/** A message is overtaken by those behind it. */
import { numberOf } from '../fault.js';
import { type MessageFault, messageParameter } from './message-fault.js';

export const reorder: MessageFault = {
  name: 'reorder',
  doc: 'The message is overtaken by the next ones of its direction; when none come within a time it goes on alone.',
  layer: 'message',
  needs: null,
  absence: null,
  parameters: [
    messageParameter('reorder'),
    { name: 'behind', doc: 'how many overtake it', type: { type: 'count', min: 1, max: 100 }, default: '1' },
    { name: 'wait', doc: 'how long it waits for them at most', type: { type: 'duration', msMin: 1 }, default: '1s' },
  ],
  example: 'fault: { reorder: alice receives connected, behind: 1 }',
  strike({ kind }, values) {
    const behind = numberOf(values, 'behind');
    return {
      verdict: { do: 'hold', behind, msMax: numberOf(values, 'wait') },
      told: `${kind} put behind the next ${behind}`,
    };
  },
};
