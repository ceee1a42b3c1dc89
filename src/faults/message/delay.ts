/** A message arrives late, and later ones overtake it. */
import { numberOf } from '../fault.js';
import { type MessageFault, messageParameter } from './message-fault.js';

export const delay: MessageFault = {
  name: 'delay',
  doc: 'The message arrives later. Messages behind it do not wait for it (for a slow link that delays all messages in order, see latency).',
  layer: 'message',
  needs: null,
  absence: null,
  loses: false,
  parameters: [
    messageParameter('delay'),
    { name: 'by', doc: 'how much later', type: { type: 'duration', msMin: 1 }, default: null },
    { name: 'jitter', doc: 'random variation in both directions, drawn uniformly', type: { type: 'duration' }, default: '0ms' },
  ],
  example: 'fault: { delay: alice receives connected, by: 800ms }',
  strike({ kind }, values, rng) {
    const ms = Math.max(0, numberOf(values, 'by') + (2 * rng.next() - 1) * numberOf(values, 'jitter'));
    return { verdict: { do: 'deliver', afterMs: [ms] }, summary: `${kind} delayed by ${Math.round(ms)} ms` };
  },
};
