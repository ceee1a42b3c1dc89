/** The ladder: one call as arrows between its devices and the server, drawn live or from a whole trace. */

import { deviceOf } from '../judge/history/history.js';
import type { RunReport, TimingSummary } from '../scenarios/run/result.js';
import { beginOf, type EventOf, type TraceEvent } from '../trace/event.js';
import { renderHeader } from './console.js';
import { failureLines, headline, troubled } from './failures.js';
import { counted, duration, type Percentile, percentileCell, printable, timingCell } from './format.js';
import { deliveriesOf, isUpward } from './ladder/deliveries.js';
import { lanesOf, outlineOf } from './ladder/facts.js';
import { ItemStream, itemsOf } from './ladder/items.js';
import { isHousekeeping } from './ladder/labels.js';
import type { LadderFacts } from './ladder/model.js';
import { type DrawingOptions, TerminalLadder } from './ladder/terminal.js';
import { type Look, lookOf, statusPaint } from './look.js';
import type { Out, Reporter, ReporterContext, ReporterEntry } from './reporter.js';
import { isolated } from './width.js';

export interface LadderOptions extends DrawingOptions {
  /** Also acknowledgements, heartbeats, details and the probe's own epilogue. */
  readonly all?: boolean;
  /** Rows after which the rest is only counted. */
  readonly rowsMax?: number;
}

const ROWS_MAX = 2_000;

/**
 * A whole trace as text, a row an item, in the order of time. Messages that left one end and never reached the other
 * end before they arrive. Ends with a line feed unless there is nothing to draw.
 */
export function renderLadder(
  events: readonly TraceEvent[],
  { all = false, rowsMax = ROWS_MAX, ...options }: LadderOptions,
): string {
  if (beginOf(events) === null) return '';
  const facts = outlineOf(events);
  const items = itemsOf(events, facts, { all, place: 'device' });
  const ladder = new TerminalLadder(facts.lanes, options);
  const rows = [ladder.head(), ...items.slice(0, rowsMax - 1).map((item) => ladder.row(item))];
  if (items.length >= rowsMax) rows.push(`and ${counted(items.length - rowsMax + 1, 'further row')}`);
  return `${rows.join('\n')}\n`;
}

/** Events that are kept to say at the end what never arrived. */
const KEPT_MAX = 20_000;

/** A call while it is drawn. */
interface Live {
  readonly begin: EventOf<'run'>;
  readonly ladder: TerminalLadder;
  readonly stream: ItemStream;
  readonly between: ReadonlySet<string>;
  readonly wires: EventOf<'wire'>[];
  drawnAt: number;
  isOver: boolean;
}

/** Draws as events come, only ever appending, and closes with the verdict and the timings. */
function createLadderReporter(out: Out, _context: ReporterContext): Reporter {
  const look = lookOf(out);
  const options = { columns: out.columns, colors: out.colors, ascii: out.unicode === false };
  let live: Live | null = null;
  const write = (lines: readonly string[]): void => {
    if (lines.length > 0) out.write(`${lines.join('\n')}\n`);
  };
  const close = (): void => {
    if (live === null) return;
    const { ladder, stream, begin, wires } = live;
    write([...stream.flush().map((item) => ladder.row(item)), ...lostLines([begin, ...wires], look)]);
    live = null;
  };
  return {
    runBegin(plan) {
      out.write(`${renderHeader(plan, out.columns, look).join('\n')}\n\n`);
    },
    trace(event) {
      if (event.type === 'run' && event.phase === 'begin') {
        close();
        const lanes = lanesOf(event);
        const between = new Set(lanes.filter(({ side }) => side === 'server' || side === 'proxy').map(({ node }) => node));
        const ladder = new TerminalLadder(lanes, options);
        const stream = new ItemStream({ ...NOTHING_KNOWN, lanes }, { place: 'device' });
        live = { begin: event, ladder, stream, between, wires: [], drawnAt: 0, isOver: false };
        write([ladder.head()]);
        return;
      }
      if (live === null) return;
      if (event.type === 'wire' && live.wires.length < KEPT_MAX) live.wires.push(event);
      // What follows is the probe's own check that the pair can call again: judged, not drawn.
      if (event.type === 'mark' && event.name === 'quiesced') live.isOver = true;
      if (live.isOver && event.type !== 'mark') return;
      // What a server reports of the past cannot be drawn any more; its trace and the report have it.
      if (live.between.has(event.node) && event.at < live.drawnAt && event.type !== 'violation') return;
      const items = live.stream.take(event);
      if (items.length > 0) live.drawnAt = Math.max(live.drawnAt, event.at);
      for (const item of items) write([live.ladder.row(item)]);
    },
    runEnd(report) {
      close();
      out.write(`\n${renderCallEnd(report, out.columns, look).join('\n')}\n`);
    },
  };
}

/** While a run goes on nobody knows what arrives. */
const NOTHING_KNOWN: Omit<LadderFacts, 'lanes'> = {
  serverVisible: true,
  arrivals: [],
  lost: [],
  altered: [],
  apart: [],
  divergence: null,
  overN: null,
};

/** What never arrived, at the end of a live drawing, which could not know it before. */
function lostLines(events: readonly TraceEvent[], look: Look): string[] {
  const inTime = [...events].sort((a, b) => a.at - b.at);
  const { lost } = deliveriesOf(inTime);
  return inTime.flatMap((event) => {
    if (event.type !== 'wire' || !lost.has(event.n) || isHousekeeping(event.kind)) return [];
    const way = isUpward(event) ? `from ${event.node}` : `from ${event.node} to ${deviceOf(event)}`;
    return [look.paint.red(printable(`${look.failed} never arrived: ${event.kind} ${way}, sent at ${duration(event.at)}`))];
  });
}

/** Verdict, failures and timings of a call that was drawn. */
function renderCallEnd(report: RunReport, columns: number, look: Look): string[] {
  const lines: string[] = [...headline(report, columns, look)];
  for (const result of troubled(report)) lines.push(...failureLines(result, columns, look), '');
  for (const result of report.scenarios) {
    const timings = Object.entries(result.timings).filter(([, timing]) => timing.count + timing.never > 0);
    if (timings.length > 0) lines.push(...timingLines(timings, look));
    const verdict = `${look[result.status]} ${result.status}`;
    lines.push(
      `${statusPaint(look, result.status)(verdict)} ${isolated(printable(result.name))} (${duration(result.durationMs)})`,
    );
    if (result.trace !== null) lines.push(look.paint.dim('trace     ') + printable(result.trace));
  }
  const again = troubled(report)[0]?.replay;
  return again === undefined ? lines : [...lines, '', look.paint.cyan(printable(again))];
}

function timingLines(timings: readonly (readonly [string, TimingSummary])[], look: Look): string[] {
  const many = timings.some(([, { count }]) => count > 1);
  const percentiles: Percentile[] = many ? ['p50', 'p95', 'max'] : ['max'];
  const width = Math.max(...timings.map(([name]) => printable(name).length));
  const cells = timings.map(([, timing]) => (many ? timingCell(timing, percentiles) : percentileCell(timing, 'max')));
  const cellWidth = Math.max(...cells.map((cell) => cell.length), 2);
  return [
    look.paint.dim(`${'timing'.padEnd(width)}  ${(many ? percentiles.join('/') : '').padStart(cellWidth)} ms`),
    ...timings.map(([name], index) => {
      const cell = (cells[index] ?? '').padStart(cellWidth);
      return `${printable(name).padEnd(width)}  ${cell.includes('never') ? look.paint.red(cell) : cell}`;
    }),
    '',
  ];
}

/** Not in the registry: it draws one call at a time, and `call-probe call` asks for it by itself. */
export const ladderReporter: ReporterEntry = {
  name: 'ladder',
  doc: 'One call as a live ladder between its devices and the server.',
  create: createLadderReporter,
};
