/** Twins of what servers in other styles do wrong: to whom they write, in which order, for whom they hold a user busy. */

import { faultEvent } from '../../trace-builder.js';
import { ForeignTrace } from './foreign-trace.js';
import type { FOREIGN_TWINS } from './foreign-twins.js';

export const STRANGER_TWINS: typeof FOREIGN_TWINS = [
  {
    code: 'wrong-recipient',
    hop: 'server',
    name: 'a decline that goes to another tab of the caller',
    says: /sent ended of call c1 to alice\/laptop, which has no part in the call, and not to alice\/phone/,
    build(isBroken) {
      const trace = new ForeignTrace(['alice/laptop']).calls();
      const reject = trace.at(400).op('bob/phone', 'reject', 'c1');
      trace.says('bob/phone', 'command.reject', reject);
      trace.shows('bob/phone', { state: 'ended', reason: 'rejected' }, reject);
      trace.after(5);
      if (isBroken) trace.hears('alice/laptop', 'event.ended', null, undefined, 'rejected');
      else trace.hears('alice/phone', 'event.ended', { state: 'ended', reason: 'rejected' });
      trace.after(300).pong('alice/phone');
      return trace.finishes(isBroken, 'both: ended(rejected) within 8s');
    },
  },
  {
    code: 'wrong-recipient',
    hop: 'server',
    name: 'an invitation that goes to everybody who is there',
    says: /sent carol\/phone the invitation of call c1, in which alice\/phone called bob/,
    build(isBroken) {
      const trace = new ForeignTrace(['carol/phone']).calls();
      if (isBroken) trace.hears('carol/phone', 'event.inviting', { state: 'ringing' });
      else trace.accepts().answered();
      return trace.finishes(isBroken, 'carol: idle within 8s');
    },
  },
  {
    code: 'wrong-recipient',
    hop: 'server',
    name: 'an answer that goes to whoever called last',
    says: /sent connected of call c1 to carol\/phone, which is in another call, and not to alice\/phone/,
    build(isBroken) {
      const trace = new ForeignTrace(['carol/phone', 'dave/phone']).calls();
      const call = trace.after(50).op('carol/phone', 'call', 'c2', 'dave');
      trace.view('carol/phone', { call: 'c2', state: 'inviting' }, call);
      trace.says('carol/phone', 'command.invite', call, 'c2');
      trace.after(5).hears('dave/phone', 'event.inviting', { call: 'c2', state: 'ringing' }, undefined, null, 'c2');
      trace.accepts();
      if (isBroken) {
        trace.after(5).hears('carol/phone', 'event.connected', { call: 'c2', state: 'connected' }, undefined, null, 'c2');
        trace.after(300).pong('alice/phone');
        trace.mark('expect', false, 'both: connected within 8s');
      } else {
        trace.answered();
      }
      for (const device of ['carol/phone', 'dave/phone']) trace.view(device, { call: 'c2', state: 'ended', reason: 'hangup' });
      return trace.finishes(isBroken);
    },
  },
  {
    code: 'wrong-recipient',
    hop: 'server',
    name: 'an answer that goes to somebody whose app does not know what it belongs to',
    says: /sent connected of call c1 to carol\/phone, which has no part in the call, and not to alice\/phone/,
    build(isBroken) {
      const name = 'picked-up';
      const trace = new ForeignTrace(['carol/phone']);
      trace.shows('carol/phone', { state: 'idle', call: null });
      // The call before tells by which name an answer comes.
      const before = trace.at(20).op('bob/phone', 'call', 'c0', 'alice');
      trace.view('bob/phone', { call: 'c0', state: 'inviting' }, before);
      trace.says('bob/phone', 'command.invite', before, 'c0');
      trace.hears('alice/phone', 'event.inviting', { call: 'c0', state: 'ringing' }, undefined, null, 'c0');
      const accept = trace.op('alice/phone', 'accept', 'c0');
      trace.says('alice/phone', 'command.accept', accept, 'c0');
      trace.view('alice/phone', { call: 'c0', state: 'connected', timerStartedAt: trace.now }, accept);
      trace.after(5).hears('bob/phone', 'event.connected', { call: 'c0', state: 'connected' }, name, null, 'c0');
      const end = trace.after(20).op('bob/phone', 'hang up', 'c0');
      trace.says('bob/phone', 'command.hangup', end, 'c0');
      trace.view('bob/phone', { call: 'c0', state: 'ended', reason: 'hangup' }, end);
      trace.hears('alice/phone', 'event.ended', { call: 'c0', state: 'ended', reason: 'hangup' }, undefined, null, 'c0');
      trace.calls().accepts();
      if (isBroken) trace.after(5).hears('carol/phone', 'ignored', null, name, null, null);
      else trace.after(5).hears('alice/phone', 'event.connected', { state: 'connected' }, name);
      trace.after(300).pong('alice/phone');
      return trace.finishes(isBroken);
    },
  },
  {
    code: 'handled-twice',
    hop: 'server',
    name: 'a call that is sent on twice, and one that a stranger has sent again',
    says: /The server sent bob\/phone "event.inviting" of call c1 2 times/,
    build(isBroken) {
      const trace = new ForeignTrace().calls();
      if (!isBroken) trace.says('mallory/phone', 'command.invite');
      trace.after(2).hears('bob/phone', 'event.inviting');
      return trace.accepts().answered().finishes(false);
    },
  },
  {
    code: 'handled-twice',
    hop: 'server',
    name: 'an answer that is sent on twice, and one that the callee repeats until it is confirmed',
    says: /The server sent alice\/phone "event.connected" of call c1 2 times/,
    build(isBroken) {
      const trace = new ForeignTrace().calls().accepts().answered();
      if (!isBroken) trace.after(495).says('bob/phone', 'command.accept');
      trace.after(5).hears('alice/phone', 'event.connected');
      return trace.finishes(false);
    },
  },
  {
    code: 'handled-twice',
    hop: 'server',
    name: 'an answer of which the probe makes two, and a target that declares to pass on both',
    says: /The message reached the server twice \(the probe's own fault "duplicate"\), and it passed both on/,
    build(isBroken) {
      const trace = new ForeignTrace([], isBroken ? [] : ['duplicates']).calls();
      const armed = trace.add('bob/phone', faultEvent('duplicate', 'armed'));
      trace.accepts();
      const struck = {
        dropped: false,
        dir: 'out',
        digest: 'command.accept-c1',
        kind: 'command.accept',
        call: 'c1',
        bytes: 90,
      } as const;
      trace.add('bob/phone', faultEvent('duplicate', 'hit', { struck }), armed);
      trace.answered();
      trace.after(40).hears('alice/phone', 'event.connected');
      return trace.finishes(false);
    },
  },
  {
    code: 'handled-twice',
    hop: 'server',
    name: 'a call that two devices of the callee get',
    says: /took the answer of bob\/laptop in call c1, which bob\/phone had answered already/,
    build(isBroken) {
      const trace = new ForeignTrace(['bob/laptop']).calls();
      trace.hears('bob/laptop', 'event.inviting', { state: 'ringing' });
      trace.accepts().answered();
      const accept = trace.op('bob/laptop', 'accept', 'c1');
      trace.says('bob/laptop', 'command.accept', accept);
      trace.shows('bob/laptop', { state: 'connected' }, accept);
      trace.after(5);
      if (isBroken) trace.hears('bob/laptop', 'result.ok');
      else trace.hears('bob/laptop', 'event.ended', { state: 'ended', reason: 'answered-elsewhere' });
      return trace.finishes(isBroken);
    },
  },
  {
    code: 'reordered',
    hop: 'server',
    name: 'a hang-up that overtakes the answer',
    says: /passed "command.hangup" of call c1 on to alice\/phone before "command.accept", which bob\/phone had sent first/,
    build(isBroken) {
      const trace = new ForeignTrace().calls().accepts();
      if (!isBroken) trace.answered();
      trace.after(10).hangsUp();
      trace.ended();
      if (isBroken) trace.after(20).hears('alice/phone', 'event.connected', { state: 'connected' });
      return trace.finishes(isBroken, 'both: ended(hangup) within 8s');
    },
  },
  {
    code: 'stale-state',
    hop: 'server',
    name: 'a user who stays busy after a call that was cancelled',
    says: /Call c2 to bob ended as busy, and no live call of bob is in the trace: the server still holds bob for busy after call c1/,
    build(isBroken) {
      const trace = new ForeignTrace().calls();
      const cancel = trace.at(400).op('alice/phone', 'cancel', 'c1');
      trace.says('alice/phone', 'command.cancel', cancel);
      trace.shows('alice/phone', { state: 'ended', reason: 'cancelled' }, cancel);
      trace.after(5).hears('bob/phone', 'event.ended', { state: 'ended', reason: 'cancelled' });
      if (!isBroken) return trace.finishes(false, 'both: ended(cancelled) within 8s');
      const call = trace.after(300).op('alice/phone', 'call', 'c2', 'bob');
      trace.view('alice/phone', { call: 'c2', state: 'inviting' }, call);
      trace.says('alice/phone', 'command.invite', call, 'c2');
      trace.after(3).refuses('alice/phone', 'bob is busy', 'c2');
      trace.view('alice/phone', { call: 'c2', state: 'ended', reason: 'busy' });
      return trace.finishes(true, 'both: ringing within 8s');
    },
  },
  {
    code: 'wrong-reason',
    hop: 'server',
    name: 'a callee who declined and is sent "missed"',
    says: /bob\/phone did "reject" in call c1, and the server sent bob\/phone .* ended\(missed\) instead of ended\(rejected\)/,
    build(isBroken) {
      const trace = new ForeignTrace().calls();
      const reject = trace.at(400).op('bob/phone', 'reject', 'c1');
      trace.says('bob/phone', 'command.reject', reject);
      trace.after(3).hears('bob/phone', 'event.ended', { state: 'ended', reason: isBroken ? 'missed' : 'rejected' });
      trace.hears('alice/phone', 'event.ended', { state: 'ended', reason: 'rejected' });
      return trace.finishes(isBroken, 'both: ended(rejected) within 8s', ['ended']);
    },
  },
  {
    code: 'unprovoked',
    hop: 'server',
    name: 'a device that rings for a call of nobody',
    says: /The server sent bob\/phone "event.inviting" of call c2, which nobody of this run had placed/,
    build(isBroken) {
      const trace = new ForeignTrace().calls();
      const cancel = trace.at(400).op('alice/phone', 'cancel', 'c1');
      trace.says('alice/phone', 'command.cancel', cancel);
      trace.shows('alice/phone', { state: 'ended', reason: 'cancelled' }, cancel);
      trace.after(5).hears('bob/phone', 'event.ended', { state: 'ended', reason: 'cancelled' });
      trace.after(300);
      if (isBroken) trace.hears('bob/phone', 'event.inviting', { call: 'c2', state: 'ringing' }, undefined, null, 'c2');
      return trace.finishes(isBroken, 'both: ended(cancelled) within 8s');
    },
  },
  {
    code: 'not-forwarded',
    hop: 'server',
    name: 'a cancel that crosses the answer and is dropped',
    says: /has not sent ended of call c1 to bob\/phone/,
    build(isBroken) {
      const trace = new ForeignTrace().calls().accepts();
      const cancel = trace.op('alice/phone', 'cancel', 'c1');
      trace.says('alice/phone', 'command.cancel', cancel);
      trace.shows('alice/phone', { state: 'ended', reason: 'cancelled' }, cancel);
      trace.after(5).hears('alice/phone', 'event.connected');
      if (!isBroken) trace.hears('bob/phone', 'event.ended', { state: 'ended', reason: 'cancelled' });
      trace.after(300).pong('alice/phone');
      trace.pong('bob/phone');
      return trace.finishes(isBroken, 'both: connected | ended within 8s');
    },
  },
];
