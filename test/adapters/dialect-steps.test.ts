/** Steps of log-ins and actions: transactions, placeholders without a value, refusals in the middle of an action, requests before. */
import t from 'tap';
import { bench, calls, outgoing, prepared, problemsOf, sent, violations } from './dialect-bench.js';

const RECEIVE = `
receive:
  - { when: { $.type: ring }, means: incoming, take: { from: $.from } }
  - { when: { $.type: taken }, means: accepted }
`;
const ACCEPT = '  accept: [{ send: { type: accept } }]';

t.test('the id of a transaction keeps its type', async (t) => {
  const numbered = bench(`
transactions: { id: "\${counter('tx')}", path: $.id, within: 1s, error: { when: { $.ok: false }, text: $.why } }
actions:
  call: [{ send: { id: "\${tx}", call: "\${peer.id}" }, reply: { within: 1s } }, { send: { id: "\${tx}", note: "tx-\${tx}" } }]
${ACCEPT}
${RECEIVE}`);
  numbered.open();
  t.strictSame(sent(numbered.act(calls('c1'))), ['{"id":1,"call":"bob"}']);
  t.strictSame(sent(numbered.arrives({ id: 1, ok: true })), ['{"id":2,"note":"tx-2"}'], 'its reply is found');
  const texts = bench(`
transactions: { id: "t\${counter('tx')}", path: $.id }
actions:
  call: [{ send: { id: "\${tx}" } }]
${ACCEPT}
${RECEIVE}`);
  texts.open();
  t.strictSame(sent(texts.act(calls('c1'))), ['{"id":"t1"}']);
  const acknowledged = bench(`
connect: { transport: socket.io }
actions:
  call: [{ emit: call, args: [{ n: "\${tx}" }], reply: {} }]
  accept: [{ emit: accept }]
receive:
  - { when: { event: ring }, means: incoming }
  - { when: { event: taken }, means: accepted }
`);
  acknowledged.open();
  t.strictSame(sent(acknowledged.act(calls('c1'))), ['420["call",{"n":0}]']);
});

t.test('a message without a value names its place and its placeholders', async (t) => {
  const yaml = `
keepalive: { every: 10s, send: "PING \${connection.session}" }
actions:
  call: [{ send: "CALL \${peer.id} IN \${call.room} AS \${connection.session}" }, { send: never }]
${ACCEPT}
receive:
  - { when: { $.type: ring }, means: incoming, take: { call.room: { path: $.room, optional: true } } }
  - { when: { $.type: taken }, means: accepted }
  - { when: { $.type: session }, take: { connection.session: $.session } }
  - { when: { $.type: who }, reply: "I AM \${connection.session}" }
`;
  const device = bench(yaml);
  device.open(0);
  const effects = device.act(calls('c1'));
  t.strictSame(sent(effects), [], 'and nothing is sent, also not by the steps after it');
  t.match(violations(effects), [
    /^wrong-mapping: bench\.yaml:\d+:\d+ actions\.call\[0\]\.send: \$\{call\.room\} and \$\{connection\.session\} have no value/,
  ]);
  t.notOk(device.session.isBusy());
  t.match(violations(device.arrives({ type: 'who' })), [/receive\[3\]\.reply: \$\{connection\.session\} has no value/]);
  t.match(violations(device.tick(10_000)), [/keepalive\.send: \$\{connection\.session\} has no value/]);
  device.arrives({ type: 'session', session: 's1' });
  t.strictSame(sent(device.arrives({ type: 'who' })), ['I AM s1']);
  device.close();
  device.open(20_000);
  t.match(
    violations(device.arrives({ type: 'who' })),
    [/^field-missing: /],
    'it has had a value before: the mapping is right, and something did not arrive',
  );
});

t.test('a URL without a value names its place as well', async (t) => {
  const yaml = `
connect: { url: "ws://127.0.0.1/\${connection.token}" }
before:
  - http: GET
    url: "\${target.http}/token"
    take: { connection.token: { path: $.body.token, optional: true } }
actions:
  call: [{ send: { type: call } }]
${ACCEPT}
${RECEIVE}`;
  const answer = (body: object) => () => ({ status: 200, headers: {}, body });
  t.equal((await prepared(yaml, answer({ token: 't1' }))).spec.url, 'ws://127.0.0.1/t1');
  await t.rejects(prepared(yaml, answer({})), /bench\.yaml:\d+:\d+ connect\.url: \$\{connection\.token\} has no value/);
});

t.test('an error reply ends an action that waits for it, and says what was left out', async (t) => {
  const yaml = (reply: string): string => `
transactions: { path: $.re, error: { when: { $.ok: false }, text: $.why } }
actions:
  call: [{ send: { type: call } }]
${ACCEPT}
  hang up:
    - { send: { type: leave, id: "\${tx}" }, reply: ${reply} }
    - { send: { type: stop } }
    - { send: { type: bye } }
${RECEIVE}`;
  const idOf = (text: string | undefined): unknown => (JSON.parse(text ?? '{}') as { id?: unknown }).id;
  const waiting = bench(yaml('{ within: 1s }'));
  waiting.open();
  waiting.act(calls('c1'));
  const [first] = sent(waiting.act({ verb: 'hang up', call: outgoing('c1') }));
  const refused = waiting.arrives({ re: idOf(first), ok: false, why: 'not now' });
  t.strictSame(sent(refused), []);
  t.match(violations(refused), [/the server refused "hang up": not now \(.*\); the 2 steps after it were not run$/]);
  const hasty = bench(yaml('{ within: 1s, wait: false }'));
  hasty.open();
  hasty.act(calls('c1'));
  const [leave, ...rest] = sent(hasty.act({ verb: 'hang up', call: outgoing('c1') }));
  t.strictSame(rest, ['{"type":"stop"}', '{"type":"bye"}']);
  t.match(violations(hasty.arrives({ re: idOf(leave), ok: false, why: 'not now' })), [/not now \(.*\)$/]);
  const slow = bench(yaml('{ within: 1s }'));
  slow.open();
  slow.act(calls('c1'));
  slow.act({ verb: 'hang up', call: outgoing('c1') });
  t.match(violations(slow.tick(1_001)), [/no reply to "hang up" within 1 s .*; the 2 steps after it were not run/]);
});

t.test('an error reply that nobody waits for does not stop the steps that wait for something else', async (t) => {
  const device = bench(`
transactions: { path: $.re, error: { when: { $.ok: false }, text: $.why } }
actions:
  call: [{ send: { type: call } }]
${ACCEPT}
  hang up:
    - { send: { type: leave, id: "\${tx}" }, reply: { wait: false } }
    - { expect: { when: { $.type: left }, within: 1s } }
    - { send: { type: bye } }
${RECEIVE}`);
  device.open();
  device.act(calls('c1'));
  const [leave] = sent(device.act({ verb: 'hang up', call: outgoing('c1') }));
  const { id } = JSON.parse(leave ?? '{}') as { id?: unknown };
  t.match(violations(device.arrives({ re: id, ok: false, why: 'again' })), [/again/]);
  t.strictSame(sent(device.arrives({ type: 'left' })), ['{"type":"bye"}']);
});

t.test('what a log-in waits for counts before what it takes for an error', async (t) => {
  const device = bench(`
login:
  - expect:
      when: { $.type: ready }
      error: { when: { $.type: { exists: true } }, text: $.type }
actions:
  call: [{ send: { type: call } }]
${ACCEPT}
${RECEIVE}`);
  device.open();
  t.match(device.arrives({ type: 'ready' }), [{ type: 'logged-in' }]);
  device.close();
  device.open();
  t.match(device.arrives({ type: 'full' }), [{ type: 'login-failed', message: /full/ }]);
});

t.test('an id taken before the connection is what the others call', async (t) => {
  const yaml = `
before:
  - { http: POST, url: "\${target.http}/me", take: { agent.id: $.body.id, connection.token: $.body.token } }
  - { http: GET, url: "\${target.http}/of/\${agent.id}" }
connect: { query: { as: "\${agent.id}", token: "\${connection.token}" } }
login:
  - send: { type: hello, me: "\${agent.id}" }
actions:
  call: [{ send: { type: call } }]
${ACCEPT}
${RECEIVE}`;
  const asked: string[] = [];
  const { values, spec } = await prepared(yaml, ({ url }) => {
    asked.push(url);
    return { status: 200, headers: {}, body: { id: 17, token: 't' } };
  });
  t.strictSame(asked, ['http://127.0.0.1:1/me', 'http://127.0.0.1:1/of/17']);
  t.equal(spec.url, 'ws://127.0.0.1:1/?as=17&token=t');
  const device = bench(yaml, { prepared: values });
  const effects = device.open();
  t.match(effects, [{ type: 'known-as', address: '17' }, { type: 'send' }, { type: 'logged-in' }]);
  t.strictSame(sent(effects), ['{"type":"hello","me":17}'], 'with its type');
  t.match(
    problemsOf(yaml.replace('agent.id: $.body.id', 'call.id: $.body.id')),
    /before\[0\]\.take\["?call\.id"?\] {2}"call\.id" cannot be stored before there is a connection/,
  );
});

t.test(
  "the clock of the device is the clock of its dialect: a fault that moves it moves now() and a token's times",
  async (t) => {
    let now = 1_700_000_000_000;
    const wall = (): number => now;
    const yaml = `
connect:
  headers: { x-time: "\${now()}", authorization: { $jwt: { secret: s, claims: { sub: a } } } }
login:
  - send: { at: "\${now()}", on: "\${iso()}" }
actions:
  call: [{ send: { type: call } }]
${ACCEPT}
${RECEIVE}`;
    const device = bench(yaml, { wall });
    t.strictSame(sent(device.open()), ['{"at":1700000000000,"on":"2023-11-14T22:13:20.000Z"}']);
    now += 3_600_000;
    device.close();
    t.strictSame(sent(device.open()), ['{"at":1700003600000,"on":"2023-11-14T23:13:20.000Z"}']);
    const { spec } = await prepared(yaml, () => ({ status: 200, headers: {}, body: null }), { wall });
    t.equal(spec.headers?.['x-time'], '1700003600000');
    const claims: unknown = JSON.parse(
      Buffer.from((spec.headers?.['authorization'] ?? '').split('.')[1] ?? '', 'base64url').toString(),
    );
    t.match(claims, { iat: 1_700_003_600 });
  },
);
