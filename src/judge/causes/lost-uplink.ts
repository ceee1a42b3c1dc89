/** The frame left the device, and the server never received it, or never acknowledged it. */
import { ACTIONS } from '../../protocol/actions.js';
import type { EventOf } from '../../trace/event.js';
import { type ActionOutcome, isMoot, outcomesOf, unsentAfter, unsentOf } from '../history/actions.js';
import { evidenceIn, isRemoved } from '../history/evidence.js';
import { allShown, type History } from '../history/history.js';
import type { Moment } from '../history/mismatches.js';
import { presenceOf } from '../history/presence.js';
import { ASK_THE_SERVER } from './black-box.js';
import type { Context } from './context.js';
import { failureOf, hadTime, isTeardown } from './failing.js';
import { damageTo } from './obstacles.js';
import { type Candidate, evidenceOf, type Rule, SURE } from './rule.js';
import { faultWords, times } from './wording.js';

/** What an app lost by itself is no loss of the network. */
const UNSENT = {
  title: 'The app loses what it has to send while it has no connection',
  lookAt:
    'whether the app keeps messages until it is connected again (in a dialect: byDesign.unsent), and reports its state then',
} as const;

export const lostUplink: Rule = {
  code: 'lost-uplink',
  title: 'A message to the server is lost on the way',
  lookAt: 'the network between this device and the server, and whether the app sends again what was not acknowledged',
  doc: 'The frame left the device, and the server never received or never acknowledged it; or the device had no connection to send it over.',
  ruledOutBy: "the command in the server's log",
  apply(context) {
    const failure = failureOf(context);
    if (failure === null) return [];
    const { history } = context;
    const presence = presenceOf(history);
    const commands = outcomesOf(history).flatMap((outcome): Candidate[] => {
      const { action, message, received, acknowledged } = outcome;
      const { node, call } = action;
      if (!hadTime(context, action, failure) || isTeardown(context, action) || isMoot(history, outcome)) return [];
      const isReceived = history.serverVisible
        ? received !== null && !isTeardown(context, received)
        : acknowledged !== null ||
          hadEffect(context, outcome) ||
          message?.writes.some((write) => isDelivered(history, write, failure));
      if (isReceived) return [];
      const base = { hop: `${node}.signaling`, call, originN: action.n } as const;
      if (message === null) {
        const cuts = presence.activeOn(node, action.n, failure.n);
        const unsent = unsentOf(history, outcome);
        if (unsent === null && (presence.goneUntil(node, action.n) <= failure.n || cuts.length === 0)) return [];
        return [
          {
            ...base,
            ...UNSENT,
            confidence: 0.85,
            summary: `"${action.action}" of ${node} in call ${call} never left the device, which had no connection${faultWords(cuts, 'kept it away')}.`,
            evidence: evidenceOf(action, unsent, ...cuts.slice(0, 3), failure),
            ruledOutBy: this.ruledOutBy,
          },
        ];
      }
      const struck = presence.striking(message);
      const [first] = message.writes;
      const around = struck.length > 0 ? struck : presence.activeOn(node, first?.n ?? action.n, failure.n);
      const what = history.serverVisible ? 'the server never received it' : 'nothing shows that the server received it';
      const share = struck.length > 0 ? SURE : around.length > 0 ? 0.7 : 0.4;
      return [
        {
          ...base,
          confidence: history.serverVisible ? SURE : share,
          summary: `${node} wrote ${first?.kind ?? action.action} of call ${call} ${times(message.writes.length)}, and ${what}${faultWords(around, struck.length > 0 ? 'struck it' : 'was active on its link')}.`,
          evidence: evidenceOf(action, ...message.writes.slice(0, 3), ...around.slice(0, 3), failure),
          ruledOutBy: history.serverVisible ? this.ruledOutBy : ASK_THE_SERVER,
        },
      ];
    });
    return [...commands, ...unsentRinging(context, failure, this.ruledOutBy)];
  },
};

/** Whether a message of a black box is known to have got through, or left on a connection that nothing disturbed, which delivers. */
function isDelivered(history: History, write: EventOf<'wire'>, failure: Moment): boolean {
  const { readOf, troubleOn } = evidenceIn(history);
  if (isRemoved(history, write) || damageTo(history, write) !== null) return false;
  return readOf(write) !== null || troubleOn(write.node, write.n, failure.n).length === 0;
}

/** The app of the callee reports by itself that it rings, once: without a connection the report is lost. */
function unsentRinging({ history, mismatches }: Context, failure: Moment, ruledOutBy: string): Candidate[] {
  if (!history.isForeign) return [];
  return history.calls.flatMap(({ caller, call, shown }): Candidate[] => {
    const own = caller === null ? [] : (shown.get(caller) ?? []).filter(({ n }) => n <= failure.n);
    if (caller === null || own.some(({ state }) => state === 'ringing' || state === 'connected')) return [];
    const others = [...shown].flatMap(([device, views]) => (device === caller ? [] : views));
    const rings = others.find(({ state }) => state === 'ringing');
    const unsent =
      rings === undefined ? null : unsentAfter(history, rings.node, (kind) => kind === 'command.ring', own[0]?.n ?? 0);
    if (rings === undefined || unsent === null || unsent.n > failure.n) return [];
    // A call that nobody found wrong had no need of it.
    if (!mismatches.some((one) => one.call.call === call && one.device === caller && one.delivery.change.phase === 'ringing'))
      return [];
    const { node } = rings;
    const cuts = presenceOf(history).activeOn(node, 0, unsent.n);
    return [
      {
        hop: `${node}.signaling`,
        call,
        ...UNSENT,
        confidence: SURE,
        summary: `${node} rang in call ${call} and could not report it: it had no connection${faultWords(cuts, 'kept it away')}, and did not report it later. ${caller} never showed that it rings.`,
        evidence: evidenceOf(...cuts.slice(0, 3), unsent, rings, failure),
        ruledOutBy,
        originN: unsent.n,
      },
    ];
  });
}

/** Whether a device of the other side shows what it does only when the command got through. */
function hadEffect(context: Context, { action: { action, call, node, n } }: ActionOutcome): boolean {
  const history = context.history.callsById.get(call ?? '');
  const { leadsTo } = ACTIONS[action];
  const views = history === undefined ? [] : allShown(history);
  return views.some(
    (view) =>
      view.node !== node &&
      view.n > n &&
      (action === 'call' ? view.state !== 'idle' : view.state === leadsTo) &&
      !isTeardown(context, view),
  );
}
