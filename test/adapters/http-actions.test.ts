/** Actions by HTTP: a target whose users act by REST and hear over a socket, its refusals, and faults of its requests. */
import t from 'tap';
import { runScenario, type ScenarioResult } from '../../src/index.js';
import { PATIENT } from '../scenarios/files.js';
import { REST_DIALECT, type RestOptions, startRestServer } from '../servers/rest/server.js';
import { bench, calls, heard, problemsOf, violations } from './dialect-bench.js';

const PAIR = { media: 'none', agents: { alice: {}, bob: {} }, checks: PATIENT };
const RING = [{ alice: 'call bob' }, { expect: { both: 'ringing', within: '5s' } }];
const CONNECT = [...RING, { bob: 'accept' }, { expect: { both: 'connected', within: '5s' } }];

const said = ({ why, checks }: ScenarioResult): string =>
  why ?? checks.map(({ message, actual }) => `${message} ${actual}`).join('; ');

async function restRun(
  t: { teardown(end: () => unknown): void; testdir(files: Record<string, string>): string },
  options: RestOptions = {},
) {
  const server = await startRestServer(options);
  t.teardown(() => server.close());
  const adapter = `${t.testdir({ 'rest.yaml': REST_DIALECT })}/rest.yaml`;
  const run = (name: string, steps: object[], more: object = {}): Promise<ScenarioResult> =>
    runScenario({ ...PAIR, ...more, name, steps }, { target: server.url, adapter });
  return { server, run };
}

t.test('a call with media, whose every action is a request', async (t) => {
  const { server, run } = await restRun(t);
  const steps = [
    ...CONNECT,
    { expect: { media: 'flowing', between: ['alice', 'bob'], within: '20s' } },
    { bob: 'hang up' },
    { expect: { both: 'ended(hangup)', within: '5s' } },
  ];
  const result = await run('media', steps, { media: 'audio' });
  t.equal(result.status, 'passed', said(result));
  t.match(server.requests.slice(0, 3), [/^POST \/calls alice-/, /^POST \/calls\/1\/accept bob-/, /^POST \/calls\/1\/end bob-/]);
  const declined = await run('declined', [...RING, { bob: 'reject' }, { expect: { both: 'ended(rejected)', within: '5s' } }]);
  t.equal(declined.status, 'passed', said(declined));
});

t.test('refusals of requests: by their status, with the words of the server', async (t) => {
  const refusing = await restRun(t, { refusesAccept: 503 });
  const result = await refusing.run('refused', [
    ...RING,
    { bob: 'accept' },
    { expect: { bob: 'ended(server-error)', within: '5s' } },
  ]);
  t.match(said(result) + JSON.stringify(result.diagnoses), /no more calls today/);
  const { run } = await restRun(t);
  const busy = await run(
    'busy',
    [
      { alice: 'call bob' },
      { expect: { alice: 'ringing', bob: 'ringing', within: '5s' } },
      { carol: 'call bob' },
      { expect: { carol: 'ended(busy)', within: '5s' } },
    ],
    {
      agents: { alice: {}, bob: {}, carol: {} },
    },
  );
  t.equal(busy.status, 'passed', said(busy));
  const away = await run('away', [
    { bob: 'go offline' },
    { wait: '300ms' },
    { alice: 'call bob' },
    { expect: { alice: 'ended(unreachable)', within: '5s' } },
  ]);
  t.equal(away.status, 'passed', said(away));
});

t.test('faults strike requests and their answers as they do messages', async (t) => {
  const { server, run } = await restRun(t);
  const lost = await run('lost', [
    ...RING,
    { fault: { drop: 'bob sends accept' } },
    { bob: 'accept' },
    { expect: { alice: 'connected', within: '1s' } },
  ]);
  t.not(lost.status, 'passed', said(lost));
  t.notOk(
    server.requests.some((one) => one.includes('/calls/1/accept')),
    'the request was never made',
  );
  const doubled = await run('doubled', [
    { fault: { duplicate: 'alice sends command.invite' } },
    { alice: 'call bob' },
    { expect: { bob: 'ringing', within: '5s' } },
  ]);
  t.equal(server.requests.filter((one) => one.startsWith('POST /calls alice')).length >= 3, true, said(doubled));
  const changed = await run('changed', [
    { fault: { rewrite: 'alice sends command.invite', set: { to: 'nobody' } } },
    { alice: 'call bob' },
    { expect: { alice: 'ended(unreachable)', within: '5s' } },
  ]);
  t.match(
    changed.checks.filter(({ name }) => name.startsWith('exp')),
    [{ valid: true }],
    JSON.stringify(changed.checks.map(({ name, valid }) => [name, valid])),
  );
  const cut = await run('cut', [
    { fault: { link: 'alice.signaling', disconnect: '3s' } },
    { alice: 'call bob' },
    { expect: { bob: 'ringing', within: '500ms' } },
  ]);
  t.not(cut.status, 'passed', 'no request leaves a device without a network');
});

t.test('an action that the app would refuse is sent anyway', async (t) => {
  const { server, run } = await restRun(t);
  const cancelled = [...RING, { alice: 'cancel' }, { expect: { both: 'ended(cancelled)', within: '5s' } }];
  const counted = (times: number) => ({ expect: { 'bob sends accept': times, within: '300ms' } });
  const refused = await run('refused', [...cancelled, { bob: 'accept' }, counted(0)]);
  t.match(refused, { status: 'unknown', why: /refused "accept"/ });
  const before = server.requests.length;
  const forced = await run('forced', [
    ...cancelled,
    { bob: 'accept anyway' },
    counted(1),
    { expect: { both: 'ended(cancelled)', within: '1s' } },
    { alice: 'hang up anyway' },
    { expect: { 'alice sends hang up': 1, within: '1s' } },
  ]);
  t.equal(forced.checks.find(({ name }) => name === 'expectations')?.valid, true, said(forced));
  const [call, cancel, accept, hangUp] = server.requests.slice(before).map((one) => one.replace(/\d+|-.*$/g, ''));
  t.strictSame(
    [call, cancel, accept, hangUp],
    ['POST /calls alice', 'POST /calls//end alice', 'POST /calls//accept bob', 'POST /calls//end alice'],
  );
  await t.rejects(run('no message', [...RING, { bob: 'crash anyway' }]), /"crash anyway" sends no message; write "crash"/);
});

const REST = `
login: [{ http: POST, url: "\${target.http}/log-in", body: { user: "\${user}" }, take: { connection.token: $.body.token } }]
transactions: { path: $.re, within: 2s }
calls: { id: server }
actions:
  call:
    - http: POST
      url: "\${target.http}/calls?token=\${connection.token}"
      body: { to: "\${peer.id}" }
      status: [201, 202]
      reply: { ok: { when: { $.body.ok: true }, take: { call.id: $.body.id } }, error: { text: $.body.why, code: $.body.code, ends: { 7: busy } } }
    - send: { type: made, id: "\${call.id}" }
  accept: [{ send: { type: accept } }]
receive:
  - { when: { $.type: ring }, means: incoming }
  - { when: { $.type: taken }, means: accepted }
`;

t.test('an answer step by step: log-in, values, errors, and none at all', async (t) => {
  const device = bench(REST);
  const request = (effects: readonly object[]): unknown => effects.find((one) => 'type' in one && one.type === 'request');
  const answer = (id: number, status: number, body: unknown, now = 0) =>
    device.session.handle({ type: 'response', id, response: { status, headers: {}, body }, error: null }, now);
  t.match(request(device.open()), {
    id: 1,
    request: { method: 'POST', url: 'http://127.0.0.1:1/log-in', body: { user: 'alice' } },
    message: { kind: 'hello', name: 'POST /log-in', text: '{"user":"alice"}' },
  });
  t.equal(device.session.readResponse?.(1, { status: 200, headers: {}, body: {} }).kind, 'welcome');
  t.match(answer(1, 200, { token: 't1' }), [{ type: 'logged-in' }]);
  t.match(request(device.act(calls('c1'))), {
    id: 2,
    request: { url: 'http://127.0.0.1:1/calls?token=t1' },
    message: { kind: 'command.invite.part', name: 'POST /calls', key: 'c1' },
  });
  t.equal(device.session.readResponse?.(2, { status: 201, headers: {}, body: { ok: true, id: 4 } }).kind, 'result.ok');
  const made = answer(2, 201, { ok: true, id: 4 });
  t.match(made, [{ heard: { event: 'named', wire: '4' } }, { message: { text: '{"type":"made","id":4}' } }]);
  t.strictSame(answer(2, 201, { ok: true, id: 5 }), [], 'a second answer is none');

  device.act(calls('c2'));
  t.equal(device.session.readResponse?.(3, { status: 201, headers: {}, body: { ok: false } }).kind, 'result.refused');
  const refused = answer(3, 201, { ok: false, code: 7, why: 'in a call' });
  t.match(violations(refused), [/^refused: the server refused "call": 7 in a call .*; the step after it was not run/]);
  t.match(heard(refused), [{ event: 'ended', key: 'c2', reason: 'busy' }]);

  device.act(calls('c3'));
  const failed = answer(4, 500, 'out of order');
  t.match(violations(failed), [/the server refused "call": 500 out of order/]);
  t.match(heard(failed), [{ event: 'ended', reason: 'server-error' }]);

  device.act(calls('c4'));
  device.close();
  device.open();
  const after = device.session.handle({ type: 'response', id: 5, response: null, error: 'POST http://x/calls: ECONNREFUSED' }, 0);
  t.match(violations(after), [/^no-reply: call: POST http:\/\/x\/calls: ECONNREFUSED/], 'it outlives the connection');
  answer(6, 200, { token: 't2' });
  device.act(calls('c5'));
  t.match(violations(device.tick(2_001)), [/no reply to "call" within 2 s/]);
});

t.test('what is wrong with a request is reported with its place', async (t) => {
  const wrong = (from: string, to: string): string => problemsOf(REST.replace(from, to));
  t.equal(problemsOf(REST), '');
  t.match(
    wrong('status: [201, 202]', 'statsu: 201'),
    /actions\.call\[0\]\.statsu {2}unknown key "statsu"; did you mean "status"/,
  );
  t.match(wrong('      url: "${target.http}/calls?token=${connection.token}"\n', ''), /actions\.call\[0\] {2}missing key "url"/);
  t.match(wrong('- http: POST\n', '- send: {}\n'), /actions\.call\[0\]\.url {2}"url" without "http"/);
  t.match(wrong('connection.token: $', 'connection.tokn: $'), /nothing in this dialect takes or sets "connection\.token"/);
  t.match(wrong('http: POST\n', 'http: SEND\n'), /actions\.call\[0\]\.http/);
  t.match(
    wrong('      reply: { ok', '      error: { text: $.body }\n      reply: { ok'),
    /actions\.call\[0\]\.reply\.error {2}a second "error"/,
  );
});
