/** The ladder: one call as arrows between its devices and the server, drawn live or from a whole trace. */
import { OVERLOAD_MS } from '../checkers/overload.js';
import type { RunReport, TimingSummary } from '../scenarios/result.js';
import { beginOf, eventsOf, type RunBegin, type TraceEvent, type WireEvent } from '../trace/event.js';
import { renderHeader } from './console.js';
import { failureLines, headline, troubled } from './failures.js';
import { clock, counted, duration, type Percentile, percentileCell, printable, timingCell } from './format.js';
import { createGrid, type Grid, type Gutter, type Paint } from './ladder-grid.js';
import { type Look, lookOf, statusPaint } from './look.js';
import type { Out, Reporter, ReporterContext, ReporterEntry } from './reporter.js';
import { isolated } from './width.js';

export interface LadderOptions {
  readonly columns: number;
  readonly colors?: Out['colors'];
  /** Plain ASCII instead of box characters. */
  readonly ascii?: boolean;
  /** Also acknowledgements, heartbeats, receipts and connection logs. */
  readonly all?: boolean;
  /** Rows after which the rest is only counted. */
  readonly rowsMax?: number;
}

const ROWS_MAX = 2_000;
const HIDDEN = /^(ack|ping|pong|heartbeat|receipt)(\.|$)/;
const SERVER_LANE = 1;

/**
 * A whole trace as text, a row an event, in the order of time. Messages that left one end and never reached the other
 * end before they arrive. Ends with a line feed unless there is nothing to draw.
 */
export function renderLadder(events: readonly TraceEvent[], options: LadderOptions): string {
  const inTime = [...events].sort((a, b) => a.at - b.at || a.n - b.n);
  const begin = inTime.find((event) => event.type === 'run' && event.phase === 'begin');
  if (begin?.type !== 'run' || begin.phase !== 'begin') return '';
  const ladder = createLadder(begin, options, lostMessages(inTime));
  const rows = [...ladder.head(), ...inTime.flatMap(ladder.rows), ...ladder.flush()];
  const rowsMax = options.rowsMax ?? ROWS_MAX;
  const shown =
    rows.length > rowsMax ? [...rows.slice(0, rowsMax), `and ${counted(rows.length - rowsMax, 'further row')}`] : rows;
  return `${shown.join('\n')}\n`;
}

/**
 * Messages that left one end of a link and were never read at its other end, by the `n` of their `out` event. Only
 * where both ends are in the trace. A message that was sent again is matched from its last copy backwards.
 */
export function lostMessages(events: readonly TraceEvent[]): ReadonlySet<number> {
  const lost = new Set<number>();
  if (beginOf(events)?.serverVisible !== true) return lost;
  const open = new Map<string, number[]>();
  for (const event of eventsOf(events, 'wire')) {
    const sender = event.dir === 'out' ? sideOf(event.node) : sideOf(event.node) === 'server' ? 'device' : 'server';
    const key = `${event.link} ${sender} ${event.digest}`;
    const waiting = open.get(key) ?? [];
    open.set(key, waiting);
    if (event.dir === 'out') {
      waiting.push(event.n);
      lost.add(event.n);
      continue;
    }
    const arrived = waiting.pop();
    if (arrived !== undefined) lost.delete(arrived);
  }
  return lost;
}

function sideOf(node: string): 'server' | 'device' {
  return node === 'server' ? 'server' : 'device';
}

interface LaneState {
  state: string;
  reason: string | null;
  call: string | null;
  connectedAt: number | null;
  media: string;
}

/** A drawing in progress: rows come out as events go in; nothing is ever drawn twice. */
interface Ladder {
  head(): string[];
  rows(event: TraceEvent): string[];
  /** What still waits to be folded. */
  flush(): string[];
}

function createLadder(begin: RunBegin, options: LadderOptions, lost: ReadonlySet<number>): Ladder {
  const out = { columns: options.columns, colors: options.colors ?? 0, unicode: options.ascii !== true };
  const look = lookOf(out);
  const { paint } = look;
  const [first = 'caller', ...others] = begin.devices;
  const lanes = [first, 'server', ...others];
  const states = lanes.map((): LaneState => ({ state: 'idle', reason: null, call: null, connectedAt: null, media: 'idle' }));
  const grid: Grid = createGrid(lanes.length, out, (lane) =>
    lane === SERVER_LANE ? paint.dim : stateInk(states[lane]?.state ?? '', look),
  );
  const waiting = new Map<string, { event: WireEvent & TraceEvent; count: number; lane: number }>();
  const dot = options.ascii === true ? 'o' : '●';

  const gutter = (at: number): Gutter => ({ at, split: disagree(states) });
  const flush = (): string[] => {
    const rows = [...waiting.values()].map(({ event, count, lane }) => {
      const label = `candidate${count > 1 ? ` ${look.times}${count}` : ''}`;
      return arrowOf(event, lane, label, paint.dim);
    });
    waiting.clear();
    return rows;
  };
  const arrowOf = (event: WireEvent & TraceEvent, lane: number, label: string, ink: Paint): string => {
    const outward = (event.dir === 'out') === (event.node !== 'server');
    return grid.arrow(gutter(event.at), outward ? lane : SERVER_LANE, outward ? SERVER_LANE : lane, label, {
      lost: lost.has(event.n),
      paint: lost.has(event.n) ? paint.red : ink,
    });
  };
  const wireRows = (event: WireEvent & TraceEvent): string[] => {
    // The server's account comes late by IPC and says the same as the device's, except of what the device never read.
    if (event.node === 'server' && !(event.dir === 'out' && lost.has(event.n))) return [];
    const lane = lanes.indexOf(event.node === 'server' ? event.link.replace(/\.[^.]*$/, '') : event.node);
    if (lane < 0 || (options.all !== true && HIDDEN.test(event.kind))) return [];
    if (/\bcandidate$/.test(event.kind)) {
      const key = `${lane} ${event.dir} ${lost.has(event.n)}`;
      const fold = waiting.get(key);
      if (fold === undefined) waiting.set(key, { event, count: 1, lane });
      else fold.count++;
      return [];
    }
    const label = printable(event.kind.replace(/^(command|event|signal)\./, ''));
    const quiet = /^(result|welcome|hello)/.test(event.kind);
    return [...flush(), arrowOf(event, lane, label, quiet ? paint.dim : (text) => text)];
  };
  const beside = (event: TraceEvent, symbol: string, text: string, ink: Paint): string[] => {
    const lane = lanes.indexOf(event.node);
    const clean = printable(text);
    return [
      ...flush(),
      lane < 0 ? grid.note(gutter(event.at), `${symbol} ${clean}`, ink) : grid.beside(gutter(event.at), lane, symbol, clean, ink),
    ];
  };

  const rows = (event: TraceEvent): string[] => {
    const lane = states[lanes.indexOf(event.node)];
    switch (event.type) {
      case 'wire':
        return wireRows(event);
      case 'op':
        return beside(event, options.ascii === true ? '*' : '◆', [event.op, event.peer ?? ''].join(' ').trim(), paint.bold);
      case 'view': {
        if (lane === undefined) return [];
        const text = viewText(event.state, event.reason, lane.connectedAt, event.at);
        const { media } = lane;
        Object.assign(lane, { state: event.state, reason: event.reason, call: event.call, media });
        lane.connectedAt = event.state === 'connected' ? (lane.connectedAt ?? event.at) : null;
        return beside(event, dot, text, stateInk(event.state, look));
      }
      case 'phase':
        return event.node === 'server' ? beside(event, dot, `${event.phase} v${event.version}`, stateInk(event.phase, look)) : [];
      case 'media': {
        if (lane === undefined || lane.media === event.state) return [];
        lane.media = event.state;
        if (event.state === 'idle' || event.state === 'connecting') return [];
        const bad = event.state !== 'flowing';
        const stage = bad && event.stage !== null ? ` (${event.stage})` : '';
        const why = event.message === null ? '' : `: ${event.message}`;
        const symbol = bad ? look.failed : options.ascii === true ? '~' : '≈';
        return beside(event, symbol, `media ${event.state}${stage}${why}`, bad ? paint.red : paint.green);
      }
      case 'violation':
        return beside(event, look.failed, `${event.code}: ${event.message}`, paint.red);
      case 'fault':
        if (event.act === 'armed' && options.all !== true) return [];
        return [
          ...flush(),
          grid.note(
            gutter(event.at),
            printable(`${event.act === 'hit' ? look.failed : look.skipped} fault ${event.act}: ${event.message}`),
            paint.yellow,
          ),
        ];
      case 'mark':
        if (event.ok !== false) return [];
        return [
          ...flush(),
          grid.note(
            gutter(event.at),
            printable(`${look.failed} ${event.text}: ${event.actual ?? 'did not hold'}`),
            paint.red.bold,
          ),
        ];
      case 'log': {
        const matters = event.level === 'warn' || event.level === 'error';
        return matters || options.all === true
          ? beside(event, look.skipped, event.message, matters ? paint.yellow : paint.dim)
          : [];
      }
      case 'lag':
        if (event.lateMs < OVERLOAD_MS && options.all !== true) return [];
        return [
          ...flush(),
          grid.note(
            gutter(event.at),
            `${look.skipped} the probe's own event loop was late by ${Math.round(event.lateMs)} ms`,
            paint.yellow,
          ),
        ];
      case 'run':
        if (event.phase === 'begin' || event.status === 'complete') return [];
        return [
          ...flush(),
          grid.note(gutter(event.at), printable(`${look.failed} ${event.status}: ${event.message ?? 'no message'}`), paint.red),
        ];
      default:
        return [];
    }
  };
  return { head: () => [grid.head(laneNames(lanes))], rows, flush };
}

/** Devices by their user alone where a user has only one. */
function laneNames(lanes: readonly string[]): string[] {
  const userOf = (lane: string): string => lane.split('/')[0] ?? lane;
  return lanes.map((lane) =>
    printable(lanes.filter((other) => userOf(other) === userOf(lane)).length === 1 ? userOf(lane) : lane),
  );
}

function viewText(state: string, reason: string | null, connectedAt: number | null, at: number): string {
  if (state === 'connected') return `connected ${clock(connectedAt === null ? 0 : at - connectedAt)}`;
  if (state !== 'ended') return state;
  return `ended${reason === null ? '' : ` (${reason})`}${connectedAt === null ? '' : ` ${clock(at - connectedAt)}`}`;
}

function stateInk(state: string, look: Look): Paint {
  switch (state) {
    case 'inviting':
    case 'ringing':
      return look.paint.yellow;
    case 'connected':
      return look.paint.green;
    default:
      return look.paint.dim;
  }
}

/** Whether devices that take part in the same call show different states of it. The server's lane has no view. */
function disagree(states: readonly LaneState[]): boolean {
  const calls = new Map<string, Set<string>>();
  for (const { state, reason, call } of states) {
    if (call === null || state === 'idle' || reason?.endsWith('-elsewhere')) continue;
    const shown = calls.get(call) ?? new Set();
    calls.set(call, shown.add(state === 'inviting' ? 'ringing' : state));
  }
  return [...calls.values()].some((shown) => shown.size > 1);
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
    .filter(({ n, kind }) => lost.has(n) && !HIDDEN.test(kind))
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
