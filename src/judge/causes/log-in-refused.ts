/** A device could not log in, or was refused what its log-in asks for, and what failed needs it. */
import type { EventOf } from '../../trace/event.js';
import { within } from '../history/by-number.js';
import { type History, userOf } from '../history/history.js';
import type { Moment } from '../history/mismatches.js';
import { presenceOf } from '../history/presence.js';
import { seconds } from '../history/wording.js';
import type { Context } from './context.js';
import { failureOf, isTeardown } from './failing.js';
import { type Candidate, evidenceOf, type Rule, SURE } from './rule.js';
import { faultWords } from './wording.js';

export const logInRefused: Rule = {
  code: 'log-in-refused',
  title: 'The server refuses a log-in',
  lookAt: 'on what condition the server refuses a log-in of a user whose former connection is gone or going',
  doc: 'A log-in, a later one, or a subscription that belongs to it was refused or never answered, and what failed needs it.',
  ruledOutBy: 'a later log-in of the device that the server confirmed, before what failed',
  apply(context) {
    const { history } = context;
    const failure = failureOf(context);
    if (failure === null || !history.isForeign) return [];
    return history.devices.flatMap((device) => {
      const refused = refusedLogIn(context, device, failure, this.ruledOutBy);
      return refused.length > 0 ? refused : refusedPart(context, device, failure, this.ruledOutBy);
    });
  },
};

/** The log-in itself was refused, or ran into its time-out, and the device was not there when it was needed. */
function refusedLogIn(context: Context, device: string, failure: Moment, ruledOutBy: string): Candidate[] {
  const { history } = context;
  const refusals = history.sessions.filter(({ node, state, n }) => node === device && state === 'refused' && n < failure.n);
  const first = refusals[0];
  if (first === undefined || isTeardown(context, first) || presenceOf(history).goneUntil(device, first.n) < failure.n) return [];
  const reply = replyBefore(history, device, first);
  const faults = presenceOf(history).activeOn(device, 0, first.n).slice(-1);
  const often = refusals.length === 1 ? '' : ` ${refusals.length} times`;
  const words = reply?.refusal === undefined ? (first.text ?? 'no answer') : `"${reply.refusal}"`;
  return [
    {
      hop: history.serverOf(device),
      call: null,
      confidence: SURE,
      proof: [
        `${device} wanted to log in again and was refused at ${seconds(first.at)}${often}: ${words}.`,
        `It had not got in by ${seconds(failure.at)}.`,
      ],
      summary: `The server refused the log-in of ${device}${often}: ${words}. The device was not there when it was needed${faultWords(faults, 'had ended its former connection')}.`,
      evidence: evidenceOf(...faults, reply, ...refusals.slice(0, 3), failure),
      ruledOutBy,
      originN: reply?.n ?? first.n,
    },
  ];
}

/** A request that belongs to the log-in, such as a subscription, was refused: the device is there, and hears nothing. */
function refusedPart(context: Context, device: string, failure: Moment, ruledOutBy: string): Candidate[] {
  const { history } = context;
  const isMine = (wire: EventOf<'wire'>): boolean => wire.node === device && wire.n < failure.n;
  const refusal = history.wires.find((wire) => {
    if (!isMine(wire) || wire.dir !== 'in' || wire.refusal === undefined || wire.call !== null || isTeardown(context, wire))
      return false;
    const before = history.wires.filter((one) => isMine(one) && one.dir === 'out' && one.conn === wire.conn && one.n < wire.n);
    return before.length > 0 && before.every(({ call }) => call === null);
  });
  if (refusal === undefined) return [];
  // One who hears of calls all the same was not kept from it.
  const hears = within(history.wires, refusal.n, failure.n).some(
    (wire) => wire.node === device && wire.dir === 'in' && wire.call !== null && wire.conn === refusal.conn,
  );
  const isNeeded = history.actions.some(
    ({ peer, node, n }) => n < failure.n && (node === device || (peer !== null && userOf(peer) === userOf(device))),
  );
  if (hears || !isNeeded) return [];
  return [
    {
      hop: history.serverOf(device),
      call: null,
      title: 'The server refuses what a device asks for when it logs in',
      lookAt: 'in which order the server expects the messages of a log-in, and what it does with one that comes too early',
      confidence: SURE,
      proof: [
        `The server answered ${device} with "${refusal.refusal}" at ${seconds(refusal.at)}, before any message of a call.`,
        `Nothing of a call was sent to ${device} over that connection.`,
      ],
      summary: `The server refused a request of ${device} that belongs to its log-in: "${refusal.refusal}". It sent the device nothing of any call afterwards.`,
      evidence: evidenceOf(refusal, failure),
      ruledOutBy,
      originN: refusal.n,
    },
  ];
}

/** The error reply behind a refused log-in. */
function replyBefore({ wires }: History, device: string, { n }: EventOf<'session'>): EventOf<'wire'> | undefined {
  return wires.findLast((wire) => wire.node === device && wire.dir === 'in' && wire.n < n && wire.refusal !== undefined);
}
