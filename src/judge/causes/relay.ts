/** What the two ends of a foreign target's calls show of what lies between them: no record, no log, and still proof. Pure. */
import { isCommand, type MessageKind } from '../../protocol/message-kinds.js';
import type { EventOf } from '../../trace/event.js';
import { type RelayFlaw, relayFlaws } from '../checkers/relayed.js';
import { evidenceIn } from '../history/evidence.js';
import { actionBehind, eventAt, type History } from '../history/history.js';
import { lateAnswersOf, surprisesOf } from '../history/provocation.js';
import { seconds } from '../history/wording.js';
import { type Context, failedIn } from './context.js';
import { failureOf, isTeardown } from './failing.js';
import { type Candidate, evidenceOf, LIKELY, SURE } from './rule.js';

const WHAT: Readonly<Record<RelayFlaw['kind'], string>> = {
  altered: 'Whatever lies between the two sides changed it',
  duplicated: 'Whatever lies between the two sides sent it again',
  reordered: 'Whatever lies between the two sides changed the order',
  lost: 'It was lost between the two sides',
  echoed: 'The server sent it back to the device that it came from, and not to the other side',
};

/** Candidates for the flaws of one kind. */
export function relayCandidates(context: Context, kind: RelayFlaw['kind'], ruledOutBy: string): Candidate[] {
  if (failedIn(context, 'relayed').length === 0) return [];
  // A message that nobody did anything for is no altered or misrouted one.
  const surprises = new Set(surprisesOf(context.history).map(({ wire }) => wire.n));
  return relayFlaws(context.history)
    .filter((flaw) => flaw.kind === kind && !flaw.finding.evidence.some((n) => surprises.has(n)))
    .map(({ call, device, finding: { message, evidence } }): Candidate => {
      return {
        hop: context.history.serverOf(device),
        call,
        confidence: kind === 'lost' || kind === 'reordered' ? LIKELY : SURE,
        summary: `${WHAT[kind]}: ${message}.`,
        evidence: evidenceOf(...evidence),
        ruledOutBy,
        originN: evidence[0] ?? 0,
      };
    });
}

/**
 * What was lost between two sides, where a link may have lost it, or where none did: a connection that nothing disturbed delivers.
 * What an undelivered command carried is explained with the command.
 */
export function lostBetween(context: Context, by: 'link' | 'server', ruledOutBy: string): Candidate[] {
  const { history, mismatches } = context;
  return relayCandidates(context, 'lost', ruledOutBy).filter(({ evidence, call }) => {
    const wire = eventAt(history, evidence[0] ?? 0);
    if (wire?.type !== 'wire') return by === 'link';
    if (isCommand(wire.kind) && mismatches.some((one) => one.call.call === call)) return false;
    const until = evidence.at(-1) ?? wire.n;
    const nodes = [wire.node, ...history.devices.filter((device) => device !== wire.node)];
    const isDisturbed = nodes.some((node) => evidenceIn(history).troubleOn(node, wire.n, until).length > 0);
    return isDisturbed === (by === 'link');
  });
}

/** A client may cross an answer with an end by itself; that the server lets it pass is its own doing all the same. */
const ANSWERED_LATE = 0.85;

/** What ends a call at the device that sends it or reads it. */
const ENDS: readonly MessageKind[] = ['command.cancel', 'command.reject', 'command.hangup', 'event.ended'];

/** Whether anybody else was sent the end of a call: a server that ignores the end knows of none, and that is what has to be explained. */
function isPassedOn({ wires, hits }: History, { call, node, n, dir }: EventOf<'wire'>): boolean {
  if (dir === 'in') return true;
  const isIt = (kind: MessageKind): boolean => kind === 'event.ended';
  return (
    wires.some((wire) => wire.n > n && wire.dir === 'in' && wire.node !== node && wire.call === call && isIt(wire.kind)) ||
    hits.some(({ struck }) => struck?.dir === 'in' && struck.call === call && isIt(struck.kind))
  );
}

/** An answer that reached a device for which the call was over: the server passed it on without looking. */
export function answeredAfterEnd(context: Context, ruledOutBy: string): Candidate[] {
  const { history } = context;
  if (!history.isForeign || failureOf(context) === null) return [];
  const proven = new Set(lateAnswersOf(history).map(({ read }) => read.n));
  const over = new Map<string, EventOf<'wire'>>();
  /** Who had the answer before the end: one that comes again is no late one. */
  const answered = new Set<string>();
  const found: Candidate[] = [];
  for (const event of history.wires) {
    const { call, node, dir, kind, n } = event;
    if (call === null || isTeardown(context, event)) continue;
    const key = `${node} ${call}`;
    const end = over.get(key);
    if (ENDS.includes(kind)) over.set(key, end ?? event);
    if (dir !== 'in' || kind !== 'event.connected') continue;
    if (end === undefined) answered.add(key);
    if (end === undefined || answered.has(key) || !isPassedOn(history, end)) continue;
    const accept = history.wires.findLast((one) => one.n < n && one.kind === 'command.accept' && one.call === call);
    // What the device did itself while the answer was on its way, the server could not know.
    const known = end.dir === 'out' ? evidenceIn(history).readOf(end)?.event : end;
    if (accept !== undefined && accept.n < (known?.type === 'receipt' ? known : end).n) continue;
    found.push({
      hop: history.serverOf(node),
      call,
      title: 'The server passes on an answer to a call that is over',
      lookAt: 'whether the server checks that a call is still up before it passes an answer on',
      confidence: proven.has(n) ? SURE : ANSWERED_LATE,
      summary: `The server passed an answer of call ${call} on to ${node}, for which the call had ended with ${end.kind} ${seconds(event.at - end.at)} before: it does not check whether a call is still up, and whoever answered is connected alone.`,
      evidence: evidenceOf(end, accept, event),
      ruledOutBy,
      // A proven one goes before what kept the end from whoever answered.
      originN: proven.has(n) ? (actionBehind(history, end)?.n ?? end.n) : end.n,
    });
  }
  return found;
}
