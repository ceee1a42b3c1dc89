/** The answer waits in a queue of the server for seconds. */
import { sameAddress } from '../../protocol/address.js';
import type { ServerDefect } from './defect.js';

/** Longer than any tested network takes. */
const HELD_MS = 7_000;

export const slowAnswer: ServerDefect = {
  side: 'server',
  name: 'slow-answer',
  doc: 'The server holds the answer back for seven seconds: the callee is connected while the caller still hears ringing.',
  seenIn: 'RocketChat/Rocket.Chat.ReactNative #7526',
  wrap: (policy) => {
    const recipients = new Set<string>();
    return {
      ...policy,
      answersByHttp: false,
      holdsBackMs: (to, payload) =>
        payload.type === 'event' && payload.cause.move === 'accept' && sameAddress(payload.record.caller, to)
          ? HELD_MS
          : policy.holdsBackMs(to, payload),
      outgoing: (to, payload) => {
        if (payload.type === 'event' && payload.cause.move === 'accept' && sameAddress(payload.record.caller, to))
          recipients.add(payload.record.id);
        return policy.outgoing(to, payload);
      },
      snapshot: (calls, device) =>
        policy
          .snapshot(calls, device)
          .filter(({ id, phase, caller }) => phase !== 'connected' || !sameAddress(caller, device) || recipients.has(id)),
    };
  },
};
