/** Two short ladders in text, side by side where there is room: what both have stands in one row. */
import type { TraceEvent } from '../../trace/event.js';
import { type DrawnWindow, drawWindow } from '../ladder/window-ladder.js';
import type { Out } from '../reporter.js';
import { fit, textWidth } from '../width.js';
import type { Alignment } from './alignment.js';
import { matched } from './common-subsequence.js';
import { type PairedWindows, pairedWindows } from './windows.js';

export interface PairedLadders {
  readonly windows: PairedWindows;
  /** Both, each under its name; side by side where there is room. */
  readonly rows: readonly string[];
  readonly before: DrawnWindow;
  readonly after: DrawnWindow;
}

const GAP = '   ';
/** Narrower than this a ladder of two devices can't be read. */
export const HALF_MIN = 56;

type Drawing = Pick<Out, 'columns' | 'colors' | 'unicode'>;

/** The ladders around the first difference; null when there is none or nothing to draw. */
export function pairedLadders(
  before: readonly TraceEvent[],
  after: readonly TraceEvent[],
  alignment: Alignment,
  out: Drawing,
): PairedLadders | null {
  const windows = pairedWindows(before, after, alignment);
  if (windows === null) return null;
  const half = Math.floor((out.columns - GAP.length) / 2);
  const beside = half >= HALF_MIN && lanesOf(before) <= 3 && lanesOf(after) <= 3;
  const drawing = { ...out, columns: beside ? half : out.columns };
  const [a, b] = [drawWindow(before, windows.before, drawing), drawWindow(after, windows.after, drawing)];
  if (a === null || b === null) return null;
  const rows = beside ? besideRows(a, b, alignment.pairs, half) : oneAfterTheOther(a, b);
  return { windows, rows, before: a, after: b };
}

/** Lanes that a ladder of this trace has, the server's with them. */
function lanesOf(trace: readonly TraceEvent[]): number {
  const first = trace[0];
  return 1 + (first?.type === 'run' && first.phase === 'begin' ? first.devices.length : 0);
}

function oneAfterTheOther(a: DrawnWindow, b: DrawnWindow): string[] {
  return ['before', a.head, ...a.rows.map(({ text }) => text), '', 'after', b.head, ...b.rows.map(({ text }) => text)];
}

function besideRows(a: DrawnWindow, b: DrawnWindow, pairs: ReadonlyMap<number, number>, half: number): string[] {
  const line = (left: string, right: string): string => `${padded(left, half)}${GAP}${right}`.trimEnd();
  const lines = [line('before', 'after'), line(a.head, b.head)];
  const last = [a.rows.length - 1, b.rows.length - 1];
  const belong = (i: number, j: number): boolean => {
    const [left, right] = [a.rows[i], b.rows[j]];
    if (left === undefined || right === undefined) return false;
    // The states at the beginning belong together, the ends, and what one side has with the place where it is missing.
    if (i === 0 || j === 0) return i === 0 && j === 0;
    if (left.isMarked || right.isMarked) return left.isMarked && right.isMarked;
    if (left.n !== null && pairs.get(left.n) === right.n) return true;
    return i === last[0] && j === last[1];
  };
  const text = (rows: DrawnWindow['rows'], at: number | null): string => (at === null ? '' : (rows[at]?.text ?? ''));
  return [...lines, ...matched(a.rows.length, b.rows.length, belong).map(([i, j]) => line(text(a.rows, i), text(b.rows, j)))];
}

/** Filled up to a width; text with colours is as wide as without. */
function padded(text: string, width: number): string {
  const shown = textWidth(text.replace(/\u001b\[[0-9;]*m/g, ''));
  return shown > width ? fit(text, width) : text + ' '.repeat(width - shown);
}
