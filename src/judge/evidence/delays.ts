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
  /** The device or server at which, or on whose link, it was. */
  readonly node: string;
  readonly ms: Millis;
  readonly from: TraceEvent;
  readonly to: TraceEvent;
}

/** The stretches from the action to the view, without those that the trace does not know. `shown` is when it was right at last. */
export function stretchesOf(deed: Deed | null, { device, news, written, read, applied }: Journey, shown: TraceEvent): Stretch[] {
  const stations: (readonly [event: TraceEvent | null | undefined, node: string, isLink?: boolean])[] = [];
  const by = deed?.op.node ?? null;
  if (deed !== null && by !== null) stations.push([deed.op, by], [deed.letter?.writes[0], by], [deed.heard, by, true]);
  if (news.event.node === SERVER) stations.push([news.event, SERVER]);
  stations.push([written, SERVER], [read, device, true], [applied, device], [shown, device]);
  const known = stations.flatMap(([event, node, isLink]) =>
    event === null || event === undefined ? [] : [{ event, node, hop: isLink === true ? `${node}.signaling` : node }],
  );
  const stretches: Stretch[] = [];
  let before: TraceEvent | null = null;
  for (const { event, node, hop } of known) {
    // An event can be stamped by another process and seem a little early: then the stretch took no time.
    if (before !== null && event.at >= before.at)
      stretches.push({ hop, node, ms: event.at - before.at, from: before, to: event });
    if (before === null || event.at >= before.at) before = event;
  }
  return stretches;
}

/** The stretch that took the longest, or null without any. */
export function slowest(stretches: readonly Stretch[]): Stretch | null {
  return stretches.reduce<Stretch | null>((a, b) => (a !== null && a.ms >= b.ms ? a : b), null);
}
