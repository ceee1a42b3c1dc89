/** Whether, and from when on, something is wrong in a run: no rule speaks of what users did in one that held. */
import { eventsOf, type TraceEvent } from '../trace/event.js';
import { markOf } from '../trace/replay.js';
import { PATIENCE_MS } from './gaps.js';
import type { Timeline } from './timeline.js';

/** The event by which the run had failed: the first expectation that did not hold, else rest, else its last event; null for a run that held. */
export function failureOf(timeline: Timeline): TraceEvent | null {
  const { trace, complaints, end } = timeline;
  if (complaints.length === 0 && end?.status === 'complete') return null;
  const failed = eventsOf(trace, 'mark').find(({ name, ok }) => name === 'expect' && ok === false);
  return failed ?? markOf(trace, 'quiesced') ?? trace.at(-1) ?? null;
}

/** Whether an event is part of the probe's epilogue, in which what went wrong before is only cleared away. */
export function isEpilogue({ trace }: Timeline, { n }: TraceEvent): boolean {
  const teardown = markOf(trace, 'teardown');
  return teardown !== null && n > teardown.n;
}

/** Whether what an event should have led to had its time before a moment, or before the end of a trace that was cut. */
export function hadTime(event: Pick<TraceEvent, 'at'>, moment: TraceEvent): boolean {
  return moment.type === 'mark' || moment.at - event.at >= PATIENCE_MS;
}
