/** What arrived is not what was sent: another digest, a field that is missing or differs. */
import { isSignal } from '../../protocol/message-kinds.js';
import { flawsOf } from '../history/delivery.js';
import { causeOf, type History } from '../history/history.js';
import { carriedBy, isObject, messagesOf } from '../history/messages.js';
import type { Mismatch } from '../history/mismatches.js';
import { presenceOf } from '../history/presence.js';
import { type Context, failedIn } from './context.js';
import { misroutedOf } from './misrouting.js';
import { damagedBy, isRejected } from './obstacles.js';
import { relayCandidates } from './relay.js';
import { type Candidate, evidenceOf, LIKELY, type Rule, SURE } from './rule.js';
import { changeWords, faultWords, symptom } from './wording.js';

export const payloadAltered: Rule = {
  code: 'payload-altered',
  title: 'A message arrives with other content than was sent',
  lookAt: 'what the server copies, and what it writes anew, when it passes this message on',
  doc: 'It was received, but its digest or a required field differs from what was sent; or the server sent something else than its record says.',
  ruledOutBy: 'the same digest at both ends, and the fields of the record in the frame',
  apply(context) {
    const { ruledOutBy } = this;
    const open = context.mismatches.filter(({ resolved }) => resolved === null);
    return [
      ...open.flatMap((mismatch) => [
        ...alteredRecord(context.history, mismatch, ruledOutBy),
        ...damaged(context.history, mismatch, ruledOutBy),
      ]),
      ...alteredSignals(context, ruledOutBy),
      ...relayCandidates(context, 'altered', ruledOutBy),
    ];
  },
};

function alteredRecord(history: History, mismatch: Mismatch, ruledOutBy: string): Candidate[] {
  const { device, delivery, moment } = mismatch;
  const { change, stage, altered, written } = delivery;
  const rejected = isRejected(history, mismatch);
  const isAlteredLast = stage === 'altered' || (stage === 'unread' && rejected !== null);
  if (!isAlteredLast || misroutedOf(history, mismatch)?.wire === altered) return [];
  const carried = altered === null ? undefined : carriedBy(altered)[0];
  const fields = carried === undefined ? [] : flawsOf(carried, change);
  const server = altered !== null && history.isServer(altered.node) ? altered.node : null;
  const message = messagesOf(history).of((altered ?? written)?.n ?? 0);
  const faults = message === undefined ? [] : presenceOf(history).striking(message);
  const what = fields.length > 0 ? ` (${fields.join(', ')})` : '';
  const how =
    server === null
      ? `arrived at ${device} as something else than was sent${what}`
      : `left the server for ${device} as something else than its record${what}`;
  const unread = rejected === null ? '' : `, and the device could not read it (${rejected.message.slice(0, 120)})`;
  return [
    {
      hop: server ?? `${device}.signaling`,
      call: change.call,
      confidence: SURE,
      summary: `${changeWords(change)} ${how}${unread}${faultWords(faults)}. ${symptom(mismatch)}.`,
      evidence: evidenceOf(change.action, change, written, altered, rejected, ...faults.slice(0, 3), moment),
      ruledOutBy,
      originN: change.n,
    },
  ];
}

/** What the probe itself damaged in transit to a device that could not recognise it any more. */
function damaged(history: History, mismatch: Mismatch, ruledOutBy: string): Candidate[] {
  const { device, moment } = mismatch;
  const { change } = mismatch.delivery;
  const damage = damagedBy(history, mismatch);
  if (damage === null) return [];
  return [
    {
      hop: `${device}.signaling`,
      call: change.call,
      confidence: SURE,
      summary: `${changeWords(change)} arrived at ${device} as something else than was sent${faultWords([damage])}, and nobody sent it again. ${symptom(mismatch)}.`,
      evidence: evidenceOf(change.action, change, damage, moment),
      ruledOutBy,
      originN: change.n,
    },
  ];
}

/** Descriptions and candidates that the server passed on as something else: only where the media failed. */
function alteredSignals(context: Context, ruledOutBy: string): Candidate[] {
  const { history } = context;
  if (failedIn(context, 'media').length === 0) return [];
  for (const out of history.wires) {
    if (out.dir !== 'out' || !isSignal(out.kind) || !history.isServer(out.node)) continue;
    const before = causeOf(history, out);
    if (before?.type !== 'wire' || before.dir !== 'in' || before.node !== out.node || !isSignal(before.kind)) continue;
    if (sameData(out.frame, before.frame)) continue;
    return [
      {
        hop: out.node,
        call: before.call,
        confidence: LIKELY + 0.1,
        summary: `The server read ${before.kind} of call ${before.call} and passed it on as another one (${out.kind}): the two sides hold different descriptions.`,
        evidence: evidenceOf(before, out),
        ruledOutBy,
        originN: before.n,
      },
    ];
  }
  return [];
}

function sameData(a: unknown, b: unknown): boolean {
  if (!isObject(a) || !isObject(b)) return true;
  return JSON.stringify(a['data']) === JSON.stringify(b['data']) && a['kind'] === b['kind'];
}
