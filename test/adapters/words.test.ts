/** The parts of the language that few targets need: a namespace, acknowledgements, the callee offers, no sender, leaving as the hang-up, coming back by name. */
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { runScenario, type ScenarioResult } from '../../src/index.js';
import { watchForks } from '../forks.js';
import { PATIENT } from '../scenarios/files.js';
import { startWordsServer } from '../servers/words/server.js';

const forks = watchForks();
t.afterEach(() => forks.ended());

const DIALECT = fileURLToPath(new URL('../../../test/fixtures/dialects/words.yaml', import.meta.url));
const PAIR = { media: 'none', agents: { alice: {}, bob: {} }, checks: PATIENT };
const RING = [{ alice: 'call bob' }, { expect: { both: 'ringing', within: '20s' } }];
const soon = (state: string, of = 'both'): object => ({ expect: { [of]: state, within: '5s' } });
const said = ({ why, checks }: ScenarioResult): string =>
  why ?? checks.map(({ message, actual }) => `${message} ${actual}`).join('; ');

t.test('whoever accepts offers, nobody says who sends, and who hangs up leaves', async (t) => {
  const server = await startWordsServer();
  t.teardown(() => server.close());
  const run = (name: string, steps: object[], more: object = {}): Promise<ScenarioResult> =>
    runScenario({ ...PAIR, name, steps, ...more }, { target: server.url, adapter: DIALECT });
  const talk = await run(
    'talk',
    [
      ...RING,
      { bob: 'accept' },
      soon('connected'),
      { expect: { media: 'flowing', between: ['alice', 'bob'], within: '20s' } },
      { bob: 'hang up' },
      soon('ended(hangup)'),
    ],
    { media: 'audio' },
  );
  t.equal(talk.status, 'passed', said(talk));
  t.equal(talk.unmapped, undefined);
  t.ok(server.resumed.length > 0, 'who had left came back under his name');
  t.equal(server.unacknowledged(), 0, 'each request was acknowledged');
  const declined = await run('declined', [...RING, { bob: 'reject' }, soon('ended(rejected)')]);
  t.equal(declined.status, 'passed', said(declined));
  t.equal(declined.unmapped, undefined, 'a step whose condition does not hold is left out');
  const cancelled = await run('cancelled', [...RING, { alice: 'cancel' }, soon('ended(cancelled)')]);
  t.equal(cancelled.status, 'passed', said(cancelled));
});
