/** The command against the real Kamailio, by the adapter `sip`: what holds, and what is found. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { t } from 'tap';
import { ends, folder, reportIn, runCommand } from '../cli/command.js';
import { startKamailio } from '../servers/kamailio.js';
import { holdsAsToldAt } from './expected.js';

const SCENARIOS = fileURLToPath(new URL('../../../scenarios/', import.meta.url));
const files = (...names: readonly string[]): string[] => names.map((name) => join(SCENARIOS, `${name}.yaml`));

/** The answer never reaches the caller, however often it is sent again. */
const LOST_ANSWER = `name: every answer is lost before the caller
media: none
agents: { alice: {}, bob: {} }
steps:
  - alice: call bob
  - expect: { both: ringing, within: 5s }
  - fault: { drop: alice receives connected, times: 100 }
  - bob: accept
  - expect: { both: connected, within: 2s }
`;

t.test('Kamailio', async (t) => {
  const kamailio = await startKamailio(t);
  if (kamailio === null) return;
  const target = ['--target', kamailio.url, '--adapter', 'sip'];

  await t.test('a call is accepted, with media, and one is declined', async (t) => {
    const { dir, at } = folder(t);
    const ended = await runCommand(['run', ...files('accept', 'decline'), ...target, '--reporter', 'json=report.json'], at);
    ends(t, 'run', ended, 0);
    const { summary } = reportIn(dir, 'report.json');
    t.match(summary, { scenarios: 2, passed: 2, mediaSetups: 2 }, 'both ends of the call had media');
  });

  await t.test('cancel, busy, races, and two devices to which a call is forked', async (t) => {
    const { at } = folder(t);
    const names = [
      'cancel',
      'busy',
      'callee-hangs-up',
      'both-hang-up',
      'accept-crosses-cancel',
      'double-accept',
      'second-device-answers',
      'second-device-declines',
      'two-devices-accept',
      'media-loss',
    ];
    ends(t, 'run', await runCommand(['run', ...files(...names), ...target], at), 0, new RegExp(`${names.length} passed`));
  });

  await t.test('what fails, and what does not, is what the page says', async (t) => {
    const { dir, at } = folder(t);
    const names = ['drop-ringing', 'caller-drops-at-ringing', 'abort-at-reject', 'callee-drops-after-accept', 'half-open-callee'];
    const more = ['network-switch-in-call', 'reloaded-in-call', 'stripped-answer', 'accept-after-cancel'];
    const flags = ['--workers', '6', '--reporter', 'json=report.json'];
    ends(t, 'run', await runCommand(['run', ...files(...names, ...more), ...target, ...flags], at), 1);
    holdsAsToldAt(t, 'kamailio', reportIn(dir, 'report.json'));
  });

  await t.test('answers that never come: the callee is connected, the caller still rings', async (t) => {
    const { at } = folder(t, { 'lost.yaml': LOST_ANSWER });
    const run = ['run', 'lost.yaml', ...target];
    ends(t, 'once it can come, it comes', await runCommand(run, at), 0, /nothing is redelivered/, /--ignore-limits/);
    ends(t, 'asserted', await runCommand([...run, '--ignore-limits'], at), 1, /alice=ringing bob=connected/);
  });

  await t.test('what the target can not do is skipped with the reason', async (t) => {
    const { at } = folder(t);
    const ended = await runCommand(['run', ...files('glare', 'cancel'), ...target], at);
    ends(t, 'run', ended, 0, /declared limit: two crossing calls are not merged/, /1 passed, 1 skipped/);
  });
});

t.test('a registrar that wants passwords', async (t) => {
  const kamailio = await startKamailio(t, { auth: true });
  if (kamailio === null) return;
  const { dir, at } = folder(t, {
    'users.csv': 'user,username,password\nalice,a.smith,secret\nbob,,secret\n',
    'wrong.csv': 'user,password\nalice,secret\nbob,hunter22\n',
  });
  const run = ['run', ...files('accept'), '--target', kamailio.url, '--adapter', 'sip'];
  const right = await runCommand([...run, '--credentials', 'users.csv', '--reporter', 'json=report.json'], at);
  ends(t, 'with passwords', right, 0);
  const [{ trace } = { trace: null }] = reportIn(dir, 'report.json').scenarios;
  t.notMatch(trace === null ? '' : readFileSync(join(dir, trace), 'utf8'), /secret|Digest|response=/, 'none is in the trace');
  const wrong = await runCommand([...run, '--credentials', 'wrong.csv'], at);
  ends(t, 'a wrong one', wrong, 2, /bob cannot log in: REGISTER of sip:bob@127\.0\.0\.1 was answered 401/);
  t.notMatch(wrong.stdout + wrong.stderr, /hunter22/);
  const none = await runCommand(run, at);
  ends(t, 'without', none, 2, /alice cannot log in: REGISTER of sip:alice-\w+@127\.0\.0\.1 was answered 401/, /--credentials/);
});
