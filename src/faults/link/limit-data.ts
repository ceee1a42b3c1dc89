/** The connection closes after a number of bytes. */
import { numberOf } from '../fault.js';
import type { LinkFault, LinkFlow } from './link-fault.js';

/** Counts each connection that it closes. */
export const limitData: LinkFault = {
  name: 'limit-data',
  doc: 'The connection is closed after exactly this many bytes of a direction.',
  layer: 'link',
  needs: null,
  absence: 'until-registered',
  parameters: [{ name: 'limit-data', doc: 'how many bytes pass', type: { type: 'size', bytesMin: 0 }, default: null }],
  example: 'fault: { link: alice.signaling, limit-data: 600B, for: 3s }',
  isDown: false,
  begin({ values, counters }) {
    let bytesLeft = numberOf(values, 'limit-data');
    let isOver = false;
    return {
      handle(flow) {
        if (isOver) return [];
        if (flow.type !== 'data') return [flow];
        const bytes = flow.bytes.subarray(0, bytesLeft);
        bytesLeft -= bytes.byteLength;
        const passed: LinkFlow[] = bytes.byteLength > 0 ? [{ type: 'data', bytes }] : [];
        if (bytesLeft > 0) return passed;
        isOver = true;
        counters.hits += 1;
        counters.closes += 1;
        counters.bytes += flow.bytes.byteLength - bytes.byteLength;
        return [...passed, { type: 'close' }];
      },
      tick: () => [],
      remove: () => [],
      deadline: () => null,
      heldBytes: () => 0,
    };
  },
};
