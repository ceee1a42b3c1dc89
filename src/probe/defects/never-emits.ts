/** The button is pressed and nothing is sent. */
import type { ClientDefect } from './defect.js';

export const neverEmits: ClientDefect = {
  side: 'client',
  name: 'never-emits',
  doc: 'The client reacts to accept on the screen and sends nothing: the callee waits for a call that never connects.',
  seenIn: 'element-hq/element-ios #6359',
  decide: (decisions) => ({ ...decisions, emits: (op) => op !== 'accept' && decisions.emits(op) }),
};
