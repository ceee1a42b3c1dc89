/** Nothing passes any more, and neither side gets an error. */
import { numberOf } from '../fault.js';
import type { LinkFault, LinkFlow } from './link-fault.js';

/** Counts each piece, FIN or RST that it discards, and the close of the connection. */
export const timeout: LinkFault = {
  name: 'timeout',
  doc: 'Discards everything, including FIN and RST, and closes the connection after the time. 0ms never closes it: a black hole, in which both sides believe that the connection is alive. Since discarded data never arrives, the connection is closed when the fault is over.',
  layer: 'link',
  needs: null,
  absence: 'until-registered',
  parameters: [
    { name: 'timeout', doc: 'when the connection is closed; 0ms is never', type: { type: 'duration' }, default: null },
  ],
  example: 'fault: { link: alice.signaling, timeout: 0ms, for: 3s }',
  isDown: false,
  begin({ values, counters, now: begunAt }) {
    const timeoutMs = numberOf(values, 'timeout');
    let closesAt = timeoutMs > 0 ? begunAt + timeoutMs : null;
    let isOver = false;
    const close = (): readonly LinkFlow[] => {
      if (isOver) return [];
      isOver = true;
      closesAt = null;
      counters.hits += 1;
      counters.closes += 1;
      return [{ type: 'close' }];
    };
    return {
      handle(flow) {
        if (flow.type === 'close') return close();
        counters.hits += 1;
        if (flow.type === 'data') counters.bytes += flow.bytes.byteLength;
        return [];
      },
      tick: (now) => (closesAt !== null && closesAt <= now ? close() : []),
      remove: close,
      deadline: () => closesAt,
      heldBytes: () => 0,
    };
  },
};
