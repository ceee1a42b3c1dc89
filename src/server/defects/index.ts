/** The registry of known bugs that the bundled server can be given. */
import type { HubPolicy, ServerDefect } from '../hub/policy.js';
import { SOUND_POLICY } from '../hub/policy.js';
import { answerToWrongDevice } from './answer-to-wrong-device.js';
import { dropAnswer } from './drop-answer.js';

export const SERVER_DEFECTS: readonly ServerDefect[] = [dropAnswer, answerToWrongDevice];

/** The hub's policy with the named defects, in the order of the registry; names that belong to clients are passed over. */
export function policyWith(names: readonly string[]): HubPolicy {
  return SERVER_DEFECTS.filter((defect) => names.includes(defect.name)).reduce(
    (policy, defect) => defect.wrap(policy),
    SOUND_POLICY,
  );
}
