/** What a known bug of a client is: a decorator of the client's decisions. */
import type { AgentDecisions } from '../../client/decisions.js';
import type { ReplicaPolicy } from '../../client/replica.js';
import type { ClientDefectName } from './names.js';

/** A known bug of a client: a decorator of the replica's policy, or of the other decisions of a device. */
export interface ClientDefect {
  readonly side: 'client';
  readonly name: ClientDefectName;
  /** One sentence: what goes wrong, and what users see. */
  readonly doc: string;
  /** The public bug report that it is modelled on: repository and number. */
  readonly seenIn: string;
  wrap?(policy: ReplicaPolicy): ReplicaPolicy;
  decide?(decisions: AgentDecisions): AgentDecisions;
}
