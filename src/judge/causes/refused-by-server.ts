/** The server answered with a refusal, shut the device out, or no longer knew the call. */
import { ACTIONS } from '../../protocol/actions.js';
import { LEGAL_MOVES, PHASES } from '../../protocol/call.js';
import { phaseOf } from '../../protocol/message-kinds.js';
import { type ActionOutcome, isMoot, outcomesOf } from '../history/actions.js';
import { lastUpTo, within } from '../history/by-number.js';
import { evidenceIn, readSentence } from '../history/evidence.js';
import { recordAt } from '../history/history.js';
import { carriedBy, messagesOf, readsOf } from '../history/messages.js';
import { healthIn } from '../history/outage.js';
import { presenceOf } from '../history/presence.js';
import { seconds } from '../history/wording.js';
import { oddsOf } from './black-box.js';
import type { Context } from './context.js';
import { failureOf, hadTime, isTeardown } from './failing.js';
import { endedWithConnection, givenUp } from './given-up.js';
import { heldBusy } from './held-busy.js';
import { damageTo } from './obstacles.js';
import { type Candidate, evidenceOf, LIKELY, type Rule, SURE } from './rule.js';
import { faultWords } from './wording.js';

export const refusedByServer: Rule = {
  code: 'refused-by-server',
  title: 'The server refuses what a user does',
  lookAt: 'on what condition the server refuses this',
  doc: 'The server answered the command with a refusal, shut the device out, no longer knew a call that was up, or gave it up with the first connection that broke.',
  ruledOutBy: 'a record of the call, at that moment, that makes the refusal right',
  apply(context) {
    if (failureOf(context) === null) return [];
    const { ruledOutBy } = this;
    return [
      ...outcomesOf(context.history).flatMap((outcome) => refusal(context, outcome, ruledOutBy)),
      ...context.history.devices.flatMap((device) => shutOut(context, device, ruledOutBy)),
      ...forgotten(context, ruledOutBy),
      ...turnedAway(context),
      ...givenUp(context, ruledOutBy),
      ...endedWithConnection(context, ruledOutBy),
    ];
  },
};

/** Nobody got in although the target answered: overload or a limit of the rate, and no end of the target. */
function turnedAway({ history }: Context): Candidate[] {
  const { end, conns } = history;
  const health = healthIn(history, 'busy');
  if (health === undefined || end?.status !== 'target-busy') return [];
  const attempts = conns.filter(({ state, n }) => state !== 'opened' && n < health.n);
  return [
    {
      hop: history.serverOf(''),
      call: null,
      confidence: SURE,
      summary: `The target answers and let nobody in: ${health.error}. It is overloaded, or limits how often one may connect.`,
      evidence: evidenceOf(...attempts.slice(0, 3), health, end),
      ruledOutBy: 'a log of the target that shows these connections admitted at that time',
      originN: attempts[0]?.n ?? health.n,
    },
  ];
}

/** A refusal that the table of moves does not ask for is the server's fault; one that it asks for has a cause of its own before it. */
function refusal(context: Context, outcome: ActionOutcome, ruledOutBy: string): Candidate[] {
  const { action, message, received, result } = outcome;
  const { history, failed } = context;
  if (history.isForeign) return refusedReply(context, outcome, ruledOutBy);
  // A refusal that is right is no cause of anything by itself.
  if (result === null || result.refused === null || isTeardown(context, action) || failed.length === 0) return [];
  const written = messagesOf(history).of(result.wire.n)?.writes[0] ?? null;
  const call = history.callsById.get(action.call ?? '');
  const held = call === undefined || written === null ? null : recordAt(call, written.n);
  const phase = PHASES.find((one) => one === carriedBy(result.wire)[0]?.fields['phase']) ?? held?.phase ?? null;
  const { move } = ACTIONS[action.action];
  const cell = phase === null || move === null ? null : LEGAL_MOVES[phase][move];
  const isRight = cell !== null && 'refuse' in cell;
  const isWrong = cell !== null && !isRight;
  const during = phase === null ? '' : ` while its record was ${phase}${isWrong ? ', which allows it' : ''}`;
  return [
    {
      hop: history.serverOf(action.node),
      call: action.call,
      confidence: isWrong ? 0.9 : isRight ? 0.4 : 0.7,
      summary: `The server refused "${action.action}" of ${action.node} in call ${action.call} as ${result.refused}${during}.`,
      evidence: evidenceOf(action, message?.writes[0], received, held, result.wire),
      ruledOutBy,
      originN: action.n,
    },
  ];
}

/** An error reply of a foreign target, quoted: to a command that had no effect, in a call that was still up for its device. */
function refusedReply(context: Context, outcome: ActionOutcome, ruledOutBy: string): Candidate[] {
  const { history, mismatches } = context;
  const { action, message, result } = outcome;
  const sent = message?.writes[0];
  const reply =
    (sent === undefined ? null : evidenceIn(history).refusalOf(sent)) ?? (result?.refused == null ? null : result.wire);
  if (sent === undefined || reply === null || isTeardown(context, action) || isMoot(history, outcome)) return [];
  // What the probe itself made unreadable is refused with good reason.
  if (damageTo(history, sent) !== null) return [];
  const { leadsTo } = ACTIONS[action.action];
  const isDone = within(history.wires, sent.n).some(
    (wire) => wire.dir === 'in' && wire.call === action.call && wire.node !== action.node && phaseOf(wire.kind) === leadsTo,
  );
  // What was sent to a connection that is gone is refused for want of an answer: that is another matter.
  const isStale = mismatches.some(
    (one) =>
      one.delivery.change.action?.n === action.n &&
      one.delivery.stage === 'unseen' &&
      oddsOf(history, one).shares['stale-registration'] !== undefined,
  );
  if (isDone || isStale) return [];
  // A refusal for want of an end that the server has read has a cause of its own.
  const call = history.callsById.get(action.call ?? '');
  const isHeld = call !== undefined && (heldBusy(history, call)?.before ?? null) !== null;
  const words = reply.refusal ?? result?.refused ?? reply.name ?? reply.kind;
  return [
    {
      hop: history.serverOf(action.node),
      call: action.call,
      title: `The server refuses "${action.action}"`,
      lookAt: `on what condition the server answers "${action.action}" with "${words}"`,
      confidence: isHeld ? LIKELY : SURE,
      proof: [
        readSentence(sent, null, action.action),
        `The server answered "${words}" at ${seconds(reply.at)}, and nobody else was sent anything for it.`,
      ],
      summary: `The server refused "${action.action}" of ${action.node} in call ${action.call}: "${words}".`,
      evidence: evidenceOf(action, sent, reply),
      ruledOutBy,
      originN: action.n,
    },
  ];
}

/** Close codes from here on are refusals of the bundled protocol. */
const REFUSAL_CODE_MIN = 4_400;

/** A server refused or closed a device, which did not get in again and is wrong about something. */
function shutOut(context: Context, device: string, ruledOutBy: string): Candidate[] {
  const { history } = context;
  const presence = presenceOf(history);
  const end = history.last?.n ?? 0;
  const isLast = ({ node, n }: { node: string; n: number }): boolean => node === device && presence.goneUntil(device, n) > end;
  // A foreign target that refuses a log-in has a cause of its own.
  const refusals = history.sessions.filter(({ node, state }) => node === device && state === 'refused' && !history.isForeign);
  const closed = history.conns.findLast((event) => (event.code ?? 0) >= REFUSAL_CODE_MIN && isLast(event));
  const event = closed ?? refusals.findLast(isLast);
  const failure = failureOf(context);
  if (event === undefined || failure === null || !hadTime(context, event, failure) || isTeardown(context, event)) return [];
  if (history.offline.get(device)?.some(({ toN }) => toN > end)) return [];
  const why = (event.type === 'conn' ? `${event.code} ${event.reason}` : (event.text ?? '')).slice(0, 120);
  const did = event.type === 'conn' ? `closed the connection of ${device}` : `did not let ${device} in`;
  const faults = presence.activeOn(device, 0, event.n);
  return [
    {
      hop: history.serverOf(device),
      call: null,
      confidence: faults.length > 0 ? 0.6 : 0.85,
      summary: `The server ${did} (${why}), and the device never got in again${faultWords(faults, 'was active before')}.`,
      evidence: evidenceOf(...refusals.slice(-2), event),
      ruledOutBy,
      originN: event.n,
    },
  ];
}

/** A device came back and its welcome did not name a call that was still up by all that the trace knows. */
function forgotten(context: Context, ruledOutBy: string): Candidate[] {
  const { history } = context;
  return history.calls.flatMap((call): Candidate[] => {
    for (const [device, views] of call.shown) {
      const given = views.find(
        ({ state, version, reason }) =>
          state === 'ended' && version === null && (reason === 'server-error' || reason === 'peer-lost'),
      );
      if (given === undefined || isTeardown(context, given)) continue;
      const before = lastUpTo(views, given.n - 1);
      const record = recordAt(call, given.n) ?? lastUpTo(call.applied.get(device), given.n) ?? null;
      if (record === null || record.phase === 'ended' || before === undefined) continue;
      const welcome = readsOf(history, device).findLast(({ kind, n }) => kind === 'welcome' && n > before.n && n < given.n);
      if (welcome === undefined || carriedBy(welcome).some(({ id }) => id === call.call)) continue;
      const restart = history.hits.findLast(({ n }) => history.serverRestarts.includes(n) && n < welcome.n);
      return [
        {
          hop: history.serverOf(device),
          call: call.call,
          confidence: history.serverVisible ? SURE : LIKELY,
          summary: `The server sent ${device} a welcome without call ${call.call}, which was ${record.phase}: it no longer knew of it${faultWords(restart === undefined ? [] : [restart], 'had ended its process')}.`,
          evidence: evidenceOf(record, restart, welcome, given),
          ruledOutBy,
          originN: restart?.n ?? welcome.n,
        },
      ];
    }
    return [];
  });
}
