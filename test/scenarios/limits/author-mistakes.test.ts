/** Which expectations nothing in a scenario can bring about, and which ones something may. */
import t from 'tap';
import { STANDARD_TRAITS, type Traits } from '../../../src/probe/adapter/port.js';
import { parseScenario } from '../../../src/scenarios/language/load.js';
import { authorMistakes } from '../../../src/scenarios/run/limits/author-mistakes.js';

const AGENTS = { alice: {}, bob: {}, carol: {} };
const ring = [{ alice: 'call bob' }, { expect: { alice: 'ringing', bob: 'ringing', within: '1s' } }];
const talk = [...ring, { bob: 'accept' }];
const ended = (reason: string, who = 'bob'): object => ({ expect: { [who]: reason } });

function mistakes(steps: readonly object[], traits: Partial<Traits> | null = {}, more: object = {}): [string, string][] {
  const scenario = parseScenario({ name: 'x', agents: AGENTS, steps, ...more });
  return [...authorMistakes(scenario, traits === null ? null : { ...STANDARD_TRAITS, ...traits })];
}

t.test('an end that no step causes', async (t) => {
  t.match(mistakes([...talk, ended('ended(hangup)')]), [
    ['steps[3]', /^bob: ended\(hangup\) is expected, but no step before it has the action "hang up": add one, or expect/],
  ]);
  t.match(mistakes([...ring, ended('ended(rejected) | ended(cancelled)')], null), [['steps[2]', /"reject"/]]);
  t.match(mistakes([...ring, { repeat: { times: 2, steps: [ended('ended(cancelled)')] } }]), [
    ['steps[2].repeat.steps[0]', /"cancel"/],
  ]);
  const again = [...talk, { bob: 'hang up' }, ended('ended(hangup)'), ...talk, ended('ended(hangup)')];
  t.match(
    mistakes(again).map(([path]) => path),
    ['steps[8]'],
    'of the second call',
  );
});

t.test('an end that something may cause', async (t) => {
  const none = (name: string, steps: readonly object[], traits: Partial<Traits> = {}, more: object = {}): void =>
    void t.strictSame(mistakes(steps, traits, more), [], name);
  none('by either side', [...talk, { alice: 'hang up' }, ended('ended(hangup)')]);
  none('one of the alternatives', [...talk, ended('ended(hangup) | ended(peer-lost)')]);
  none('any end', [...talk, ended('ended')]);
  none('other reasons are not of users', [...talk, ended('ended(missed)'), ended('ended(busy)')]);
  none('the app of the caller gives up', [...ring, ended('ended(cancelled)')], { callerRingMs: 1_000 });
  none('the server gives up', [...ring, ended('ended(cancelled)')], { serverRingMs: 1_000 });
  none('the app declines a second call', [...talk, { carol: 'call bob' }, ended('ended(rejected)', 'carol')], {
    secondCall: 'reject',
  });
  none('a lost connection', [...talk, { alice: 'crash' }, ended('ended(hangup)')]);
  none('a fault of a link', [...talk, { fault: { link: 'alice.signaling', disconnect: '1s' } }, ended('ended(hangup)')]);
  none('a message with another reason', [
    { fault: { rewrite: 'bob receives ended', set: { reason: 'x' } } },
    ...talk,
    ended('ended(hangup)'),
  ]);
  none('two crossing calls', [{ together: [{ alice: 'call bob' }, { bob: 'call alice' }] }, ended('ended(cancelled)')]);
  none('a hostile agent', [...talk, ended('ended(hangup)')], {}, { agents: { ...AGENTS, mallory: { hostile: true } } });
  t.equal(
    mistakes([...talk, ended('ended(cancelled)')], { serverRingMs: 1_000 }).length,
    1,
    'the ringing is over with the answer',
  );
  t.equal(
    mistakes([{ fault: { drop: 'bob receives ended' } }, ...talk, ended('ended(hangup)')]).length,
    1,
    'a lost message ends nothing',
  );
});
