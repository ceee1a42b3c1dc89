/** The registry of faults of single messages. */
import { corrupt } from './corrupt.js';
import { delay } from './delay.js';
import { drop } from './drop.js';
import { duplicate } from './duplicate.js';
import { hold } from './hold.js';
import type { MessageFault } from './message-fault.js';
import { reorder } from './reorder.js';
import { rewrite } from './rewrite.js';

export const MESSAGE_FAULTS: readonly MessageFault[] = [drop, delay, duplicate, reorder, hold, corrupt, rewrite];

/** Whether a fault keeps a message from arriving as it was sent and in its turn, which a connection by itself never does. */
export function losesMessage(fault: string): boolean {
  return MESSAGE_FAULTS.some(({ name, loses }) => name === fault && loses);
}
