/** How diagnoses name news, devices and the probe's own faults. */

import type { EventOf } from '../../trace/event.js';
import type { Gap } from '../history/gaps.js';
import type { News } from '../history/news.js';
import { millis } from '../history/wording.js';

/** `connected (version 3)`, `ended(hangup) (version 4)`. */
export function newsWords({ phase, record, version }: News): string {
  const reason = record?.reason ?? null;
  return `${phase}${reason === null ? '' : `(${reason})`}${version === null ? '' : ` (version ${version})`}`;
}

/** `alice/phone went on showing ringing`, with what it should have shown. */
export function plight({ device, shows, wanted, moment }: Gap): string {
  return `${device} showed ${shows} at ${(moment.at / 1_000).toFixed(3)} s instead of ${wanted}`;
}

/** What the probe's own faults have to do with it, as the end of a sentence; empty without any. */
export function owing(faults: readonly EventOf<'fault'>[], what = 'struck it'): string {
  const [first] = faults;
  if (first === undefined) return '';
  const times = faults.length === 1 ? '' : ` ${faults.length} times`;
  return `; the probe's own fault "${first.fault}" ${what}${times} (${first.message.slice(0, 120)})`;
}

/** A duration for reading. */
export const took = (ms: number): string => (ms < 1_000 ? millis(ms) : `${(ms / 1_000).toFixed(3)} s`);
