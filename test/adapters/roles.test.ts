/** Roles: customers and operators log in in their own ways and have verbs of their own; a group is called, and one of it answers. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { dialectOf } from '../../src/adapters/dialect/load.js';
import { runScenario, type ScenarioResult } from '../../src/index.js';
import { ends, folder, runCommand } from '../cli/command.js';
import { watchForks } from '../forks.js';
import { PATIENT } from '../scenarios/files.js';
import { type CallCentre, type CallCentreOptions, startCallCentre } from '../servers/callcentre/server.js';

const forks = watchForks();
t.afterEach(() => forks.ended());

const DIALECT = fileURLToPath(new URL('../../../test/fixtures/dialects/callcentre.yaml', import.meta.url));
const TEXT = readFileSync(DIALECT, 'utf8');

async function centre(t: { teardown(end: () => unknown): void }, options: CallCentreOptions = {}): Promise<CallCentre> {
  const server = await startCallCentre(options);
  t.teardown(() => server.close());
  return server;
}

const said = ({ why, checks }: ScenarioResult): string =>
  why ?? checks.map(({ message, actual }) => `${message} ${actual}`).join('; ');
const soon = (states: object): object => ({ expect: { ...states, within: '2s' } });

/** A customer calls the queue by way of one operator; all of them ring. */
const RING = [{ alice: 'call olga' }, { expect: { alice: 'ringing', olga: 'ringing', otto: 'ringing', within: '20s' } }];
const THREE = { media: 'none', agents: { alice: {}, olga: {}, otto: {} }, checks: PATIENT };
const ANSWER = [...RING, { otto: 'accept' }, soon({ alice: 'connected', otto: 'connected', olga: 'ended(answered-elsewhere)' })];

t.test('a group is called, another one of it than was named answers, and everybody agrees', async (t) => {
  const server = await centre(t);
  const adapter = DIALECT;
  const run = (scenario: object): Promise<ScenarioResult> => runScenario(scenario, { target: server.url, adapter });
  const answered = await run({
    ...THREE,
    name: 'answered',
    steps: [...ANSWER, { alice: 'hang up' }, soon({ otto: 'ended(hangup)' })],
  });
  t.equal(answered.status, 'passed', said(answered));
  t.equal(answered.unmapped, undefined);
  const media = await run({
    ...THREE,
    name: 'with media',
    media: 'audio',
    steps: [...ANSWER, { expect: { media: 'flowing', between: ['alice', 'otto'], within: '20s' } }, { otto: 'hang up' }],
  });
  t.equal(media.status, 'passed', said(media));
  const declined = await run({
    ...THREE,
    name: 'both skip it',
    steps: [...RING, { olga: 'reject' }, soon({ alice: 'ringing' }), { otto: 'reject' }, soon({ alice: 'ended(rejected)' })],
  });
  t.equal(declined.status, 'passed', said(declined));
  const cancelled = await run({
    ...THREE,
    name: 'given up',
    steps: [...RING, { alice: 'cancel' }, soon({ olga: 'ended(cancelled)', otto: 'ended(cancelled)' })],
  });
  t.equal(cancelled.status, 'passed', said(cancelled));
  t.strictSame(server.complaints, [], 'before the answer ${peer.id} was the group, and after it whoever had answered');
});

t.test('the scenarios of the package, with one operator', async (t) => {
  const server = await centre(t);
  const { at } = folder(t, {});
  const names = ['accept', 'decline', 'cancel', 'caller-hangs-up', 'callee-hangs-up', 'call-again-at-once'];
  const paths = names.map((name) => fileURLToPath(new URL(`../../../scenarios/${name}.yaml`, import.meta.url)));
  const run = await runCommand(['run', ...paths, '--target', server.url, '--adapter', DIALECT, '--workers', '1'], at);
  ends(t, 'all of them', run, 0, /6 passed/);
});

t.test('what goes wrong with a group is found', async (t) => {
  const untold = await centre(t, { othersKeepRinging: true });
  const rings = await runScenario({ ...THREE, name: 'rings on', steps: ANSWER }, { target: untold.url, adapter: DIALECT });
  t.equal(rings.status, 'failed');
  t.match(said(rings), /olga=ringing/);
  t.match(rings.diagnoses[0], { code: 'other-device-not-told', hop: 'server' });
  const twice = await centre(t, { isTakenTwice: true });
  const both = await runScenario(
    {
      ...THREE,
      name: 'taken twice',
      steps: [...RING, { otto: 'accept' }, soon({ alice: 'connected' }), { olga: 'accept' }, { wait: '300ms' }],
    },
    { target: twice.url, adapter: DIALECT },
  );
  t.equal(both.status, 'failed', 'two of a group talk');
  t.match(
    both.checks.filter(({ valid }) => valid === false).map(({ name }) => name),
    ['convergence'],
  );
});

t.test('a verb that one role does not have: the scenario is skipped, and says whose it is', async (t) => {
  const server = await centre(t);
  const run = (steps: object[]): Promise<ScenarioResult> =>
    runScenario({ ...THREE, name: 'x', steps }, { target: server.url, adapter: DIALECT });
  const calls = await run([{ olga: 'call alice' }]);
  t.equal(calls.status, 'skipped');
  t.equal(calls.why, 'steps[0]: olga has the role "operator", which has no "call": operators are called');
  t.match((await run([...RING, { alice: 'reject' }])).why, /alice has the role "customer", which has no "reject": nobody calls/);
});

t.test('roles by the credentials, and what is wrong with them', async (t) => {
  const server = await centre(t);
  const byColumn = TEXT.replace('users: [alice, anna]', '').replace('users: [bob, olga, otto]', '');
  const { at } = folder(t, {
    'mine.yaml': byColumn.replace('  customer:\n    \n', '  customer:\n').replace('  operator:\n    \n', '  operator:\n'),
    'call.yaml': `name: x
media: none
agents: { carl: {}, oz: {} }
steps:
  - carl: call oz
  - expect: { both: ringing, within: 20s }
  - oz: accept
  - expect: { both: connected, within: 20s }
`,
    'good.csv': 'user,role,pin\ncarl,customer,\noz,operator,4711\n',
    'pin.csv': 'user,role,pin\ncarl,customer,\noz,operator,1234\n',
    'role.csv': 'user,role,pin\ncarl,custommer,\noz,operator,4711\n',
    'swapped.csv': 'user,role,pin\ncarl,operator,4711\noz,customer,\n',
  });
  const run = (file: string) =>
    runCommand(['run', 'call.yaml', '--target', server.url, '--adapter', './mine.yaml', '--credentials', file], at);
  ends(t, 'by the column', await run('good.csv'), 0, /1 passed/);
  ends(t, 'a wrong log-in of one role', await run('pin.csv'), 2, /oz cannot log in: the server refused the log-in: wrong pin/);
  ends(
    t,
    'a role that there is not',
    await run('role.csv'),
    2,
    /carl cannot log in: the credentials of carl have the role "custommer", which .*mine\.yaml does not have; did you mean "customer"\?/,
  );
  ends(t, 'nothing was judged', await run('swapped.csv'), 3, /carl has the role "operator", which has no "call"/);
  const tried = await runCommand(['dialect', 'check', DIALECT, '--target', server.url], at);
  ends(
    t,
    'tried',
    tried,
    0,
    /role customer: alice, anna/,
    /no accept: nobody calls a customer/,
    /alice +\* call bob/,
    /The mapping works/,
  );
  const wrong = await runCommand(['dialect', 'check', DIALECT, '--target', server.url, '--users', 'olga,alice'], at);
  ends(t, 'the wrong way round', wrong, 1, /not tried: .*olga has the role "operator".*--users CALLER,CALLEE/);
});

t.test('what is wrong with roles in the file', async (t) => {
  const problem = (from: string, to: string): string => {
    const text = TEXT.replace(from, to);
    t.not(text, TEXT, from);
    try {
      dialectOf(text, 'my.yaml');
      return '';
    } catch (error) {
      return (error as Error).message;
    }
  };
  t.match(
    problem('users: [bob, olga, otto]', 'users: [bob, alice]'),
    /roles\.operator\.users\[1\] {2}"alice" is in the role "customer" already/,
  );
  t.match(
    problem('group: "support-${run}"', 'gruop: x'),
    /roles\.operator\.gruop {2}unknown key "gruop"; did you mean "group"\?/,
  );
  t.match(
    problem('group: "support-${run}"', 'group: "${agent.team}"'),
    /roles\.operator\.group {2}nothing in this dialect takes or sets "agent\.team"/,
  );
  t.match(problem('queue: "${peer.id}"', 'queue: "${peer.grup}"'), /unknown name "peer\.grup"; did you mean "peer\.group"\?/);
});
