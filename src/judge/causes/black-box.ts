/** Where the server can't be seen: how likely each cause is for a change that never reached a device, from what its own link shows. */
import { PARTIAL_MESSAGE } from '../../protocol/message-kinds.js';
import type { EventOf, TraceEvent } from '../../trace/event.js';
import { type ActionOutcome, outcomesOf } from '../history/actions.js';
import { within } from '../history/by-number.js';
import type { History } from '../history/history.js';
import { messagesOf, readsOf } from '../history/messages.js';
import type { Mismatch } from '../history/mismatches.js';
import { presenceOf } from '../history/presence.js';
import type { Cause } from './diagnosis.js';
import { misroutedOf } from './misrouting.js';
import { LIKELY } from './rule.js';

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

/** The causes that remain for a change that a device of a black box never read. */
export function oddsOf(history: History, mismatch: Mismatch): Odds {
  const presence = presenceOf(history);
  const { device, moment } = mismatch;
  const { change } = mismatch.delivery;
  const misrouted = misroutedOf(history, mismatch);
  if (misrouted !== null) {
    const { wire, where } = misrouted;
    return { shares: { 'wrong-recipient': 0.85, 'not-forwarded': 0.1 }, proof: [wire], because: `it went ${where}` };
  }
  const part = partOf(history, mismatch);
  if (part !== null) {
    const shares = { 'not-forwarded': 0.8, 'dropped-in-transit': 0.15, 'lost-downlink': 0.05 };
    return { shares, proof: [part.read, part.note], because: `${device} read a part of it only: ${part.note.message}` };
  }
  const outcome = outcomesOf(history).find(({ action }) => action.n === change.action?.n) ?? null;
  const since = outcome?.action.n ?? change.n;
  const reads = readsOf(history, device);
  const later = reads.filter(({ n }) => n > change.n && n <= moment.n);
  // What the device of the action had to wait with left it later than it showed it.
  const leftN = Math.max(change.n, outcome?.message?.writes[0]?.n ?? 0);
  const wasGone = presence.wasGone(device, since, leftN + 1);
  const end = wasGone ? null : endedUnread(history, mismatch, since, leftN);
  if (end !== null || wasGone) {
    const because = end === null ? 'had no connection when it happened' : 'lost its connection before it read anything more';
    const shares = { 'lost-downlink': LIKELY, 'not-forwarded': 0.15, 'dropped-in-transit': 0.05 };
    return { shares, proof: [end, ...later.slice(0, 1)], because: `${device} ${because}` };
  }
  const stale = overReplaced(history, mismatch);
  if (stale !== null) {
    const isTaken = outcome !== null && outcome.acknowledged !== null;
    const shares = { 'wrong-recipient': isTaken ? LIKELY : 0.5, 'not-forwarded': 0.15, 'dropped-in-transit': 0.05 };
    const because = `all that ${device} read of this call came over a connection that it has replaced`;
    return { shares, proof: [stale.last, outcome?.acknowledged ?? null], because, where: stale.where };
  }
  if (isUnacknowledged(outcome, mismatch)) {
    const shares = { 'lost-uplink': 0.4, 'not-forwarded': 0.35, 'dropped-in-transit': 0.15, 'wrong-recipient': 0.1 };
    const { action } = outcome;
    return { shares, proof: [action], because: `nothing that ${action.node} read shows that the server has its command` };
  }
  const around = missingNumber(history, mismatch);
  if (around !== null) {
    const shares = { 'dropped-in-transit': 0.85, 'not-forwarded': 0.05 };
    return { shares, proof: around, because: `the numbers of what ${device} read leave one out` };
  }
  const next = nextNumbers(history, mismatch);
  if (next !== null) {
    const shares = { 'not-forwarded': 0.8, 'wrong-recipient': 0.15, 'dropped-in-transit': 0.05 };
    const because = `the numbers of what ${device} read next leave none out, so that nothing was lost in transit`;
    return { shares, proof: next, because };
  }
  const [first] = later;
  if (first === undefined && reads.length > 0) {
    const shares = { 'dropped-in-transit': 0.5, 'not-forwarded': 0.35, 'wrong-recipient': 0.1 };
    return { shares, proof: [], because: `${device} read nothing at all afterwards` };
  }
  const shares = { 'not-forwarded': 0.65, 'dropped-in-transit': 0.2, 'wrong-recipient': 0.15 };
  return { shares, proof: [first ?? null], because: `${device} went on reading other frames` };
}

function isUnacknowledged(outcome: ActionOutcome | null, { delivery: { change } }: Mismatch): outcome is ActionOutcome {
  return (
    outcome !== null && outcome.acknowledged === null && change.event.node === outcome.action.node && change.version === null
  );
}

/** The part of the change that came, where it takes several messages, and the note that another one did not. */
function partOf(history: History, { device, delivery }: Mismatch): { read: EventOf<'wire'>; note: EventOf<'violation'> } | null {
  const { call, phase } = delivery.change;
  const isMine = (event: { node: string; call: string | null }): boolean => event.node === device && event.call === call;
  const kind = `event.${phase}.part` as const;
  const read = history.wires.find((wire) => isMine(wire) && wire.dir === 'in' && wire.kind === kind);
  const note = history.violations.find((event) => isMine(event) && event.code === PARTIAL_MESSAGE);
  return read === undefined || note === undefined ? null : { read, note };
}

/** The end of the connection over which the change should have come, where the device read nothing on it afterwards; else null. */
function endedUnread(history: History, { device, moment }: Mismatch, sinceN: number, leftN: number): TraceEvent | null {
  const conns = within(history.conns, sinceN, moment.n);
  const end = conns.find(({ node, state }) => node === device && state !== 'opened') ?? null;
  return end !== null && readsOf(history, device).some(({ n }) => n > leftN && n < end.n) ? null : end;
}

/** The last message of the call at a device that has had another connection since, over which nothing of the call ever came; else null. */
function overReplaced(history: History, { device, delivery }: Mismatch): { last: TraceEvent; where: string } | null {
  const { change } = delivery;
  const own = history.wires.filter(({ node, n }) => node === device && n < change.n);
  const last = own.findLast(({ call }) => call === change.call);
  const conn = own.findLast(({ kind }) => kind === 'welcome')?.conn ?? 0;
  if (last === undefined || last.conn >= conn) return null;
  return { last, where: `over connection ${last.conn} of ${device}, which connection ${conn} had replaced` };
}

/** Two reads of one session between whose numbers one is missing: something was sent that never arrived. */
function missingNumber(history: History, { device, delivery, moment }: Mismatch): TraceEvent[] | null {
  const numbered = numberedReads(history, device).filter(({ read }) => read.n <= moment.n);
  const sorted = numbered.sort((a, b) => a.seq - b.seq);
  for (const [i, { seq, session, read }] of sorted.entries()) {
    const before = sorted[i - 1];
    if (before === undefined || before.session !== session || read.n < delivery.change.n) continue;
    if (seq > before.seq + 1) return [before.read, read];
  }
  return null;
}

/** The last read before the change and the first numbered one after it, where their numbers follow each other. */
function nextNumbers(history: History, { device, delivery: { change } }: Mismatch): TraceEvent[] | null {
  const numbered = numberedReads(history, device);
  const after = numbered.filter(({ read }) => read.n > change.n).sort((a, b) => a.read.n - b.read.n)[0];
  const before = numbered.filter(({ read }) => read.n < change.n).sort((a, b) => b.seq - a.seq)[0];
  if (after === undefined || before === undefined || after.session !== before.session) return null;
  return after.seq === before.seq + 1 ? [before.read, after.read] : null;
}

/** The first reads of the numbered messages to a device. */
function numberedReads(history: History, device: string): { seq: number; session: string; read: EventOf<'wire'> }[] {
  return (messagesOf(history).down.get(device) ?? []).flatMap(({ seq, session, reads: [read] }) =>
    seq === null || read === undefined ? [] : [{ seq, session, read }],
  );
}
