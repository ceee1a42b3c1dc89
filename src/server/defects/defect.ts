/** What a known bug of the bundled server is: a decorator of its hub's decisions. */
import type { HubPolicy } from '../hub/policy.js';
import type { ServerDefectName } from './names.js';

/** A known bug of a server: a decorator of the policy. */
export interface ServerDefect {
  readonly side: 'server';
  readonly name: ServerDefectName;
  /** One sentence: what goes wrong, and what users see. */
  readonly doc: string;
  /** The public bug report that it is modelled on: repository and number. */
  readonly seenIn: string;
  wrap(policy: HubPolicy): HubPolicy;
}
