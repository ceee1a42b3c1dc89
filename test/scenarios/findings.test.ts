import t from 'tap';
import { findingKey, findingsOf, roleOf } from '../../src/scenarios/run/findings.js';
import type { CheckEntry, Diagnosis, ScenarioResult } from '../../src/scenarios/run/result.js';
import { check, repetition, scenario } from '../report-builder.js';

function diagnosis(over: Partial<Diagnosis> = {}): Diagnosis {
  return {
    code: 'not-forwarded',
    hop: 'server',
    call: 'c1',
    confidence: 0.95,
    title: 'The server does not pass "cancel" on to the callee',
    proof: ['alice sent cancel at 1.428 s.', 'bob still rings.'],
    lookAt: 'what the server does on "cancel" while a call rings',
    summary: 'alice sent cancel and bob still rings.',
    evidence: [3],
    lines: ['n=3'],
    ruledOutBy: 'a message to bob',
    ...over,
  };
}

const broken = (over: Partial<CheckEntry> = {}): CheckEntry =>
  check({ valid: false, message: 'alice=ended bob=ringing', ...over });
const ofRedial = (over: Partial<CheckEntry> = {}): CheckEntry =>
  broken({ name: 'no-ghosts', message: 'the same pair cannot call again: alice/phone=ended', redial: true, ...over });

/** A scenario that failed once, with these causes. */
function failed(name: string, diagnoses: readonly Diagnosis[], over: Partial<ScenarioResult> = {}): ScenarioResult {
  return scenario({
    name,
    file: `${name}.yaml`,
    status: 'failed',
    checks: [broken()],
    diagnoses,
    repetitions: [repetition({ status: 'failed', diagnoses: diagnoses.map((_, index) => index) })],
    replay: `call-probe run ${name}.yaml`,
    ...over,
  });
}

t.test('the same claim in two scenarios is one finding, shown by the one with the fewest steps', async (t) => {
  const found = findingsOf([
    failed('long', [diagnosis()], { steps: 9 }),
    failed('b', [diagnosis({ proof: ['shorter'] })], { steps: 3 }),
    failed('a', [diagnosis()], { steps: 4 }),
    scenario(),
  ]);
  t.strictSame(found, [
    {
      code: 'not-forwarded',
      title: 'The server does not pass "cancel" on to the callee',
      role: 'server',
      hop: 'server',
      confidence: 0.95,
      proof: ['shorter'],
      lookAt: 'what the server does on "cancel" while a call rings',
      scenario: 'b',
      file: 'b.yaml',
      repetitions: 1,
      isRedial: false,
      others: ['long', 'a'],
      redials: 0,
      replay: 'call-probe run b.yaml',
      alternatives: [],
    },
  ]);
});

t.test('two claims are two findings; users, ids and times split none', async (t) => {
  const claims = findingsOf([
    failed('cancel', [diagnosis()]),
    failed('decline', [diagnosis({ title: 'The server does not pass "decline" on to the caller' })]),
    failed('elsewhere', [diagnosis({ hop: 'bob/phone' })]),
  ]);
  t.equal(claims.length, 3);
  const link = (hop: string): Diagnosis => diagnosis({ code: 'dropped-in-transit', title: 'A message is lost', hop, call: hop });
  const links = findingsOf([
    failed('one', [link('alice/phone.signaling')]),
    failed('two', [link('jane/laptop.signaling')]),
    failed('three', [link('server -> bob/phone')]),
  ]);
  t.match(links, [{ role: 'link', hop: 'alice/phone.signaling', scenario: 'one', others: ['two', 'three'] }]);
  t.equal(links.length, 1);
  t.strictSame(['probe', 'edge', 'bob/phone', 'bob/phone.media'].map(roleOf), ['probe', 'server', 'device', 'link']);
});

t.test('the surest scenario stands for its finding, and of equal ones always the same', async (t) => {
  const unsure = failed('short', [diagnosis({ confidence: 0.75 })], { steps: 1 });
  const sure = [failed('y', [diagnosis()], { steps: 5 }), failed('x', [diagnosis()], { steps: 5 })];
  for (const order of [[unsure, ...sure], [...sure].reverse().concat(unsure)])
    t.match(findingsOf(order), [{ scenario: 'x', confidence: 0.95 }]);
});

t.test('what many scenarios show comes first, what has no cause last', async (t) => {
  const second = diagnosis({ title: 'The server lets two crossing calls go on' });
  const found = findingsOf([
    failed('unexplained', [], { checks: [broken({ message: 'took 812 ms' })] }),
    failed('once', [second]),
    failed('a', [diagnosis()]),
    failed('b', [diagnosis()]),
  ]);
  t.strictSame(
    found.map(({ scenario: name }) => name),
    ['a', 'once', 'unexplained'],
  );
});

t.test('a failed check without a cause is a finding; names and numbers do not split it', async (t) => {
  const compared = { expected: 'both: connected within 1s', actual: 'alice=ringing bob=connected' };
  const message = 'steps[3]: expected both: connected within 1s, saw alice=ringing bob=connected\nand more';
  const found = findingsOf([
    failed('a', [], { checks: [broken({ name: 'expectations', message, ...compared })] }),
    failed('b', [diagnosis({ confidence: 0 })], {
      checks: [broken({ name: 'expectations', message: message.replace('steps[3]', 'steps[5]').replace('alice', 'jane') })],
    }),
    failed('c', [], { checks: [broken({ name: 'latency', message: 'too slow' })] }),
    failed('d', [], { checks: [], why: 'not done after its timeout' }),
  ]);
  t.match(found, [
    { code: 'expectations', title: message.split('\n')[0], role: null, hop: null, confidence: null, others: ['b'] },
    { code: 'latency', title: 'too slow' },
    { code: 'unknown', title: 'not done after its timeout' },
  ]);
  t.strictSame(found[0]?.proof, ['and more', `Expected: ${compared.expected}.`, `Seen: ${compared.actual}.`]);
});

t.test('every repetition counts: a scenario may show two bugs, one without a cause adds nothing to one with it', async (t) => {
  const other = diagnosis({ code: 'handled-twice', title: 'The server sends "cancel" on twice' });
  const repetitions = [[0], [1], [2], []].map((diagnoses, index) =>
    repetition({ repetition: index + 1, status: 'failed', diagnoses }),
  );
  const checks = repetitions.map((one) => broken({ repetition: one.repetition }));
  const found = findingsOf([failed('flaky', [diagnosis(), other, diagnosis()], { repetitions, checks })]);
  t.match(found, [
    { code: 'not-forwarded', repetitions: 2 },
    { code: 'handled-twice', repetitions: 1 },
  ]);
  t.equal(found.length, 2);
});

t.test('the redial joins the finding that it shows as well', async (t) => {
  const again = diagnosis({ redial: true, confidence: 0.475, proof: ['at the redial'] });
  const found = findingsOf([
    failed('accept', [{ ...again, confidence: 0.95 }], { checks: [ofRedial()], steps: 2 }),
    failed('cancel', [diagnosis(), again], { checks: [broken(), ofRedial()], steps: 5 }),
    failed('decline', [{ ...again, confidence: 0.95 }], { checks: [ofRedial()], steps: 3 }),
  ]);
  t.match(found, [{ scenario: 'cancel', isRedial: false, repetitions: 1, others: ['accept', 'decline'], redials: 2 }]);
  t.equal(found.length, 1);
});

t.test('the redial is a finding of its own, once, and hides no other', async (t) => {
  const busy = diagnosis({ code: 'refused-by-server', title: 'The server refuses "call"', redial: true });
  const found = findingsOf([
    failed('accept', [busy], { checks: [ofRedial()] }),
    failed('hangup', [{ ...busy, hop: 'server' }], { checks: [ofRedial()] }),
    failed('cancel', [diagnosis(), { ...busy, confidence: 0.4 }], { checks: [broken(), ofRedial()] }),
  ]);
  t.match(found, [
    { code: 'not-forwarded', scenario: 'cancel', redials: 0 },
    { code: 'refused-by-server', scenario: 'accept', isRedial: true, others: ['hangup', 'cancel'], redials: 3 },
  ]);
  t.equal(found.length, 2);
  const unexplained = findingsOf(
    ['a', 'b'].map((name) => failed(name, [], { checks: [ofRedial({ message: `${name} rings` })] })),
  );
  t.match(unexplained, [{ title: 'The same pair cannot call again', proof: ['a rings'], others: ['b'], redials: 2 }]);
  t.equal(unexplained.length, 1);
});

t.test('what a redial shows after a failure may follow from it, and founds nothing', async (t) => {
  const busy = diagnosis({ code: 'refused-by-server', title: 'The server refuses "call"', redial: true });
  const found = findingsOf([failed('hangup', [diagnosis(), busy], { checks: [broken(), ofRedial()] })]);
  t.match(found, [{ code: 'not-forwarded' }]);
  t.equal(found.length, 1);
});

t.test('another cause is listed while the evidence leaves it open', async (t) => {
  const open = diagnosis({ code: 'lost-downlink', hop: 'bob/phone', title: 'It was lost', confidence: 0.6 });
  const far = diagnosis({ code: 'reordered', title: 'Another order', confidence: 0.3 });
  const own = diagnosis({ confidence: 0.6 });
  const of = (confidence: number): unknown =>
    findingsOf([failed('a', [diagnosis({ confidence }), open, { ...open }, own, far])])[0];
  t.match(of(0.8), {
    alternatives: [
      { code: 'lost-downlink', hop: 'bob/phone', title: 'It was lost', confidence: 0.6, ruledOutBy: 'a message to bob' },
    ],
  });
  t.strictSame((of(0.8) as { alternatives: unknown[] }).alternatives.length, 1);
  t.match(of(0.95), { alternatives: [] }, 'nothing is open beside what is certain');
});

t.test('reports of earlier versions have no titles: the summary stands for it', async (t) => {
  const old = diagnosis({ title: '', proof: [], lookAt: null });
  t.match(findingsOf([failed('a', [old]), failed('b', [old], { steps: 0 })]), [
    { title: 'alice sent cancel and bob still rings.', proof: [], others: ['a'] },
  ]);
  t.match(findingsOf([failed('a', [diagnosis({ proof: [] })])]), [{ proof: ['alice sent cancel and bob still rings.'] }]);
});

t.test('the key of a finding is the same in two runs', async (t) => {
  const [one] = findingsOf([failed('a', [], { checks: [broken({ message: 'alice/phone took 812 ms' })] })]);
  const [other] = findingsOf([failed('a', [], { checks: [broken({ message: 'bob/phone took 96.5 ms' })] })]);
  t.ok(one !== undefined && other !== undefined && findingKey(one) === findingKey(other));
});
