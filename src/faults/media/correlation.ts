/** The parameter that netem's random faults share. */
import type { FaultParameter } from '../fault.js';

export const CORRELATION: FaultParameter = {
  name: 'correlation',
  doc: 'correlation with the previous packet; the share stays the same',
  type: { type: 'share' },
  default: '0%',
};
