/** For each cause at a black box a broken trace of a foreign target that is caught, and a healthy one that is let pass. */
import type { Cause } from '../../../src/judge/causes/diagnosis.js';
import type { TraceEvent } from '../../../src/trace/event.js';
import { ForeignTrace } from './foreign-trace.js';

export interface ForeignTwin {
  readonly code: Cause;
  readonly hop: string;
  readonly name: string;
  readonly says: RegExp;
  build(isBroken: boolean): TraceEvent[];
}

export const FOREIGN_TWINS: readonly ForeignTwin[] = [
  {
    code: 'lost-downlink',
    hop: 'server',
    name: 'an answer that came while the caller lost her connection, and is not sent again when she is back',
    says: /connected of call c1 happened while alice\/phone had no connection or was losing it, and the server did not send it again/,
    build(isBroken) {
      const trace = new ForeignTrace().calls().accepts();
      trace.struck('alice/phone', 'disconnect');
      trace.after(5).closes('alice/phone');
      trace.after(300).opens('alice/phone');
      if (!isBroken) trace.answered();
      return trace.finishes(isBroken);
    },
  },
  {
    code: 'lost-downlink',
    hop: 'server',
    name: 'an app that dies in mid-call, comes back, and does not receive its call again',
    says: /bob\/phone died in call c1 and came back, and the server did not send it the call again/,
    build(isBroken) {
      const trace = new ForeignTrace().calls().accepts().answered();
      const died = trace.op('bob/phone', 'crash');
      trace.shows('bob/phone', { state: 'idle', call: null }, died);
      trace.after(200).op('bob/phone', 'open');
      trace.opens('bob/phone');
      if (!isBroken) trace.hears('bob/phone', 'event.connected', { state: 'connected' });
      return trace.finishes(isBroken);
    },
  },
  {
    code: 'lost-downlink',
    hop: 'server',
    name: 'a confirmation that does not find the callee on its new connection, and a hang-up that waits for it',
    says: /alice\/phone confirmed the answer of call c1 and bob\/phone never read it.*may not hang up/,
    build(isBroken) {
      const trace = new ForeignTrace().calls().accepts().answered();
      trace.says('alice/phone', 'ack');
      if (!isBroken) trace.hears('bob/phone', 'result.ok');
      trace.closes('bob/phone');
      trace.after(300).opens('bob/phone');
      trace.hangsUp(!isBroken);
      if (isBroken) trace.unsent('bob/phone', 'command.hangup', 'awaits-confirmation');
      else trace.ended();
      return trace.finishes(isBroken, 'both: ended(hangup) within 8s');
    },
  },
  {
    code: 'dropped-in-transit',
    hop: 'bob/phone.signaling',
    name: 'a confirmation that is lost on the way to a callee who is there, and a hang-up that waits for it',
    says: /bob\/phone had a connection all the time/,
    build(isBroken) {
      const trace = new ForeignTrace().calls().accepts().answered();
      trace.says('alice/phone', 'ack');
      if (!isBroken) trace.hears('bob/phone', 'result.ok');
      trace.after(300).hangsUp(!isBroken);
      if (isBroken) trace.unsent('bob/phone', 'command.hangup', 'awaits-confirmation');
      else trace.ended();
      return trace.finishes(isBroken, 'both: ended(hangup) within 8s');
    },
  },
  {
    code: 'dropped-in-transit',
    hop: 'alice/phone.signaling',
    name: 'a ringing that the probe drops: no disagreement about the call, and expected all the same',
    says: /ringing of call c1 was lost in transit to alice\/phone/,
    build(isBroken) {
      const trace = new ForeignTrace().calls(!isBroken);
      if (isBroken) {
        trace.says('bob/phone', 'command.ring');
        trace.struck('alice/phone', 'drop', 'event.ringing');
      }
      return trace.finishes(isBroken, 'both: ringing within 5s');
    },
  },
  {
    code: 'lost-uplink',
    hop: 'bob/phone.signaling',
    name: 'a callee who rings without a connection, and does not say so later',
    says: /bob\/phone rang in call c1 and could not report it/,
    build(isBroken) {
      const trace = new ForeignTrace().calls(!isBroken);
      if (isBroken) {
        trace.closes('bob/phone');
        trace.unsent('bob/phone', 'command.ring');
        trace.after(300).opens('bob/phone');
      }
      return trace.finishes(isBroken, 'both: ringing within 5s');
    },
  },
  {
    code: 'lost-uplink',
    hop: 'bob/phone.signaling',
    name: 'a hang-up for which there was no connection',
    says: /"hang up" of bob\/phone in call c1 never left the device, which had no connection/,
    build(isBroken) {
      const trace = new ForeignTrace().calls().accepts().answered();
      if (isBroken) {
        trace.closes('bob/phone');
        trace.hangsUp(false);
        trace.unsent('bob/phone', 'command.hangup');
        trace.after(300).opens('bob/phone');
      } else {
        trace.hangsUp();
        trace.ended();
      }
      return trace.finishes(isBroken, 'both: ended(hangup) within 8s');
    },
  },
  {
    code: 'stale-registration',
    hop: 'server',
    name: 'a hang-up that goes to the connection that the caller had before',
    says: /sent ended of call c1 over connection 1 of alice\/phone, which connection 2 had replaced/,
    build(isBroken) {
      const trace = new ForeignTrace().calls().accepts().answered();
      trace.closes('alice/phone');
      trace.after(300).opens('alice/phone');
      trace.after(1_000).hangsUp();
      if (isBroken) trace.hears('bob/phone', 'result.refused', null, '408 Request Timeout (BYE)');
      else trace.ended();
      return trace.finishes(isBroken, 'both: ended(hangup) within 8s');
    },
  },
  {
    code: 'payload-altered',
    hop: 'alice/phone.signaling',
    name: 'an answer that is damaged on the way, so that nobody can tell what it was',
    says: /the probe's own fault "corrupt" struck it/,
    build(isBroken) {
      const trace = new ForeignTrace().calls().accepts();
      trace.struck('alice/phone', 'corrupt', 'event.connected');
      if (!isBroken) trace.answered();
      return trace.finishes(isBroken);
    },
  },
  {
    code: 'applied-late',
    hop: 'server',
    name: 'an answer that is under way for two seconds, from which both apps count',
    says: /2\.\d+ s (after bob|after it happened|of 2\.\d+ s were spent at server)/,
    build(isBroken) {
      const trace = new ForeignTrace().calls().accepts();
      trace.after(isBroken ? 2_000 : 100).answered();
      trace.after(1_000).timers('c1', { 'alice/phone': 1_000, 'bob/phone': isBroken ? 1_990 : 1_100 });
      return trace.finishes(false);
    },
  },
  {
    code: 'refused-by-server',
    hop: 'server',
    name: 'a server that ends the call with the first connection that breaks',
    says: /The server ended call c1 and notified bob\/phone .* after a connection of alice\/phone broke/,
    build(isBroken) {
      const trace = new ForeignTrace().calls();
      trace.closes('alice/phone');
      if (isBroken) trace.after(3).hears('bob/phone', 'event.ended', { state: 'ended', reason: 'peer-lost' });
      trace.after(300).opens('alice/phone');
      if (!isBroken) trace.accepts().answered();
      return trace.finishes(isBroken);
    },
  },
  {
    code: 'refused-by-server',
    hop: 'server',
    name: 'a session that ends with its connection, and the call with it',
    says: /A session of this target ends with its connection/,
    build(isBroken) {
      const trace = new ForeignTrace().calls().accepts().answered();
      if (isBroken) {
        const closed = trace.closes('alice/phone');
        trace.shows('alice/phone', { state: 'ended', reason: 'peer-lost' }, closed);
        trace.after(300).opens('alice/phone');
        trace.hangsUp();
      }
      return trace.finishes(isBroken);
    },
  },
  {
    code: 'stale-state',
    hop: 'server',
    name: 'a caller who gave up with her connection, and a callee who is not notified',
    says: /The server did not notify bob\/phone, which was still connected/,
    build(isBroken) {
      const trace = new ForeignTrace().calls().accepts().answered();
      const closed = trace.closes('alice/phone');
      if (isBroken) trace.shows('alice/phone', { state: 'ended', reason: 'peer-lost' }, closed);
      trace.after(300).opens('alice/phone');
      return trace.finishes(isBroken);
    },
  },
  {
    code: 'not-forwarded',
    hop: 'server',
    name: 'an answer that the endpoint has read, and of which nothing was written to the caller',
    says: /nothing about it was sent to alice\/phone, which had read everything until/,
    build(isBroken) {
      const trace = new ForeignTrace().calls();
      trace.accepts().pong('bob/phone');
      if (!isBroken) trace.answered();
      trace.after(500).pong('alice/phone');
      return trace.finishes(isBroken);
    },
  },
  {
    code: 'refused-by-server',
    hop: 'server',
    name: 'an accept that is answered with an error',
    says: /The server refused "accept" of bob\/phone in call c1: "no such call"/,
    build(isBroken) {
      const trace = new ForeignTrace().calls().accepts();
      if (isBroken) trace.after(3).refuses('bob/phone', 'no such call');
      else trace.answered();
      return trace.finishes(isBroken);
    },
  },
  {
    code: 'log-in-refused',
    hop: 'server',
    name: 'a caller who comes back and is not let in',
    says: /The server refused the log-in of alice\/phone: "name in use"/,
    build(isBroken) {
      const trace = new ForeignTrace().calls();
      trace.closes('alice/phone');
      if (isBroken) {
        trace.after(300).connects('alice/phone');
        trace.refuses('alice/phone', 'name in use', null);
        trace.session('alice/phone', 'alice/phone', 'refused', 'no welcome');
        trace.closes('alice/phone');
        trace.accepts();
      } else {
        trace.after(300).opens('alice/phone');
        trace.accepts().answered();
      }
      return trace.finishes(isBroken);
    },
  },
  {
    code: 'stale-registration',
    hop: 'server',
    name: 'a callee who has connected anew and is said to be absent',
    says: /answered alice\/phone that the callee of call c1 is not there, while bob\/phone was logged in over connection 2/,
    build(isBroken) {
      const trace = new ForeignTrace();
      trace.closes('bob/phone');
      trace.after(20).opens('bob/phone');
      if (!isBroken) return trace.calls().accepts().answered().finishes(false);
      const call = trace.at(100).op('alice/phone', 'call', 'c1', 'bob');
      trace.shows('alice/phone', { state: 'inviting' }, call);
      trace.says('alice/phone', 'command.invite', call);
      trace.after(5).hears('alice/phone', 'event.ended', { state: 'ended', reason: 'unreachable' });
      return trace.finishes(true);
    },
  },
  {
    code: 'revived-call',
    hop: 'server',
    name: 'a call that rings again a second after its end',
    says: /The server sent bob\/phone "event.inviting" of call c1 1\.\d+ s after its end/,
    build(isBroken) {
      const trace = new ForeignTrace().calls();
      const cancel = trace.at(400).op('alice/phone', 'cancel', 'c1');
      trace.says('alice/phone', 'command.cancel', cancel);
      trace.shows('alice/phone', { state: 'ended', reason: 'cancelled' }, cancel);
      trace.after(5).hears('bob/phone', 'event.ended', { state: 'ended', reason: 'cancelled' });
      if (isBroken) trace.after(1_200).hears('bob/phone', 'event.inviting', { state: 'ringing' });
      return trace.finishes(isBroken, 'both: ended(cancelled) within 8s');
    },
  },
  {
    code: 'unprovoked',
    hop: 'server',
    name: 'an answer that nobody gave',
    says: /which then showed connected, and nobody had done anything for it/,
    build(isBroken) {
      const trace = new ForeignTrace().calls();
      if (!isBroken) trace.accepts();
      return trace.answered().finishes(isBroken);
    },
  },
  {
    code: 'unprovoked',
    hop: 'server',
    name: 'a call that ends in mid-talk, and nobody has hung up',
    says: /which then showed ended\(hangup\), and nobody had done anything for it/,
    build(isBroken) {
      const trace = new ForeignTrace().calls().accepts().answered();
      trace.after(800);
      if (!isBroken) trace.hangsUp();
      trace.ended();
      if (isBroken) trace.hears('bob/phone', 'event.ended', { state: 'ended', reason: 'hangup' });
      return trace.finishes(isBroken, 'both: connected within 8s');
    },
  },
  {
    code: 'handled-twice',
    hop: 'server',
    name: 'a hang-up that is sent on twice',
    says: /The server sent alice\/phone "event.ended" of call c1 2 times/,
    build(isBroken) {
      const trace = new ForeignTrace().calls().accepts().answered();
      trace.after(300).hangsUp();
      trace.ended();
      if (isBroken) trace.after(2).hears('alice/phone', 'event.ended', null, undefined, 'hangup');
      return trace.finishes(false, 'both: ended(hangup) within 8s');
    },
  },
  {
    code: 'second-call-not-refused',
    hop: 'server',
    name: 'a call to somebody who talks that is passed on',
    says: /called a user who was connected in call c1: the server passed call c2 on to bob\/phone/,
    build(isBroken) {
      const trace = new ForeignTrace(['carol/phone']).calls().accepts().answered();
      const call = trace.after(300).op('carol/phone', 'call', 'c2', 'bob');
      trace.view('carol/phone', { call: 'c2', state: 'inviting' }, call);
      trace.says('carol/phone', 'command.invite', call, 'c2');
      if (isBroken) trace.hears('bob/phone', 'event.inviting', null, undefined, null, 'c2');
      else trace.view('carol/phone', { call: 'c2', state: 'ended', reason: 'busy' });
      return trace.finishes(isBroken, 'carol: ended(busy) within 8s');
    },
  },
  {
    code: 'impersonated',
    hop: 'server',
    name: 'a stranger who ends the connection of a caller',
    says: /the connection of alice ended \(1006\) .* after mallory sent command.hangup/,
    build(isBroken) {
      const trace = new ForeignTrace().calls().accepts().answered();
      trace.says('mallory/phone', 'command.hangup');
      if (isBroken) trace.after(3).closes('alice/phone');
      return trace.finishes(isBroken);
    },
  },
  {
    code: 'wrong-reason',
    hop: 'server',
    name: 'a decline that arrives as a hang-up',
    says: /bob\/phone did "reject" in call c1, and the server sent alice\/phone .* ended\(hangup\) instead of ended\(rejected\)/,
    build(isBroken) {
      const trace = new ForeignTrace().calls();
      const reject = trace.at(400).op('bob/phone', 'reject', 'c1');
      trace.says('bob/phone', 'command.reject', reject);
      trace.shows('bob/phone', { state: 'ended', reason: 'rejected' }, reject);
      trace.after(5).hears('alice/phone', 'event.ended', { state: 'ended', reason: isBroken ? 'hangup' : 'rejected' });
      return trace.finishes(isBroken, 'both: ended(rejected) within 8s', ['ended']);
    },
  },
];
