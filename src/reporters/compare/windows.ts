/** The parts of two traces that belong together: from the last action that both have before they part to where it shows. */

import { historyOf } from '../../judge/history/history.js';
import { eventsOf, type TraceEvent } from '../../trace/event.js';
import type { Divergence } from '../ladder/model.js';
import { shownText, type Window, windowOf } from '../ladder/window.js';
import type { Alignment, Difference } from './alignment.js';
import { type LifeStep, streamsOf } from './streams.js';

export interface PairedWindows {
  readonly before: Window;
  readonly after: Window;
}

/** The windows around the first difference; null where a trace shows nothing, or both went through the same steps. */
export function pairedWindows(
  before: readonly TraceEvent[],
  after: readonly TraceEvent[],
  { pairs, first }: Alignment,
): PairedWindows | null {
  if (first === null) return null;
  const [own, ownAt] = first.side === 'before' ? [before, first.at] : [before, first.elsewhereAt];
  const start = eventsOf(own, 'action').findLast(({ n, at, action: op }) => at <= ownAt && op !== 'open' && pairs.has(n)) ?? null;
  const limits = limitsOf(before, after, first);
  const made = (trace: readonly TraceEvent[], side: Difference['side'], from: number | undefined, to: number): Window | null => {
    const begin = from ?? eventsOf(trace, 'action')[0]?.n;
    if (begin === undefined) return null;
    const call = windowOf(trace)?.call ?? null;
    const end = Math.max(begin, to);
    const divergence = markIn(trace, side, first, begin);
    return { call, from: begin, to: end, divergence, shown: shownText(historyOf(trace), call, end) };
  };
  const windows = {
    before: made(before, 'before', start?.n, limits.before),
    after: made(after, 'after', start === null ? undefined : pairs.get(start.n), limits.after),
  };
  return windows.before === null || windows.after === null ? null : { before: windows.before, after: windows.after };
}

/** The first difference as it looks on one side: the step itself, or the place where it is missing. */
function markIn(trace: readonly TraceEvent[], side: Difference['side'], first: Difference, begin: number): Divergence {
  const { step } = first;
  const message = step.message;
  const base = { kind: message?.kind ?? null, dir: message?.dir ?? null, device: message?.device ?? step.event.node };
  const other = first.side === 'before' ? 'after' : 'before';
  if (side === first.side) {
    const sentence = `${step.words}; not so ${other}`;
    return { ...base, how: message?.lost === true ? 'lost' : 'differs', n: step.n, sentence };
  }
  const place = placeOf(trace, first, begin);
  const { event } = step;
  const sentence =
    event.type === 'mark' ? `${event.path ?? 'the expectation'} holds here: ${event.text}` : `missing here: ${step.words}`;
  const how = message !== null && !message.lost ? 'never-sent' : 'missing';
  return { ...base, how, n: place ?? begin, sentence };
}

/** The step of this run after which the difference is missing: the server's change behind its message, else the last one by then. */
function placeOf(trace: readonly TraceEvent[], { step, elsewhereAt }: Difference, begin: number): number | null {
  const streams = streamsOf(trace);
  const byThen = (steps: readonly LifeStep[]): LifeStep[] => steps.filter(({ n, at }) => at <= elsewhereAt && n >= begin);
  const steps = [...streams.values()].flat();
  const changes = step.message?.dir === 'down' ? byThen(steps.filter(({ event }) => event.type === 'record')) : [];
  const all = byThen(steps).sort((a, b) => a.n - b.n);
  return (changes.at(-1) ?? all.at(-1))?.n ?? null;
}

/** Where each side's window ends: the expectation that fails on one of them and its counterpart on the other, else a little later. */
function limitsOf(
  before: readonly TraceEvent[],
  after: readonly TraceEvent[],
  first: Difference,
): Record<Difference['side'], number> {
  const failed = (trace: readonly TraceEvent[], since: number): number | null =>
    eventsOf(trace, 'mark').find(({ name, ok, at }) => name === 'expect' && ok === false && at >= since)?.n ?? null;
  const expectAfter = (trace: readonly TraceEvent[], since: number): number =>
    (eventsOf(trace, 'mark').find(({ name, at }) => (name === 'expect' || name === 'quiesced') && at >= since) ?? trace.at(-1))
      ?.n ?? 0;
  const since = (side: Difference['side']): number => (side === first.side ? first.at : first.elsewhereAt);
  return {
    before: failed(before, since('before')) ?? expectAfter(before, since('before')),
    after: failed(after, since('after')) ?? expectAfter(after, since('after')),
  };
}
