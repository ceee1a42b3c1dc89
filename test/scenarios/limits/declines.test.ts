/** What a scenario expects after a decline that does not count yet. */
import t from 'tap';
import { parseScenario } from '../../../src/scenarios/language/load.js';
import { atItsDeclines } from '../../../src/scenarios/run/limits/declines.js';

const all = { alice: 'ringing', 'bob.phone': 'ringing', 'bob.laptop': 'ringing' };
const scenario = (...steps: object[]) =>
  parseScenario({
    name: 'x',
    agents: { alice: {}, bob: { devices: ['phone', 'laptop'] } },
    steps: [{ alice: 'call bob' }, { expect: all }, ...steps],
  });
const laptop = { 'bob.laptop': 'reject' };
const phone = { 'bob.phone': 'reject' };
const rejected = {
  expect: { alice: 'ended(rejected)', 'bob.laptop': 'ended(rejected)', 'bob.phone': 'ended(rejected-elsewhere)' },
};

t.test('where a decline ends the call nothing changes', async (t) => {
  const one = scenario(laptop, rejected);
  t.equal(atItsDeclines(one, 'ends-call'), one);
});

t.test('whoever has not been notified keeps ringing', async (t) => {
  for (const decline of ['once-all', 'local'] as const) {
    const { steps } = atItsDeclines(scenario(laptop, rejected), decline);
    t.match(steps.slice(3), [
      { kind: 'wait', path: 'steps[3]' },
      {
        kind: 'expect',
        limit: `decline-${decline}`,
        text: /here alice: ringing, bob\.laptop: ended\(rejected\), bob\.phone: ringing: the decline does not count yet$/,
        expectations: [
          { label: 'alice', anyOf: [{ state: 'ringing' }] },
          { label: 'bob.laptop', anyOf: [{ state: 'ended', reason: 'rejected' }] },
          { label: 'bob.phone', anyOf: [{ state: 'ringing' }] },
        ],
      },
    ]);
  }
  const { steps } = atItsDeclines(scenario(laptop, { expect: { alice: 'ended(rejected)', bob: 'ended(rejected)' } }), 'local');
  t.match(
    steps[4],
    {
      text: /bob\.laptop: ended\(rejected\), bob\.phone: ringing/,
    },
    'an expectation of a user with a device on either side',
  );
});

t.test('it counts once all have declined, and a new call begins anew', async (t) => {
  const both = scenario(laptop, phone, rejected);
  t.strictSame(atItsDeclines(both, 'once-all').steps, both.steps);
  t.not(atItsDeclines(both, 'local').steps.length, both.steps.length, 'unless it is local');
  const next = scenario(laptop, phone, rejected, { alice: 'call bob' }, { expect: all }, phone, rejected);
  t.match(atItsDeclines(next, 'once-all').steps.slice(-2), [{ kind: 'wait' }, { limit: 'decline-once-all' }]);
  const other = scenario(
    laptop,
    { expect: { 'bob.laptop': 'ended(rejected)' } },
    { alice: 'cancel' },
    { expect: { alice: 'ended(cancelled)' } },
  );
  t.strictSame(atItsDeclines(other, 'once-all').steps, other.steps, 'what is about something else');
  const accepted = scenario(laptop, { 'bob.phone': 'accept' }, { expect: { alice: 'connected', 'bob.phone': 'connected' } });
  t.strictSame(atItsDeclines(accepted, 'local').steps, accepted.steps);
});
