/** The window of a trace that matters as a short ladder: at most a screenful, with the first divergence marked and named. */
import { beginOf, type TraceEvent } from '../trace/event.js';
import { counted, printable } from './format.js';
import { createLadder, hostileLanes } from './ladder-drawing.js';
import { lookOf } from './look.js';
import { lostMessages } from './lost-messages.js';
import type { Out } from './reporter.js';
import { wrap } from './width.js';
import { type Window, type WindowHint, windowOf } from './window.js';

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
  rowsMax: number = ROWS_MAX,
): WindowLadder | null {
  const begin = beginOf(trace);
  const window = windowOf(trace, hint);
  if (begin === null || window === null) return null;
  const look = lookOf(out);
  const lost = lostMessages(trace);
  const { divergence } = window;
  const marked = divergence?.n ?? null;
  const isNever = divergence?.how === 'never-sent';
  const options = { columns: out.columns, colors: out.colors, ascii: out.unicode === false, marked: isNever ? null : marked };
  const ladder = createLadder(begin, options, lost, hostileLanes(trace));
  for (const event of trace) if (event.n < window.from && setsState(event)) ladder.rows(event);
  ladder.flush();

  const inside = trace.filter(({ n }) => n >= window.from && n <= window.to).sort((a, b) => a.at - b.at || a.n - b.n);
  const first = inside[0];
  const last = inside.at(-1);
  if (first === undefined || last === undefined) return null;
  const focus = inside.findIndex(({ n }) => n === marked);
  const weightOf = (event: TraceEvent): number => weigh(event, window, lost);
  const drawn = new Set(heaviest(inside, weightOf, focus, EVENTS_MAX));
  const rows: Row[] = [{ text: ladder.states(first.at), weight: WEIGHT_MAX }];
  let lookHere = 0;
  let lastDrew = false;
  for (const event of inside) {
    const isDrawn = drawn.has(event);
    if (!isDrawn && !setsState(event)) continue;
    const texts = ladder.rows(event);
    if (event === last) lastDrew = texts.length > 0;
    if (isDrawn) for (const [i, text] of texts.entries()) rows.push({ text, weight: i < texts.length - 1 ? 0 : weightOf(event) });
    if (event.n !== marked) continue;
    if (isNever && divergence.dir !== null) {
      const label = (divergence.kind ?? '').replace(/^(command|event|signal)\./, '');
      rows.push({ text: ladder.never(event.at, divergence.device, divergence.dir, label), weight: WEIGHT_MAX });
    }
    lookHere = rows.length - 1;
  }
  rows.push(...ladder.flush().map((text): Row => ({ text, weight: 0 })));
  if (!lastDrew && window.shown !== null) {
    rows.push({
      text: ladder.note(last.at, `${last.type === 'mark' ? last.text : 'then'}: ${window.shown}`),
      weight: WEIGHT_MAX,
    });
  }
  const kept = heaviest(rows, ({ weight }) => weight, lookHere, rowsMax);
  const left = rows.length - kept.length;
  const whole = left > 0 ? `, without ${counted(left, 'row')} that ${left === 1 ? 'tells' : 'tell'} less` : '';
  const part = `events ${window.from} to ${window.to}${inside.length > EVENTS_MAX ? ', the most telling ones' : whole}`;
  const mark = out.unicode === false ? '>' : '►';
  return {
    rows: [...ladder.head(), ...kept.map(({ text }) => text)],
    legend: [
      ...(divergence === null
        ? []
        : wrap(`${mark} ${printable(divergence.sentence)}`, out.columns).map((line) => look.paint.red(line))),
      ...wrap(part, out.columns).map((line) => look.paint.dim(line)),
    ],
  };
}

interface Row {
  readonly text: string;
  readonly weight: number;
}

const WEIGHT_MAX = 9;

function setsState(event: TraceEvent): boolean {
  return event.type === 'view' || event.type === 'media' || (event.type === 'phase' && event.node === 'server');
}

/** How much an event tells of why they disagree. */
function weigh(event: TraceEvent, { call, divergence, to }: Window, lost: ReadonlySet<number>): number {
  if (event.n === divergence?.n || event.n === to) return WEIGHT_MAX;
  if ('call' in event && event.call !== null && event.call !== call) return 0;
  switch (event.type) {
    case 'op':
    case 'fault':
    case 'violation':
      return 6;
    case 'mark':
      return event.ok === false ? 6 : 0;
    case 'view':
      return 5;
    case 'phase':
      return event.node === 'server' ? 4 : 0;
    case 'wire':
      if (lost.has(event.n) && event.call !== null) return 6;
      return /^(command|event)\./.test(event.kind) ? 3 : /^(result|signal)\./.test(event.kind) ? 1 : 0;
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
