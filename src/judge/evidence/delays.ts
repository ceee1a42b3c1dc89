/** Where the time went between a user's action and what another device showed: hop by hop. */
import type { Millis } from '../../protocol/machine.js';
import type { TraceEvent } from '../../trace/event.js';
import type { Deed } from '../history/deeds.js';
import type { Journey } from '../history/journey.js';
import { SERVER } from '../history/replay.js';

/** A stretch of the way, from one event to the next that is known. */
export interface Stretch {
  /** Where the time was spent: a device, a link, or the server. */
  readonly hop: string;
  readonly ms: Millis;
  readonly from: TraceEvent;
  readonly to: TraceEvent;
}

/** The stretches from the action to the view, without those that the trace does not know. `shown` is when it was right at last. */
export function stretchesOf(deed: Deed | null, { device, news, written, read, applied }: Journey, shown: TraceEvent): Stretch[] {
  const stations: (readonly [TraceEvent | null | undefined, string])[] = [];
  const by = deed?.op.node ?? null;
  if (deed !== null && by !== null) {
    stations.push([deed.op, by], [deed.letter?.writes[0], by], [deed.heard, `${by}.signaling`]);
  }
  if (news.event.node === SERVER) stations.push([news.event, SERVER]);
  stations.push([written, SERVER], [read, `${device}.signaling`], [applied, device], [shown, device]);
  const known = stations.flatMap(([event, hop]) => (event === null || event === undefined ? [] : [{ event, hop }]));
  const stretches: Stretch[] = [];
  let before: TraceEvent | null = null;
  for (const { event, hop } of known) {
    // An event can be stamped by another process and seem a little early: then the stretch took no time.
    if (before !== null && event.at >= before.at) stretches.push({ hop, ms: event.at - before.at, from: before, to: event });
    if (before === null || event.at >= before.at) before = event;
  }
  return stretches;
}

/** The stretch that took the longest, or null without any. */
export function slowest(stretches: readonly Stretch[]): Stretch | null {
  return stretches.reduce<Stretch | null>((a, b) => (a !== null && a.ms >= b.ms ? a : b), null);
}
