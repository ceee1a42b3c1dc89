/** A version of a call that a server keeps from a device: neither the change nor a later greeting tells of it, and it cannot ask. */
import type { Address } from '../../protocol/address.js';
import type { CallRecord } from '../../protocol/call.js';
import type { HubPolicy } from '../hub/policy.js';

/** The policy that never tells a device of the records for which `isHidden` holds. */
export function hiding(policy: HubPolicy, isHidden: (record: CallRecord, device: Address) => boolean): HubPolicy {
  return {
    ...policy,
    answersByHttp: false,
    recipients: (change, devices) => policy.recipients(change, devices).filter((device) => !isHidden(change.record, device)),
    snapshot: (calls, device) => policy.snapshot(calls, device).filter((record) => !isHidden(record, device)),
  };
}
