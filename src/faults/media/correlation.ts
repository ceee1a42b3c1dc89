/** The parameter that netem's random faults share. */
import type { FaultParameter } from '../fault.js';

export const CORRELATION: FaultParameter = {
  name: 'correlation',
  doc: 'how much the lot of a packet depends on that of the one before; the share that is asked for stays the same',
  type: { type: 'share' },
  default: '0%',
};
