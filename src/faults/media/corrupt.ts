/** Single bits of packets flip: netem's `corrupt`. */
import { numberOf } from '../fault.js';
import { CORRELATION } from './correlation.js';
import { correlatedShares } from './draws.js';
import { createTally, DIRECTIONS, type MediaFault } from './media-fault.js';

export const corrupt: MediaFault = {
  name: 'corrupt',
  doc: 'One bit of some media packets flips; SRTP and ICE detect and drop such a packet.',
  layer: 'media',
  needs: null,
  absence: null,
  parameters: [{ name: 'corrupt', doc: 'share of damaged packets', type: { type: 'share' }, default: null }, CORRELATION],
  example: 'fault: { link: alice.media, corrupt: 5%, for: 3s }',
  directions: DIRECTIONS,
  holds: false,
  effects: ['corrupted'],
  stage(values, { rng }) {
    const share = numberOf(values, 'corrupt');
    const draw = correlatedShares(rng.fork('which'), numberOf(values, 'correlation'));
    const where = rng.fork('where');
    const tally = createTally();
    return {
      pass(packet) {
        tally.passed += 1;
        if (draw() >= share || packet.bytes.length === 0) return [packet];
        const bytes = Uint8Array.from(packet.bytes);
        const bit = where.below(bytes.length * 8);
        bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        tally.corrupted += 1;
        return [{ ...packet, bytes }];
      },
      counters: () => ({ ...tally }),
    };
  },
};
