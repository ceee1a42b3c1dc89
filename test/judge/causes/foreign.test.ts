/** What the devices alone show of a foreign target: for each cause a broken twin that is caught, and a healthy one that is let pass. */
import t from 'tap';
import { diagnose } from '../../../src/judge/diagnose.js';
import { historyOf } from '../../../src/judge/history/history.js';
import type { TraceEvent } from '../../../src/trace/event.js';
import { faultEvent } from '../../trace-builder.js';
import { ForeignTrace } from './foreign-trace.js';
import { FOREIGN_TWINS } from './foreign-twins.js';
import { STRANGER_TWINS } from './stranger-twins.js';

for (const { code, hop, name, says, build } of [...FOREIGN_TWINS, ...STRANGER_TWINS]) {
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
  t.match(all[0], { code: 'not-forwarded', hop: 'server', call: 'c1' });
  t.notOk(
    all.some(({ code, hop }) => code === 'received-not-applied' || hop === 'alice/phone'),
    'the client did all that it could with what it got',
  );
});

t.test('an answer that left before the endpoint had read the cancel is no late one', async (t) => {
  const build = (isKnown: boolean): TraceEvent[] => {
    const trace = new ForeignTrace().calls();
    const cancel = trace.op('alice/phone', 'cancel', 'c1');
    trace.says('alice/phone', 'command.cancel', cancel);
    trace.shows('alice/phone', { state: 'ended', reason: 'cancelled' }, cancel);
    if (isKnown) trace.pong('alice/phone');
    trace.accepts();
    if (!isKnown) trace.pong('alice/phone');
    trace.after(10).hears('alice/phone', 'event.connected');
    trace.hears('bob/phone', 'event.ended', { state: 'ended', reason: 'cancelled' });
    return trace.finishes(true, 'both: ended within 8s');
  };
  const late = ({ summary }: { readonly summary: string }): boolean => /passed an answer of call c1 on/.test(summary);
  t.ok(diagnose(historyOf(build(true))).some(late));
  t.notOk(diagnose(historyOf(build(false))).some(late));
});

t.test('a cancel that crosses the answer is a hang-up to whoever has answered', async (t) => {
  const codes = (isAnswered: boolean): string[] => {
    const trace = new ForeignTrace().calls();
    const cancel = trace.op('alice/phone', 'cancel', 'c1');
    trace.says('alice/phone', 'command.cancel', cancel);
    trace.shows('alice/phone', { state: 'ended', reason: 'cancelled' }, cancel);
    if (isAnswered) trace.accepts();
    trace.after(300).hears('bob/phone', 'event.ended', { state: 'ended', reason: 'hangup' });
    return diagnose(historyOf(trace.finishes(true, 'both: ended(cancelled) within 8s', ['ended']))).map(({ code }) => code);
  };
  t.match(codes(false), ['wrong-reason']);
  t.notOk(codes(true).includes('wrong-reason'));
});

t.test('a call that a hostile agent has placed is not one that nobody placed', async (t) => {
  const codes = (isPlaced: boolean): string[] => {
    const trace = new ForeignTrace().calls().accepts().answered();
    trace.hangsUp();
    trace.ended();
    if (isPlaced) trace.says('mallory/phone', 'command.invite', null, 'c2');
    trace.after(600).hears('alice/phone', 'event.inviting', { call: 'c9', state: 'ringing' }, undefined, null, 'c9');
    return diagnose(historyOf(trace.finishes(true))).map(({ code }) => code);
  };
  t.ok(codes(false).includes('unprovoked'));
  t.notOk(codes(true).includes('unprovoked'));
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
    trace.hears('bob/phone', 'event.ended', { state: 'ended', reason: isKnown ? 'hangup' : 'cancelled' });
    return trace.finishes(true, 'both: ended within 8s');
  };
  const late = ({ summary }: { readonly summary: string }): boolean => /passed an answer of call c1 on/.test(summary);
  t.ok(diagnose(historyOf(build(false))).some(late), 'the first one is');
  t.notOk(diagnose(historyOf(build(true))).some(late));
});

t.test(
  'what answers a later command shows that an earlier one over the same connection was read, and not what became of it',
  async (t) => {
    const trace = new ForeignTrace().calls().accepts();
    trace.after(2_000);
    const all = diagnose(historyOf(trace.finishes(true))); // the epilogue hangs up
    t.match(all[0], { code: 'not-forwarded', hop: 'server', title: 'The server does not pass "accept" on to the caller' });
    t.notOk(all.some(({ code }) => code === 'lost-uplink'));
  },
);

t.test('what a redial lacks is looked for at the instant at which it was given up', async (t) => {
  const build = (isBroken: boolean): TraceEvent[] => {
    const trace = new ForeignTrace().calls().accepts().answered();
    trace.after(300).hangsUp();
    trace.ended();
    trace.after(500).rests();
    trace.mark('torn-down', true);
    trace.mark('redial');
    const call = trace.op('alice/phone', 'call', 'c2', 'bob');
    trace.view('alice/phone', { call: 'c2', state: 'inviting' }, call);
    trace.says('alice/phone', 'command.invite', call, 'c2');
    trace.after(5).hears('bob/phone', 'event.inviting', { call: 'c2', state: 'ringing' }, undefined, null, 'c2');
    trace.says('bob/phone', 'command.ring', null, 'c2');
    if (!isBroken) trace.after(5).hears('alice/phone', 'event.ringing', { call: 'c2', state: 'ringing' }, undefined, null, 'c2');
    trace.after(2_000);
    const cancel = trace.op('alice/phone', 'cancel', 'c2');
    trace.says('alice/phone', 'command.cancel', cancel, 'c2');
    trace.view('alice/phone', { call: 'c2', state: 'ended', reason: 'cancelled' }, cancel);
    trace.after(5).hears('bob/phone', 'event.ended', { call: 'c2', state: 'ended', reason: 'cancelled' }, undefined, null, 'c2');
    trace.mark('redialed', !isBroken);
    trace.add('probe', { type: 'run', phase: 'end', status: 'complete', message: null });
    return trace.events;
  };
  t.match(diagnose(historyOf(build(true)))[0], { code: 'not-forwarded', hop: 'server', summary: /ringing of call c2 to alice/ });
  t.strictSame(diagnose(historyOf(build(false))), []);
});

t.test('a caller who shows another call by now is not wrong about the end of the one before', async (t) => {
  const trace = new ForeignTrace(['carol/phone']).calls();
  trace.hears('carol/phone', 'event.inviting', { state: 'ringing' });
  const cancel = trace.op('alice/phone', 'cancel', 'c1');
  trace.says('alice/phone', 'command.cancel', cancel);
  trace.shows('alice/phone', { state: 'ended', reason: 'cancelled' }, cancel);
  trace.after(5).hears('bob/phone', 'event.ended', { state: 'ended', reason: 'cancelled' });
  trace.after(300).rests();
  trace.mark('torn-down', true);
  trace.mark('redial');
  const call = trace.op('alice/phone', 'call', 'c2', 'bob');
  trace.view('alice/phone', { call: 'c2', state: 'inviting' }, call);
  trace.after(2_000).mark('redialed', false);
  trace.add('probe', { type: 'run', phase: 'end', status: 'complete', message: null });
  const all = diagnose(historyOf(trace.events));
  t.notOk(all.some(({ hop }) => hop === 'alice/phone'));
});

t.test('an error that may be about a copy of an earlier message refuses nothing', async (t) => {
  const build = (isCopied: boolean): TraceEvent[] => {
    const trace = new ForeignTrace().calls().accepts();
    const struck = { dropped: false, dir: 'out', kind: 'command.accept', call: 'c1', bytes: 90, digest: 'a' } as const;
    if (isCopied) trace.add('bob/phone', faultEvent('duplicate', 'hit', { layer: 'message', struck }));
    trace.answered().hangsUp();
    trace.after(3).refuses('bob/phone', 'no such call');
    return trace.finishes(true, 'both: ended(hangup) within 8s');
  };
  const refused = ({ code }: { readonly code: string }): boolean => code === 'refused-by-server';
  t.ok(diagnose(historyOf(build(false))).some(refused));
  t.notOk(diagnose(historyOf(build(true))).some(refused));
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
    all.find(({ code }) => code === 'log-in-refused'),
    { hop: 'server', summary: /refused the log-in of alice\/phone: the server refused the log-in: taken/ },
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

t.test('a user who rang in the call was not held busy before it, whatever reason the end comes with', async (t) => {
  const trace = new ForeignTrace().calls();
  const reject = trace.at(400).op('bob/phone', 'reject', 'c1');
  trace.says('bob/phone', 'command.reject', reject);
  trace.shows('bob/phone', { state: 'ended', reason: 'rejected' }, reject);
  trace.after(5).hears('alice/phone', 'event.ended', { state: 'ended', reason: 'busy' });
  const [first] = diagnose(historyOf(trace.finishes(true, 'both: ended(rejected) within 8s', ['ended'])));
  t.match(first, { code: 'wrong-reason', title: 'The server reports "reject" as busy' });
});

t.test('what answers a late message of the reader is no copy', async (t) => {
  const build = (isLate: boolean): string[] => {
    const trace = new ForeignTrace().calls();
    const cancel = trace.at(400).op('alice/phone', 'cancel', 'c1');
    trace.says('alice/phone', 'command.cancel', cancel);
    trace.shows('alice/phone', { state: 'ended', reason: 'cancelled' }, cancel);
    if (isLate) trace.accepts();
    trace.after(5).hears('bob/phone', 'event.ended', { state: 'ended', reason: 'cancelled' });
    trace.after(2).hears('bob/phone', 'event.ended', null, undefined, 'cancelled');
    return diagnose(historyOf(trace.finishes(true, 'both: ended within 8s'))).map(({ code }) => code);
  };
  t.ok(build(false).includes('handled-twice'));
  t.notOk(build(true).includes('handled-twice'));
});

t.test("an end that the sender's lost connection explains proves nothing of his message", async (t) => {
  const build = (isLost: boolean): TraceEvent[] => {
    const trace = new ForeignTrace().calls();
    const cancel = trace.at(400).op('alice/phone', 'cancel', 'c1');
    trace.says('alice/phone', 'command.cancel', cancel);
    trace.shows('alice/phone', { state: 'ended', reason: 'cancelled' }, cancel);
    if (isLost) {
      trace.struck('alice/phone', 'timeout');
      trace.closes('alice/phone');
    }
    trace.after(50).hears('bob/phone', 'event.ended', { state: 'ended', reason: 'peer-lost' });
    return trace.finishes(true, 'bob: ended(cancelled) within 8s', ['ended']);
  };
  const accusing = ({ code }: { readonly code: string }): boolean => code === 'wrong-reason' || code === 'not-forwarded';
  t.ok(diagnose(historyOf(build(false))).some(accusing));
  t.notOk(diagnose(historyOf(build(true))).some(accusing));
});

t.test('what the probe itself damaged on its way to the server is no refusal, and nothing that the server kept', async (t) => {
  const build = (isDamaged: boolean, answer: 'refuses' | 'pong'): TraceEvent[] => {
    const trace = new ForeignTrace().calls();
    const cancel = trace.at(400).op('alice/phone', 'cancel', 'c1');
    const sent = trace.says('alice/phone', 'command.cancel', cancel);
    if (isDamaged) {
      const struck = { dropped: false, dir: 'out', digest: 'damaged', kind: 'command.cancel', call: 'c1', bytes: 90 } as const;
      const armed = trace.add('alice/phone', faultEvent('corrupt', 'armed'));
      trace.add('alice/phone', faultEvent('corrupt', 'hit', { target: sent, message: 'corrupt at work', struck }), armed);
    }
    trace.shows('alice/phone', { state: 'ended', reason: 'cancelled' }, cancel);
    if (answer === 'refuses') trace.after(5).refuses('alice/phone', 'no JSON', null);
    else trace.after(5).pong('alice/phone');
    trace.after(300).pong('bob/phone');
    return trace.finishes(true, 'bob: ended(cancelled) within 8s');
  };
  t.match(diagnose(historyOf(build(false, 'refuses')))[0], { code: 'refused-by-server', hop: 'server' });
  t.match(diagnose(historyOf(build(false, 'pong')))[0], { code: 'not-forwarded', hop: 'server' });
  for (const answer of ['refuses', 'pong'] as const) {
    const [first, ...others] = diagnose(historyOf(build(true, answer)));
    t.match(first, { code: 'lost-uplink', hop: 'alice/phone.signaling', summary: /the probe's own fault "corrupt"/ });
    t.strictSame(
      others.filter(({ hop }) => hop === 'server'),
      [],
    );
  }
});
