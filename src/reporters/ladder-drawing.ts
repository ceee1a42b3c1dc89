/** A ladder in the making: rows come out as the events of a trace go in, with the state of each lane carried along. */
import { beginOf, eventsOf, type RunBegin, type TraceEvent, type WireEvent } from '../trace/event.js';
import { clock, printable } from './format.js';
import { isHousekeeping, isRoutine, messageLabel, type Remark, recordText, remarkOf } from './ladder/labels.js';
import { createGrid, type Grid, type Gutter, type Paint } from './ladder-grid.js';
import { type Look, lookOf } from './look.js';
import type { Out } from './reporter.js';

export interface LadderOptions {
  readonly columns: number;
  readonly colors?: Out['colors'];
  /** Plain ASCII instead of box characters. */
  readonly ascii?: boolean;
  /** Also acknowledgements, heartbeats, receipts and connection logs. */
  readonly all?: boolean;
  /** Rows after which the rest is only counted. */
  readonly rowsMax?: number;
  /** The `n` of an event whose row is marked at its left edge. */
  readonly marked?: number | null;
}

const SERVER_LANE = 1;

interface LaneState {
  state: string;
  reason: string | null;
  call: string | null;
  connectedAt: number | null;
  media: string;
}

/** A drawing in progress: rows come out as events go in; nothing is ever drawn twice. */
export interface Ladder {
  head(): string[];
  rows(event: TraceEvent): string[];
  /** What still waits to be folded. */
  flush(): string[];
  /** What every lane shows by now, in one row. */
  states(at: number): string;
  /** A message that should have been sent by then, from a device to the server (`up`) or to it (`down`), and never was; always marked. */
  never(at: number, device: string, dir: 'up' | 'down', label: string): string;
  /** A remark across all lanes. */
  note(at: number, text: string, isMarked?: boolean): string;
}

/** A hostile agent is no device of the scenario; more of them than this are not drawn. */
const HOSTILE_LANES_MAX = 3;

/** Agents that talk in this trace and are no devices of its scenario: the hostile ones, which keep to no protocol. */
export function hostileLanes(events: readonly TraceEvent[]): string[] {
  const known = new Set([...(beginOf(events)?.devices ?? []), 'server', 'probe']);
  const strangers = new Set(eventsOf(events, 'wire').flatMap(({ node }) => (known.has(node) ? [] : [node])));
  return [...strangers].slice(0, HOSTILE_LANES_MAX);
}

/** Begins a drawing of the devices of a run, and of `strangers` right of them. `lost` are messages by their `n`. */
export function createLadder(
  begin: RunBegin,
  options: LadderOptions,
  lost: ReadonlySet<number>,
  strangers: readonly string[] = [],
): Ladder {
  const out = { columns: options.columns, colors: options.colors ?? 0, unicode: options.ascii !== true };
  const look = lookOf(out);
  const { paint } = look;
  const [first = 'caller', ...others] = begin.devices;
  const lanes = [first, 'server', ...others, ...strangers];
  let held: { readonly phase: string; readonly version: number } | null = null;
  const states = lanes.map((): LaneState => ({ state: 'idle', reason: null, call: null, connectedAt: null, media: 'idle' }));
  const grid: Grid = createGrid(lanes.length, out, (lane) =>
    lane === SERVER_LANE ? paint.dim : stateInk(states[lane]?.state ?? '', look),
  );
  const waiting = new Map<string, { event: WireEvent & TraceEvent; count: number; lane: number }>();
  const [dot, user, media] = options.ascii === true ? ['o', '*', '~'] : ['●', '◆', '≈'];
  const symbols = { user, media, wrong: look.failed, note: look.skipped };

  const gutter = ({ at, n }: { readonly at: number; readonly n?: number }): Gutter => {
    return { at, split: disagree(states), marked: n !== undefined && n === options.marked };
  };
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
    const isBad = lost.has(event.n) || event.n === options.marked;
    return grid.arrow(gutter(event), outward ? lane : SERVER_LANE, outward ? SERVER_LANE : lane, label, {
      lost: lost.has(event.n),
      paint: isBad ? paint.red : ink,
    });
  };
  const wireRows = (event: WireEvent & TraceEvent): string[] => {
    // The server's account comes late by IPC and says the same as the device's, except of what the device never read.
    if (event.node === 'server' && !(event.dir === 'out' && lost.has(event.n))) return [];
    const lane = lanes.indexOf(event.node === 'server' ? event.link.replace(/\.[^.]*$/, '') : event.node);
    if (lane < 0 || (options.all !== true && isHousekeeping(event.kind))) return [];
    if (event.kind === 'signal.candidate') {
      const key = `${lane} ${event.dir} ${lost.has(event.n)}`;
      const fold = waiting.get(key);
      if (fold === undefined) waiting.set(key, { event, count: 1, lane });
      else fold.count++;
      return [];
    }
    const quiet = isRoutine(event.kind);
    return [...flush(), arrowOf(event, lane, messageLabel(event), quiet ? paint.dim : (text) => text)];
  };
  const beside = (event: TraceEvent, symbol: string, text: string, ink: Paint): string[] => {
    const lane = lanes.indexOf(event.node);
    const clean = printable(text);
    return [
      ...flush(),
      lane < 0 ? grid.note(gutter(event), `${symbol} ${clean}`, ink) : grid.beside(gutter(event), lane, symbol, clean, ink),
    ];
  };

  const rows = (event: TraceEvent): string[] => {
    const lane = states[lanes.indexOf(event.node)];
    switch (event.type) {
      case 'wire':
        return wireRows(event);
      case 'state': {
        if (lane === undefined) return [];
        const text = viewText(event.state, event.reason, lane.connectedAt, event.at);
        Object.assign(lane, { state: event.state, reason: event.reason, call: event.call });
        lane.connectedAt = event.state === 'connected' ? (lane.connectedAt ?? event.at) : null;
        return beside(event, dot, text, stateInk(event.state, look));
      }
      case 'record':
        if (event.node !== 'server') break;
        held = event;
        return beside(event, dot, recordText(event), stateInk(event.phase, look));
      case 'media':
        // A sample of what goes on changes nothing.
        if (lane === undefined || lane.media === event.state) return [];
        lane.media = event.state;
        break;
    }
    const remark = remarkOf(event);
    if (remark === null || (remark.isDetail && options.all !== true)) return [];
    const { text, sign, tone, isWide } = remark;
    const ink = inkOf(remark, look);
    const symbol = sign === 'fault' ? (tone === 'warn' ? look.failed : look.skipped) : symbols[sign];
    return isWide ? [...flush(), grid.note(gutter(event), `${symbol} ${text}`, ink)] : beside(event, symbol, text, ink);
  };
  const stateOf = (lane: number): string => {
    if (lane === SERVER_LANE) return held === null ? '' : `${held.phase} v${held.version}`;
    const { state = 'idle', reason = null } = states[lane] ?? {};
    return strangers.includes(lanes[lane] ?? '') ? '' : `${state}${reason === null ? '' : ` (${reason})`}`;
  };
  return {
    head: () => [grid.head(laneNames(lanes))],
    rows,
    flush,
    states: (at) => {
      const shown = lanes.map((_, lane) => printable(stateOf(lane)));
      return grid.states(
        gutter({ at }),
        shown.map((text) => (text === '' ? '' : `${dot} ${text}`)),
        (lane) => stateInk(lane === SERVER_LANE ? (held?.phase ?? '') : (states[lane]?.state ?? ''), look),
      );
    },
    never: (at, device, dir, label) => {
      const lane = lanes.indexOf(device);
      if (lane < 0)
        return grid.note({ ...gutter({ at }), marked: true }, printable(`${look.failed} ${label} of ${device} never`), paint.red);
      const [from, to] = dir === 'down' ? [SERVER_LANE, lane] : [lane, SERVER_LANE];
      const how = { lost: true, never: true, paint: paint.red };
      return grid.arrow({ ...gutter({ at }), marked: true }, from, to, printable(label), how);
    },
    note: (at, text, isMarked = false) =>
      grid.note({ ...gutter({ at }), marked: isMarked }, printable(text), isMarked ? paint.red : paint.dim),
  };
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

function inkOf({ tone, sign, isWide }: Remark, { paint }: Look): Paint {
  if (sign === 'fault') return paint.yellow;
  if (sign === 'user' && tone === 'plain') return paint.bold;
  return {
    bad: isWide ? paint.red.bold : paint.red,
    warn: paint.yellow,
    good: paint.green,
    quiet: paint.dim,
    plain: paint.reset,
  }[tone];
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
