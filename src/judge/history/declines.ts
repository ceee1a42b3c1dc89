/** Whether a decline at one device ends the call, by what the target declares. */
import { type CallHistory, calleeDevices, type History, isLive, shownAt, userOf } from './history.js';

/** Whether the decline of a device counts for the call at event `n`: at once, or only once no other device of its user rings. */
export function declineCounts(history: History, call: CallHistory, device: string, n: number): boolean {
  const limits = history.begin?.adapter?.limits ?? [];
  if (limits.includes('decline-local')) return false;
  if (!limits.includes('decline-once-all')) return true;
  const others = calleeDevices(history, call).filter((one) => one !== device && userOf(one) === userOf(device));
  return !others.some((one) => isLive(shownAt(history, call, one, n)?.state));
}
