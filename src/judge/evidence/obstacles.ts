/** What kept a letter from its device: a connection that was gone, an earlier letter that never came, a frame that could not be read. */
import { type EventOf, eventsOf } from '../../trace/event.js';
import type { Gap } from '../history/gaps.js';
import type { Letter } from '../history/letters.js';
import { userOf } from '../history/replay.js';
import type { Timeline } from './timeline.js';

/** An earlier letter of the same session that the device never read: until it comes, what was read after it has to wait. */
export function blockedBy({ letters }: Timeline, { device, journey, moment }: Gap): Letter | null {
  const { read } = journey;
  if (journey.stage !== 'unapplied' || read === null) return null;
  const mine = letters.of(read.n);
  if (mine === undefined || mine.seq === null) return null;
  const { seq, session } = mine;
  const earlier = (letters.down.get(device) ?? []).filter(
    (letter) =>
      letter.session === session &&
      letter.seq !== null &&
      letter.seq < seq &&
      letter.writes.some(({ n }) => n <= moment.n) &&
      !letter.reads.some(({ n }) => n <= moment.n),
  );
  return earlier.sort((a, b) => (a.seq ?? 0) - (b.seq ?? 0))[0] ?? null;
}

/** Whether every copy of a letter was written while its device had no connection, or before it lost the one it had unread. */
export function lostWhileGone({ presence }: Timeline, { device, moment }: Gap, letter: Letter): boolean {
  const writes = letter.writes.filter(({ n }) => n <= moment.n);
  return writes.length > 0 && writes.every(({ n }) => presence.wasGone(device, n, n + 1) || presence.goneAt(device, n) !== null);
}

/** The word of the device that it could not read a frame, after this news was written to it; null without one. */
export function isRejected({ trace }: Timeline, { device, journey, moment }: Gap): EventOf<'violation'> | null {
  const since = journey.written?.n ?? journey.altered?.n;
  if (since === undefined) return null;
  return (
    eventsOf(trace, 'violation').find(
      ({ node, code, n }) => node === device && code === 'bad-frame' && n > since && n <= moment.n,
    ) ?? null
  );
}

/** Faults that change what stands in a message. */
const DAMAGE: readonly string[] = ['corrupt', 'rewrite'];

/** The probe's own fault that made these news of a black box something else on the way to the device; null without one. */
export function damagedBy({ hits }: Timeline, { device, journey, moment }: Gap): EventOf<'fault'> | null {
  const { news, stage } = journey;
  if (stage !== 'unseen') return null;
  return (
    hits.find(
      ({ node, fault, struck, n }) =>
        DAMAGE.includes(fault) &&
        (node === device || node === userOf(device)) &&
        struck?.dir === 'in' &&
        struck.call === news.call &&
        n >= (news.op?.n ?? news.n) &&
        n <= moment.n,
    ) ?? null
  );
}

/**
 * In a black box: the death of the device's app after it had shown the call, and before it was found wrong; null for none, and for news
 * that it never read: those it was not told of for whatever reason.
 */
export function diedWith({ trace }: Timeline, { device, journey, moment }: Gap): EventOf<'action'> | null {
  const { stage, shown, read, news } = journey;
  if (news.record !== null) return null;
  if (stage !== 'shown' && stage !== 'unapplied') return null;
  const died = eventsOf(trace, 'action').filter(({ node, action: op, n }) => node === device && op === 'crash' && n <= moment.n);
  return died.find(({ n }) => (stage === 'shown' ? n > (shown?.n ?? Infinity) : n < (read?.n ?? 0))) ?? null;
}
