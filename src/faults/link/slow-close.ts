/** The end of a connection arrives late. */
import { numberOf } from '../fault.js';
import { heldStage } from './held-line.js';
import type { LinkFault } from './link-fault.js';

/** Counts each FIN that it holds back. */
export const slowClose: LinkFault = {
  name: 'slow-close',
  doc: 'The FIN of either side is held back while data passes at once: the peer learns late that the other side is gone.',
  layer: 'link',
  needs: null,
  absence: null,
  parameters: [{ name: 'slow-close', doc: 'how long the FIN is held back', type: { type: 'duration' }, default: null }],
  example: 'fault: { link: alice.signaling, slow-close: 2s, for: 5s }',
  isDown: false,
  begin({ values, counters }) {
    const delayMs = numberOf(values, 'slow-close');
    return heldStage((flow, now, line) => {
      const isFin = flow.type === 'end' || flow.type === 'close';
      if (isFin) counters.hits += 1;
      line.put(flow, isFin ? now + delayMs : now);
    });
  },
};
