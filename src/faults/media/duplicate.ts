/** Packets arrive twice: netem's `duplicate`. */
import { numberOf } from '../fault.js';
import { CORRELATION } from './correlation.js';
import { correlatedShares } from './draws.js';
import { createTally, DIRECTIONS, type MediaFault } from './media-fault.js';

export const duplicate: MediaFault = {
  name: 'duplicate',
  doc: 'Some media packets arrive twice; the copy has a latency of its own. SRTP drops the second one.',
  layer: 'media',
  needs: null,
  absence: null,
  parameters: [{ name: 'duplicate', doc: 'share of duplicated packets', type: { type: 'share' }, default: null }, CORRELATION],
  example: 'fault: { link: alice.media, duplicate: 5%, for: 3s }',
  directions: DIRECTIONS,
  holds: false,
  effects: ['duplicated'],
  stage(values, { rng }) {
    const share = numberOf(values, 'duplicate');
    const draw = correlatedShares(rng, numberOf(values, 'correlation'));
    const tally = createTally();
    return {
      pass(packet) {
        tally.passed += 1;
        if (draw() >= share) return [packet];
        tally.duplicated += 1;
        return [packet, packet];
      },
      counters: () => ({ ...tally }),
    };
  },
};
