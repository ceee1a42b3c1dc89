/** The user's actions in a call, and what stands in for those that a target does not have. */
import type { UserAction } from '../../protocol/actions.js';
import { ADAPTER_VERBS, type AdapterVerb } from './port.js';

/** The reason that the one who ends a call sees. */
export const OWN_END = { reject: 'rejected', cancel: 'cancelled', 'hang up': 'hangup' } as const;

/** What is done where a verb does not exist: the nearest one that ends the call as well. */
export const INSTEAD: Readonly<Record<keyof typeof OWN_END, readonly AdapterVerb[]>> = {
  reject: ['reject', 'hang up', 'cancel'],
  cancel: ['cancel', 'hang up', 'reject'],
  'hang up': ['hang up', 'cancel', 'reject'],
};

export function isCallVerb(verb: UserAction): verb is AdapterVerb {
  return (ADAPTER_VERBS as readonly string[]).includes(verb);
}

/** Messages by which the other side learns of a call, or of its answer. */
export const OPENING: readonly string[] = ['command.invite', 'command.accept'];
