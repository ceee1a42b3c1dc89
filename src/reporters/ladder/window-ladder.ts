/** The window of a trace that matters as a short ladder: at most a screenful, with the first divergence marked and named. */
import { beginOf, type TraceEvent } from '../../trace/event.js';
import { counted, printable } from '../format.js';
import { lookOf } from '../look.js';
import type { Out } from '../reporter.js';
import { wrap } from '../width.js';
import { heaviest } from './elision.js';
import { outlineOf } from './facts.js';
import { folded, ItemStream } from './items.js';
import { type LadderItem, WEIGHT_MAX } from './model.js';
import { TerminalLadder } from './terminal.js';
import { type Window, type WindowHint, windowOf } from './window.js';

export interface WindowLadder {
  /** The rows, the names of the lanes first. */
  readonly rows: readonly string[];
  /** What the mark stands for, and what part of the trace this is. */
  readonly legend: readonly string[];
}

/** Rows below the names of the lanes. */
const ROWS_MAX = 14;

type Drawing = Pick<Out, 'columns' | 'colors' | 'unicode'>;

/** The ladder of the window around a failure, or null where the trace has none. Every row fits into `out.columns`. */
export function windowLadder(trace: readonly TraceEvent[], hint: WindowHint, out: Drawing): WindowLadder | null {
  const window = windowOf(trace, hint);
  const drawn = window === null ? null : drawWindow(trace, window, out);
  if (window === null || drawn === null) return null;
  const look = lookOf(out);
  const { divergence } = window;
  const sentence = divergence === null ? [] : wrap(`${markOf(out)} ${printable(divergence.sentence)}`, out.columns);
  return {
    rows: [drawn.head, ...drawn.rows.map(({ text }) => text)],
    legend: [
      ...sentence.map((line) => look.paint.red(line)),
      ...wrap(drawn.part, out.columns).map((line) => look.paint.dim(line)),
    ],
  };
}

/** What stands at the left edge of the row to look at. */
export function markOf(out: Pick<Out, 'unicode'>): string {
  return out.unicode === false ? '>' : '►';
}

/** One row and the event behind it; null for the states at the beginning, and for what never happened. */
export interface WindowRow {
  readonly text: string;
  readonly n: number | null;
  readonly isMarked: boolean;
}

export interface DrawnWindow {
  /** The names of the lanes. */
  readonly head: string;
  readonly rows: readonly WindowRow[];
  /** Which part of the trace it is: `events 12 to 40, without 3 rows of less weight`. */
  readonly part: string;
}

/** A window as at most `rowsMax` rows; null for a trace without a beginning, or a window without events. */
export function drawWindow(
  trace: readonly TraceEvent[],
  window: Window,
  out: Drawing,
  rowsMax: number = ROWS_MAX,
): DrawnWindow | null {
  const inside = trace.filter(({ n }) => n >= window.from && n <= window.to).sort((a, b) => a.at - b.at || a.n - b.n);
  const [first, last] = [inside[0], inside.at(-1)];
  if (beginOf(trace) === null || first === undefined || last === undefined) return null;
  const { divergence, call, to, shown } = window;
  const facts = { ...outlineOf(trace), divergence };
  const ladder = new TerminalLadder(facts.lanes, { columns: out.columns, colors: out.colors, ascii: out.unicode === false });
  const stream = new ItemStream(facts, { place: 'device' }, trace);
  const draw = (events: readonly TraceEvent[]): LadderItem[] => [
    ...events.flatMap((event) => stream.take(event)),
    ...stream.flush(),
  ];
  for (const item of draw(trace.filter(({ n }) => n < window.from))) ladder.show(item);
  const all = draw(inside);
  // Candidates are one row, unless something of another call stands between them.
  const items =
    all.length < rowsMax ? all : folded(all.filter((item) => item.call === null || item.call === call || item.kind === 'state'));
  const hasAbsent = items.some(({ isAbsent }) => isAbsent);
  const isMarked = ({ covers, isAbsent }: LadderItem): boolean =>
    divergence !== null && covers.includes(divergence.n) && (isAbsent === true) === hasAbsent;
  const weighed = items.map((item) => ({ item, weight: weigh(item, isMarked(item) || item.n === to, call) }));
  const closes = items.at(-1)?.n !== last.n && shown !== null;
  const focus = weighed.findIndex(({ item }) => isMarked(item));
  const kept = new Set(heaviest(weighed, focus, rowsMax - (closes ? 2 : 1)).map(({ item }) => item));
  const rows: WindowRow[] = [{ text: ladder.states(first.at), n: null, isMarked: false }];
  for (const item of items) {
    if (kept.has(item))
      rows.push({ text: ladder.row(item, isMarked(item)), n: item.isAbsent ? null : item.n, isMarked: isMarked(item) });
    else ladder.show(item);
  }
  if (closes)
    rows.push({
      text: ladder.note(last.at, `${last.type === 'mark' ? last.text : 'then'}: ${shown}`),
      n: last.n,
      isMarked: false,
    });
  const left = all.length - kept.size;
  const part = `events ${window.from} to ${to}${left > 0 ? `, without ${counted(left, 'row')} of less weight` : ''}`;
  return { head: ladder.head(), rows, part };
}

function weigh({ weight, call }: LadderItem, mustStay: boolean, own: string | null): number {
  if (mustStay) return WEIGHT_MAX;
  return call !== null && call !== own ? 0 : weight;
}
