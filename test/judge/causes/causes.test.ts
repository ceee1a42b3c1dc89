/** Every rule has a broken twin that it catches, and a healthy one that differs in just that and that it lets pass. */
import t from 'tap';
import { CAUSES } from '../../../src/judge/causes/diagnosis.js';
import { diagnose, RULES } from '../../../src/judge/diagnose.js';
import { historyOf } from '../../../src/judge/history/history.js';
import { faultEvent, healthyCall } from '../../trace-builder.js';
import { FOREIGN_TWINS } from './foreign-twins.js';
import { accepted, reads, rest, ringing, TWINS, toAlice, wireBody } from './twins.js';

const FRAME = { type: 'wire', dir: 'out', conn: 1, call: 'c1', seq: null, bytes: 90, digest: 'd1' } as const;

for (const { code, hop, name, build } of TWINS) {
  t.test(`${code}: ${name}`, async (t) => {
    const trace = build(true);
    const [first] = diagnose(historyOf(trace));
    t.match(first, { code, hop });
    t.ok((first?.confidence ?? 0) > 0.5, `confidence ${first?.confidence}`);
    t.ok((first?.evidence.length ?? 0) > 0, 'it has a proof');
    t.equal(first?.lines.length, first?.evidence.length, 'a line for each event of the proof');
    for (const n of first?.evidence ?? [])
      t.ok(
        trace.some((event) => event.n === n),
        `event ${n} is in the trace`,
      );
    t.type(first?.ruledOutBy, 'string');
    t.strictSame(diagnose(historyOf(build(false))), [], 'the healthy twin has no diagnosis');
  });
}

t.test('every cause has its rule, every rule its twins, and each once', async (t) => {
  t.strictSame(
    RULES.map(({ code }) => code),
    [...CAUSES],
  );
  const twins = [...TWINS, ...FOREIGN_TWINS];
  t.strictSame([...new Set(twins.map(({ code }) => code))].sort(), [...CAUSES].sort());
  for (const { doc, ruledOutBy } of RULES) {
    t.match(doc, /^[A-Z].*\.$/, 'a sentence');
    t.notMatch(ruledOutBy, /\.$/);
  }
});

t.test('a healthy call has no diagnosis, with and without sight of the server, nor has an empty trace', async (t) => {
  t.strictSame(diagnose(historyOf(healthyCall())), []);
  t.strictSame(diagnose(historyOf(healthyCall({ server: false, media: 'none' }))), []);
  t.strictSame(diagnose(historyOf([])), []);
});

t.test('a fault that struck the frame is named, and the cause stays what it is', async (t) => {
  const trace = ringing();
  const armed = trace.add('alice', faultEvent('drop', 'armed'));
  const out = toAlice(trace, accepted(trace));
  const { digest, kind, call, bytes } = wireBody(trace, out);
  const message = 'alice/phone: event.connected dropped';
  trace.add(
    'alice/phone',
    faultEvent('drop', 'hit', { message, struck: { dropped: true, dir: 'in', digest, kind, call, bytes } }),
    armed,
  );
  const [first] = diagnose(historyOf(rest(trace, true)));
  t.match(first, { code: 'dropped-in-transit', hop: 'alice/phone.signaling', summary: /the probe's own fault "drop" struck it/ });
  t.ok(
    first?.lines.some((line) => line.includes('fault drop hit')),
    'the hit is part of the proof',
  );
});

t.test('a fault whose damage was repaired in time is no cause', async (t) => {
  const trace = ringing();
  const armed = trace.add('alice', faultEvent('drop', 'armed'));
  const out = toAlice(trace, accepted(trace));
  const { digest, kind, call, bytes } = wireBody(trace, out);
  trace.add('alice/phone', faultEvent('drop', 'hit', { struck: { dropped: true, dir: 'in', digest, kind, call, bytes } }), armed);
  reads(trace.after(200), toAlice(trace, out));
  t.strictSame(diagnose(historyOf(rest(trace, false))), []);
});

t.test('of a cut trace only what had its time is told', async (t) => {
  const trace = ringing();
  accepted(trace);
  const last = trace.events.at(-1);
  t.strictSame(diagnose(historyOf(trace.events)), [], 'the answer may be on its way');
  trace.at((last?.at ?? 0) + 1_200).timers('c1', { 'bob/phone': 1_190 });
  t.match(diagnose(historyOf(trace.events)), [{ code: 'not-forwarded', hop: 'server' }], 'after more than a second it is not');
});

t.test('what follows from a cause comes behind it', async (t) => {
  const trace = ringing();
  accepted(trace);
  const all = diagnose(historyOf(rest(trace, true)));
  t.match(all[0], { code: 'not-forwarded', call: 'c1' });
  for (const [i, { confidence }] of all.entries()) t.ok(confidence <= (all[i - 1]?.confidence ?? 1), 'the surest first');
  t.ok(all.length <= 10);
});

t.test(
  'a black box leaves causes that add up to no more than all, blames no link that nothing disturbed, and says what would decide',
  async (t) => {
    const trace = ringing({ server: false });
    const op = trace.at(400).op('bob/phone', 'accept', 'c1');
    trace.add('bob/phone', { ...FRAME, link: 'bob/phone.signaling', kind: 'command.accept' }, op);
    trace.after(10).moves('c1', 'accept', 'bob/phone', null);
    trace.applies('c1', 'bob/phone', null);
    const all = diagnose(historyOf(rest(trace, true)));
    t.match(all, [{ code: 'not-forwarded', hop: 'server' }]);
    t.ok(all.reduce((sum, { confidence }) => sum + confidence, 0) <= 1.001);
    t.match(all[0]?.ruledOutBy, /server's log/);
  },
);
