/** What a trace shows of a target that went away in the middle of a run: since when, how, and which messages came right before. Pure. */
import { presenceOf } from '../../protocol/actions.js';
import type { Millis } from '../../protocol/machine.js';
import type { EventOf, HealthEvent, TraceEvent } from '../../trace/event.js';
import { lastUpTo } from './by-number.js';
import type { History } from './history.js';

/** The last health check with such a result; undefined without one. */
export function healthIn({ trace }: History, state: HealthEvent['state']): EventOf<'health'> | undefined {
  return trace.findLast((event): event is EventOf<'health'> => event.type === 'health' && event.state === state);
}

/** Messages named as the last ones. */
const LAST_MAX = 4;
/** A message that the target received so shortly before the end is held to have to do with it. */
export const SUSPECT_MS = 2_000;
/** Close codes by which a server says that it goes away on purpose: RFC 6455 (1001), IANA (1012, 1013). */
const ORDERLY_CODES: readonly number[] = [1001, 1012, 1013];

/** A message that an agent wrote to the target, or read from it. */
export interface LastMessage {
  /** `alice/phone`. */
  readonly node: string;
  readonly dir: 'out' | 'in';
  /** The probe's kind, and the target's own name where it has one. */
  readonly kind: string;
  readonly name: string | null;
  /** Milliseconds from it to the end of the connections. */
  readonly beforeMs: Millis;
  /** The probe's own fault that struck it, or null. */
  readonly fault: string | null;
  /** Whether a hostile agent sent it, which is none of the scenario's devices. */
  readonly isHostile: boolean;
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
export function outageIn(history: History): Outage | null {
  const health = healthIn(history, 'gone');
  if (health === undefined) return null;
  const sign = history.trace.findLast((event) => event.n < health.n && isSignOfLife(history, event))?.n ?? 0;
  const conns = history.conns.filter(({ node }) => !history.isServer(node));
  const ends = conns.filter(({ state, n }) => state !== 'opened' && n > sign);
  const own = ends.filter((event) => !isOwnDoing(history, event));
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
    last: lastBefore(history, since),
  };
}

/** What it did to those who were there, as the predicate of a sentence. */
export function outageWords({ closed, kept }: Pick<Outage, 'closed' | 'kept'>): string {
  if (closed.length === 0) return 'refuses connections';
  if (kept.length === 0) return 'closed all connections and refuses new ones';
  const lost = [...new Set(closed.map(({ node }) => node))].join(', ');
  return `closed the connection of ${lost}, keeps that of ${kept.join(', ')}, and refuses new ones`;
}

/**
 * The last messages that agents wrote to the target or read from it before an event, the last one last; among them the last one of a
 * hostile agent.
 */
export function lastBefore(history: History, { n, at }: Pick<TraceEvent, 'n' | 'at'>): Outage['last'] {
  const strikes = new Map<number, EventOf<'fault'>>();
  for (const hit of history.hits) if (hit.struck?.dir === 'out' && hit.target !== null) strikes.set(hit.target, hit);
  const devices = new Set(history.begin?.devices ?? []);
  const isHostile = ({ node, dir }: EventOf<'wire'>): boolean => dir === 'out' && devices.size > 0 && !devices.has(node);
  const before = history.wires.filter(
    (wire) => !history.isServer(wire.node) && wire.n < n && strikes.get(wire.n)?.struck?.dropped !== true,
  );
  const latest = before.slice(-LAST_MAX);
  const hostile = latest.some(isHostile) ? undefined : before.findLast(isHostile);
  return (hostile === undefined ? latest : [hostile, ...latest.slice(1 - LAST_MAX)]).map((wire) => ({
    n: wire.n,
    node: wire.node,
    dir: wire.dir,
    kind: wire.kind,
    name: wire.name ?? null,
    beforeMs: Math.max(0, at - wire.at),
    fault: strikes.get(wire.n)?.fault ?? null,
    isHostile: isHostile(wire),
  }));
}

/** The message that may have ended the target: the last one of a hostile agent, otherwise the last that it received; null if none was right before. */
export function suspectOf<M extends LastMessage>(last: readonly M[]): M | null {
  const received = last.filter(({ dir, beforeMs }) => dir === 'out' && beforeMs <= SUSPECT_MS);
  return received.findLast(({ isHostile }) => isHostile) ?? received.at(-1) ?? null;
}

/**
 * Whether a hostile agent, which is none of the scenario's devices, had sent something right before, or the last message to
 * the target was one that a fault had struck.
 */
export function isProvoked(
  { wires, isServer }: History,
  { sinceAt, sinceN, last }: Outage,
  devices: ReadonlySet<string>,
): boolean {
  const hostile = wires.findLast(({ node, dir, n }) => dir === 'out' && n < sinceN && !isServer(node) && !devices.has(node));
  return (hostile !== undefined && sinceAt - hostile.at <= SUSPECT_MS) || (suspectOf(last)?.fault ?? null) !== null;
}

/** `command.invite (OFFER) of alice/phone`, with what the probe's own fault did to it. */
export function messageWords({ node, dir, kind, name, fault }: LastMessage): string {
  const struck = fault === null ? '' : `, which the probe's own fault "${fault}" had struck`;
  const what = kind === 'unreadable' ? 'a raw message' : kind;
  return `${what}${name === null || name === kind ? '' : ` (${name})`} ${dir === 'out' ? 'of' : 'to'} ${node}${struck}`;
}

/** `the last message to it, 18 ms before, was command.invite (OFFER) of alice/phone`: as a part of a sentence. */
export function lastWords(last: readonly LastMessage[]): string {
  const suspect = suspectOf(last);
  const named = suspect ?? last.at(-1) ?? null;
  if (named === null) return 'no message had been exchanged before';
  const before = `${named.beforeMs < 1_000 ? `${Math.round(named.beforeMs)} ms` : `${(named.beforeMs / 1_000).toFixed(1)} s`} before`;
  const whose = named.isHostile ? ' of a hostile agent' : '';
  return `the last message${whose} ${named.dir === 'out' ? 'to it' : 'from it'}, ${before}, was ${messageWords(named)}`;
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

function isSignOfLife({ isServer }: History, event: TraceEvent): boolean {
  if (event.type === 'wire') return event.dir === 'in' && !isServer(event.node);
  return event.type === 'conn' && event.state === 'opened';
}

/** Whether the probe ended this connection itself: by a fault that was active on the device, or because its user left. */
function isOwnDoing({ faults, hits, actions }: History, { n, node, by }: EventOf<'conn'>): boolean {
  if (by === 'fault') return true;
  const healed = new Set(faults.flatMap((event) => (event.act === 'healed' && event.n < n ? [event.cause] : [])));
  const isCut = hits.some((hit) => hit.node === node && hit.absence !== null && hit.n < n && !healed.has(hit.n));
  const last = lastUpTo(
    actions.filter((action) => action.node === node),
    n,
  );
  return isCut || (last !== undefined && presenceOf(last.action) === 'off');
}
