/** Limits the bytes per second. */
import { numberOf } from '../fault.js';
import { heldStage } from './held-line.js';
import type { LinkFault } from './link-fault.js';

/** As toxiproxy: data that takes longer than this is sent in pieces of this length. */
const PIECE_MS = 100;

/** Counts each piece that it holds back. A rate of 0, which toxiproxy's API allows, is no limit. */
export const bandwidth: LinkFault = {
  name: 'bandwidth',
  doc: 'Limits the bytes per second. Data that takes longer than 100 ms is sent in pieces of 100 ms each. Idle time does not accumulate.',
  layer: 'link',
  needs: null,
  absence: null,
  parameters: [{ name: 'bandwidth', doc: 'the rate, such as 64KB/s', type: { type: 'rate' }, default: null }],
  example: 'fault: { link: alice.signaling, bandwidth: 2KB/s, for: 3s }',
  isDown: false,
  begin({ values, counters, now: begunAt }) {
    const bytesPerMs = numberOf(values, 'bandwidth') / 1_000;
    const pieceBytes = Math.max(1, Math.floor(bytesPerMs * PIECE_MS));
    let freeAt = begunAt;
    return heldStage((flow, now, line) => {
      if (flow.type !== 'data' || bytesPerMs <= 0) return line.put(flow, now);
      for (let start = 0; start < flow.bytes.byteLength; start += pieceBytes) {
        const bytes = flow.bytes.subarray(start, start + pieceBytes);
        freeAt = Math.max(freeAt, now) + bytes.byteLength / bytesPerMs;
        counters.hits += 1;
        counters.bytes += bytes.byteLength;
        line.put({ type: 'data', bytes }, freeAt);
      }
    });
  },
};
