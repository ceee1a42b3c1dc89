/** The PeerJS server for real: the command with its dialect and with an adapter written by hand, and what faults do to it. */
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { ends, folder, reportIn, runCommand } from '../cli/command.js';
import { startPeerJs } from '../servers/peerjs.js';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const SUITE = ['accept', 'decline'].map((name) => `${ROOT}scenarios/${name}.yaml`);
/** Limits of time are far from what a busy machine needs. */
const patient = (steps: string): string => `name: patient
checks: { timer-skew: { max: 20s }, latency: { accept-to-connected: { max: 20s } } }
agents: { alice: {}, bob: {} }
steps:
${steps}`;

t.test('accept and decline pass, with media', async (t) => {
  const { url } = await startPeerJs(t);
  const { dir, at } = folder(t);
  const ended = await runCommand(['run', ...SUITE, '--target', url, '--adapter', 'peerjs', '--reporter', 'json=r.json'], at);
  ends(t, 'by dialect', ended, 0);
  const report = reportIn(dir, 'r.json');
  t.strictSame(report.summary.passed, 2);
  t.ok(report.scenarios[0]?.timings['accept-to-media']?.p50, 'media flowed');
});

t.test('the adapter of the documents, written by hand, and one in TypeScript', async (t) => {
  const { url } = await startPeerJs(t);
  const { at } = folder(t);
  const byHand = `${ROOT}docs/examples/peerjs-adapter.mjs`;
  ends(t, 'by hand', await runCommand(['run', ...SUITE, '--target', url, '--adapter', byHand], at), 0);
  const typed = folder(t, {
    'mine.ts': `import byHand from ${JSON.stringify(byHand)};\nconst name: string = byHand.name;\nexport default { ...byHand, name };\n`,
  });
  ends(t, 'typed', await runCommand(['run', SUITE[1] ?? '', '--target', url, '--adapter', './mine.ts'], typed.at), 0);
});

t.test('message, connection and link faults, and their evidence', async (t) => {
  const { url } = await startPeerJs(t);
  const lost = patient(`  - fault: { drop: alice receives connected }
  - alice: call bob
  - expect: { both: ringing, within: 20s }
  - bob: accept
  - expect: { both: connected, within: 500ms }
`);
  const byName = lost.replace('alice receives connected', 'alice receives raw:ANSWER');
  const held = patient(`  - fault: { delay: alice receives connected, by: 200ms }
  - alice: call bob
  - expect: { both: ringing, within: 20s }
  - bob: accept
  - expect: { both: connected, within: 20s }
  - expect: { media: flowing, between: [alice, bob], within: 20s }
`);
  const slow = patient(`  - alice: call bob
  - expect: { both: ringing, within: 20s }
  - bob: accept
  - expect: { both: connected, within: 20s }
`).replace('agents:', 'network: { alice: 4g }\nagents:');
  const cut = patient(`  - alice: call bob
  - expect: { both: ringing, within: 20s }
  - fault: { link: alice.signaling, disconnect: 300ms }
  - wait: 1500ms
  - bob: accept
  - expect: { both: connected, within: 20s }
`);
  const { dir, at } = folder(t, { 'lost.yaml': lost, 'named.yaml': byName, 'held.yaml': held, 'slow.yaml': slow, 'cut.yaml': cut });
  const run = (files: string[]) => runCommand(['run', ...files, '--target', url, '--adapter', 'peerjs', '--reporter', 'json=r.json'], at);
  ends(t, 'lost', await run(['lost.yaml', 'named.yaml']), 1, /alice=ringing\s+bob=connected/);
  t.strictSame(
    reportIn(dir, 'r.json').scenarios.map(({ status, agents }) => [status, agents['alice/phone']?.state, agents['bob/phone']?.state]),
    [
      ['failed', 'ringing', 'connected'],
      ['failed', 'ringing', 'connected'],
    ],
  );
  ends(t, 'recovered', await run(['held.yaml', 'slow.yaml', 'cut.yaml']), 0);
});

t.test('what the target does not have is skipped with the reason', async (t) => {
  const { url } = await startPeerJs(t);
  const { dir, at } = folder(t);
  const names = ['busy', 'second-device-answers', 'glare', 'hostile-flood', 'no-answer', 'drop-ringing', 'accept'];
  const files = names.map((name) => `${ROOT}scenarios/${name}.yaml`);
  ends(t, 'skips', await runCommand(['run', ...files, '--target', url, '--adapter', 'peerjs', '--reporter', 'json=r.json'], at), 0);
  t.matchOnly(
    reportIn(dir, 'r.json').scenarios.map(({ why }) => why ?? 'ran'),
    [/steps\[5\].*busy/, /other devices/, /cross/, /callsync/, /limits of the server/, /no such message/, /^ran$/],
  );
});
