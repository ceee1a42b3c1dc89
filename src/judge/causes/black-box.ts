/** Where the server can't be seen: which causes the evidence leaves open for a change that never reached a device. */
import { ACTIONS } from '../../protocol/actions.js';
import { isEvent, type MessageKind, PARTIAL_MESSAGE, phaseOf, wholeOf } from '../../protocol/message-kinds.js';
import type { EventOf, TraceEvent } from '../../trace/event.js';
import { type ActionOutcome, outcomesOf, unsentAfter, unsentOf } from '../history/actions.js';
import { within } from '../history/by-number.js';
import { evidenceIn, isRemoved, quietSentence, readSentence, strikeOn } from '../history/evidence.js';
import { causeOf, type History } from '../history/history.js';
import { messagesOf, readsOf } from '../history/messages.js';
import type { Mismatch } from '../history/mismatches.js';
import { presenceOf } from '../history/presence.js';
import { surprisesOf } from '../history/provocation.js';
import { seconds } from '../history/wording.js';
import type { Cause } from './diagnosis.js';
import { misroutedOf } from './misrouting.js';
import { damagedBy, damageTo } from './obstacles.js';
import { LIKELY, SURE } from './rule.js';

type Wire = EventOf<'wire'>;

export interface Odds {
  /** The causes that the evidence leaves open; empty where another rule says what it was. */
  readonly shares: Readonly<Partial<Record<Cause, number>>>;
  /** The events that speak for it. */
  readonly proof: readonly (TraceEvent | null)[];
  /** What they show, as a sentence. */
  readonly because: string;
  /** The proof for readers, sentence by sentence. */
  readonly sentences?: readonly string[];
  /** Where it may have gone instead, as the end of a sentence; left out where nothing shows it. */
  readonly where?: string;
}

/** Which log would settle it. */
export const ASK_THE_SERVER =
  "the server's log of this call: whether it read the command, whether it changed the call, and for which device it wrote (`diagnose --server-log FILE`)";

/** How sure it is that a server that must have had a message, by what TCP promises, has not passed it on. */
const DELIVERED = 0.85;

/** The causes that remain for a change that a device of a black box never read. */
export function oddsOf(history: History, mismatch: Mismatch): Odds {
  const presence = presenceOf(history);
  const evidence = evidenceIn(history);
  const { device, moment } = mismatch;
  const { change } = mismatch.delivery;
  if (isSurprise(history, mismatch)) return { shares: {}, proof: [], because: 'nobody had done anything for it' };
  const misrouted = misroutedOf(history, mismatch);
  if (misrouted !== null) {
    const { wire, where } = misrouted;
    return { shares: { 'wrong-recipient': SURE }, proof: [wire], because: `it went ${where}` };
  }
  const outcome = outcomesOf(history).find(({ action }) => action.n === change.action?.n) ?? null;
  const since = outcome?.action.n ?? change.n;
  const sent = sentFor(history, mismatch, outcome);
  const unsent = sent === null ? unsentFor(history, mismatch, outcome) : null;
  if (unsent !== null) return { shares: {}, proof: [unsent], because: 'it never left its device' };
  const late = arrivedLater(history, mismatch);
  if (late !== null) return { shares: {}, proof: [late], because: `${device} read it later` };
  const damage = sent === null ? null : damageTo(history, sent);
  if (damage !== null)
    return { shares: { 'lost-uplink': SURE }, proof: [sent, damage], because: "the probe's own fault damaged it" };
  const own = struckBy(history, mismatch, sent, since);
  if (own !== null) return own;
  if (damagedBy(history, mismatch) !== null) return { shares: {}, proof: [], because: "the probe's own fault damaged it" };
  const part = partOf(history, mismatch);
  if (part !== null) {
    const because = `${device} read a part of it only: ${part.note.message}`;
    return { shares: { 'not-forwarded': LIKELY }, proof: [part.read, part.note], because };
  }
  // A connection that an app lost by itself: what the server should do then has rules of its own.
  const behind = causeOf(history, change.event);
  const isOwn = behind?.type !== 'wire' || behind.refusal !== undefined;
  if (sent === null && outcome === null && change.phase === 'ended' && isOwn)
    return { shares: {}, proof: [], because: 'no message reached the server' };
  const reads = readsOf(history, device);
  const later = reads.filter(({ n }) => n > change.n && n <= moment.n);
  // What the device of the action had to wait with left it later than it showed it.
  const leftN = Math.max(change.n, sent?.n ?? 0);
  // A device that was only paused reads what came meanwhile: its connection was never gone.
  const isSame = !within(history.conns, since, moment.n).some(({ node, state }) => node === device && state !== 'opened');
  const isWhole = isSame && evidence.quietUntil(device, leftN, moment.n) !== null;
  const wasGone = !isWhole && presence.wasGone(device, since, leftN + 1);
  const end = wasGone ? null : endedUnread(history, mismatch, since, leftN);
  if (end !== null || wasGone) {
    const because = end === null ? 'had no connection when it happened' : 'lost its connection before it read anything more';
    const shares = { 'lost-downlink': LIKELY, 'not-forwarded': 0.15 };
    return { shares, proof: [end, ...later.slice(0, 1)], because: `${device} ${because}` };
  }
  const read = sent === null ? null : evidence.readOf(sent);
  const isTaken = read !== null || isTakenOn(outcome, mismatch);
  const stale = overReplaced(history, mismatch);
  if (stale !== null) {
    const shares = isTaken ? { 'stale-registration': DELIVERED } : { 'stale-registration': 0.6, 'lost-uplink': 0.3 };
    const because = `all that ${device} read of this call came over a connection that it has replaced`;
    return { shares, proof: [stale.last, sent, read?.event ?? null], because, where: stale.where };
  }
  const conn = isTaken ? deafConnection(history, device, moment.n) : null;
  if (conn !== null) {
    const because = `nothing of any call came over connection ${conn.conn} of ${device}, which had replaced an older one`;
    const quiet = evidence.quietUntil(device, leftN, moment.n);
    const sentences = [...sentencesOf(mismatch, sent, outcome, read, quiet), `N${because.slice(1)}.`];
    return {
      shares: { 'stale-registration': quiet === null ? DELIVERED : SURE },
      proof: [conn, sent, quiet],
      because,
      sentences,
    };
  }
  const refusal = sent === null ? null : evidence.refusalOf(sent);
  if (refusal !== null) return { shares: {}, proof: [refusal], because: `the server refused it: ${refusal.refusal}` };
  const around = missingNumber(history, mismatch);
  if (around !== null) {
    const shares = { 'dropped-in-transit': 0.85, 'not-forwarded': 0.05 };
    return { shares, proof: around, because: `the numbers of what ${device} read leave one out` };
  }
  const next = nextNumbers(history, mismatch);
  if (next !== null) {
    const because = `the numbers of what ${device} read next leave none out, so that nothing was lost in transit`;
    return { shares: { 'not-forwarded': LIKELY }, proof: next, because };
  }
  const upTrouble = isTaken || sent === null ? [] : evidence.troubleOn(sent.node, since, moment.n);
  const quiet = evidence.quietUntil(device, Math.max(leftN, read?.event.n ?? 0), moment.n);
  const downTrouble = quiet !== null ? [] : evidence.troubleOn(device, since, moment.n);
  const sentences = sentencesOf(mismatch, sent, outcome, read, quiet);
  const proof = [sent, read?.event ?? null, quiet, later[0] ?? null];
  if (upTrouble.length > 0 && downTrouble.length === 0) {
    const shares = { 'lost-uplink': 0.7, 'not-forwarded': 0.25 };
    return { shares, proof, because: 'nothing shows that the server has it', sentences };
  }
  if (downTrouble.length > 0) {
    const shares = { 'dropped-in-transit': 0.6, 'not-forwarded': 0.35, ...(upTrouble.length > 0 ? { 'lost-uplink': 0.4 } : {}) };
    return { shares, proof, because: `the link of ${device} was disturbed`, sentences };
  }
  // A connection that nothing disturbs delivers: what was written was read, and what was not read was not written.
  const isProven = read !== null && quiet !== null;
  const because =
    quiet !== null
      ? `nothing about it was sent to ${device}, which had read everything until ${seconds(quiet.askedAt)}`
      : read !== null && read.event.n > moment.n
        ? `${device} read nothing about it, also after the endpoint had it (${seconds(read.event.at)})`
        : `nothing disturbed the links, and ${device} read nothing about it`;
  return { shares: { 'not-forwarded': isProven ? SURE : DELIVERED }, proof, because, sentences };
}

/** Whether the change, or what the device shows instead, is one that nobody did anything for: then that is what has to be explained. */
function isSurprise(history: History, { device, call, delivery: { change }, moment }: Mismatch): boolean {
  return surprisesOf(history).some(
    ({ view, what, call: of }) =>
      of === call && view.n <= moment.n && (view.n === change.n || (what === 'revived' && view.node === device)),
  );
}

/** The message behind a change: the command of its action, or the one by which the first device that shows it reports it. */
function sentFor(history: History, { delivery: { change } }: Mismatch, outcome: ActionOutcome | null): Wire | null {
  if (outcome !== null) return outcome.message?.writes[0] ?? null;
  const kind = REPORTS[change.phase];
  const { event, call } = change;
  const isIt = (wire: Wire): boolean =>
    wire.node === event.node && wire.dir === 'out' && wire.call === call && wholeOf(wire.kind) === kind;
  return kind === undefined ? null : (history.wires.find(isIt) ?? null);
}

/** The message by which an app reports a change that nobody acted for. */
const REPORTS: Readonly<Partial<Record<string, MessageKind>>> = { ringing: 'command.ring' };

/** The event by which the device says that it could not send the message behind a change. */
function unsentFor(history: History, { delivery: { change } }: Mismatch, outcome: ActionOutcome | null): TraceEvent | null {
  if (outcome !== null) return unsentOf(history, outcome);
  return unsentAfter(history, change.event.node, (kind) => kind === REPORTS[change.phase], 0);
}

/** The change as the device read it after it was found wrong; null where it never did. */
export function arrivedLater(history: History, { device, delivery: { change }, moment }: Mismatch): Wire | null {
  if (change.version !== null) return null;
  const isIt = (wire: Wire): boolean =>
    wire.node === device && wire.dir === 'in' && wire.call === change.call && phaseOf(wire.kind) === change.phase;
  const late = within(history.wires, moment.n).find(isIt) ?? null;
  // What somebody does afterwards leads to the same change: that one is not late.
  const again = history.actions.find(
    ({ n, call, action }) =>
      call === change.call && n > Math.max(moment.n, change.n) && n < (late?.n ?? 0) && ACTIONS[action].leadsTo === change.phase,
  );
  return again === undefined ? late : null;
}

/** What a fault of the probe did to the message on either side is said as that, and nobody else is suspected. */
function struckBy(
  history: History,
  { device, delivery: { change }, moment, isSibling }: Mismatch,
  sent: Wire | null,
  since: number,
): Odds | null {
  const up = sent === null ? null : strikeOn(history, sent);
  const isWholly = sent !== null && writesLike(history, sent).every((write) => isRemoved(history, write));
  if (up !== null && isWholly)
    return { shares: { 'lost-uplink': SURE }, proof: [sent, up], because: "the probe's own fault removed it" };
  const down = within(history.hits, since - 1, moment.n).find(
    (hit) =>
      hit.struck?.dir === 'in' &&
      hit.struck.dropped &&
      hit.node === device &&
      hit.struck.call === change.call &&
      (isSibling ? isEvent(hit.struck.kind) : phaseOf(hit.struck.kind) === change.phase),
  );
  if (down === undefined) return null;
  return { shares: { 'dropped-in-transit': SURE }, proof: [down], because: "the probe's own fault removed it" };
}

const writesLike = (history: History, { n, node, call, kind }: Wire): readonly Wire[] =>
  within(history.wires, n - 1).filter((one) => one.node === node && one.dir === 'out' && one.call === call && one.kind === kind);

function sentencesOf(
  mismatch: Mismatch,
  sent: Wire | null,
  outcome: ActionOutcome | null,
  read: Parameters<typeof readSentence>[1],
  quiet: EventOf<'receipt'> | null,
): string[] {
  const { device, shows, moment } = mismatch;
  const what = outcome?.action.action ?? (sent === null ? '' : (sent.name ?? sent.kind));
  const healthy = quietSentence(device, quiet, moment.at);
  return [...(sent === null ? [] : [readSentence(sent, read, what)]), healthy, `${device} still showed ${shows}.`];
}

/** Whether the server has the command of an action, by what its own device read, or another one shows. */
function isTakenOn(outcome: ActionOutcome | null, { delivery: { change } }: Mismatch): boolean {
  if (outcome === null) return false;
  return outcome.acknowledged !== null || change.event.node !== outcome.action.node || change.version !== null;
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

/** The log-in over a newer connection of a device, over which nothing of any call ever came; null for any other one. */
function deafConnection({ wires }: History, device: string, untilN: number): EventOf<'wire'> | null {
  const own = wires.filter(({ node, dir, n }) => node === device && dir === 'in' && n <= untilN);
  const welcome = own.findLast(({ kind }) => kind === 'welcome');
  if (welcome === undefined || welcome.conn < 2) return null;
  return own.some(({ conn, call }) => conn === welcome.conn && call !== null) ? null : welcome;
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
