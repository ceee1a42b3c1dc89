/**
 * The log of a server beside the trace of a black box: its lines become the server's own events, in their place between
 * what the devices wrote and read. Pure.
 */
import { applyMove, type CallRecord, invite, MOVES, type Move, PHASES, type Phase } from '../../protocol/call.js';
import { isEvent, isResult, type MessageKind } from '../../protocol/message-kinds.js';
import { beginOf, type EventOf, eventsOf, type TraceBody, type TraceEvent } from '../../trace/event.js';
import { listIn } from '../../trace/grouping.js';
import { addressFrom, SERVER, userOf } from '../history/history.js';
import { carriedBy, textIn } from '../history/messages.js';
import { type ClockOffset, clockOffset } from './log-clock.js';

/** What the messages of the bundled server's log are called that say something about a call. */
const LOG_MESSAGES = {
  refused: 'command refused',
  event: 'event sent',
  result: 'result sent',
  welcome: 'welcome sent',
  applied: 'applied',
} as const;

/** Times of a log have no fractions. */
const ROUNDED_MS = 1;

/** Messages about a frame that the server wrote. */
const SENT: readonly string[] = [LOG_MESSAGES.event, LOG_MESSAGES.result, LOG_MESSAGES.welcome];

/** The phase that a line says a call has changed to. */
const CHANGES: ReadonlyMap<string, Phase> = new Map(PHASES.map((phase) => [`call ${phase}`, phase]));

/** Whether a line of the log has a message that says something about a call. */
export function isAboutCalls(message: string): boolean {
  return CHANGES.has(message) || Object.values<string>(LOG_MESSAGES).includes(message);
}

/** One line of the log. Fields that it does not have are null. */
export interface LogEntry {
  /** Its number in the file, from 1. */
  readonly line: number;
  /** The server's wall clock, milliseconds since the epoch. */
  readonly time: number;
  readonly message: string;
  readonly call: string | null;
  readonly device: string | null;
  readonly seq: number | null;
  readonly version: number | null;
  readonly reason: string | null;
  readonly move: string | null;
  readonly command: string | null;
  readonly why: string | null;
  /** Of a welcome: the calls in it, as `id version`. */
  readonly calls: readonly string[];
}

export interface Joined {
  /** The trace with the server's events in it; their `n` are fractions between those of the trace. */
  readonly trace: readonly TraceEvent[];
  /** What was found, or why the log says nothing. */
  readonly notes: readonly string[];
}

type Wire = EventOf<'wire'>;

/** Puts a server's log into a trace. The trace stays as it is where the log has nothing to say about it. */
export function joinServerLog(trace: readonly TraceEvent[], log: readonly LogEntry[]): Joined {
  const begin = beginOf(trace);
  if (begin?.serverVisible === true)
    return { trace, notes: ["the trace has the server's own side already; its log was not needed"] };
  const calls = new Set(trace.flatMap((event) => ('call' in event && typeof event.call === 'string' ? [event.call] : [])));
  const mine = log.filter(
    ({ call, calls: named }) => (call !== null && calls.has(call)) || named.some((one) => calls.has(one.split(' ')[0] ?? '')),
  );
  if (mine.length === 0) {
    return { trace, notes: ['the log has no line about the calls of this trace: is it the log of this server, at this time?'] };
  }
  if (!mine.some(({ message }) => message === LOG_MESSAGES.result || message === LOG_MESSAGES.event)) {
    return { trace, notes: ['the log does not name the recipients of frames: run the server with --log-level debug'] };
  }
  const placed = place(trace, mine);
  const events = placed.events.map((event): TraceEvent => {
    if (event !== begin) return event;
    return { ...begin, serverVisible: true, roles: { ...begin.roles, [SERVER]: 'server' } };
  });
  const { ahead, uncertainMs } = placed.clock;
  const clock = `its clock is ${Math.abs(Math.round(ahead))} ms ${ahead >= 0 ? 'ahead of' : 'behind'} that of the trace, give or take ${Math.round(uncertainMs)} ms`;
  return { trace: events, notes: [`the server's log was joined: ${mine.length} lines about the calls of this trace; ${clock}`] };
}

interface Placed {
  readonly events: readonly TraceEvent[];
  readonly clock: ClockOffset;
}

function place(trace: readonly TraceEvent[], log: readonly LogEntry[]): Placed {
  const wires = eventsOf(trace, 'wire');
  const writes = wires.filter(({ dir, node }) => dir === 'out' && node !== SERVER);
  const reads = wires.filter(({ dir, node }) => dir === 'in' && node !== SERVER);
  const writeOf = new Map(
    writes
      .flatMap((wire) => {
        const id = textIn(wire.frame, 'id');
        return id === null ? [] : [[`${wire.node} ${id}`, wire] as const];
      })
      .reverse(),
  );
  const readsOf = new Map<string, Wire[]>();
  for (const read of reads) {
    const key = `${read.node} ${familyOf(read.kind)} ${read.seq}`;
    listIn(readsOf, key).push(read);
  }
  const commandOf = ({ device, command }: LogEntry): Wire | undefined =>
    command === null ? undefined : writeOf.get(`${device} ${command}`);
  const readFor = (entry: LogEntry): Wire | undefined =>
    (readsOf.get(`${entry.device} ${familyOf(kindOf(entry))} ${entry.seq}`) ?? []).find(
      (read) =>
        !causes.has(read.n) &&
        (read.call === entry.call || carriedBy(read).some(({ id }) => id === entry.call) || read.kind === 'welcome'),
    );
  const causes = new Map<number, number>();
  const pairs = (find: (entry: LogEntry) => Wire | undefined, slackMs: number): number[] =>
    log.flatMap((entry) => {
      const wire = find(entry);
      return wire === undefined ? [] : [entry.time + slackMs - wire.wall];
    });
  const lows = pairs((entry) => (SENT.includes(entry.message) ? readFor(entry) : undefined), 0);
  const clock = clockOffset(pairs(commandOf, ROUNDED_MS), lows, (log[0]?.time ?? 0) - (trace[0]?.wall ?? 0));
  const made = records(trace, log);
  const received = new Map<string, number>();
  const changes = new Map<string, number>();
  const added: TraceEvent[] = [];
  const zero = (trace[0]?.wall ?? 0) - (trace[0]?.at ?? 0);
  let lastN = trace[0]?.n ?? 0;
  const add = (entry: LogEntry, cause: number | null, before: number, body: TraceBody): number => {
    const at = entry.time - clock.ahead - zero;
    const base = Math.min(Math.max(Math.floor(lastN), Math.floor(cause ?? 0), indexAt(trace, at)), Math.ceil(before) - 1);
    const step = base === Math.floor(lastN) ? lastN - base : 0;
    const n = Math.round((base + step + 0.0001) * 10_000) / 10_000;
    const floor = trace[base - (trace[0]?.n ?? 1)]?.at ?? 0;
    lastN = Math.max(lastN, n);
    added.push({ n, at: Math.max(floor, at), wall: zero + Math.max(floor, at), node: SERVER, cause, ...body });
    return n;
  };
  /** The command that a line speaks of, read by the server; once for each. */
  const receive = (entry: LogEntry): number | null => {
    const sent = commandOf(entry);
    if (sent === undefined || entry.command === null) return null;
    const key = `${entry.device} ${entry.command}`;
    const known = received.get(key);
    if (known !== undefined) return known;
    const { dir: _, n: __, at: ___, wall: ____, node: _____, cause: ______, ...body } = sent;
    const n = add(entry, sent.n, Infinity, { ...body, dir: 'in', conn: 0 });
    received.set(key, n);
    return n;
  };
  for (const entry of log) {
    const { message, call, version, device } = entry;
    const record = made.get(`${call} ${version}`) ?? null;
    if (CHANGES.has(message) && call !== null && version !== null && record !== null) {
      if (changes.has(`${call} ${version}`)) continue;
      const body = { type: 'record', call, version, phase: record.phase, record } as const;
      changes.set(`${call} ${version}`, add(entry, receive(entry), Infinity, body));
    } else if (message === LOG_MESSAGES.refused && call !== null && device !== null) {
      add(entry, receive(entry), Infinity, { type: 'refused', call, device, command: entry.command ?? '', why: entry.why ?? '' });
    } else if (message === LOG_MESSAGES.applied && call !== null && version !== null && device !== null) {
      add(entry, null, Infinity, { type: 'applied', call, version, device });
    } else if (
      device !== null &&
      (message === LOG_MESSAGES.event || message === LOG_MESSAGES.result || message === LOG_MESSAGES.welcome)
    ) {
      const read = readFor(entry);
      const cause =
        message === LOG_MESSAGES.event
          ? (changes.get(`${call} ${version}`) ?? null)
          : message === LOG_MESSAGES.result
            ? receive(entry)
            : null;
      const known = entry.calls.flatMap((one) => made.get(one) ?? []);
      const frame = read?.frame ?? (message === LOG_MESSAGES.welcome ? { calls: known } : { record, id: entry.command });
      const n = add(entry, cause, read?.n ?? Infinity, {
        type: 'wire',
        dir: 'out',
        link: `${device}.signaling`,
        conn: 0,
        kind: read?.kind ?? kindOf(entry, record?.phase),
        call,
        seq: entry.seq,
        bytes: read?.bytes ?? 0,
        digest: read?.digest ?? `log-line-${entry.line}`,
        frame,
      });
      if (read !== undefined) causes.set(read.n, n);
    }
  }
  const events = [
    ...trace.map((event) => (causes.has(event.n) ? { ...event, cause: causes.get(event.n) ?? null } : event)),
    ...added,
  ];
  return { events: events.sort((a, b) => a.n - b.n), clock };
}

/** Every version of every call that the trace or the log knows of, under `id version`. */
function records(trace: readonly TraceEvent[], log: readonly LogEntry[]): ReadonlyMap<string, CallRecord> {
  const known = new Map<string, CallRecord>();
  for (const { record } of eventsOf(trace, 'record')) known.set(`${record.id} ${record.version}`, record);
  const peers = new Map(
    eventsOf(trace, 'action').flatMap(({ action, call, peer }) => (action === 'call' && call !== null ? [[call, peer]] : [])),
  );
  for (const { message, call, version, device, move, time, reason } of log) {
    const phase = CHANGES.get(message);
    if (phase === undefined || call === null || version === null || known.has(`${call} ${version}`)) continue;
    const before = known.get(`${call} ${version - 1}`);
    const by = device === null ? null : addressFrom(device);
    if (before === undefined) {
      if (version === 1 && by !== null) known.set(`${call} 1`, invite(call, by, userOf(peers.get(call) ?? ''), time));
      continue;
    }
    const legal = MOVES.find((one): one is Move => one === move);
    const moved = legal === undefined ? null : applyMove(before, legal, by, time);
    const next = moved?.changed === true && moved.record.phase === phase ? moved.record : { ...before, version, phase };
    known.set(`${call} ${version}`, next.phase === 'ended' && reason === null ? { ...next, reason: null } : next);
  }
  return known;
}

/** The kind of the frame that a line speaks of. A line about an event does not name the phase. */
function kindOf({ message, why }: LogEntry, phase: Phase = 'ended'): MessageKind {
  if (message === LOG_MESSAGES.welcome) return 'welcome';
  if (message === LOG_MESSAGES.result) return why === null ? 'result.ok' : 'result.refused';
  return `event.${phase}`;
}

/** What can stand for one another where only a line of the log is known. */
function familyOf(kind: MessageKind): 'event' | 'result' | MessageKind {
  return isEvent(kind) ? 'event' : isResult(kind) ? 'result' : kind;
}

/** The number of the last event of the trace at or before an instant. */
function indexAt(trace: readonly TraceEvent[], at: number): number {
  let low = 0;
  let high = trace.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((trace[middle]?.at ?? Infinity) <= at) low = middle + 1;
    else high = middle;
  }
  return trace[low - 1]?.n ?? trace[0]?.n ?? 0;
}
