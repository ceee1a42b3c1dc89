/** Whether, and from when on, something is wrong in a run: no rule speaks of what users did in one that held. */
import type { TraceEvent } from '../../trace/event.js';
import { markOf } from '../history/history.js';
import { DISTURBED_MS, type Moment, PATIENCE_MS } from '../history/mismatches.js';
import type { Context } from './context.js';

/** The instant by which the run had failed: the first expectation that did not hold, else `quiesced`, else its last event; null for a run that held. */
export function failureOf({ history, failed }: Context): Moment | null {
  const { marks, end, last } = history;
  if (failed.length === 0 && end?.status === 'complete') return null;
  const redialed = markOf(history, 'redialed');
  // Where nothing but the redial went wrong, it is the redial that has to be explained.
  const isRedial = history.isForeign && redialed?.ok === false && failed.every(({ checker }) => checker === 'no-ghosts');
  const mark =
    marks.find(({ name, ok }) => name === 'expect' && ok === false) ?? (isRedial ? redialed : markOf(history, 'quiesced'));
  if (mark !== null) return { event: mark, n: mark.n, at: mark.at, isCut: false };
  return last === null ? null : { event: last, n: last.n, at: last.at, isCut: true };
}

/** Whether an event is part of the probe's teardown, in which what went wrong before is only cleared away. */
export function isTeardown({ history }: Context, { n }: Pick<TraceEvent, 'n'>): boolean {
  const teardown = markOf(history, 'teardown');
  const redial = history.isForeign ? markOf(history, 'redial') : null;
  return teardown !== null && n > teardown.n && n < (redial?.n ?? Infinity);
}

/** Whether what an event should have led to had its time before a moment; where faults were active, longer. */
export function hadTime({ history }: Context, event: Pick<TraceEvent, 'at'>, { at, isCut }: Moment): boolean {
  if (!isCut) return true;
  const isDisturbed = history.hits.some((fault) => fault.at >= event.at - PATIENCE_MS);
  return at - event.at >= (isDisturbed ? DISTURBED_MS : PATIENCE_MS);
}
