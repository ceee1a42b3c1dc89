/** Everything takes longer to arrive. */
import { numberOf } from '../fault.js';
import { heldStage } from './held-line.js';
import type { LinkFault } from './link-fault.js';

/** Counts each piece of data that it delays; FIN and RST are delayed like data. */
export const latency: LinkFault = {
  name: 'latency',
  doc: 'Everything arrives later, each piece by a delay drawn evenly from latency ± jitter. The order is kept, so that with much jitter a piece also waits for the one ahead of it.',
  layer: 'link',
  needs: null,
  absence: null,
  parameters: [
    { name: 'latency', doc: 'the delay in one direction', type: { type: 'duration' }, default: null },
    { name: 'jitter', doc: 'maximum deviation in either direction', type: { type: 'duration' }, default: '0ms' },
  ],
  example: 'fault: { link: alice.signaling, latency: 100ms, jitter: 20ms, for: 3s }',
  isDown: false,
  begin({ values, rng, counters }) {
    const latencyMs = numberOf(values, 'latency');
    const jitterMs = numberOf(values, 'jitter');
    return heldStage((flow, now, line) => {
      const delayMs = Math.max(0, latencyMs + (jitterMs > 0 ? jitterMs * (2 * rng.next() - 1) : 0));
      if (flow.type === 'data' && delayMs > 0) {
        counters.hits += 1;
        counters.bytes += flow.bytes.byteLength;
      }
      line.put(flow, now + delayMs);
    });
  },
};
