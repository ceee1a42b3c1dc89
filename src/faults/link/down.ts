/** The link is down: no connection exists, and none can be opened. */
import type { LinkFault } from './link-fault.js';

/**
 * Counts each connection and direction that it closes. The kernel refuses new connections (ECONNREFUSED), since nothing listens;
 * those are not counted.
 */
export const down: LinkFault = {
  name: 'down',
  doc: 'New connections are refused (ECONNREFUSED), and existing ones are closed.',
  layer: 'link',
  needs: null,
  absence: 'until-registered',
  parameters: [
    {
      name: 'down',
      doc: 'how connection attempts fail',
      type: { type: 'word', words: ['refused'] },
      default: 'refused',
    },
  ],
  example: 'fault: { link: alice.signaling, down: refused, for: 2s }',
  isDown: true,
  begin({ counters, now: begunAt }) {
    let closesAt: number | null = begunAt;
    return {
      handle: () => [],
      tick(now) {
        if (closesAt === null || closesAt > now) return [];
        closesAt = null;
        counters.hits += 1;
        counters.closes += 1;
        return [{ type: 'close' }];
      },
      remove: () => [],
      deadline: () => closesAt,
      heldBytes: () => 0,
    };
  },
};
