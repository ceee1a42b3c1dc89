/** The command against the real Janus, by the dialect `janus`: with media inside a network namespace, without it outside. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Test, t } from 'tap';
import { type Ended, ends, folder, reportIn, runCommand } from '../cli/command.js';
import { within } from '../raw-client.js';
import { startJanus } from '../servers/janus.js';
import { isInstalled, TARGETS } from '../servers/program.js';
import { holdsAsToldAt } from './expected.js';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const IN_NAMESPACE = join(TARGETS, 'janus', 'in-namespace.sh');
const PATIENCE_MS = 120_000;
const files = (...names: readonly string[]): string[] => names.map((name) => join(ROOT, 'scenarios', `${name}.yaml`));

/** The caller's answer is lost for good: Janus sends it once. */
const LOST_ANSWER = `name: the answer is lost before the caller
media: none
agents: { alice: {}, bob: {} }
steps:
  - alice: call bob
  - expect: { both: ringing, within: 5s }
  - fault: { drop: alice receives connected }
  - bob: accept
  - expect: { both: connected, within: 2s }
`;

/** Whoever loses his connection loses the call, and the other one is told at once. */
const BROKEN_CALLER = `name: the caller's connection breaks in mid-call
media: none
agents: { alice: {}, bob: {} }
steps:
  - alice: call bob
  - expect: { both: ringing, within: 5s }
  - bob: accept
  - expect: { both: connected, within: 5s }
  - fault: { link: alice.signaling, disconnect: 500ms }
  - expect: { bob: ended(peer-lost), within: 5s }
`;

const WITHOUT_MEDIA = (name: string, rest: string): string =>
  `name: ${name}\nmedia: none\nagents: { alice: {}, bob: {}, carol: {} }\nsteps:\n  - alice: call bob\n  - expect: { alice: ringing, bob: ringing, within: 5s }\n${rest}`;

/** Runs a command beside a Janus of its own, in a network namespace of its own. */
async function inNamespace(args: readonly string[], cwd: string): Promise<Ended> {
  const command = [process.execPath, join(ROOT, 'dist', 'bin', 'call-probe.js'), ...args];
  const child = spawn(IN_NAMESPACE, command, { cwd, env: { ...process.env, NO_COLOR: '1' }, stdio: ['ignore', 'pipe', 'pipe'] });
  const text = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (chunk: string) => {
      text[name] += chunk;
    });
  }
  const [code, signal] = await within(once(child, 'close'), 'the end of the run', PATIENCE_MS);
  return { code, signal, ...text };
}

/** Whether this machine lets a test make a network namespace; else the test is skipped with the reason. */
async function hasNamespaces(t: Test): Promise<boolean> {
  const mapped = process.getuid?.() === 0 ? [] : ['--map-root-user'];
  const child = spawn('unshare', ['--net', ...mapped, '--', 'ip', 'link', 'add', 'media0', 'type', 'veth'], { stdio: 'ignore' });
  const [code] = await once(child, 'close').catch(() => [-1]);
  if (code === 0) return true;
  t.plan(0, 'no network namespace can be made here: it takes root, or user namespaces, and iproute2');
  return false;
}

t.test('in a namespace, where media flows through Janus', async (t) => {
  if (!isInstalled(t, '/usr/bin/janus', 'janus') || !(await hasNamespaces(t))) return;
  const { dir } = folder(t);
  const target = ['--target', 'ws://127.0.0.1:8188', '--adapter', 'janus', '--media-address', '198.51.100.1'];
  const ended = await inNamespace(['run', ...files('accept', 'decline'), ...target, '--reporter', 'json=report.json'], dir);
  ends(t, 'run', ended, 0);
  t.match(reportIn(dir, 'report.json').summary, { scenarios: 2, passed: 2, mediaSetups: 2 }, 'both ends of the call had media');
});

t.test('without media', async (t) => {
  const janus = await startJanus(t);
  if (janus === null) return;
  const target = ['--target', janus.url, '--adapter', 'janus'];
  const run = async (t: Test, text: string, ...flags: readonly string[]): Promise<Ended> => {
    const { at } = folder(t, { 'scenario.yaml': text });
    return runCommand(['run', 'scenario.yaml', ...target, ...flags], at);
  };

  await t.test('accepted and hung up', async (t) => {
    const rest = `  - bob: accept
  - expect: { alice: connected, bob: connected, within: 2s }
  - bob: hang up
  - expect: { alice: ended(hangup), bob: ended(hangup), within: 2s }
`;
    ends(t, 'run', await run(t, WITHOUT_MEDIA('accept', rest)), 0);
  });

  await t.test('declined, cancelled, busy, and nobody there', async (t) => {
    const { at } = folder(t, {
      'decline.yaml': WITHOUT_MEDIA('decline', '  - bob: reject\n  - expect: { alice: ended(rejected), within: 2s }\n'),
      'cancel.yaml': WITHOUT_MEDIA('cancel', '  - alice: cancel\n  - expect: { bob: ended(cancelled), within: 2s }\n'),
      'busy.yaml': WITHOUT_MEDIA(
        'busy',
        '  - carol: call bob\n  - expect: { carol: ended(busy), within: 2s }\n  - alice: cancel\n  - expect: { bob: ended(cancelled), within: 2s }\n',
      ),
      'offline.yaml':
        'name: nobody there\nmedia: none\nagents: { alice: {}, bob: {} }\nsteps:\n  - bob: go offline\n  - wait: 1s\n  - alice: call bob\n  - expect: { alice: ended(unreachable), within: 2s }\n  - bob: come back\n',
    });
    const ended = await runCommand(['run', 'decline.yaml', 'cancel.yaml', 'busy.yaml', 'offline.yaml', ...target], at);
    ends(t, 'run', ended, 0, /4 passed/);
  });

  await t.test('a lost answer: the callee is connected, the caller still rings', async (t) => {
    ends(t, 'a declared limit', await run(t, LOST_ANSWER), 3, /1 skipped/, /nothing is redelivered/, /--ignore-limits/);
    ends(t, 'asserted', await run(t, LOST_ANSWER, '--ignore-limits'), 1, /alice=ringing bob=connected/);
  });

  await t.test('a broken connection ends the call, and the other side is told', async (t) => {
    ends(t, 'run', await run(t, BROKEN_CALLER), 0);
  });

  await t.test('what fails, and what does not, is what the page says', async (t) => {
    const { dir, at } = folder(t);
    const names = ['freeze-at-accept', 'abort-at-reject', 'network-switch-in-call', 'drop-call', 'drop-cancel', 'link-reset'];
    const flags = ['--workers', '6', '--reporter', 'json=report.json'];
    ends(t, 'run', await runCommand(['run', ...files(...names), ...target, ...flags], at), 1);
    holdsAsToldAt(t, 'janus', reportIn(dir, 'report.json'));
  });

  await t.test('what the target can not do is skipped with the reason', async (t) => {
    const { at } = folder(t);
    const ended = await runCommand(['run', ...files('glare', 'second-device-answers', 'cancel'), ...target], at);
    ends(
      t,
      'run',
      ended,
      0,
      /declared limit: two crossing calls are not merged/,
      /allows one device per user/,
      /1 passed, 2 skipped/,
    );
  });

  await t.test('TLS to a port that speaks none is told before anything runs', async (t) => {
    const { at } = folder(t);
    const args = ['run', ...files('cancel'), '--target', janus.url.replace('ws:', 'wss:'), '--adapter', 'janus'];
    ends(t, 'run', await runCommand(args, at), 2, /alice cannot log in/);
  });
});
