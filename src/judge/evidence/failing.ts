/** Whether, and from when on, something is wrong in a run: no rule speaks of what users did in one that held. */
import type { TraceEvent } from '../../trace/event.js';
import { DISTURBED_MS, type Moment, PATIENCE_MS } from '../history/gaps.js';
import type { Timeline } from './timeline.js';

/** The instant by which the run had failed: the first expectation that did not hold, else rest, else its last event; null for a run that held. */
export function failureOf(timeline: Timeline): Moment | null {
  const { trace, marks, complaints, end } = timeline;
  if (complaints.length === 0 && end?.status === 'complete') return null;
  const failed = marks.find(({ name, ok }) => name === 'expect' && ok === false) ?? marks.find(({ name }) => name === 'quiesced');
  if (failed !== undefined) return { event: failed, n: failed.n, at: failed.at, isCut: false };
  const last = trace.at(-1);
  return last === undefined ? null : { event: last, n: last.n, at: last.at, isCut: true };
}

/** Whether an event is part of the probe's epilogue, in which what went wrong before is only cleared away. */
export function isEpilogue({ marks }: Timeline, { n }: Pick<TraceEvent, 'n'>): boolean {
  const teardown = marks.find(({ name }) => name === 'teardown');
  return teardown !== undefined && n > teardown.n;
}

/** Whether what an event should have led to had its time before a moment; where faults were at work, longer. */
export function hadTime({ hits }: Timeline, event: Pick<TraceEvent, 'at'>, { at, isCut }: Moment): boolean {
  if (!isCut) return true;
  const isDisturbed = hits.some((fault) => fault.at >= event.at - PATIENCE_MS);
  return at - event.at >= (isDisturbed ? DISTURBED_MS : PATIENCE_MS);
}
