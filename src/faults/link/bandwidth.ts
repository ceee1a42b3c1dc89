/** Only so many bytes pass in a second. */
import { numberOf } from '../fault.js';
import { heldStage } from './held-line.js';
import type { LinkFault } from './link-fault.js';

/** As toxiproxy: what takes longer than this goes in pieces of this length. */
const PIECE_MS = 100;

/** Bites once per piece that it holds back. A rate of 0, which toxiproxy's API may ask for, is no limit. */
export const bandwidth: LinkFault = {
  name: 'bandwidth',
  doc: 'At most so many bytes pass in a second; what would take longer than 100 ms goes in pieces of 100 ms each. Pauses save nothing up.',
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
        counters.bit += 1;
        counters.bytes += bytes.byteLength;
        line.put({ type: 'data', bytes }, freeAt);
      }
    });
  },
};
