/** When the devices of one call showed different states of it. */
import { eventsOf, type TraceEvent } from '../trace/event.js';

/** From when to when, in milliseconds since the run began; one that lasts to the end of the trace ends after its last event. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/** The times of disagreement in a trace in order of time, each as long as it lasted; none touch. */
export function splitSpans(inTime: readonly TraceEvent[]): Span[] {
  const shown = new Map<string, { readonly call: string | null; readonly state: string }>();
  const spans: Span[] = [];
  let since: number | null = null;
  for (const view of eventsOf(inTime, 'state')) {
    // Whoever was told `elsewhere` has left the call and disagrees with nobody.
    const isOut = view.state === 'idle' || view.reason?.endsWith('-elsewhere') === true;
    shown.set(view.node, { call: isOut ? null : view.call, state: view.state === 'inviting' ? 'ringing' : view.state });
    const split = isSplit([...shown.values()]);
    if (split && since === null) since = view.at;
    if (!split && since !== null) spans.push({ from: since, to: view.at });
    if (!split) since = null;
  }
  const last = inTime.at(-1);
  if (since !== null && last !== undefined) spans.push({ from: since, to: last.at + 1 });
  return spans;
}

function isSplit(views: readonly { readonly call: string | null; readonly state: string }[]): boolean {
  const states = new Map<string, string>();
  return views.some(({ call, state }) => {
    if (call === null) return false;
    const other = states.get(call);
    states.set(call, state);
    return other !== undefined && other !== state;
  });
}
