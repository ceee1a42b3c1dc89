/** A grown system, as staging has it: HTTP first, transactions in any order, numbers for ids, private certificates, a proxy, accounts. */
import { readFileSync } from 'node:fs';
import t from 'tap';
import { runScenario } from '../../src/index.js';
import { ends, folder, runCommand } from '../cli/command.js';
import { watchForks } from '../forks.js';
import { CALL, FLOWING } from '../scenarios/running.js';
import { DECLINE, DIALECT, staging } from '../servers/staging/setting.js';

const forks = watchForks();
t.afterEach(() => forks.ended());

const TEXT = readFileSync(DIALECT, 'utf8');
t.test('every part of the language at once, with media', async (t) => {
  const server = await staging(t);
  const call = {
    ...CALL,
    steps: [...CALL.steps, FLOWING, { wait: '500ms' }, { bob: 'hang up' }, { expect: { both: 'ended(hangup)', within: '20s' } }],
  };
  const { status, checks, unmapped } = await runScenario(call, { target: server.url, adapter: DIALECT });
  t.equal(status, 'passed', checks.map(({ message }) => message).join('; '));
  t.equal(unmapped, undefined, 'every message is mapped, receipts that come late as well');
  t.ok(server.answered() >= 3 && server.unanswered() <= 2, 'whatever wants an answer got one, but for what came at the very end');

  const offline = {
    ...call,
    name: 'nobody there',
    media: 'none',
    steps: [
      { bob: 'go offline' },
      { wait: '300ms' },
      { alice: 'call bob' },
      { expect: { alice: 'ended(unreachable)', within: '20s' } },
    ],
  };
  t.equal(
    (await runScenario(offline, { target: server.url, adapter: DIALECT })).status,
    'passed',
    'an error reply ends the call',
  );
  const gone = {
    ...call,
    name: 'gone',
    media: 'none',
    steps: [...call.steps.slice(0, 2), { alice: 'go offline' }, { expect: { bob: 'ended(peer-lost)', within: '20s' } }],
  };
  t.equal((await runScenario(gone, { target: server.url, adapter: DIALECT })).status, 'passed', 'one message, several meanings');
});

t.test('what is wrong before anything ran: one sentence, exit 2', async (t) => {
  const server = await staging(t, { passwords: { alice: 'wonderland-1', bob: 'builder-22' }, tenant: '7' });
  const mute = await staging(t, { isMute: true });
  const { at } = folder(t, {
    'decline.yaml': DECLINE,
    'good.csv': 'user,password,"note, quoted"\nalice,wonderland-1,"a ""b"""\nbob,builder-22,x\n',
    'bad.csv': 'user,password\nalice,wrong-password\nbob,builder-22\n',
    'short.csv': 'user,password\nalice\n',
    'nouser.csv': 'name,password\nalice,x\n',
    'typo.yaml': TEXT.replace('$.body.room, description: { path', '$.body.rooom, description: { path').replace(
      'call.id: $.body.room\n      from',
      'call.id: $.body.rooom\n      from',
    ),
    'capture.yaml': TEXT.replace('$.body.session.token', '$.body.session.tocken'),
    'wrong.yaml': TEXT.replace(
      '$.kind: result }, take: { agent.id: $.body.me }',
      '$.kind: resullt }, take: { agent.id: $.body.me }',
    ),
  });
  const run = (url: string, adapter: string, ...flags: string[]) =>
    runCommand(['run', 'decline.yaml', '--target', url, '--adapter', adapter, ...flags], at);
  const tenant = ['--header', 'x-tenant: 7'];
  ends(t, 'all right', await run(server.url, DIALECT, ...tenant, '--credentials', 'good.csv'), 0, /1 passed/);
  ends(
    t,
    'no header',
    await run(server.url, DIALECT, '--credentials', 'good.csv'),
    2,
    /alice cannot log in: the server closed the connection with 4403 wrong tenant/,
  );
  const wrong = await run(server.url, DIALECT, ...tenant, '--credentials', 'bad.csv');
  ends(
    t,
    'wrong credentials',
    wrong,
    2,
    /alice cannot log in: the server answered 403 to POST \(.*staging\.yaml:\d+:\d+ before\[0\]\)/,
  );
  t.notMatch(wrong.stdout + wrong.stderr, /wrong-password|builder/, 'no password is printed');
  ends(
    t,
    'a row too short',
    await run(server.url, DIALECT, '--credentials', 'short.csv'),
    2,
    /short\.csv:2: 1 fields for 2 columns/,
  );
  ends(t, 'no user', await run(server.url, DIALECT, '--credentials', 'nouser.csv'), 2, /nouser\.csv:1: no column "user"/);
  ends(
    t,
    'never answered',
    await run(mute.url, DIALECT),
    2,
    /the server never answered the log-in: no reply to "log-in" within 1 s \(.*login\[1\]\); received: hello/,
  );
  ends(
    t,
    'a wrong path by HTTP',
    await run(mute.url, 'capture.yaml'),
    2,
    /capture\.yaml:\d+:\d+ before\[0\]\.take\["connection\.token"\]: \$\.body\.session\.tocken matches nothing/,
  );
  const open = await staging(t);
  ends(
    t,
    'a wrong path',
    await run(open.url, 'typo.yaml'),
    2,
    /nothing was judged: .*typo\.yaml:\d+:\d+ receive\[0\]\.take\["call\.id"\]: \$\.body\.rooom matches nothing in a message with op, body\.room/,
  );
  ends(t, 'a wrong condition', await run(open.url, 'wrong.yaml'), 2, /never answered the log-in/);
});
