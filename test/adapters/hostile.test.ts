/** Hostile agents at a target with a dialect: a healthy server takes no notice, one that dies of a message has failed, and so has one that lets strangers act. */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import t, { type Test } from 'tap';
import { runScenario, type ScenarioResult } from '../../src/index.js';
import { ends, folder, reportIn, runCommand } from '../cli/command.js';
import { watchForks } from '../forks.js';
import { PATIENT, SUITE } from '../scenarios/files.js';
import { type DoorbellBug, startDoorbell } from '../servers/doorbell/server.js';
import { startForked } from '../servers/forked.js';

const forks = watchForks();
t.teardown(() => forks.ended());

const DIALECT = fileURLToPath(new URL('../../../test/fixtures/dialects/doorbell.yaml', import.meta.url));
const HOSTILE = ['before-log-in', 'clumsy', 'flood', 'garbage', 'replay', 'stranger-acts'];
const BASE = {
  name: 'a call with a stranger',
  media: 'none',
  checks: PATIENT,
  agents: { alice: {}, bob: {}, mallory: { hostile: true } },
};
const RINGING = [{ alice: 'call bob' }, { expect: { both: 'ringing', within: '10s' } }];
const TALKING = [...RINGING, { bob: 'accept' }, { expect: { both: 'connected', within: '10s' } }];

const wrongIn = (result: ScenarioResult | undefined): string =>
  [
    result?.why,
    ...(result?.checks ?? []).filter(({ valid }) => valid !== true).map(({ name, message }) => `${name}: ${message}`),
  ].join('\n');

/** The server in a process of its own, which it may end. */
async function dying(t: Test, bug: DoorbellBug): Promise<string> {
  const { port } = await startForked(t, 'doorbell-main', 0, [bug]);
  return `ws://127.0.0.1:${port}`;
}

async function healthy(t: Test, bugs: readonly DoorbellBug[] = []): Promise<string> {
  const server = await startDoorbell(0, bugs);
  t.teardown(() => server.close());
  return server.url;
}

t.test('a healthy server passes every built-in hostile scenario', async (t) => {
  const target = await healthy(t);
  for (const name of HOSTILE) {
    const result = await runScenario(join(SUITE, `hostile-${name}.yaml`), { target, adapter: DIALECT });
    t.equal(result.status, 'passed', `${name}: ${wrongIn(result)}`);
    t.equal(result.unmapped, undefined);
  }
});

/** The result of one scenario at a target that is not waited for. */
async function atMortal(t: Test, target: string, steps: object[]): Promise<ScenarioResult | undefined> {
  const { dir, at } = folder(t, { 's.yaml': JSON.stringify({ ...BASE, steps, timeout: '90s' }) });
  const flags = ['--target', target, '--adapter', DIALECT, '--target-wait', '0', '--reporter', 'json=r.json'];
  ends(t, 'run', await runCommand(['run', 's.yaml', ...flags], at), 1);
  return reportIn(dir, 'r.json').scenarios[0];
}

t.test('before its log-in an agent sends the messages of the target and none of a log-in', async (t) => {
  const target = await dying(t, 'dies-before-log-in');
  const steps = [{ mallory: 'connect' }, ...RINGING, { mallory: { forge: 'accept' } }, { wait: '60s' }];
  const result = await atMortal(t, target, steps);
  t.match(result?.diagnoses[0], {
    code: 'target-gone',
    hop: 'server',
    summary: /last message of a hostile agent to it, \d+ ms before, was command\.accept \(answer\) of mallory/,
  });
  t.match(wrongIn(result), /server: the server went down after command\.accept \(answer\) of mallory/);
});

t.test('a missing field is not missed: fields are left out in turn', async (t) => {
  const target = await dying(t, 'dies-of-a-missing-field');
  // The callee of the message must be free, or the server does not look at its other fields.
  const steps = [
    ...RINGING,
    { alice: 'cancel' },
    { expect: { both: 'ended', within: '10s' } },
    { mallory: 'log in' },
    { mallory: { mutate: 'alice sends call', times: 6 } },
    { wait: '60s' },
  ];
  const result = await atMortal(t, target, steps);
  t.match(result?.diagnoses[0], { code: 'target-gone', hop: 'server' });
  t.match(wrongIn(result), /went down after command\.invite \(call, offer removed\) of mallory/);
});

t.test('a server that lets strangers act is caught at its clients, and a participant is not taken for one', async (t) => {
  const target = await healthy(t, ['lets-strangers-act']);
  const steps = [
    ...TALKING,
    { mallory: 'log in' },
    { mallory: { forge: 'hang up' } },
    { expect: { both: 'ended', within: '10s' } },
  ];
  const result = await runScenario({ ...BASE, steps }, { target, adapter: DIALECT });
  t.equal(result.status, 'failed');
  t.match(wrongIn(result), /isolation: mallory has no part in call .* of alice and bob, and (alice|bob) showed ended\(hangup\)/);
  const own = [...TALKING, { mallory: 'log in' }, { mallory: { forge: 'hang up' } }, { alice: 'hang up' }];
  const sound = await runScenario(
    { ...BASE, steps: [...own, { expect: { both: 'ended(hangup)', within: '10s' } }] },
    { target: await healthy(t), adapter: DIALECT },
  );
  t.equal(sound.status, 'passed', wrongIn(sound));
});

t.test('a server that dies of the log-in of the probe itself has failed, with the message that did it', async (t) => {
  const target = await dying(t, 'dies-of-a-log-in');
  const { dir, at } = folder(t);
  const files = ['accept', 'cancel'].map((name) => join(SUITE, `${name}.yaml`));
  const flags = ['--target', target, '--adapter', DIALECT, '--reporter', 'json=r.json'];
  ends(t, 'run', await runCommand(['run', ...files, ...flags], at), 1);
  const report = reportIn(dir, 'r.json');
  const [first, second] = report.scenarios;
  t.match(first, { status: 'failed' });
  t.match(first?.diagnoses[0], { code: 'target-gone', hop: 'server', summary: /was hello \(register\) of (alice|bob)/ });
  t.match(
    first?.checks.filter(({ valid }) => valid === false),
    [{ name: 'server', message: /went down after hello \(register\)/ }],
  );
  t.match(second, { status: 'skipped', why: /the target closed all connections/ });
  t.match(report.outages, [{ last: [{ kind: 'hello', name: 'register' }] }]);
});

t.test('who has no account there is skipped, and nobody else', async (t) => {
  const target = await healthy(t);
  const { at } = folder(t, { 'users.csv': 'user,password\nalice,a-secret\nbob,b-secret\n' });
  const file = join(SUITE, 'hostile-stranger-acts.yaml');
  const args = ['run', file, '--target', target, '--adapter', DIALECT, '--credentials', 'users.csv'];
  ends(t, 'run', await runCommand(args, at), 3, /mallory: it has no row in --credentials/);
});
