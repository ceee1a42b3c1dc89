/** Where the time went between a user's action and what another device showed: hop by hop. */
import type { Millis } from '../../protocol/machine.js';
import type { TraceEvent } from '../../trace/event.js';
import type { ActionOutcome } from '../history/actions.js';
import type { Delivery } from '../history/delivery.js';
import type { History } from '../history/history.js';

/** A part of the path, from one event to the next that is known. */
export interface Step {
  /** Where the time was spent: a device, a link, or a server. */
  readonly hop: string;
  /** The device or server at which, or on whose link, it was. */
  readonly node: string;
  readonly ms: Millis;
  readonly from: TraceEvent;
  readonly to: TraceEvent;
}

/** The steps from the action to the view, without those that the trace does not know. `shown` is when it was right at last. */
export function stepsOf(
  history: History,
  outcome: ActionOutcome | null,
  { device, change, written, read, applied }: Delivery,
  shown: TraceEvent,
): Step[] {
  const server = history.serverOf(device);
  const stations: (readonly [event: TraceEvent | null | undefined, node: string, isLink?: boolean])[] = [];
  if (outcome !== null) {
    const by = outcome.action.node;
    stations.push([outcome.action, by], [outcome.message?.writes[0], by], [outcome.received, by, true]);
  }
  if (history.isServer(change.event.node)) stations.push([change.event, change.event.node]);
  stations.push([written, server], [read, device, true], [applied, device], [shown, device]);
  const steps: Step[] = [];
  let before: TraceEvent | null = null;
  for (const [event, node, isLink = false] of stations) {
    // An event can be stamped by another process and seem a little early: then the step took no time.
    if (event === null || event === undefined || (before !== null && event.at < before.at)) continue;
    const hop = isLink ? `${node}.signaling` : node;
    if (before !== null) steps.push({ hop, node, ms: event.at - before.at, from: before, to: event });
    before = event;
  }
  return steps;
}

/** The step that took the longest, or null without any. */
export function slowest(steps: readonly Step[]): Step | null {
  return steps.reduce<Step | null>((a, b) => (a !== null && a.ms >= b.ms ? a : b), null);
}
