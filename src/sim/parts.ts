/** The parts of the system that a switch can replace, each in its correct form. */
import { type AgentDecisions, SOUND_DECISIONS } from '../client/decisions.js';
import { type ReplicaPolicy, SOUND_REPLICA } from '../client/replica.js';
import type { Wire } from '../protocol/frames.js';
import type { Waits } from '../protocol/limits.js';
import { type SessionMachine, sessionMachine } from '../protocol/session.js';
import { type HubPolicy, SOUND_POLICY } from '../server/hub/policy.js';

export interface Parts {
  readonly hub: HubPolicy;
  readonly replica: ReplicaPolicy;
  readonly agent: AgentDecisions;
  /** The session machine of both ends. */
  session(waits: Waits): SessionMachine<Wire>;
  readonly serverWaits: (waits: Waits) => Waits;
  /** Whether the store is written before anything of an input is sent. */
  readonly persistsFirst: boolean;
  /** Whether a server that restarts restores its store. */
  readonly restores: boolean;
}

export const SOUND_PARTS: Parts = {
  hub: SOUND_POLICY,
  replica: SOUND_REPLICA,
  agent: SOUND_DECISIONS,
  session: (waits) => sessionMachine<Wire>(waits),
  serverWaits: (waits) => waits,
  persistsFirst: true,
  restores: true,
};
