/** The PeerJS server for real: the command with its dialect, an adapter written by hand, and what faults do to it. */
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { runScenario } from '../../src/index.js';
import { ends, folder, reportIn, runCommand } from '../cli/command.js';
import { watchForks } from '../forks.js';
import { CALL, FLOWING } from '../scenarios/running.js';
import { startPeerJs } from '../servers/peerjs.js';

const forks = watchForks();
t.afterEach(() => forks.ended());

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const BY_HAND = `${ROOT}docs/examples/peerjs-adapter.mjs`;
const suite = (name: string): string => `${ROOT}scenarios/${name}.yaml`;

const before = (...steps: object[]): object => ({ ...CALL, steps: [...steps, ...CALL.steps] });

t.test('accept and decline pass, with media', async (t) => {
  const { url } = await startPeerJs(t);
  const { dir, at } = folder(t);
  const files = ['accept', 'decline'].map(suite);
  const ended = await runCommand(['run', ...files, '--target', url, '--adapter', 'peerjs', '--reporter', 'json=r.json'], at);
  ends(t, 'by dialect', ended, 0);
  const report = reportIn(dir, 'r.json');
  t.equal(report.summary.passed, 2);
  t.ok(report.scenarios[0]?.timings['accept-to-media']?.p50, 'media flowed');
  t.equal(report.target, url);
});

t.test('the adapter of the documents, written by hand, and one in TypeScript', async (t) => {
  const { url } = await startPeerJs(t);
  const { status, timings } = await runScenario({ ...CALL, steps: [...CALL.steps, FLOWING] }, { target: url, adapter: BY_HAND });
  t.equal(status, 'passed');
  t.ok(timings['accept-to-media']);
  const dir = t.testdir({
    'mine.ts': `import byHand from ${JSON.stringify(BY_HAND)};\nconst name: string = byHand.name;\nexport default { ...byHand, name };\n`,
  });
  t.equal((await runScenario({ ...CALL, media: 'none' }, { target: url, adapter: `${dir}/mine.ts` })).status, 'passed');
});

t.test('faults of messages, connections, links and networks', async (t) => {
  const { url } = await startPeerJs(t);
  const run = (scenario: object) => runScenario(scenario, { target: url, adapter: 'peerjs' });
  const lost = { ...CALL, steps: [...CALL.steps.slice(0, 3), { expect: { both: 'connected', within: '500ms' } }] };
  for (const drop of ['alice receives connected', 'alice receives raw:ANSWER', 'bob sends accept']) {
    const scenario = { ...lost, steps: [{ fault: { drop } }, ...lost.steps] };
    const limited = await run(scenario);
    t.match(limited, { status: 'skipped', why: /nothing is redelivered/, limits: ['no-redelivery'] }, drop);
    const { status, agents } = await runScenario(scenario, { target: url, adapter: 'peerjs', ignoreLimits: true });
    t.equal(status, 'failed', drop);
    t.strictSame([agents['alice/phone']?.state, agents['bob/phone']?.state], ['ringing', 'connected'], drop);
  }
  const held = await run(before({ fault: { delay: 'alice receives connected', by: '200ms' } }));
  t.equal(held.status, 'passed', 'an answer that is only late');
  const slow = await run({ ...CALL, steps: [...CALL.steps, FLOWING], network: { alice: '4g' } });
  t.equal(slow.status, 'passed', 'a slow network');
  const cut = await run({
    ...CALL,
    steps: [{ fault: { link: 'alice.signaling', disconnect: '300ms' } }, { wait: '1500ms' }, ...CALL.steps],
  });
  t.equal(cut.status, 'passed', 'it comes back after a cut');
});

t.test('what the target does not have is skipped with the reason', async (t) => {
  const { url } = await startPeerJs(t);
  const why = async (name: string) => (await runScenario(suite(name), { target: url, adapter: 'peerjs' })).why ?? 'ran';
  t.match(await why('busy'), /steps\[5\].*busy/);
  t.match(await why('second-device-answers'), /other devices/);
  t.match(await why('two-devices-accept'), /one device per user/);
  t.match(await why('glare'), /cross/);
  t.match(await why('hostile-flood'), /callsync/);
  t.match(await why('no-answer'), /declared limit: the server ends no call by itself/);
  t.match(await why('drop-ringing'), /"alice receives ringing"/);
});
