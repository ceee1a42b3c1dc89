/** Whether a device could be reached, as its own connections and the probe's faults tell, and which fault struck what. */
import { presenceOf as turnOf } from '../../protocol/actions.js';
import type { Millis } from '../../protocol/machine.js';
import { beginOf, type EventOf, eventsOf, type TraceEvent } from '../../trace/event.js';
import { groupBy } from '../../trace/grouping.js';
import type { Letter } from './letters.js';
import { type Replay, SERVER, userOf } from './replay.js';

/** A stretch in which a device had no greeted connection; `toN` is infinite when it never came back. */
export interface Gone {
  readonly fromN: number;
  readonly toN: number;
}

export interface Presence {
  /** The stretch without a connection in which event `n` lies, or null. */
  goneAt(device: string, n: number): Gone | null;
  /** Whether the device had no connection, or was cut off, at any time between two events. */
  wasGone(device: string, fromN: number, toN: number): boolean;
  /** Whether the server's own sessions say that the device was away at event `n`; true where they tell nothing. */
  wasAwayForServer(device: string, n: number): boolean;
  /** The event at which the device was reachable again after event `n`: `n` itself when it was; infinite when it never was. */
  goneUntil(device: string, n: number): number;
  /** The probe's own faults that struck this very letter. */
  striking(letter: Letter): readonly EventOf<'fault'>[];
  /** The probe's own faults that were at work on a device or its link, or on the server, at some time between two events. */
  atWork(device: string, fromN: number, toN: number): readonly EventOf<'fault'>[];
}

export function presenceOf(trace: readonly TraceEvent[], replay: Replay): Presence {
  const gone = new Map(replay.devices.map((device) => [device, goneSpells(trace, device)]));
  const faults = eventsOf(trace, 'fault');
  const hits = faults.filter(({ act }) => act === 'hit');
  const healedAt = new Map(
    faults.flatMap(({ act, cause, n }) => (act === 'healed' && cause !== null ? [[cause, n] as const] : [])),
  );
  const lastHitOf = groupBy(hits, ({ cause }) => cause);
  const strikes = groupBy(
    hits.filter(({ struck }) => struck !== null),
    ({ node, struck }) => `${node} ${struck?.dir} ${struck?.digest}`,
  );
  /** Hits of one fault that follow each other are healed together, by the first of them. */
  const endOf = (hit: EventOf<'fault'>): number => {
    const first = (lastHitOf.get(hit.cause) ?? [])[0] ?? hit;
    return healedAt.get(hit.n) ?? healedAt.get(first.n) ?? (hit.struck !== null ? hit.n : Infinity);
  };
  const goneAt = (device: string, n: number): Gone | null =>
    (gone.get(device) ?? []).find(({ fromN, toN }) => fromN <= n && n < toN) ?? null;
  const sessions = groupBy(
    eventsOf(trace, 'session').filter(({ node, state }) => node === SERVER && state !== 'replaced' && state !== 'refused'),
    ({ device }) => device,
  );
  const overlaps = (spells: readonly Gone[], fromN: number, toN: number): boolean =>
    spells.some((spell) => spell.fromN <= toN && fromN < spell.toN);
  return {
    goneAt,
    wasGone: (device, fromN, toN) =>
      overlaps(gone.get(device) ?? [], fromN, toN) || overlaps(replay.absent.get(device) ?? [], fromN, toN),
    wasAwayForServer: (device, n) => {
      const last = (sessions.get(device) ?? []).findLast((event) => event.n <= n);
      return last === undefined || last.state === 'lost' || last.state === 'expired';
    },
    goneUntil: (device, n) => {
      const cut = (replay.absent.get(device) ?? []).find(({ fromN, toN }) => fromN <= n && n < toN);
      return Math.max(n, goneAt(device, n)?.toN ?? n, cut?.toN ?? n);
    },
    striking: (letter) => {
      const dir = letter.way === 'up' ? 'out' : 'in';
      const digests = new Set([...letter.writes, ...letter.reads].map(({ digest }) => digest));
      return [...digests].flatMap((digest) => strikes.get(`${letter.device} ${dir} ${digest}`) ?? []);
    },
    atWork: (device, fromN, toN) =>
      hits.filter(
        (hit) =>
          (hit.node === SERVER || hit.node === device || hit.node === userOf(device)) && hit.n <= toN && endOf(hit) >= fromN,
      ),
  };
}

/** From a closed connection, or the beginning, to the next welcome that the device read. */
function goneSpells(trace: readonly TraceEvent[], device: string): Gone[] {
  const spells: Gone[] = [];
  const knowsConnections = trace.some((event) => event.node === device && event.type === 'conn');
  if (!knowsConnections) return [];
  // A log-in at a foreign target takes several messages, and may be refused after the first.
  const isForeign = beginOf(trace)?.adapter !== undefined;
  const greets = isForeign && trace.some((event) => event.node === device && event.type === 'wire' && event.kind === 'welcome');
  let since: number | null = 0;
  for (const event of trace) {
    if (event.node !== device) continue;
    const left =
      (event.type === 'conn' && event.state !== 'opened') || (event.type === 'action' && turnOf(event.action) === 'off');
    if (left) since ??= event.n;
    else if (since !== null && event.type === 'wire' && event.dir === 'in' && (!greets || event.kind === 'welcome')) {
      spells.push({ fromN: since, toN: event.n });
      since = null;
    }
  }
  if (since !== null) spells.push({ fromN: since, toN: Infinity });
  return spells;
}

/** How long a limit of the trace's own clock is, from one event to another, in milliseconds. */
export function between(from: Pick<TraceEvent, 'at'>, to: Pick<TraceEvent, 'at'>): Millis {
  return Math.max(0, to.at - from.at);
}
