/** Whether a device could be reached, as its own connections and the probe's faults show, and which fault struck what. */
import { presenceOf as turnOf } from '../../protocol/actions.js';
import type { EventOf } from '../../trace/event.js';
import { groupBy, listIn } from '../../trace/grouping.js';
import { lastUpTo } from './by-number.js';
import { type History, perHistory, userOf } from './history.js';
import { type Interval, intervalAt, overlaps } from './intervals.js';
import type { Message } from './messages.js';

/** A stretch in which a device had no connection on which it had registered; `toN` is infinite when it never came back. */
export type Gone = Pick<Interval, 'fromN' | 'toN'>;

export interface Presence {
  /** The stretch without a connection in which event `n` lies, or null. */
  goneAt(device: string, n: number): Gone | null;
  /** Whether the device had no connection, or was cut off, at any time between two events. */
  wasGone(device: string, fromN: number, toN: number): boolean;
  /** Whether the server's own sessions say that the device was away at event `n`; true where there are none. */
  wasAwayForServer(device: string, n: number): boolean;
  /** The event at which the device was reachable again after event `n`: `n` itself when it was; infinite when it never was. */
  goneUntil(device: string, n: number): number;
  /** The probe's own faults that struck this very message. */
  striking(message: Message): readonly EventOf<'fault'>[];
  /** The probe's own faults that were active on a device or its link, or on its server, at some time between two events. */
  activeOn(device: string, fromN: number, toN: number): readonly EventOf<'fault'>[];
}

export const presenceOf = perHistory((history): Presence => {
  const { faults, hits, absent } = history;
  const gone = goneIntervals(history);
  const healedAt = new Map(
    faults.flatMap(({ act, cause, n }) => (act === 'healed' && cause !== null ? [[cause, n] as const] : [])),
  );
  const hitsOf = groupBy(hits, ({ cause }) => cause);
  const strikes = groupBy(
    hits.filter(({ struck }) => struck !== null),
    ({ node, struck }) => `${node} ${struck?.dir} ${struck?.digest}`,
  );
  /** Hits of one fault that follow each other are healed together, by the first of them. */
  const endOf = (hit: EventOf<'fault'>): number => {
    const first = hitsOf.get(hit.cause)?.[0] ?? hit;
    return healedAt.get(hit.n) ?? healedAt.get(first.n) ?? (hit.struck !== null ? hit.n : Infinity);
  };
  const sessions = groupBy(
    history.sessions.filter(({ node, state }) => history.isServer(node) && state !== 'replaced' && state !== 'refused'),
    ({ device }) => device,
  );
  return {
    goneAt: (device, n) => intervalAt(gone.get(device), n),
    wasGone: (device, fromN, toN) => overlaps(gone.get(device), fromN, toN) || overlaps(absent.get(device), fromN, toN),
    wasAwayForServer: (device, n) => {
      const state = lastUpTo(sessions.get(device), n)?.state;
      return state === undefined || state === 'lost' || state === 'expired';
    },
    goneUntil: (device, n) => Math.max(n, intervalAt(gone.get(device), n)?.toN ?? n, intervalAt(absent.get(device), n)?.toN ?? n),
    striking: ({ direction, device, writes, reads }) => {
      const dir = direction === 'up' ? 'out' : 'in';
      const digests = new Set([...writes, ...reads].map(({ digest }) => digest));
      return [...digests].flatMap((digest) => strikes.get(`${device} ${dir} ${digest}`) ?? []);
    },
    activeOn: (device, fromN, toN) => {
      const nodes = [device, userOf(device), history.serverOf(device)];
      return hits.filter((hit) => nodes.includes(hit.node) && hit.n <= toN && endOf(hit) >= fromN);
    },
  };
});

/** By device: from a closed connection, or the beginning, to the next welcome that it read. */
function goneIntervals(history: History): ReadonlyMap<string, readonly Gone[]> {
  const known = new Set(history.conns.map(({ node }) => node));
  // A log-in at a foreign target takes several messages, and may be refused after the first.
  const welcomed = new Set(history.wires.flatMap(({ node, kind }) => (kind === 'welcome' ? [node] : [])));
  const since = new Map(history.devices.filter((device) => known.has(device)).map((device) => [device, 0]));
  const gone = new Map<string, Gone[]>();
  for (const event of history.trace) {
    const { node, n } = event;
    if (!known.has(node)) continue;
    const from = since.get(node);
    const isLeft =
      (event.type === 'conn' && event.state !== 'opened') || (event.type === 'action' && turnOf(event.action) === 'off');
    if (isLeft && from === undefined) since.set(node, n);
    if (from === undefined || event.type !== 'wire' || event.dir !== 'in') continue;
    if (history.isForeign && welcomed.has(node) && event.kind !== 'welcome') continue;
    listIn(gone, node).push({ fromN: from, toN: n });
    since.delete(node);
  }
  for (const [device, fromN] of since) listIn(gone, device).push({ fromN, toN: Infinity });
  return gone;
}
