/** The registry of known bugs of the bundled server. */
import type { HubPolicy } from '../hub/policy.js';
import { SOUND_POLICY } from '../hub/policy.js';
import { acceptAfterCancel } from './accept-after-cancel.js';
import { answerBeforeRinging } from './answer-before-ringing.js';
import { answerToWrongDevice } from './answer-to-wrong-device.js';
import { callIdRewritten } from './call-id-rewritten.js';
import { candidatesDropped } from './candidates-dropped.js';
import type { ServerDefect } from './defect.js';
import { dropAnswer } from './drop-answer.js';
import { dropEnd } from './drop-end.js';
import { dropReject } from './drop-reject.js';
import { duplicateAnswer } from './duplicate-answer.js';
import { fieldStripped } from './field-stripped.js';
import { glareRefused } from './glare-refused.js';
import { lateDisconnect } from './late-disconnect.js';
import { lostMemoryOnRestart } from './lost-memory-on-restart.js';
import { neverResends } from './never-resends.js';
import { noReplayAfterReconnect } from './no-replay-after-reconnect.js';
import { refusedCancel } from './refused-cancel.js';
import { ringTimerLeak } from './ring-timer-leak.js';
import { ringsForEver } from './rings-for-ever.js';
import { siblingsNotTold } from './siblings-not-told.js';
import { slowAnswer } from './slow-answer.js';
import { staleBusy } from './stale-busy.js';
import { staleSocketWins } from './stale-socket-wins.js';
import { swappedSdp } from './swapped-sdp.js';

export const SERVER_DEFECTS: readonly ServerDefect[] = [
  dropAnswer,
  answerToWrongDevice,
  dropReject,
  dropEnd,
  noReplayAfterReconnect,
  callIdRewritten,
  fieldStripped,
  answerBeforeRinging,
  duplicateAnswer,
  slowAnswer,
  staleBusy,
  siblingsNotTold,
  acceptAfterCancel,
  ringsForEver,
  ringTimerLeak,
  refusedCancel,
  glareRefused,
  swappedSdp,
  candidatesDropped,
  staleSocketWins,
  lateDisconnect,
  lostMemoryOnRestart,
  neverResends,
];

/** The hub's policy with the named defects, in the order of the registry; names of client defects are ignored. */
export function policyWith(names: readonly string[]): HubPolicy {
  return SERVER_DEFECTS.filter((defect) => names.includes(defect.name)).reduce(
    (policy, defect) => defect.wrap(policy),
    SOUND_POLICY,
  );
}
