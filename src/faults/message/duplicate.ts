/** A message arrives more than once. */
import { numberOf } from '../fault.js';
import { type MessageFault, messageParameter } from './message-fault.js';

export const duplicate: MessageFault = {
  name: 'duplicate',
  doc: 'The message arrives more than once, as after a retry without an id, or over two paths to one user.',
  layer: 'message',
  needs: null,
  absence: null,
  loses: false,
  parameters: [
    messageParameter('duplicate'),
    { name: 'copies', doc: 'number of additional copies', type: { type: 'count', min: 1, max: 100 }, default: '1' },
    { name: 'apart', doc: 'interval between two copies', type: { type: 'duration' }, default: '0ms' },
  ],
  example: 'fault: { duplicate: bob sends accept, copies: 2, apart: 50ms }',
  strike({ kind }, values) {
    const copies = numberOf(values, 'copies');
    const apart = numberOf(values, 'apart');
    const afterMs = Array.from({ length: copies + 1 }, (_, copy) => copy * apart);
    return { verdict: { do: 'deliver', afterMs }, summary: `${kind} delivered ${copies + 1} times` };
  },
};
