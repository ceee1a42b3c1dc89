/** The window of a trace that matters as a short ladder: at most a screenful, with the first divergence marked and named. */
import { isCommand, isEvent, isResult, isSignal } from '../protocol/message-kinds.js';
import { beginOf, type TraceEvent } from '../trace/event.js';
import { counted, printable } from './format.js';
import { kindLabel } from './ladder/labels.js';
import { createLadder, hostileLanes, type Ladder } from './ladder-drawing.js';
import { lookOf } from './look.js';
import { lostMessages } from './lost-messages.js';
import type { Out } from './reporter.js';
import { wrap } from './width.js';
import { type Divergence, type Window, type WindowHint, windowOf } from './window.js';

export interface WindowLadder {
  /** The rows, the names of the lanes first. */
  readonly rows: readonly string[];
  /** What the mark stands for, and what part of the trace this is. */
  readonly legend: readonly string[];
}

/** Rows below the names of the lanes. */
const ROWS_MAX = 14;
/** Events that are drawn at all before rows are left out: windows of minutes hold thousands. */
const EVENTS_MAX = 300;

/** The ladder of the window around a failure, or null where the trace has none. Every row fits into `out.columns`. */
export function windowLadder(
  trace: readonly TraceEvent[],
  hint: WindowHint,
  out: Pick<Out, 'columns' | 'colors' | 'unicode'>,
): WindowLadder | null {
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
  /** Which part of the trace it is: `events 12 to 40, without 3 rows that tell less`. */
  readonly part: string;
}

/** A window as at most `rowsMax` rows; null for a trace without a beginning, or a window without events. */
export function drawWindow(
  trace: readonly TraceEvent[],
  window: Window,
  out: Pick<Out, 'columns' | 'colors' | 'unicode'>,
  rowsMax: number = ROWS_MAX,
): DrawnWindow | null {
  const begin = beginOf(trace);
  const inside = trace.filter(({ n }) => n >= window.from && n <= window.to).sort((a, b) => a.at - b.at || a.n - b.n);
  const first = inside[0];
  const last = inside.at(-1);
  if (begin === null || first === undefined || last === undefined) return null;
  const lost = lostMessages(trace);
  const { divergence } = window;
  const marked = divergence?.n ?? null;
  const isAbsent = divergence?.how === 'never-sent' || divergence?.how === 'missing';
  const options = { columns: out.columns, colors: out.colors, ascii: out.unicode === false, marked: isAbsent ? null : marked };
  const ladder = createLadder(begin, options, lost, hostileLanes(trace));
  for (const event of trace) if (event.n < window.from && setsState(event)) ladder.rows(event);
  ladder.flush();

  const focus = inside.findIndex(({ n }) => n === marked);
  const weightOf = (event: TraceEvent): number => weigh(event, window, lost);
  const chosen = new Set(heaviest(inside, weightOf, focus, EVENTS_MAX));
  const plain = { n: null, isMarked: false };
  const rows: Row[] = [{ ...plain, text: ladder.states(first.at), weight: WEIGHT_MAX }];
  let lookHere = 0;
  let lastDrew = false;
  for (const event of inside) {
    const isChosen = chosen.has(event);
    if (!isChosen && !setsState(event)) continue;
    const texts = ladder.rows(event);
    if (event === last) lastDrew = texts.length > 0;
    const isMarked = event.n === marked && !isAbsent;
    if (isChosen) {
      // What had waited to be folded comes out before the event's own row.
      const own = texts.length - 1;
      for (const [i, text] of texts.entries())
        rows.push(i === own ? { text, n: event.n, isMarked, weight: weightOf(event) } : { ...plain, text, weight: 0 });
    }
    if (event.n !== marked) continue;
    if (isAbsent) rows.push({ text: absentRow(ladder, divergence, event.at), n: null, isMarked: true, weight: WEIGHT_MAX });
    lookHere = rows.length - 1;
  }
  rows.push(...ladder.flush().map((text): Row => ({ ...plain, text, weight: 0 })));
  if (!lastDrew && window.shown !== null) {
    const text = ladder.note(last.at, `${last.type === 'mark' ? last.text : 'then'}: ${window.shown}`);
    rows.push({ text, n: last.n, isMarked: false, weight: WEIGHT_MAX });
  }
  const kept = heaviest(rows, ({ weight }) => weight, lookHere, rowsMax);
  const left = rows.length - kept.length;
  const whole = left > 0 ? `, without ${counted(left, 'row')} that ${left === 1 ? 'tells' : 'tell'} less` : '';
  const part = `events ${window.from} to ${window.to}${inside.length > EVENTS_MAX ? ', the most telling ones' : whole}`;
  return { head: ladder.head().join(''), rows: kept, part };
}

/** What should have happened and did not: a message as an arrow of its own, anything else in words. */
function absentRow(ladder: Ladder, { how, dir, kind, device, sentence }: Divergence, at: number): string {
  if (how !== 'never-sent' || dir === null) return ladder.note(at, sentence, true);
  return ladder.never(at, device, dir, kind === null ? '' : kindLabel(kind));
}

interface Row extends WindowRow {
  readonly weight: number;
}

const WEIGHT_MAX = 9;

function setsState(event: TraceEvent): boolean {
  return event.type === 'state' || event.type === 'media' || (event.type === 'record' && event.node === 'server');
}

/** How much an event tells of why they disagree. */
function weigh(event: TraceEvent, { call, divergence, to }: Window, lost: ReadonlySet<number>): number {
  if (event.n === divergence?.n || event.n === to) return WEIGHT_MAX;
  if ('call' in event && event.call !== null && event.call !== call) return 0;
  switch (event.type) {
    case 'action':
    case 'fault':
    case 'violation':
    case 'refused':
    case 'unsent':
    case 'health':
      return 6;
    case 'conn':
    case 'session':
    case 'http':
      return 2;
    case 'mark':
      return event.ok === false ? 6 : 0;
    case 'state':
      return 5;
    case 'record':
      return event.node === 'server' ? 4 : 0;
    case 'wire':
      if (lost.has(event.n) && event.call !== null) return 6;
      return isCommand(event.kind) || isEvent(event.kind) ? 3 : isResult(event.kind) || isSignal(event.kind) ? 1 : 0;
    case 'media':
      return 2;
    default:
      return 0.5;
  }
}

/** At most `max` items in their order: the heaviest, and of those alike the nearest to the item at `focus`. */
function heaviest<T>(items: readonly T[], weightOf: (item: T) => number, focus: number, max: number): readonly T[] {
  if (items.length <= max) return items;
  const ranked = items.map((item, at) => ({ at, weight: weightOf(item), far: Math.abs(at - focus) }));
  ranked.sort((a, b) => b.weight - a.weight || a.far - b.far || a.at - b.at);
  return ranked
    .slice(0, max)
    .sort((a, b) => a.at - b.at)
    .flatMap(({ at }) => items.slice(at, at + 1));
}
