/** `dialect check` with a server: it fails when it has to, names what it did not understand, and says what to change. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import t, { type Test } from 'tap';
import { type DoorbellBug, startDoorbell } from '../servers/doorbell/server.js';
import { type Ended, ends, folder, runCommand } from './command.js';

const DIALECT = readFileSync(fileURLToPath(new URL('../../../test/fixtures/dialects/doorbell.yaml', import.meta.url)), 'utf8');

/** Checks the dialect with something of it replaced. */
async function checked(
  t: Test,
  [from, to]: readonly [string, string],
  { bugs = [], flags = [] }: { readonly bugs?: readonly DoorbellBug[]; readonly flags?: readonly string[] } = {},
): Promise<Ended> {
  const server = await startDoorbell(0, bugs);
  t.teardown(() => server.close());
  t.ok(DIALECT.includes(from), `${from} is in it`);
  const { at } = folder(t, { 'mine.yaml': DIALECT.replace(from, to) });
  const args = ['dialect', 'check', 'mine.yaml', '--target', server.url, '--media', 'none', ...flags];
  return runCommand(args, { ...at, isMeasured: bugs.length > 0 });
}

const times = ({ stdout }: Ended, text: string): number => stdout.split(text).length - 1;

t.test('what is right', async (t) => {
  ends(t, 'check', await checked(t, ['name: doorbell', 'name: doorbell']), 0, /The mapping works: .*\nevery message is mapped/);
});

t.test('a side that shows the end before anybody hung up', async (t) => {
  const same = ['name: doorbell', 'name: doorbell'] as const;
  const ended = await checked(t, same, { bugs: ['ends-by-itself'] });
  ends(t, 'the server did it', ended, 1, /(alice|bob) shows ended\(hangup\) at [\d.]+ s, before anybody hung up/);
  t.match(ended.stdout, /it follows from "ended": if that is not the end of this call, change its rule/);
  const wrong = await checked(t, ['means: ringing', 'means: ended']);
  ends(t, 'the dialect did it', wrong, 1, /alice shows ended\S* at .*, before anybody hung up\n.*"ringing"/);
});

t.test('an unmapped message: its payload, once, and what it may mean', async (t) => {
  const without = ['$.type: answered }, means: accepted', '$.type: answred }, means: accepted'] as const;
  const ended = await checked(t, without);
  ends(t, 'check', ended, 1, /no message to alice means "accepted": .*unmapped messages may mean that: "answered"/);
  t.match(ended.stdout, /<- answered +UNMAPPED\n +\{"type":"answered","callId":/);
  t.equal(times(ended, 'unmapped: answered ('), 1);
  t.match(ended.stdout, /unmapped: answered \(\d to alice\): give it a meaning in "receive", or add it to "ignore"/);
  t.notMatch(ended.stdout, /did not hold: alice calls bob again/, 'a call after that says nothing of its own');
  const others = [
    ['ringing', '{ when: { $.type: ringing }, means', /means "ringing".*byDesign: \{ ringing: assumed \}/],
    ['incoming', '  - when: { $.type: incoming-call }', /no message to bob means "incoming": .*"incoming-call"/],
    ['ended', '{ when: { $.type: ended }, means', /no message to bob means "ended": .*"ended"/],
  ] as const;
  const server = await startDoorbell();
  t.teardown(() => server.close());
  const wrong = (rule: string): string => DIALECT.replace(rule, rule.replace('type: ', 'type: un'));
  const { at } = folder(t, Object.fromEntries(others.map(([name, rule]) => [`${name}.yaml`, wrong(rule)])));
  // They wait for what does not come.
  await Promise.all(
    others.map(async ([name, , advice]) => {
      const args = ['dialect', 'check', `${name}.yaml`, '--target', server.url, '--media', 'none'];
      ends(t, name, await runCommand(args, at), 1, advice);
    }),
  );
});

t.test('payloads are redacted, unless that is switched off', async (t) => {
  const without = ['$.type: answered }, means: accepted', '$.type: answred }, means: accepted'] as const;
  const secret = [
    'accept:\n    - send: { type: answer, ',
    'accept:\n    - send: { type: answer, token: hunter2hunter2, ',
  ] as const;
  const ended = await checked(t, [secret[0], secret[1]]);
  t.notMatch(ended.stdout, /hunter2/);
  const open = await checked(t, without, { flags: ['--include-sensitive'] });
  t.match(open.stdout, /\{"type":"answered","callId":"c[a-z0-9]+"/);
  t.match(open.stderr, /WARNING: --include-sensitive/);
});

t.test('what the server answers to a message that it does not know', async (t) => {
  const ended = await checked(t, ['{ type: ringing, callId', '{ type: ringin, callId']);
  ends(t, 'check', ended, 1, /the server said to bob \(error\): .*unknown type ringin.*check what was sent right before/);
});

t.test('a connection that the server closes, with its code and reason', async (t) => {
  const server = await startDoorbell();
  t.teardown(() => server.close());
  const { at } = folder(t, { 'mine.yaml': DIALECT.replace('- send: { type: ringing', '- send: { type: quit') });
  const args = ['dialect', 'check', 'mine.yaml', '--target', server.url, '--media', 'none'];
  const ended = await runCommand(args, at);
  ends(
    t,
    'check',
    ended,
    1,
    /bob +! the connection closed with 4001 \(you quit\)/,
    /\nthe connection closed with 4001 \(you quit\) for bob: find out why/,
  );
});
