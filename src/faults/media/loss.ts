/** Packets are lost at random: netem's `loss random`. */
import { numberOf } from '../fault.js';
import { CORRELATION } from './correlation.js';
import { correlatedShares } from './draws.js';
import { DIRECTIONS, droppingStage, type MediaFault } from './media-fault.js';

export const loss: MediaFault = {
  name: 'loss',
  doc: 'Media packets are lost at random.',
  layer: 'media',
  needs: null,
  absence: null,
  parameters: [{ name: 'loss', doc: 'share of lost packets', type: { type: 'share' }, default: null }, CORRELATION],
  example: 'fault: { link: alice.media, loss: 10%, for: 3s }',
  directions: DIRECTIONS,
  holds: false,
  effects: ['dropped'],
  stage(values, { rng }) {
    const share = numberOf(values, 'loss');
    const draw = correlatedShares(rng, numberOf(values, 'correlation'));
    return droppingStage(() => draw() < share);
  },
};
