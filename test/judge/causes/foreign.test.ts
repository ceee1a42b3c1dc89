/** What the devices alone show of a foreign target: for each cause a broken twin that is caught, and a healthy one that is let pass. */
import t from 'tap';
import type { Cause } from '../../../src/judge/causes/diagnosis.js';
import { diagnose } from '../../../src/judge/diagnose.js';
import { historyOf } from '../../../src/judge/history/history.js';
import type { TraceEvent } from '../../../src/trace/event.js';
import { ForeignTrace } from './foreign-trace.js';

interface Twin {
  readonly code: Cause;
  readonly hop: string;
  readonly name: string;
  readonly says: RegExp;
  build(isBroken: boolean): TraceEvent[];
}

const TWINS: readonly Twin[] = [
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
    says: /ringing of call c1 may have been lost in transit to alice\/phone/,
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
    code: 'wrong-recipient',
    hop: 'server',
    name: 'a hang-up that goes to the connection that the caller had before',
    says: /may have sent ended of call c1 over connection 1 of alice\/phone, which connection 2 had replaced/,
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
];

for (const { code, hop, name, says, build } of TWINS) {
  t.test(`${code}: ${name}`, async (t) => {
    const [first] = diagnose(historyOf(build(true)));
    t.match(first, { code, hop, summary: says });
    t.strictSame(diagnose(historyOf(build(false))), [], 'the healthy twin has no diagnosis');
  });
}

t.test('an answer that the end of the call overtook was not held back by the device', async (t) => {
  const trace = new ForeignTrace().calls();
  trace.op('bob/phone', 'accept', 'c1');
  trace.closes('alice/phone');
  trace.after(2).hears('bob/phone', 'event.ended', { state: 'ended', reason: 'peer-lost' });
  trace.after(300).opens('alice/phone');
  const codes = diagnose(historyOf(trace.finishes(true))).map(({ code }) => code);
  t.notOk(codes.includes('never-emitted'), codes.join(', '));
});

t.test('a description that is relayed apart from a lost answer is not that answer', async (t) => {
  const build = (isBroken: boolean): TraceEvent[] => {
    const trace = new ForeignTrace().calls().accepts();
    trace.says('bob/phone', 'signal.answer');
    if (!isBroken) trace.answered();
    trace.after(5).hears('alice/phone', 'signal.answer');
    return trace.finishes(isBroken);
  };
  t.strictSame(diagnose(historyOf(build(false))), []);
  const all = diagnose(historyOf(build(true)));
  t.match(all[0], { code: 'lost-uplink', hop: 'bob/phone.signaling', call: 'c1' });
  t.match(all[1], { code: 'not-forwarded', hop: 'server', call: 'c1' });
  t.notOk(
    all.some(({ code, hop }) => code === 'received-not-applied' || hop === 'alice/phone'),
    'the client did all that it could with what it got',
  );
});

t.test('an answer that comes again after the end is no late one', async (t) => {
  const build = (isKnown: boolean): TraceEvent[] => {
    const trace = new ForeignTrace().calls();
    if (isKnown) trace.accepts().answered();
    const op = trace.op('alice/phone', isKnown ? 'hang up' : 'cancel', 'c1');
    trace.says('alice/phone', 'command.cancel', op);
    trace.shows('alice/phone', { state: 'ended', reason: isKnown ? 'hangup' : 'cancelled' }, op);
    if (!isKnown) trace.accepts();
    trace.after(10).hears('alice/phone', 'event.connected');
    return trace.finishes(true, 'both: ended within 8s');
  };
  const late = ({ summary }: { readonly summary: string }): boolean => /passed an answer of call c1 on/.test(summary);
  t.ok(diagnose(historyOf(build(false))).some(late), 'the first one is');
  t.notOk(diagnose(historyOf(build(true))).some(late));
});

t.test('what answers a later command says nothing of an earlier one', async (t) => {
  const trace = new ForeignTrace().calls().accepts();
  trace.after(2_000);
  const all = diagnose(historyOf(trace.finishes(true))); // the epilogue hangs up
  t.ok(all.some(({ code, hop }) => code === 'lost-uplink' && hop === 'bob/phone.signaling'));
});

t.test('who is refused the log-in is not back', async (t) => {
  const trace = new ForeignTrace().calls().accepts();
  trace.closes('alice/phone');
  trace.after(300).connects('alice/phone');
  trace.hears('alice/phone', 'result.ok');
  trace.session('alice/phone', 'alice/phone', 'refused', 'the server refused the log-in: taken');
  trace.closes('alice/phone');
  const all = diagnose(historyOf(trace.finishes(true)));
  t.match(
    all.find(({ code }) => code === 'refused-by-server'),
    { hop: 'server', summary: /did not let alice\/phone in \(the server refused the log-in: taken\)/ },
  );
});

t.test('the own client at a foreign target is not accused: what it reads and does not apply is a mapping to check', async (t) => {
  const trace = new ForeignTrace().calls().accepts();
  trace.after(5).hears('alice/phone', 'event.connected');
  const found = diagnose(historyOf(trace.finishes(true))).find(({ code }) => code === 'received-not-applied');
  t.match(found, {
    hop: 'alice/phone',
    title: /^A mapping to check/,
    lookAt: /adapter/,
    summary: /the mapping of the adapter may be wrong/,
  });
  t.ok((found?.confidence ?? 1) < 0.5, 'and not sure');
});
