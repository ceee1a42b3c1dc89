/** The path carries so many bytes a second, and what does not fit waits: netem's `rate` with its `limit`. */
import type { Millis } from '../../protocol/machine.js';
import { numberOf } from '../fault.js';
import { createTally, DIRECTIONS, type MediaFault } from './media-fault.js';

export const rate: MediaFault = {
  name: 'rate',
  doc: 'The media path carries so many bytes a second, one packet after another; what finds the queue full is dropped.',
  layer: 'media',
  needs: null,
  absence: null,
  parameters: [
    { name: 'rate', doc: 'what the path carries', type: { type: 'rate' }, default: null },
    {
      name: 'queue',
      doc: 'how many packets may wait, the one that is being sent left out',
      type: { type: 'count', min: 0, max: 1_000 },
      default: '100',
    },
    {
      name: 'overhead',
      doc: 'what each packet takes besides its payload; by default the headers of IPv4 and UDP',
      type: { type: 'size', bytesMin: 0, bytesMax: 1_000 },
      default: '28B',
    },
  ],
  example: 'fault: { link: alice.media, rate: 40kbit/s, queue: 20, for: 3s }',
  directions: DIRECTIONS,
  holds: true,
  // Sending takes time on any path. The limit does something when a packet has to wait for another one, or has no room.
  bites: ['delayed', 'overflowed'],
  stage(values) {
    const bytesPerMs = numberOf(values, 'rate') / 1_000;
    const queueMax = numberOf(values, 'queue');
    const overhead = numberOf(values, 'overhead');
    const tally = createTally();
    /** When the sending of each packet that waits begins, and when the path is free. */
    const waiting: Millis[] = [];
    let freeAt = Number.NEGATIVE_INFINITY;
    return {
      pass(packet) {
        while (waiting.length > 0 && (waiting[0] ?? 0) <= packet.at) waiting.shift();
        const startsAt = Math.max(packet.at, freeAt);
        if (startsAt > packet.at) {
          if (waiting.length >= queueMax) {
            tally.overflowed += 1;
            return [];
          }
          waiting.push(startsAt);
          tally.delayed += 1;
        }
        freeAt = startsAt + (packet.bytes.length + overhead) / bytesPerMs;
        tally.passed += 1;
        return [{ ...packet, at: freeAt }];
      },
      counters: () => ({ ...tally }),
    };
  },
};
