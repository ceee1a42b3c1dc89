/** What a trace tells of a target that went away in the middle of a run: since when, how, and which messages came right before. Pure. */
import type { Millis } from '../../protocol/machine.js';
import { type EventOf, eventsOf, type LogEvent, type TraceEvent } from '../../trace/event.js';

/** What knocking at the target gave, as the probe notes it: a log event whose data has "knock" and "error". */
export type Knock = 'gone' | 'busy';

/** The body of that event. */
export function knockNote(knock: Knock, error: string): LogEvent {
  const [level, what] = knock === 'gone' ? (['error', 'the target is gone'] as const) : (['warn', 'the target is busy'] as const);
  return { type: 'log', level, message: `${what}: ${error}`, data: { knock, error } };
}

/** The last note of such a kind; undefined without one. */
export function knockIn(trace: readonly TraceEvent[], knock: Knock): EventOf<'log'> | undefined {
  return eventsOf(trace, 'log').findLast(({ node, data }) => node === 'probe' && data['knock'] === knock);
}

/** What a device says when the link itself, and not the target, lets no connection through. */
export const LINK_CUT = 'EHOSTUNREACH: the link is cut';

/** Messages told of as the last ones. */
const LAST_MAX = 4;
/** So close to the end a message that the target was given is held to have to do with it. */
export const SUSPECT_MS = 2_000;
/** Close codes by which a server says that it goes away on purpose: RFC 6455 (1001), IANA (1012, 1013). */
const ORDERLY_CODES: readonly number[] = [1001, 1012, 1013];

/** A message that an agent wrote to the target, or read from it. */
export interface LastMessage {
  /** `alice/phone`. */
  readonly node: string;
  readonly dir: 'out' | 'in';
  /** The probe's word for it, and the target's own name where it has one. */
  readonly kind: string;
  readonly name: string | null;
  /** Milliseconds from it to the end of the connections. */
  readonly beforeMs: Millis;
  /** The probe's own fault that struck it, or null. */
  readonly fault: string | null;
}

export interface Outage {
  /** The first event that shows it, and its instant. */
  readonly sinceN: number;
  readonly sinceAt: Millis;
  /** What knocking at the target gave, such as `ECONNREFUSED: connect ECONNREFUSED 127.0.0.1:9000`. */
  readonly error: string;
  /** Connections of devices that ended by it. */
  readonly closed: readonly EventOf<'log'>[];
  /** Devices whose connections are open all the same: it takes no new ones, and keeps those. */
  readonly kept: readonly string[];
  /** Attempts of devices to come back that failed. */
  readonly refused: readonly EventOf<'log'>[];
  /** The probe's own knocking. */
  readonly knock: EventOf<'log'>;
  /** Whether the server said that it goes, by a close code made for that. */
  readonly isOrderly: boolean;
  /** Messages right before, the last one last; with their events. */
  readonly last: readonly (LastMessage & { readonly n: number })[];
}

/** The outage that cut this repetition short; null for a trace without one. */
export function outageIn(trace: readonly TraceEvent[]): Outage | null {
  const logs = eventsOf(trace, 'log');
  const knock = knockIn(trace, 'gone');
  if (knock === undefined) return null;
  const sign = trace.findLast((event) => event.n < knock.n && isSignOfLife(event))?.n ?? 0;
  const ends = logs.filter((event) => isClose(event) && event.n > sign && event.node !== 'server');
  const own = ends.filter((event) => !isOwnDoing(trace, event));
  const closes = own.length > 0 ? own : ends;
  const opened = new Set(logs.filter(({ message }) => message === 'connection opened').map(connectionOf));
  const closed = closes.filter((event) => opened.has(connectionOf(event)));
  const [since = knock] = closes;
  return {
    sinceN: since.n,
    sinceAt: since.at,
    error: String(knock.data['error'] ?? ''),
    closed,
    kept: keptAt(logs),
    refused: closes.filter((event) => !opened.has(connectionOf(event))),
    knock,
    isOrderly: closed.some(({ data }) => ORDERLY_CODES.includes(Number(data['code']))),
    last: lastBefore(trace, since),
  };
}

/** What it did to those who were there, as the predicate of a sentence. */
export function outageWords({ closed, kept }: Pick<Outage, 'closed' | 'kept'>): string {
  if (closed.length === 0) return 'refuses connections';
  if (kept.length === 0) return 'closed all connections and refuses new ones';
  const lost = [...new Set(closed.map(({ node }) => node))].join(', ');
  return `closed the connection of ${lost}, keeps that of ${kept.join(', ')}, and refuses new ones`;
}

/** The last messages that agents wrote to the target or read from it before an event, the last one last. */
export function lastBefore(trace: readonly TraceEvent[], { n, at }: Pick<TraceEvent, 'n' | 'at'>): Outage['last'] {
  const strikes = new Map<number, string>();
  for (const { act, target, fault, struck } of eventsOf(trace, 'fault')) {
    if (act === 'hit' && struck?.dir === 'out' && target !== null) strikes.set(target, fault);
  }
  return eventsOf(trace, 'wire')
    .filter((wire) => wire.node !== 'server' && wire.n < n && !/\bdrop\b/.test(strikes.get(wire.n) ?? ''))
    .slice(-LAST_MAX)
    .map((wire) => ({
      n: wire.n,
      node: wire.node,
      dir: wire.dir,
      kind: wire.kind,
      name: wire.name ?? null,
      beforeMs: Math.max(0, at - wire.at),
      fault: strikes.get(wire.n) ?? null,
    }));
}

/** The message that the target was given last, when that was right before its end; null for none. */
export function suspectOf<M extends LastMessage>(last: readonly M[]): M | null {
  const given = last.findLast(({ dir }) => dir === 'out') ?? null;
  return given !== null && given.beforeMs <= SUSPECT_MS ? given : null;
}

/**
 * Whether a hostile agent, which is none of the scenario's devices, had said something right before, or the last message to
 * the target was one that a fault had struck.
 */
export function isProvoked(
  trace: readonly TraceEvent[],
  { sinceAt, sinceN, last }: Outage,
  devices: ReadonlySet<string>,
): boolean {
  const hostile = eventsOf(trace, 'wire').findLast(
    ({ node, dir, n }) => dir === 'out' && n < sinceN && node !== 'server' && !devices.has(node),
  );
  return (hostile !== undefined && sinceAt - hostile.at <= SUSPECT_MS) || (suspectOf(last)?.fault ?? null) !== null;
}

/** `command.invite (OFFER) of alice/phone`, with what the probe's own fault did to it. */
export function messageWords({ node, dir, kind, name, fault }: LastMessage): string {
  const struck = fault === null ? '' : `, which the probe's own fault "${fault}" had struck`;
  return `${kind}${name === null || name === kind ? '' : ` (${name})`} ${dir === 'out' ? 'of' : 'to'} ${node}${struck}`;
}

/** `it was given command.invite (OFFER) of alice/phone 18 ms before`: which message came last, as a sentence's part. */
export function lastWords(last: readonly LastMessage[]): string {
  const suspect = suspectOf(last);
  const told = suspect ?? last.at(-1) ?? null;
  if (told === null) return 'no message had been exchanged before';
  const before = `${told.beforeMs < 1_000 ? `${Math.round(told.beforeMs)} ms` : `${(told.beforeMs / 1_000).toFixed(1)} s`} before`;
  return `the last message ${told.dir === 'out' ? 'to it' : 'from it'}, ${before}, was ${messageWords(told)}`;
}

/** Devices with a connection that has not ended. */
function keptAt(logs: readonly EventOf<'log'>[]): string[] {
  const open = new Map<string, string>();
  for (const event of logs) {
    if (event.message === 'connection opened') open.set(connectionOf(event), event.node);
    else if (isClose(event)) open.delete(connectionOf(event));
  }
  return [...new Set(open.values())].filter((node) => node !== 'server');
}

function isSignOfLife(event: TraceEvent): boolean {
  if (event.type === 'wire') return event.dir === 'in' && event.node !== 'server';
  return event.type === 'log' && event.message === 'connection opened';
}

function isClose(event: EventOf<'log'>): boolean {
  return event.message === 'connection closed';
}

/** Whether the probe ended this connection itself: by a fault at work on the device, or because its user left. */
function isOwnDoing(trace: readonly TraceEvent[], closed: EventOf<'log'>): boolean {
  if (String(closed.data['error'] ?? '') === LINK_CUT) return true;
  const healed = new Set(
    eventsOf(trace, 'fault').flatMap(({ act, cause, n }) => (act === 'healed' && n < closed.n ? [cause] : [])),
  );
  const cuts = eventsOf(trace, 'fault').some(
    ({ act, node, absence, n }) => act === 'hit' && node === closed.node && absence !== null && n < closed.n && !healed.has(n),
  );
  const turn = eventsOf(trace, 'action').findLast(({ node, n }) => node === closed.node && n < closed.n);
  return cuts || turn?.action === 'go offline' || turn?.action === 'crash';
}

function connectionOf({ node, data }: EventOf<'log'>): string {
  return `${node} ${String(data['conn'])}`;
}
