import t from 'tap';
import { matches, parseTrigger } from '../../src/faults/trigger.js';
import { STANDARD_TRAITS, type Traits } from '../../src/probe/adapter/port.js';
import { parseScenario } from '../../src/scenarios/language/load.js';
import { unmetLimits } from '../../src/scenarios/run/declared-limits.js';
import { isMet } from '../../src/scenarios/run/expectation.js';

const ring = { alice: 'call bob' };
const why = (steps: object[], traits: Partial<Traits>, more: object = {}): string | null =>
  unmetLimits(parseScenario({ name: 'x', agents: { alice: {}, bob: {} }, steps, ...more }), { ...STANDARD_TRAITS, ...traits });

t.test('a scenario that needs what there is not by design says what, and where', async (t) => {
  t.equal(why([ring, { bob: 'accept' }], {}), null);
  t.match(
    why([ring, { bob: 'reject' }], { verbs: ['call', 'accept'], missing: { reject: 'the app has no such button' } }),
    /^steps\[1\]: the target has no "reject": the app has no such button$/,
  );
  t.match(
    why([ring, { expect: { alice: 'ended(busy)' } }], { hides: ['busy'] }),
    /^steps\[1\]: declared limit: a caller is not notified that the other side is busy$/,
  );
  t.equal(
    why([ring, { expect: { alice: 'ended(busy)' } }], { hides: ['busy'], reasons: { busy: ['rejected'] } }),
    null,
    'something else is shown in its place',
  );
  t.equal(
    why([ring, { expect: { alice: 'ended(busy) | ended(rejected)' } }], { hides: ['busy'] }),
    null,
    'one of the alternatives is enough',
  );
  t.match(
    why([ring, { repeat: { times: 2, steps: [{ expect: { alice: 'ended(missed)' } }] } }], { hides: ['server-timeout'] }),
    /steps\[1\]\.repeat\.steps\[0\]/,
  );
  t.match(why([{ together: [ring, { bob: 'call alice' }] }], { hides: ['glare'] }), /cross/);
  t.match(
    why([ring], { devices: 'one' }, { agents: { alice: {}, bob: { devices: ['a', 'b'] } } }),
    /agents\.bob has several devices/,
  );
  t.match(why([ring, { 'bob.laptop': 'open' }], { devices: 'one' }), /second device/);
  t.match(why([ring, { expect: { media: 'flowing', between: ['alice', 'bob'] } }], { media: null }), /media/);
  t.match(
    why([{ fault: { drop: 'bob receives ringing' } }, ring], { kinds: { sends: [], receives: ['event.inviting'] } }),
    /steps\[0\]: waits for "bob receives ringing"/,
  );
  t.equal(why([{ fault: { drop: 'bob receives call' } }, ring], { kinds: { sends: [], receives: ['event.inviting'] } }), null);
  t.equal(
    why([{ fault: { drop: 'bob receives raw:INVITE' } }, ring], { kinds: { sends: [], receives: [] } }),
    null,
    'by its own name',
  );
});

t.test('a scenario that strips the record says nothing of a target that has none', async (t) => {
  const strip = (set: object): string | null => why([ring, { fault: { rewrite: 'alice receives connected', set } }], {});
  t.match(strip({ record: null }), /steps\[1\]: sets "record", a field of callsync\.v1/);
  t.match(strip({ 'record.phase': 'ringing' }), /sets "record\.phase"/);
  t.equal(strip({ signal: null }), null, 'a field of its own');
});

t.test('a verb that the role of a user does not have', async (t) => {
  const scenario = parseScenario({ name: 'x', agents: { alice: {}, bob: {} }, steps: [ring, { bob: 'call alice' }] });
  const roles = { operator: { verbs: ['accept', 'hang up'] as const, missing: { call: 'they are called' } } };
  const traits = { ...STANDARD_TRAITS, roles };
  const roleOf = (user: string): string | null => (user === 'bob' ? 'operator' : null);
  t.equal(unmetLimits(scenario, traits, roleOf), 'steps[1]: bob has the role "operator", which has no "call": they are called');
  t.equal(unmetLimits(scenario, traits), null);
});

t.test('a reason that can not be told apart counts as the one that is expected', async (t) => {
  const device = { user: 'alice', device: 'phone' };
  const expectation = { label: 'alice', devices: [device], anyOf: [{ state: 'ended', reason: 'rejected' }] } as const;
  const view = { state: 'ended', reason: 'hangup', timerStartedAt: null } as const;
  t.notOk(isMet(expectation, () => view));
  t.ok(isMet(expectation, () => view, { rejected: ['hangup'] }));
  t.notOk(isMet(expectation, () => view, { busy: ['hangup'] }));
});

t.test("a message by the target's own name", async (t) => {
  const read = parseTrigger('alice receives raw:call-made');
  t.ok(read.ok);
  if (!read.ok) return;
  const message = { node: 'alice/phone', dir: 'in', kind: 'event.inviting', reason: null } as const;
  t.ok(matches(read.trigger, { ...message, name: 'call-made' }));
  t.notOk(matches(read.trigger, { ...message, name: 'call-ended' }));
  t.notOk(matches(read.trigger, message));
  t.notOk(parseTrigger('alice receives raw:').ok);
});
