/** Packet loss as an application over TCP sees it: the stream stalls until packets are sent again. */
import type { Millis } from '../../protocol/machine.js';
import type { Rng } from '../../protocol/rng.js';
import { numberOf } from '../fault.js';
import { heldStage } from './held-line.js';
import type { LinkFault } from './link-fault.js';

/** Payload of a full segment on Ethernet with timestamps: 1500 - 20 (IP) - 20 (TCP) - 12. */
export const SEGMENT_BYTES = 1_448;
/** Linux: TCP_RTO_MIN and TCP_RTO_MAX, and `tcp_retries2` after which a connection is aborted. */
export const RTO_MS_MIN = 200;
export const RTO_MS_MAX = 120_000;
export const RETRIES_MAX = 15;

/** Counts each lost transmission, retransmissions included. */
export const loss: LinkFault = {
  name: 'loss',
  doc: 'Segments are lost and sent again, as TCP does it: no byte is ever missing or out of order, but everything behind a lost segment waits for its retransmission, 200 ms at first and twice as long each further time (RFC 6298, Linux). A segment that is lost 16 times in a row resets the connection.',
  layer: 'link',
  needs: null,
  absence: null,
  parameters: [
    { name: 'loss', doc: 'share of lost segments', type: { type: 'share' }, default: null },
    {
      name: 'correlation',
      doc: 'correlation with the previous transmission: losses come in bursts, their share stays',
      type: { type: 'share' },
      default: '0%',
    },
  ],
  example: 'fault: { link: alice.signaling, loss: 20%, correlation: 25%, for: 5s }',
  isDown: false,
  begin({ values, rng, counters }) {
    const isLost = burstLoss(numberOf(values, 'loss'), numberOf(values, 'correlation'), rng);
    let isOver = false;
    return heldStage((flow, now, line) => {
      if (isOver) return;
      if (flow.type !== 'data') return line.put(flow, now);
      for (let start = 0; start < flow.bytes.byteLength; start += SEGMENT_BYTES) {
        const bytes = flow.bytes.subarray(start, start + SEGMENT_BYTES);
        let losses = 0;
        while (losses <= RETRIES_MAX && isLost()) losses += 1;
        if (losses > 0) {
          counters.hits += losses;
          counters.stalls += 1;
          counters.bytes += bytes.byteLength;
        }
        isOver = losses > RETRIES_MAX;
        if (isOver) {
          counters.resets += 1;
          return line.put({ type: 'reset' }, now + stallMs(losses));
        }
        line.put({ type: 'data', bytes }, now + stallMs(losses));
      }
    });
  },
};

/** How long after its first transmission a segment arrives that was lost this many times in a row. */
export function stallMs(losses: number): Millis {
  let ms = 0;
  for (let retry = 0; retry < losses; retry++) ms += Math.min(RTO_MS_MAX, RTO_MS_MIN * 2 ** retry);
  return ms;
}

/** A two-state Markov chain whose share of losses is `share` for any correlation of one draw with the next. */
function burstLoss(share: number, correlation: number, rng: Rng): () => boolean {
  let wasLost: boolean | null = null;
  return () => {
    const own = wasLost === null ? share : share * (1 - correlation) + (wasLost ? correlation : 0);
    wasLost = rng.next() < own;
    return wasLost;
  };
}
