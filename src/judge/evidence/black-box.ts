/** Where the server can't be seen: how likely each cause is for a device that was never told, from what its own link shows. */
import { type EventOf, eventsOf, type TraceEvent } from '../../trace/event.js';
import type { Gap } from '../history/gaps.js';
import type { Cause } from './diagnosis.js';
import { strayOf } from './routing.js';
import { LIKELY } from './rule.js';
import type { Timeline } from './timeline.js';

export interface Odds {
  readonly shares: Readonly<Partial<Record<Cause, number>>>;
  /** The events that speak for it. */
  readonly proof: readonly (TraceEvent | null)[];
  /** What they show, as a sentence. */
  readonly because: string;
  /** Where it may have gone instead, as the end of a sentence; left out where nothing shows it. */
  readonly where?: string;
}

/** Which log would settle it. */
export const ASK_THE_SERVER =
  "the server's log of this call: whether it read the command, whether it changed the call, and for which device it wrote (`diagnose --server-log FILE`)";

/** The causes that remain for news that a device of a black box never read. */
export function oddsOf(timeline: Timeline, gap: Gap): Odds {
  const { letters, presence, deeds } = timeline;
  const { device, journey, moment } = gap;
  const { news } = journey;
  const stray = strayOf(timeline, gap);
  if (stray !== null) {
    return { shares: { 'wrong-recipient': 0.85, 'not-forwarded': 0.1 }, proof: [stray.wire], because: `it went ${stray.where}` };
  }
  const half = halfOf(timeline, gap);
  if (half !== null) {
    const shares = { 'not-forwarded': 0.8, 'dropped-in-transit': 0.15, 'lost-downlink': 0.05 };
    return { shares, proof: [half.read, half.told], because: `${device} read one half of it only: ${half.told.message}` };
  }
  const deed = deeds.find(({ op }) => op.n === news.op?.n) ?? null;
  const down = letters.down.get(device) ?? [];
  const since = deed?.op.n ?? news.n;
  const later = down.flatMap(({ reads }) => reads).filter(({ n }) => n > news.n && n <= moment.n);
  // What the device of the deed had to wait with left it later than it showed it.
  const leftN = Math.max(news.n, deed?.letter?.writes[0]?.n ?? 0);
  const wasGone = presence.wasGone(device, since, leftN + 1);
  const end = wasGone ? null : endedUnread(timeline, gap, since, leftN);
  if (end !== null || wasGone) {
    const because = end === null ? 'had no connection when it happened' : 'lost its connection before it read anything more';
    const shares = { 'lost-downlink': LIKELY, 'not-forwarded': 0.15, 'dropped-in-transit': 0.05 };
    return { shares, proof: [end, ...later.slice(0, 1)], because: `${device} ${because}` };
  }
  const stale = overReplaced(timeline, gap);
  if (stale !== null) {
    const isTaken = deed !== null && deed.acknowledged !== null;
    const shares = { 'wrong-recipient': isTaken ? LIKELY : 0.5, 'not-forwarded': 0.15, 'dropped-in-transit': 0.05 };
    const because = `all that ${device} read of this call came over a connection that it has replaced`;
    return { shares, proof: [stale.last, deed?.acknowledged ?? null], because, where: stale.where };
  }
  if (deed !== null && deed.acknowledged === null && news.event.node === deed.op.node && news.version === null) {
    const shares = { 'lost-uplink': 0.4, 'not-forwarded': 0.35, 'dropped-in-transit': 0.15, 'wrong-recipient': 0.1 };
    return { shares, proof: [deed.op], because: `nothing that ${deed.op.node} read shows that the server has its command` };
  }
  const around = missingNumber(timeline, gap);
  if (around !== null) {
    const shares = { 'dropped-in-transit': 0.85, 'not-forwarded': 0.05 };
    return { shares, proof: around, because: `the numbers of what ${device} read leave one out` };
  }
  const next = nextNumbers(timeline, gap);
  if (next !== null) {
    const shares = { 'not-forwarded': 0.8, 'wrong-recipient': 0.15, 'dropped-in-transit': 0.05 };
    return {
      shares,
      proof: next,
      because: `the numbers of what ${device} read next leave none out, so that nothing was lost on the way`,
    };
  }
  const [first] = later;
  if (first === undefined && down.length > 0) {
    const shares = { 'dropped-in-transit': 0.5, 'not-forwarded': 0.35, 'wrong-recipient': 0.1 };
    return { shares, proof: [], because: `${device} read nothing at all afterwards` };
  }
  const shares = { 'not-forwarded': 0.65, 'dropped-in-transit': 0.2, 'wrong-recipient': 0.15 };
  return { shares, proof: [first ?? null], because: `${device} went on reading other frames` };
}

/** The part of the news that came, where they take several messages, and what says that another one did not. */
function halfOf({ trace }: Timeline, { device, journey }: Gap): { read: EventOf<'wire'>; told: EventOf<'violation'> } | null {
  const { news } = journey;
  const isMine = ({ node, call }: { node: string; call: string | null }): boolean => node === device && call === news.call;
  const read = eventsOf(trace, 'wire').find(
    (wire) => isMine(wire) && wire.dir === 'in' && wire.kind === `event.${news.phase}.part`,
  );
  const told = eventsOf(trace, 'violation').find((event) => isMine(event) && event.code === 'half-told');
  return read === undefined || told === undefined ? null : { read, told };
}

/** The end of the connection over which the news should have come, where the device read nothing on it after they came about; else null. */
function endedUnread({ trace, letters }: Timeline, { device, moment }: Gap, sinceN: number, leftN: number): TraceEvent | null {
  const end =
    eventsOf(trace, 'conn').find(({ node, state, n }) => node === device && state !== 'opened' && n > sinceN && n <= moment.n) ??
    null;
  const reads = (letters.down.get(device) ?? []).flatMap((letter) => letter.reads);
  return end !== null && reads.some(({ n }) => n > leftN && n < end.n) ? null : end;
}

/** The last message of the call at a device that has had another connection since, over which nothing of the call ever came; else null. */
function overReplaced(
  { trace }: Timeline,
  { device, journey }: Gap,
): { readonly last: TraceEvent; readonly where: string } | null {
  const { news } = journey;
  const own = eventsOf(trace, 'wire').filter(({ node, n }) => node === device && n < news.n);
  const last = own.findLast(({ call }) => call === news.call);
  const conn = own.findLast(({ kind }) => kind === 'welcome')?.conn ?? 0;
  if (last === undefined || last.conn >= conn) return null;
  return { last, where: `over connection ${last.conn} of ${device}, which connection ${conn} had replaced` };
}

/** Two reads of one session between whose numbers one is missing: something was sent that never arrived. */
function missingNumber({ letters }: Timeline, { device, journey, moment }: Gap): TraceEvent[] | null {
  const numbered = (letters.down.get(device) ?? []).filter(
    ({ seq, reads }) => seq !== null && (reads[0]?.n ?? Infinity) <= moment.n,
  );
  const sorted = [...numbered].sort((a, b) => (a.seq ?? 0) - (b.seq ?? 0));
  for (const [i, letter] of sorted.entries()) {
    const before = sorted[i - 1];
    if (before === undefined || before.session !== letter.session) continue;
    const [a, b] = [before.reads[0], letter.reads[0]];
    if (a === undefined || b === undefined || b.n < journey.news.n) continue;
    if ((letter.seq ?? 0) > (before.seq ?? 0) + 1) return [a, b];
  }
  return null;
}

/** The last read before the news and the first numbered one after them, where their numbers follow each other. */
function nextNumbers({ letters }: Timeline, { device, journey }: Gap): TraceEvent[] | null {
  const numbered = (letters.down.get(device) ?? []).flatMap(({ seq, session, reads }) =>
    seq === null || reads[0] === undefined ? [] : [{ seq, session, read: reads[0] }],
  );
  const after = numbered.filter(({ read }) => read.n > journey.news.n).sort((a, b) => a.read.n - b.read.n)[0];
  const before = numbered.filter(({ read }) => read.n < journey.news.n).sort((a, b) => b.seq - a.seq)[0];
  if (after === undefined || before === undefined || after.session !== before.session) return null;
  return after.seq === before.seq + 1 ? [before.read, after.read] : null;
}
