/** The built-in suite against servers that are pure Node: it comes out as the pages on them say. */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { ends, folder, reportIn, runCommand } from '../cli/command.js';
import { startForked } from '../servers/forked.js';
import { freePort, startProgram } from '../servers/program.js';
import { startTutorialServer } from '../servers/tutorial/server.js';
import { countsHold, filesOf, holdsAsToldAt, sampleOf } from './expected.js';
import { outcomesIn, type Reported, UNEXPLAINED, withTable } from './table.js';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
/** Scenarios wait more than they work. */
const WORKERS = '14';

t.test('the numbers on the pages are those of their tables', async (t) => {
  for (const name of ['kamailio', 'janus', 'peerjs', 'easyrtc', 'tutorial-socketio']) countsHold(t, name);
});

t.test('a page from reports: outcomes are new, explanations stay where nothing changed', async (t) => {
  const one = (name: string, status: string, code: string | null = null, why: string | null = null): Reported => ({
    file: `scenarios/${name}.yaml`,
    status,
    why,
    diagnoses: code === null ? [] : [{ code, hop: 'server', title: 'A bug' }],
  });
  const first = [one('a', 'failed', 'x'), one('b', 'failed', 'y'), one('c', 'passed'), one('d', 'unknown')];
  const second = [
    one('a', 'failed', 'x'),
    one('b', 'passed'),
    one('c', 'passed'),
    one('d', 'skipped', null, 'steps[0]: declared limit: needs it (here)'),
  ];
  const page = [
    'before',
    'Of the 9 scenarios 9 pass, 0 fail and 0 are skipped.',
    '',
    '| scenarios | old |',
    '|---|',
    '| e |',
    '',
    'after',
  ];
  const before = new Map([['a', { verdict: 'fails' as const, causes: ['x @ server', 'z @ server'], why: 'it is so' }]]);
  t.equal(
    withTable(page.join('\n'), outcomesIn([{ scenarios: first }, { scenarios: second }]), before),
    [
      'before',
      'Of the 4 scenarios 1 pass, 1 fail and 1 are skipped; one varies.',
      '',
      '| scenarios | | first cause | why that is true |',
      '|---|---|---|---|',
      '| a | fails | `x @ server`, `z @ server` | it is so |',
      `| b | either | \`y @ server\` | ${UNEXPLAINED} A bug |`,
      '| d | skipped | | needs it |',
      '',
      'after',
    ].join('\n'),
  );
});

t.test('the tutorial server', async (t) => {
  const server = await startTutorialServer();
  t.teardown(() => server.close());
  const { dir, at } = folder(t);
  const flags = ['--target', server.url, '--adapter', 'tutorial-socketio', '--workers', WORKERS, '--seed', 'suite'];
  const ended = await runCommand(['run', ...filesOf(sampleOf('tutorial-socketio')), ...flags, '--reporter', 'json=r.json'], at);
  ends(t, 'run', ended, 1);
  holdsAsToldAt(t, 'tutorial-socketio', reportIn(dir, 'r.json'));
});

t.test('the PeerJS server', async (t) => {
  const port = await freePort();
  const { dir, at } = folder(t);
  const program = join(ROOT, 'node_modules', 'peer', 'dist', 'bin', 'peerjs.js');
  const args = [program, '--port', String(port), '--host', '127.0.0.1', '--path', '/'];
  const server = await startProgram(process.execPath, { args, cwd: dir, ready: /Started PeerServer/ });
  t.teardown(() => server.stop());
  const flags = ['--target', `ws://127.0.0.1:${port}/peerjs`, '--adapter', 'peerjs', '--workers', WORKERS, '--seed', 'suite'];
  const ended = await runCommand(['run', ...filesOf(sampleOf('peerjs')), ...flags, '--reporter', 'json=r.json'], at);
  ends(t, 'run', ended, 1);
  holdsAsToldAt(t, 'peerjs', reportIn(dir, 'r.json'));
});

t.test('the EasyRTC server', async (t) => {
  const { port } = await startForked(t, 'easyrtc-main');
  const { dir, at } = folder(t);
  const flags = ['--target', `http://127.0.0.1:${port}`, '--adapter', 'easyrtc', '--workers', WORKERS, '--seed', 'suite'];
  // A hostile agent may end its process, and everything else with it.
  const files = filesOf(sampleOf('easyrtc').filter((name) => name !== 'hostile-garbage'));
  const ended = await runCommand(['run', ...files, ...flags, '--reporter', 'json=r.json'], at);
  ends(t, 'run', ended, 1);
  holdsAsToldAt(t, 'easyrtc', reportIn(dir, 'r.json'));
});
