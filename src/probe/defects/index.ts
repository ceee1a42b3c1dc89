/** The registry of known bugs that the probe's own clients can be given. */
import { type ClientDefect, type ReplicaPolicy, SOUND_REPLICA } from '../agent/replica.js';
import { ignoreAnswered } from './ignore-answered.js';

export const CLIENT_DEFECTS: readonly ClientDefect[] = [ignoreAnswered];

/** The replica's policy with the named defects; names that belong to servers are passed over. */
export function replicaPolicyWith(names: readonly string[]): ReplicaPolicy {
  return CLIENT_DEFECTS.filter((defect) => names.includes(defect.name)).reduce(
    (policy, defect) => defect.wrap(policy),
    SOUND_REPLICA,
  );
}
