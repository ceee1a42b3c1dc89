/** Hides a version of a call from a device: in the change, in later snapshots, and in answers over HTTP. */
import type { Address } from '../../protocol/address.js';
import type { CallRecord } from '../../protocol/call.js';
import type { HubPolicy } from '../hub/policy.js';

/** The policy that never sends a device the records for which `isHidden` holds. */
export function hiding(policy: HubPolicy, isHidden: (record: CallRecord, device: Address) => boolean): HubPolicy {
  return {
    ...policy,
    answersByHttp: false,
    recipients: (change, devices) => policy.recipients(change, devices).filter((device) => !isHidden(change.record, device)),
    snapshot: (calls, device) => policy.snapshot(calls, device).filter((record) => !isHidden(record, device)),
  };
}
