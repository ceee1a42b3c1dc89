/** The registry of known bugs of the probe's own clients. */
import { type AgentDecisions, SOUND_DECISIONS } from '../../client/decisions.js';
import { type ReplicaPolicy, SOUND_REPLICA } from '../../client/replica.js';
import { answersRecvonly } from './answers-recvonly.js';
import type { ClientDefect } from './defect.js';
import { hangUpUnsent } from './hang-up-unsent.js';
import { ignoreAnswered } from './ignore-answered.js';
import { ignoreCancel } from './ignore-cancel.js';
import { lastWriteWins } from './last-write-wins.js';
import { lateRender } from './late-render.js';
import { neverEmits } from './never-emits.js';
import { noDedupe } from './no-dedupe.js';
import { siblingRingsOn } from './sibling-rings-on.js';
import { timerFromInvite } from './timer-from-invite.js';
import { timerFromWallClock } from './timer-from-wall-clock.js';
import { tornUi } from './torn-ui.js';
import { writesOnce } from './writes-once.js';

export const CLIENT_DEFECTS: readonly ClientDefect[] = [
  ignoreAnswered,
  ignoreCancel,
  siblingRingsOn,
  neverEmits,
  hangUpUnsent,
  writesOnce,
  noDedupe,
  lastWriteWins,
  tornUi,
  lateRender,
  timerFromInvite,
  timerFromWallClock,
  answersRecvonly,
];

/** The replica's policy with the named defects; names of server defects are ignored. */
export function replicaPolicyWith(names: readonly string[]): ReplicaPolicy {
  return chosen(names).reduce((policy, { wrap }) => wrap?.(policy) ?? policy, SOUND_REPLICA);
}

/** The other decisions of a device with the named defects. */
export function agentDecisionsWith(names: readonly string[]): AgentDecisions {
  return chosen(names).reduce((decisions, { decide }) => decide?.(decisions) ?? decisions, SOUND_DECISIONS);
}

function chosen(names: readonly string[]): ClientDefect[] {
  return CLIENT_DEFECTS.filter(({ name }) => names.includes(name));
}
