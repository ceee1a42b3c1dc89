/** The decisions of the hub that a known bug gets wrong. A defect replaces one of them and leaves the rest alone. */
import type { Address } from '../../protocol/address.js';
import type { Change } from './io.js';

export interface HubPolicy {
  /** Which devices are told of a change, of all devices of both users. */
  recipients(change: Change, devices: readonly Address[]): readonly Address[];
}

/** The policy without bugs: everybody with a part in the call is told. */
export const SOUND_POLICY: HubPolicy = { recipients: (_change, devices) => devices };

/** A known bug of a server: a decorator of the policy. */
export interface ServerDefect {
  readonly side: 'server';
  readonly name: string;
  /** One sentence: what goes wrong, and what users see. */
  readonly doc: string;
  wrap(policy: HubPolicy): HubPolicy;
}
