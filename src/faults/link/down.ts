/** The way is gone: no connection exists, and none can be made. */
import type { LinkFault } from './link-fault.js';

/**
 * Bites once per connection and direction that it closes. Who tries to connect is refused by the kernel (ECONNREFUSED), for
 * nobody listens; that is seen by who tries, and counted nowhere.
 */
export const down: LinkFault = {
  name: 'down',
  doc: 'Connections are refused (ECONNREFUSED), and those that exist are closed.',
  layer: 'link',
  needs: null,
  absence: 'until-registered',
  parameters: [
    {
      name: 'down',
      doc: 'what becomes of who tries to connect',
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
        counters.bit += 1;
        counters.closes += 1;
        return [{ type: 'close' }];
      },
      remove: () => [],
      deadline: () => closesAt,
      heldBytes: () => 0,
    };
  },
};
