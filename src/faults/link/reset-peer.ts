/** The connection is reset by a RST. */
import { numberOf } from '../fault.js';
import type { LinkFault } from './link-fault.js';

/** Counts each connection that it resets. */
export const resetPeer: LinkFault = {
  name: 'reset-peer',
  doc: 'Both sides get a TCP RST (ECONNRESET) after the time, counted from the opening of the connection or the start of the fault. Data in transit is lost. Until then everything passes.',
  layer: 'link',
  needs: null,
  absence: 'until-registered',
  parameters: [{ name: 'reset-peer', doc: 'when the RST comes; 0ms is at once', type: { type: 'duration' }, default: null }],
  example: 'fault: { link: alice.signaling, reset-peer: 0ms, on: bob sends accept, for: 1s }',
  isDown: false,
  begin({ values, counters, now: begunAt }) {
    let resetsAt: number | null = begunAt + numberOf(values, 'reset-peer');
    return {
      handle: (flow) => (resetsAt === null ? [] : [flow]),
      tick(now) {
        if (resetsAt === null || resetsAt > now) return [];
        resetsAt = null;
        counters.hits += 1;
        counters.resets += 1;
        return [{ type: 'reset' }];
      },
      remove: () => [],
      deadline: () => resetsAt,
      heldBytes: () => 0,
    };
  },
};
