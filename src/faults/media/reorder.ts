/** Packets overtake those that are on their way: netem's `reorder`. */
import { numberOf } from '../fault.js';
import { CORRELATION } from './correlation.js';
import { correlatedShares } from './draws.js';
import { createTally, DIRECTIONS, type MediaFault } from './media-fault.js';
import { createOvertaking } from './overtaking.js';

export const reorder: MediaFault = {
  name: 'reorder',
  doc: 'Some media packets are there without any latency, and so overtake the others; as audio has a packet every 20 ms, the others must be later than that.',
  layer: 'media',
  needs: null,
  absence: null,
  parameters: [
    { name: 'reorder', doc: 'how many packets overtake', type: { type: 'share' }, default: null },
    CORRELATION,
    {
      name: 'gap',
      doc: 'only every so many packets one may overtake',
      type: { type: 'count', min: 1, max: 1_000 },
      default: '1',
    },
    {
      name: 'delay',
      doc: 'how late the other packets are where no `latency` is at work beside it',
      type: { type: 'duration', msMin: 1, msMax: 10_000 },
      default: '50ms',
    },
  ],
  example: 'fault: { link: alice.media, reorder: 5%, for: 3s }',
  directions: DIRECTIONS,
  holds: true,
  bites: ['reordered'],
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
        // One that jitter alone would have let overtake is the latency's doing.
        const overtakes = order.place(packet.flow, at);
        if (picked && overtakes) tally.reordered += 1;
        return [{ ...packet, at, readyAt: packet.readyAt ?? packet.at }];
      },
      counters: () => ({ ...tally }),
    };
  },
};
