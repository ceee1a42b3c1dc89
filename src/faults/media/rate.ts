/** Limits the bytes per second; the rest waits in a queue: netem's `rate` with its `limit`. */
import type { Millis } from '../../protocol/machine.js';
import { numberOf } from '../fault.js';
import { createTally, DIRECTIONS, type MediaFault } from './media-fault.js';

export const rate: MediaFault = {
  name: 'rate',
  doc: 'Limits the bytes per second of the media path. Packets wait in a queue and are dropped if it is full.',
  layer: 'media',
  needs: null,
  absence: null,
  parameters: [
    { name: 'rate', doc: 'the rate of the path', type: { type: 'rate' }, default: null },
    {
      name: 'queue',
      doc: 'how many packets may wait, without the one that is being sent',
      type: { type: 'count', min: 0, max: 1_000 },
      default: '100',
    },
    {
      name: 'overhead',
      doc: 'size of the headers of each packet; by default those of IPv4 and UDP',
      type: { type: 'size', bytesMin: 0, bytesMax: 1_000 },
      default: '28B',
    },
  ],
  example: 'fault: { link: alice.media, rate: 40kbit/s, queue: 20, for: 3s }',
  directions: DIRECTIONS,
  holds: true,
  // Sending takes time on any path. The limit takes effect when a packet has to wait for another one, or is dropped.
  effects: ['delayed', 'overflowed'],
  stage(values) {
    const bytesPerMs = numberOf(values, 'rate') / 1_000;
    const queueMax = numberOf(values, 'queue');
    const overhead = numberOf(values, 'overhead');
    const tally = createTally();
    /** When the sending of each waiting packet begins, and when the path is free. */
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
