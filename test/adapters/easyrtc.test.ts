/** The EasyRTC server for real: ids that the server gives, acknowledgements both ways, an http:// URL, and scenarios side by side. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import t, { type Test } from 'tap';
import { runScenario } from '../../src/index.js';
import { ends, folder, reportIn, runCommand } from '../cli/command.js';
import { watchForks } from '../forks.js';
import { PATIENT } from '../scenarios/files.js';
import { startForked } from '../servers/forked.js';

const forks = watchForks();
t.afterEach(() => forks.ended());

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const suite = (name: string): string => `${ROOT}scenarios/${name}.yaml`;

async function start(t: Test): Promise<{ readonly http: string; readonly ws: string }> {
  const { port } = await startForked(t, 'easyrtc-main');
  return { http: `http://127.0.0.1:${port}`, ws: `ws://127.0.0.1:${port}` };
}

t.test('accept and decline pass side by side, with media, at an http:// URL', async (t) => {
  const { http, ws } = await start(t);
  const { dir, at } = folder(t);
  const files = ['accept', 'decline', 'cancel'].map(suite);
  const flags = ['--target', http, '--adapter', 'easyrtc', '--workers', '3', '--reporter', 'json=r.json'];
  ends(t, 'run', await runCommand(['run', ...files, ...flags], at), 0);
  const report = reportIn(dir, 'r.json');
  t.equal(report.summary.passed, 3);
  t.equal(report.target, ws);
  t.ok(report.scenarios.find(({ name }) => name.startsWith('callee accepts'))?.timings['accept-to-media']?.p50, 'media flowed');
});

t.test('users that are the same in every repetition can be in one at a time', async (t) => {
  const { http } = await start(t);
  const { at } = folder(t, { 'users.csv': 'user,password\nalice,one-of-alice\nbob,one-of-bob\n' });
  const alone = await runCommand(['run', suite('accept'), '--target', http, '--workers', '2'], at);
  ends(t, 'callsync', alone, 2, /--workers above 1 needs separate users in each repetition, but alice is the\s+same user in all/);
  const accounts = ['--adapter', 'sip', '--workers', '2', '--credentials', 'users.csv'];
  const sip = await runCommand(['run', suite('accept'), '--target', http, ...accounts], at);
  ends(t, 'sip', sip, 2, /--workers above 1 needs separate users/);
  const orders = ['--restart-command', 'true'];
  const restarted = await runCommand(
    ['run', suite('accept'), '--target', http, '--adapter', 'easyrtc', '--workers', '2', ...orders],
    at,
  );
  ends(t, 'restarts', restarted, 2, /stopping or restarting the server would affect all scenarios at once/);
});

t.test('the acknowledgement tells that nobody is there; a lost answer is found', async (t) => {
  const { ws } = await start(t);
  const agents = { alice: {}, bob: {} };
  const nobody = await runScenario(
    {
      name: 'nobody there',
      media: 'none',
      agents,
      checks: PATIENT,
      // The server has to read the end of bob's connection first.
      steps: [
        { bob: 'go offline' },
        { wait: '1s' },
        { alice: 'call bob' },
        { expect: { alice: 'ended(unreachable)', within: '20s' } },
      ],
    },
    { target: ws, adapter: 'easyrtc' },
  );
  t.equal(nobody.status, 'passed', nobody.why ?? '');
  const lost = await runScenario(
    // Nobody sends it again, and the dialect does not claim that: what becomes of that is asserted on request.
    {
      name: 'the answer is lost',
      media: 'none',
      agents,
      checks: PATIENT,
      steps: [
        { fault: { drop: 'alice receives connected' } },
        { alice: 'call bob' },
        { expect: { both: 'ringing', within: '20s' } },
        { bob: 'accept' },
        { expect: { both: 'connected', within: '500ms' } },
      ],
    },
    { target: ws, adapter: 'easyrtc', ignoreLimits: true },
  );
  t.equal(lost.status, 'failed');
  t.strictSame([lost.agents['alice/phone']?.state, lost.agents['bob/phone']?.state], ['ringing', 'connected']);
});

t.test('dialect check tries media as well: candidates that the server throws away are told', async (t) => {
  const { http } = await start(t);
  const dialect = readFileSync(`${ROOT}dialects/easyrtc.yaml`, 'utf8');
  const unheard = dialect.replace(/(candidate: "\$\{candidate\}" \}\n) +reply: \{\}\n/, '$1');
  t.not(unheard, dialect);
  const { at } = folder(t, { 'unheard.yaml': unheard });
  const check = (file: string, ...flags: string[]) => runCommand(['dialect', 'check', file, '--target', http, ...flags], at);
  ends(t, 'sound', await check('easyrtc'), 0, /alice +-> candidate/, /bob += receives media/, /ringing, media flowed/);
  ends(
    t,
    'broken',
    await check('unheard.yaml'),
    1,
    /did not hold: media flowing between alice and bob/,
    /did not hold: the candidate of call \w+ that alice sent at [\d.]+ s never reached bob/,
  );
  ends(t, 'without media', await check('unheard.yaml', '--media', 'none'), 0, /connected \(without media\)/);
});
