/** A Socket.IO server of the tutorial kind: sound, every scenario that it can do passes; with each of its bugs, the bug is found from outside. */
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { runScenario, type ScenarioResult } from '../../src/index.js';
import { watchForks } from '../forks.js';
import { PATIENT } from '../scenarios/files.js';
import { startTutorialServer, type TutorialBug } from '../servers/tutorial/server.js';

const forks = watchForks();
t.afterEach(() => forks.ended());

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const PAIR = { agents: { alice: {}, bob: {} }, checks: PATIENT };
const RING = [{ alice: 'call bob' }, { expect: { both: 'ringing', within: '20s' } }];
const soon = (state: string, of = 'both'): object => ({ expect: { [of]: state, within: '1s' } });

/** What each bug is found with. With the sound server each of them passes. */
const SCENARIOS: Readonly<Record<string, object>> = {
  accept: { ...PAIR, name: 'accept', media: 'none', steps: [...RING, { bob: 'accept' }, soon('connected')] },
  media: {
    ...PAIR,
    name: 'media',
    steps: [
      ...RING,
      { bob: 'accept' },
      soon('connected'),
      { expect: { media: 'flowing', between: ['alice', 'bob'], within: '20s' } },
    ],
  },
  'caller leaves': {
    ...PAIR,
    name: 'the caller leaves while it rings',
    media: 'none',
    steps: [...RING, { alice: 'go offline' }, soon('ended', 'bob')],
  },
  'two tabs': {
    ...PAIR,
    name: 'one of two tabs answers',
    media: 'none',
    agents: { alice: {}, bob: { devices: ['phone', 'laptop'] } },
    steps: [
      { alice: 'call bob' },
      { expect: { alice: 'ringing', 'bob.phone': 'ringing', 'bob.laptop': 'ringing', within: '20s' } },
      { 'bob.phone': 'accept' },
      { expect: { alice: 'connected', 'bob.phone': 'connected', 'bob.laptop': 'ended(answered-elsewhere)', within: '1s' } },
    ],
  },
  'late accept': {
    ...PAIR,
    name: 'the callee accepts after a cancel that he has not heard of',
    media: 'none',
    steps: [
      { fault: { drop: 'bob receives ended', times: 1 } },
      ...RING,
      { alice: 'cancel' },
      soon('ended(cancelled)', 'alice'),
      { wait: '100ms' },
      { bob: 'accept' },
      { wait: '500ms' },
      soon('ended', 'both'),
    ],
  },
};

async function runWith(
  t: { teardown(end: () => unknown): void },
  scenario: object,
  ...bugs: TutorialBug[]
): Promise<ScenarioResult> {
  const server = await startTutorialServer({ bugs });
  t.teardown(() => server.close());
  // The bug has to be seen through the loss of a message, which nobody sends again here.
  return runScenario(scenario, { target: server.url, adapter: 'tutorial-socketio', ignoreLimits: true });
}

const failed = ({ checks }: ScenarioResult): string[] => checks.filter(({ valid }) => valid === false).map(({ name }) => name);

t.test('the sound server passes', async (t) => {
  for (const [name, scenario] of Object.entries(SCENARIOS)) {
    const result = await runWith(t, scenario);
    t.equal(result.status, 'passed', `${name}: ${result.why ?? result.checks.map(({ message }) => message).join('; ')}`);
  }
  for (const name of ['decline', 'cancel', 'busy', 'second-device-declines', 'call-again-at-once']) {
    const { status, why } = await runWith(t, { ...(await scenarioIn(name)), checks: PATIENT });
    t.equal(status, 'passed', `${name}: ${why}`);
  }
});

/** Which scenario finds which bug, by which checks, and what is then seen. */
const FOUND: readonly [bug: TutorialBug, scenario: string, checks: readonly string[], seen: RegExp, cause: string][] = [
  ['answer-to-wrong-room', 'accept', ['expectations', 'convergence'], /alice=ringing bob=connected/, 'wrong-recipient'],
  ['ringing-disconnect-untold', 'caller leaves', ['expectations'], /bob=ringing/, 'stale-state'],
  ['second-tab-keeps-ringing', 'two tabs', ['expectations'], /bob\.laptop=ringing/, 'other-device-not-told'],
  ['accept-after-cancel', 'late accept', ['expectations', 'convergence'], /bob=connected/, 'stale-state'],
  ['user-map-overwritten', 'two tabs', ['expectations'], /=idle/, 'other-device-not-told'],
  ['answer-twice', 'accept', ['relayed'], /2 times/, 'duplicated'],
  ['signal-altered', 'media', ['relayed'], /changed on its way to alice/, 'payload-altered'],
];

for (const [bug, scenario, checks, seen, cause] of FOUND) {
  t.test(`${bug} is found, and diagnosed as ${cause} of the server`, async (t) => {
    const result = await runWith(t, SCENARIOS[scenario] ?? {}, bug);
    t.equal(result.status, 'failed');
    for (const check of checks) t.ok(failed(result).includes(check), `${check}, of ${failed(result).join(', ')}`);
    t.match(result.checks.map(({ message, actual }) => `${message} ${actual}`).join('\n'), seen);
    t.match(result.diagnoses[0], { code: cause, hop: 'server' });
    t.ok((result.diagnoses[0]?.lines.length ?? 0) > 0, 'with its proof');
  });
}

async function scenarioIn(name: string): Promise<object> {
  const { readFile } = await import('node:fs/promises');
  const { parse } = await import('yaml');
  return parse(await readFile(`${ROOT}scenarios/${name}.yaml`, 'utf8')) as object;
}
