/** What a known bug of the bundled server is: a decorator of what its hub decides. */
import type { HubPolicy } from '../hub/policy.js';
import type { ServerDefectName } from './names.js';

/** A known bug of a server: a decorator of the policy. */
export interface ServerDefect {
  readonly side: 'server';
  readonly name: ServerDefectName;
  /** One sentence: what goes wrong, and what users see. */
  readonly doc: string;
  /** The bug in public after which it is modelled: repository and number. */
  readonly seenIn: string;
  wrap(policy: HubPolicy): HubPolicy;
}
