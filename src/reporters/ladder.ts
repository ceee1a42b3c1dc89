/** The ladder: one call as arrows between its devices and the server, drawn live or from a whole trace. */
import type { RunReport, TimingSummary } from '../scenarios/run/result.js';
import { eventsOf, type TraceEvent } from '../trace/event.js';
import { renderHeader } from './console.js';
import { failureLines, headline, troubled } from './failures.js';
import { counted, duration, type Percentile, percentileCell, printable, timingCell } from './format.js';
import { isHousekeeping } from './ladder/labels.js';
import { createLadder, hostileLanes, type Ladder, type LadderOptions } from './ladder-drawing.js';
import { type Look, lookOf, statusPaint } from './look.js';
import { lostMessages } from './lost-messages.js';
import type { Out, Reporter, ReporterContext, ReporterEntry } from './reporter.js';
import { isolated } from './width.js';

export type { LadderOptions } from './ladder-drawing.js';
export { lostMessages } from './lost-messages.js';

const ROWS_MAX = 2_000;

/**
 * A whole trace as text, a row an event, in the order of time. Messages that left one end and never reached the other
 * end before they arrive. Ends with a line feed unless there is nothing to draw.
 */
export function renderLadder(events: readonly TraceEvent[], options: LadderOptions): string {
  const inTime = [...events].sort((a, b) => a.at - b.at || a.n - b.n);
  const begin = inTime.find((event) => event.type === 'run' && event.phase === 'begin');
  if (begin?.type !== 'run' || begin.phase !== 'begin') return '';
  const ladder = createLadder(begin, options, lostMessages(inTime), hostileLanes(inTime));
  const rows = [...ladder.head(), ...inTime.flatMap(ladder.rows), ...ladder.flush()];
  const rowsMax = options.rowsMax ?? ROWS_MAX;
  const shown =
    rows.length > rowsMax ? [...rows.slice(0, rowsMax), `and ${counted(rows.length - rowsMax, 'further row')}`] : rows;
  return `${shown.join('\n')}\n`;
}

const WIRE_EVENTS_MAX = 20_000;

/** Draws as events come, only ever appending, and closes with the verdict and the timings. */
function createLadderReporter(out: Out, _context: ReporterContext): Reporter {
  const look = lookOf(out);
  let ladder: Ladder | null = null;
  let kept: TraceEvent[] = [];
  let drawnAt = 0;
  let isOver = false;
  const write = (lines: readonly string[]): void => {
    if (lines.length > 0) out.write(`${lines.join('\n')}\n`);
  };
  const close = (): void => {
    if (ladder !== null) write([...ladder.flush(), ...lostLines(kept, look)]);
    ladder = null;
  };
  return {
    runBegin(plan) {
      out.write(`${renderHeader(plan, out.columns, look).join('\n')}\n\n`);
    },
    trace(event) {
      if (event.type === 'run' && event.phase === 'begin') {
        close();
        kept = [event];
        drawnAt = 0;
        isOver = false;
        ladder = createLadder(event, { columns: out.columns, colors: out.colors, ascii: out.unicode === false }, new Set());
        write(ladder.head());
        return;
      }
      if (event.type === 'wire' && kept.length < WIRE_EVENTS_MAX) kept.push(event);
      // What follows is the probe's own check that the pair can call again: judged, not drawn.
      if (event.type === 'mark' && event.name === 'quiesced') isOver = true;
      if (isOver && event.type !== 'mark') return;
      // What the server says of the past cannot be drawn any more; its trace and the report have it.
      if (event.node === 'server' && event.at < drawnAt && event.type !== 'violation') return;
      const rows = ladder?.rows(event) ?? [];
      if (rows.length > 0) drawnAt = Math.max(drawnAt, event.at);
      write(rows);
    },
    runEnd(report) {
      close();
      out.write(`\n${renderCallEnd(report, out.columns, look).join('\n')}\n`);
    },
  };
}

/** What never arrived, told at the end of a live drawing, which could not know it before. */
function lostLines(events: readonly TraceEvent[], look: Look): string[] {
  const lost = lostMessages([...events].sort((a, b) => a.at - b.at));
  return eventsOf(events, 'wire')
    .filter(({ n, kind }) => lost.has(n) && !isHousekeeping(kind))
    .map(({ kind, node, link, at }) => {
      const device = link.replace(/\.[^.]*$/, '');
      const [from, to] = node === 'server' ? ['server', device] : [device, 'server'];
      return look.paint.red(printable(`${look.failed} never arrived: ${kind} from ${from} to ${to}, sent at ${duration(at)}`));
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
