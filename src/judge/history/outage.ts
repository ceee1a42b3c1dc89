/** What a trace tells of a target that went away in the middle of a run: since when, how, and which messages came right before. Pure. */
import { presenceOf } from '../../protocol/actions.js';
import type { Millis } from '../../protocol/machine.js';
import { type EventOf, eventsOf, type HealthEvent, type TraceEvent } from '../../trace/event.js';

/** The last health check with such a result; undefined without one. */
export function healthIn(trace: readonly TraceEvent[], state: HealthEvent['state']): EventOf<'health'> | undefined {
  return eventsOf(trace, 'health').findLast((event) => event.state === state);
}

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
  /** What the health check of the target gave, such as `ECONNREFUSED: connect ECONNREFUSED 127.0.0.1:9000`. */
  readonly error: string;
  /** Connections of devices that ended by it. */
  readonly closed: readonly EventOf<'conn'>[];
  /** Devices whose connections are open all the same: it takes no new ones, and keeps those. */
  readonly kept: readonly string[];
  /** Attempts of devices to come back that failed. */
  readonly refused: readonly EventOf<'conn'>[];
  /** The health check that failed. */
  readonly health: EventOf<'health'>;
  /** Whether the server said that it goes, by a close code made for that. */
  readonly isOrderly: boolean;
  /** Messages right before, the last one last; with their events. */
  readonly last: readonly (LastMessage & { readonly n: number })[];
}

/** The outage that cut this repetition short; null for a trace without one. */
export function outageIn(trace: readonly TraceEvent[]): Outage | null {
  const health = healthIn(trace, 'gone');
  if (health === undefined) return null;
  const sign = trace.findLast((event) => event.n < health.n && isSignOfLife(event))?.n ?? 0;
  const conns = eventsOf(trace, 'conn').filter(({ node }) => node !== 'server');
  const ends = conns.filter(({ state, n }) => state !== 'opened' && n > sign);
  const own = ends.filter((event) => !isOwnDoing(trace, event));
  const closes = own.length > 0 ? own : ends;
  const closed = closes.filter(({ state }) => state === 'closed');
  const [since = health] = closes;
  return {
    sinceN: since.n,
    sinceAt: since.at,
    error: health.error,
    closed,
    kept: keptAt(conns),
    refused: closes.filter(({ state }) => state === 'refused'),
    health,
    isOrderly: closed.some(({ code }) => code !== null && ORDERLY_CODES.includes(code)),
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
  const strikes = new Map<number, EventOf<'fault'>>();
  for (const fault of eventsOf(trace, 'fault')) {
    if (fault.act === 'hit' && fault.struck?.dir === 'out' && fault.target !== null) strikes.set(fault.target, fault);
  }
  return eventsOf(trace, 'wire')
    .filter((wire) => wire.node !== 'server' && wire.n < n && strikes.get(wire.n)?.struck?.dropped !== true)
    .slice(-LAST_MAX)
    .map((wire) => ({
      n: wire.n,
      node: wire.node,
      dir: wire.dir,
      kind: wire.kind,
      name: wire.name ?? null,
      beforeMs: Math.max(0, at - wire.at),
      fault: strikes.get(wire.n)?.fault ?? null,
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
function keptAt(conns: readonly EventOf<'conn'>[]): string[] {
  const open = new Map<string, string>();
  for (const { node, conn, state } of conns) {
    if (state === 'opened') open.set(`${node} ${conn}`, node);
    else open.delete(`${node} ${conn}`);
  }
  return [...new Set(open.values())];
}

function isSignOfLife(event: TraceEvent): boolean {
  if (event.type === 'wire') return event.dir === 'in' && event.node !== 'server';
  return event.type === 'conn' && event.state === 'opened';
}

/** Whether the probe ended this connection itself: by a fault at work on the device, or because its user left. */
function isOwnDoing(trace: readonly TraceEvent[], closed: EventOf<'conn'>): boolean {
  if (closed.by === 'fault') return true;
  const healed = new Set(
    eventsOf(trace, 'fault').flatMap(({ act, cause, n }) => (act === 'healed' && n < closed.n ? [cause] : [])),
  );
  const cuts = eventsOf(trace, 'fault').some(
    ({ act, node, absence, n }) => act === 'hit' && node === closed.node && absence !== null && n < closed.n && !healed.has(n),
  );
  const turn = eventsOf(trace, 'action').findLast(({ node, n }) => node === closed.node && n < closed.n);
  return cuts || (turn !== undefined && presenceOf(turn.action) === 'off');
}
