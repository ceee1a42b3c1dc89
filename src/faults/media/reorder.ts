/** Packets overtake earlier ones: netem's `reorder`. */
import { numberOf } from '../fault.js';
import { CORRELATION } from './correlation.js';
import { correlatedShares } from './draws.js';
import { createTally, DIRECTIONS, type MediaFault } from './media-fault.js';
import { createOvertaking } from './overtaking.js';

export const reorder: MediaFault = {
  name: 'reorder',
  doc: 'Some media packets have no latency and overtake the others. Since audio has a packet every 20 ms, the others must be delayed by more than that.',
  layer: 'media',
  needs: null,
  absence: null,
  parameters: [
    { name: 'reorder', doc: 'share of packets that overtake', type: { type: 'share' }, default: null },
    CORRELATION,
    {
      name: 'gap',
      doc: 'at most one of this many packets overtakes',
      type: { type: 'count', min: 1, max: 1_000 },
      default: '1',
    },
    {
      name: 'delay',
      doc: 'delay of the other packets if no `latency` is active',
      type: { type: 'duration', msMin: 1, msMax: 10_000 },
      default: '50ms',
    },
  ],
  example: 'fault: { link: alice.media, reorder: 5%, for: 3s }',
  directions: DIRECTIONS,
  holds: true,
  effects: ['reordered'],
  stage(values, { rng }) {
    const share = numberOf(values, 'reorder');
    const gap = numberOf(values, 'gap');
    const delayMs = numberOf(values, 'delay');
    const draw = correlatedShares(rng, numberOf(values, 'correlation'));
    const order = createOvertaking();
    const tally = createTally();
    let sinceOvertaking = 0;
    return {
      pass(packet) {
        tally.passed += 1;
        const picked = draw() < share && sinceOvertaking >= gap - 1;
        sinceOvertaking = picked ? 0 : sinceOvertaking + 1;
        const lateAt = packet.readyAt === null ? packet.at + delayMs : packet.at;
        const at = picked ? (packet.readyAt ?? packet.at) : lateAt;
        if (!picked && packet.readyAt === null) tally.delayed += 1;
        // If jitter alone would have reordered it, the latency fault counts it.
        const overtakes = order.place(packet.flow, at);
        if (picked && overtakes) tally.reordered += 1;
        return [{ ...packet, at, readyAt: packet.readyAt ?? packet.at }];
      },
      counters: () => ({ ...tally }),
    };
  },
};
