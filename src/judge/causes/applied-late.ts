/** It arrived, or was applied or shown, beyond its limit: says which hop cost the time. */
import type { TraceEvent } from '../../trace/event.js';
import { outcomesOf } from '../history/actions.js';
import { changesOf } from '../history/changes.js';
import { type Delivery, deliveryOf } from '../history/delivery.js';
import { evidenceIn, readSentence } from '../history/evidence.js';
import { eventAt, type History } from '../history/history.js';
import { messagesOf } from '../history/messages.js';
import { LATE_MS } from '../history/mismatches.js';
import { presenceOf } from '../history/presence.js';
import { timingsOf } from '../history/timings.js';
import { seconds } from '../history/wording.js';
import { arrivedLater } from './black-box.js';
import { type Context, failedIn } from './context.js';
import { type Step, slowest, stepsOf } from './delays.js';
import { failureOf } from './failing.js';
import { timersApart } from './late-answer.js';
import { type Candidate, evidenceOf, LIKELY, type Rule, SURE } from './rule.js';
import { changeWords, faultWords, symptom, times, took } from './wording.js';

const SLOW_SERVER = {
  title: 'The server passes messages on late',
  lookAt: 'what the server waits for before it writes',
} as const;
/** How sure it is when the hop that cost the time took most of it. */
const CLEAR = 0.9;

export const appliedLate: Rule = {
  code: 'applied-late',
  title: 'A change arrives late',
  lookAt: 'where the time goes at this hop',
  doc: 'It arrived, or was applied or shown, but beyond its limit: the diagnosis names the hop that cost the time.',
  ruledOutBy: 'a limit that the wait is meant to exceed, or a pause of the probe itself at that time',
  apply(context) {
    const { history, mismatches } = context;
    const resolved = mismatches.flatMap(({ resolved, delivery, call, device, moment }): Candidate[] => {
      if (resolved === null) return [];
      // Followed once more, up to the view by which it came right.
      const whole = deliveryOf(history, call, delivery.change, device, resolved.by.n);
      return late(history, whole, resolved.by, resolved.lateMs, [moment.event]);
    });
    const all = [...resolved, ...slowTimings(context), ...lateCommands(context), ...lateAtDevice(context)];
    return [...all.map((one) => ({ ...one, ruledOutBy: this.ruledOutBy })), ...timersApart(context, this.ruledOutBy)];
  },
};

/** What a device of a black box read only after it had been found wrong without it. */
function lateAtDevice({ history, mismatches }: Context): Candidate[] {
  return mismatches.flatMap((mismatch): Candidate[] => {
    const { device, delivery, moment, resolved } = mismatch;
    const { change, stage } = delivery;
    const read = resolved !== null || stage !== 'unseen' ? null : arrivedLater(history, mismatch);
    // What the probe itself held back is no delay of the target.
    const isHeld = history.hits.some(
      ({ node, struck }) => node === device && struck?.dir === 'in' && struck.digest === read?.digest,
    );
    if (read === null || isHeld) return [];
    const outcome = outcomesOf(history).find(({ action }) => action.n === change.action?.n) ?? null;
    const sent = outcome?.message?.writes[0] ?? null;
    const { readOf, troubleOn } = evidenceIn(history);
    const proof = sent === null ? null : readOf(sent);
    const own = [device, sent?.node ?? device].find((node) => troubleOn(node, change.n, read.n).length > 0);
    const hop = own === undefined ? history.serverOf(device) : `${own}.signaling`;
    const ms = read.at - (proof?.event.type === 'receipt' ? proof.event.at : (sent?.at ?? change.at));
    return [
      {
        hop,
        call: change.call,
        ...(own === undefined ? SLOW_SERVER : { title: 'A link delays messages', lookAt: 'the network of this device' }),
        confidence: SURE,
        proof: [
          ...(sent === null ? [] : [readSentence(sent, proof, outcome?.action.action ?? sent.kind)]),
          `${device} read it at ${seconds(read.at)}, ${took(ms)} later; it had been expected by ${seconds(moment.at)}.`,
        ],
        summary: `${changeWords(change)} reached ${device} ${took(ms)} after the server had it, which was too late: ${symptom(mismatch)}.`,
        evidence: evidenceOf(outcome?.action, sent, proof?.event, moment, read),
        ruledOutBy: null,
        originN: outcome?.action.n ?? change.n,
      },
    ];
  });
}

/** Waits that a checker found too long. */
function slowTimings(context: Context): Candidate[] {
  const { history } = context;
  const tooSlow = failedIn(context, 'latency').filter((finding) => finding.late !== undefined);
  const cited = new Set(tooSlow.flatMap(({ evidence }) => evidence));
  if (cited.size === 0) return [];
  return timingsOf(history).flatMap(({ call: id, from, to, ms }): Candidate[] => {
    const shown = to === null || !cited.has(to) || !cited.has(from) ? undefined : eventAt(history, to);
    const call = history.callsById.get(id);
    if (shown === undefined || call === undefined || ms === null) return [];
    const changes = changesOf(history, call);
    const change = changes.findLast(({ action }) => action?.n === from) ?? changes.findLast(({ n }) => n <= shown.n);
    if (change === undefined) return [];
    return late(history, deliveryOf(history, call, change, shown.node, shown.n), shown, ms, []);
  });
}

function late(history: History, delivery: Delivery, shown: TraceEvent, lateMs: number, also: readonly TraceEvent[]): Candidate[] {
  const { change, device } = delivery;
  const presence = presenceOf(history);
  const outcome = outcomesOf(history).find(({ action }) => action.n === change.action?.n) ?? null;
  const steps = stepsOf(history, outcome, delivery, shown);
  const worst = slowest(steps);
  const wholeMs = steps.reduce((sum, { ms }) => sum + ms, 0);
  if (worst === null || worst.ms < LATE_MS / 2) return [];
  const message = worst.to.type === 'wire' ? messagesOf(history).of(worst.to.n) : undefined;
  const struck = message === undefined ? [] : presence.striking(message);
  const isAcross = !history.serverVisible && worst.to.type === 'wire' && worst.from.node !== worst.to.node;
  const nodes = isAcross ? [worst.from.node, worst.to.node] : [worst.node];
  const active = nodes.map((node) => presence.activeOn(node, worst.from.n, worst.to.n)).find(({ length }) => length > 0) ?? [];
  const faults = struck.length > 0 ? struck : active;
  const hop = isAcross ? hopAcross(history, worst) : worst.hop;
  const copies = message !== undefined && message.writes.length > 1 ? `, which took ${message.writes.length} writes` : '';
  return [
    {
      hop,
      call: change.call,
      ...(isAcross && hop === history.serverOf(device) ? SLOW_SERVER : {}),
      confidence: worst.ms * 2 >= wholeMs ? CLEAR : LIKELY,
      summary: `${device} showed ${changeWords(change)} ${took(lateMs)} after it happened; ${took(worst.ms)} of ${took(wholeMs)} were spent at ${hop}${copies}${faultWords(faults, struck.length > 0 ? 'struck it' : 'was active there')}.`,
      evidence: evidenceOf(outcome?.action, change, worst.from, worst.to, shown, ...faults.slice(0, 3), ...also),
      ruledOutBy: null,
      originN: outcome?.action.n ?? change.n,
    },
  ];
}

/** Where time went between two devices with nothing to see of the server: at the one whose link the probe was active on, else there. */
function hopAcross(history: History, { from, to }: Step): string {
  const isOwn = ({ node }: TraceEvent): boolean =>
    presenceOf(history)
      .activeOn(node, from.n, to.n)
      .some((fault) => !history.isServer(fault.node));
  const own = [from, to].find(isOwn);
  return own === undefined ? history.serverOf(to.node) : `${own.node}.signaling`;
}

/** Commands that the server received only long after the user acted, in a run in which something did not come in time. */
function lateCommands(context: Context): Candidate[] {
  const { history } = context;
  const failure = failureOf(context);
  if (failure === null) return [];
  const presence = presenceOf(history);
  return outcomesOf(history).flatMap(({ action, message, received }): Candidate[] => {
    const [first] = message?.writes ?? [];
    if (received === null || first === undefined || message === null || action.n > failure.n) return [];
    const lateMs = received.at - action.at;
    if (lateMs <= LATE_MS || !isAwaited(history, action, received)) return [];
    const isHeld = first.at - action.at > received.at - first.at;
    const struck = presence.striking(message);
    const faults = struck.length > 0 ? struck : presence.activeOn(action.node, action.n, received.n);
    const how = isHeld ? `: the device wrote it ${took(first.at - action.at)} late` : `, written ${times(message.writes.length)}`;
    return [
      {
        hop: isHeld ? action.node : `${action.node}.signaling`,
        call: action.call,
        confidence: CLEAR,
        summary: `The server received "${action.action}" of ${action.node} in call ${action.call} ${took(lateMs)} after the user's action${how}${faultWords(faults, struck.length > 0 ? 'struck it' : 'was active on its link')}.`,
        evidence: evidenceOf(action, first, received, ...faults.slice(0, 3), failure),
        ruledOutBy: null,
        originN: action.n,
      },
    ];
  });
}

/** Whether an expectation failed while the command was on its way, or soon after it was received. */
function isAwaited({ marks }: History, action: TraceEvent, received: TraceEvent): boolean {
  return marks.some(({ name, ok, n, at }) => name === 'expect' && ok === false && n > action.n && at <= received.at + LATE_MS);
}
