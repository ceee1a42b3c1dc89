/** The server's own time-out of the ringing: said in the dialect, and waited for by the scenarios that are about it. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { dialectOf } from '../../src/adapters/dialect/load.js';
import { parseScenario } from '../../src/scenarios/language/load.js';
import { atOwnPace } from '../../src/scenarios/run/server-timeout.js';
import { ends, folder, runCommand } from '../cli/command.js';
import { startCallCentre } from '../servers/callcentre/server.js';

const TEXT = readFileSync(fileURLToPath(new URL('../../../test/fixtures/dialects/callcentre.yaml', import.meta.url)), 'utf8');
const TIMED = TEXT.replace(', server-timeout', '').replace('devices: one', 'devices: one\n  serverRings: 1500ms');
const scenario = (name: string): string => fileURLToPath(new URL(`../../../scenarios/${name}.yaml`, import.meta.url));

t.test('scenarios that are about it wait as long as the server does', async (t) => {
  const server = await startCallCentre({ ringMs: 1_500 });
  const never = await startCallCentre();
  t.teardown(() => Promise.all([server.close(), never.close()]));
  const { at } = folder(t, { 'timed.yaml': TIMED, 'silent.yaml': TEXT.replace(', server-timeout', ''), 'hides.yaml': TEXT });
  const run = (url: string, adapter: string, ...names: string[]) =>
    runCommand(['run', ...names.map(scenario), '--target', url, '--adapter', adapter, '--repeat', '1', '--workers', '1'], at);
  const all = ['no-answer', 'accept-crosses-ring-timeout', 'outlasts-ring-timeout'];
  ends(t, 'all three', await run(server.url, './timed.yaml', ...all), 0, /3 passed/);
  const missing = await run(never.url, './timed.yaml', 'no-answer');
  ends(
    t,
    'a server without',
    missing,
    1,
    /both: ended\(missed\) within 3s, here 3\.5s/,
    /The server does not end a call whose time is over/,
  );
  ends(
    t,
    'not said',
    await run(server.url, './silent.yaml', 'no-answer'),
    3,
    /the adapter does not declare the ring\s+time-out of\s+this target/,
  );
  ends(
    t,
    'by design none',
    await run(server.url, './hides.yaml', ...all),
    3,
    /declared limit: the server ends no call by itself/,
    /3 skipped/,
  );
  ends(
    t,
    'explained',
    await runCommand(['dialect', 'check', 'timed.yaml'], at),
    0,
    /time-out +the server ends an unanswered call after 1\.5 s/,
  );
});

t.test('what is moved, and by how much', async (t) => {
  const steps = [
    { alice: 'call bob' },
    { wait: '200ms' },
    { expect: { both: 'ringing', within: '2s' } },
    { wait: '490ms' },
    { repeat: { times: 2, steps: [{ expect: { both: 'connected | ended(missed)', within: '1s' } }] } },
  ];
  const parsed = parseScenario({
    name: 'x',
    agents: { alice: {}, bob: {} },
    timeout: '30s',
    server: { 'ring-timeout': '500ms' },
    steps,
  });
  const longer = atOwnPace(parsed, 30_500);
  t.match(longer.steps, [
    {},
    { ms: 200 },
    { withinMs: 2_000 },
    { ms: 30_490 },
    { steps: [{ withinMs: 31_000, text: /within 1s, here 31s: the ring time-out is 30\.5s$/ }] },
  ]);
  t.equal(longer.timeoutMs, 30_000 + 3 * 30_000, 'each of them may take as long');
  t.match(atOwnPace(parsed, 400).steps, [{}, { ms: 200 }, { withinMs: 2_000 }, { ms: 390 }, { steps: [{ withinMs: 1_000 }] }]);
  t.equal(atOwnPace(parsed, null), parsed);
  const other = parseScenario({ name: 'x', agents: { alice: {}, bob: {} }, server: { 'invite-timeout': '1s' }, steps });
  t.equal(atOwnPace(other, 1_000), other, 'it is about something else');
  t.throws(() => dialectOf(TIMED.replace('hides: [', 'hides: [server-timeout, '), 'my.yaml'), {
    message: /byDesign\.serverRings {2}the server ends calls, but "hides" lists "server-timeout"; remove it there/,
  });
  t.throws(() => dialectOf(TIMED.replace('serverRings:', 'serverRing:'), 'my.yaml'), {
    message: /unknown key "serverRing"; did you mean "serverRings"/,
  });
});
