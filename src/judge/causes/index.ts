/** The registry of rules, one for each cause. */
import { appliedLate } from './applied-late.js';
import { droppedInTransit } from './dropped-in-transit.js';
import { duplicated } from './duplicated.js';
import { handledTwice } from './handled-twice.js';
import { impersonated } from './impersonated.js';
import { logInRefused } from './log-in-refused.js';
import { lostDownlink } from './lost-downlink.js';
import { lostUplink } from './lost-uplink.js';
import { mediaNotEstablished } from './media-not-established.js';
import { neverEmitted } from './never-emitted.js';
import { notForwarded } from './not-forwarded.js';
import { oneWayMedia } from './one-way-media.js';
import { otherDeviceNotTold } from './other-device-not-told.js';
import { payloadAltered } from './payload-altered.js';
import { probeFault } from './probe-fault.js';
import { receivedNotApplied } from './received-not-applied.js';
import { refusedByServer } from './refused-by-server.js';
import { reordered } from './reordered.js';
import { revivedCall } from './revived-call.js';
import type { Rule } from './rule.js';
import { secondCallNotRefused } from './second-call-not-refused.js';
import { staleRegistration } from './stale-registration.js';
import { staleState } from './stale-state.js';
import { targetGone } from './target-gone.js';
import { timerSkew } from './timer-skew.js';
import { unprovoked } from './unprovoked.js';
import { wrongReason } from './wrong-reason.js';
import { wrongRecipient } from './wrong-recipient.js';

/** In the order of delivery: from the user's action to what the other side shows. */
export const RULES: readonly Rule[] = [
  logInRefused,
  neverEmitted,
  lostUplink,
  refusedByServer,
  notForwarded,
  staleRegistration,
  wrongRecipient,
  lostDownlink,
  droppedInTransit,
  payloadAltered,
  receivedNotApplied,
  appliedLate,
  reordered,
  duplicated,
  staleState,
  revivedCall,
  unprovoked,
  handledTwice,
  secondCallNotRefused,
  impersonated,
  wrongReason,
  otherDeviceNotTold,
  mediaNotEstablished,
  oneWayMedia,
  timerSkew,
  targetGone,
  probeFault,
];
