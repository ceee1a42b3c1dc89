/** The language of dialects: templates, paths, conditions, what is wrong with a file, and the packets of Socket.IO. */
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { conditionText, holds, parseCondition } from '../../src/adapters/dialect/condition.js';
import { explainDialect } from '../../src/adapters/dialect/explain.js';
import { callFunction, make } from '../../src/adapters/dialect/functions.js';
import { dialectOf, loadDialect } from '../../src/adapters/dialect/load.js';
import { SocketIoCodec } from '../../src/adapters/dialect/socket-io.js';
import { STARTER_EVENTS, starterDialect } from '../../src/adapters/dialect/starter.js';
import { fill, parseTemplate, type Scope } from '../../src/adapters/dialect/template.js';
import { ADAPTERS } from '../../src/adapters/index.js';
import { dialectFile, loadAdapter } from '../../src/adapters/load.js';
import { createRng } from '../../src/protocol/rng.js';

const world = () => ({ rng: createRng('test'), wall: () => 1_700_000_000_000, counters: new Map<string, number>() });
const VALUES: Readonly<Record<string, unknown>> = { 'call.id': 17, user: 'alice', list: [1, 2], flag: false };

function scope(): Scope {
  const own = world();
  return {
    value: (path) => VALUES[path.join('.')],
    call: (name, args) => callFunction(name, args, own),
    make: (how, value) => make(how, value, own),
  };
}

function filled(value: unknown): unknown {
  return fill(
    parseTemplate(value, (_path, message) => t.fail(message)),
    scope(),
  );
}

function problemsOf(text: string): string {
  try {
    dialectOf(text, 'my.yaml');
    return '';
  } catch (error) {
    return (error as Error).message;
  }
}

const WHOLE = readFileSync(dialectFile('peerjs'), 'utf8');

t.test('templates keep types, leave out what is undefined, and execute nothing', async (t) => {
  t.strictSame(filled('${call.id}'), 17);
  t.strictSame(filled('call ${call.id} of ${user}'), 'call 17 of alice');
  t.strictSame(filled({ a: '${call.id}', b: '${nobody}', c: { d: '${flag}' }, e: ['${list}', '${nobody}'] }), {
    a: 17,
    c: { d: false },
    e: [[1, 2]],
  });
  t.strictSame(filled('$${call.id}'), '${call.id}');
  t.strictSame(filled(3), 3);
  t.strictSame(filled('to ${nobody}'), undefined, 'half a text is none');
  t.strictSame(filled({ $json: { id: '${call.id}' } }), '{"id":17}');
  t.strictSame(filled("${base64('a', ':', user)}"), Buffer.from('a:alice').toString('base64'));
  t.match(filled('${uuid()}'), /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  t.match(filled('${random(20)}'), /^[a-z0-9]{20}$/);
  t.strictSame(filled(["${counter('a')}", "${counter('a')}", "${counter('b')}"]), [1, 2, 1]);
  t.strictSame([filled('${seconds()}'), filled('${iso()}')], [1_700_000_000, '2023-11-14T22:13:20.000Z']);
  t.strictSame(filled('${or(nobody, user)}'), 'alice');
  const token = String(filled({ $jwt: { secret: 'shh', claims: { sub: '${user}' }, expires: '5m' } }));
  const claims: unknown = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString());
  t.strictSame(claims, { iat: 1_700_000_000, exp: 1_700_000_300, sub: 'alice' });
  const { jwtVerify } = await import('jose');
  await t.resolves(
    jwtVerify(token, Buffer.from('shh'), { currentDate: new Date(1_700_000_100_000) }),
    'HS256, as a library reads it',
  );
});

t.test('conditions', async (t) => {
  const document = { type: 'offer', n: 3, deep: { list: [{ a: 1 }], nothing: null, off: false } };
  const is = (condition: object): boolean =>
    holds(
      parseCondition(condition, (_path, message) => t.fail(message)),
      document,
      scope(),
    );
  const right: object[] = [
    { '$.type': 'offer', '$.n': 3 },
    { '$.n': { in: [1, 3] } },
    { '$.deep.list[0].a': 1 },
    { '$.deep.off': false },
    { '$.missing': { exists: false } },
    { '$.deep.nothing': { exists: false } },
    { '$.type': { matches: '^off' } },
    { '$.type': { not: 'answer' } },
    { any: [{ '$.type': 'answer' }, { '$.n': 3 }] },
    { not: { '$.type': 'answer' } },
    { '${call.id}': 17 },
    { '$.deep.list': { equals: [{ a: 1 }] } },
    {},
  ];
  const wrong: object[] = [
    { '$.type': 'answer' },
    { '$.n': '3' },
    { '$.missing': 1 },
    { '$.type': 'offer', '$.n': 4 },
    { '${nobody}': { exists: true } },
  ];
  for (const condition of right) t.ok(is(condition), JSON.stringify(condition));
  for (const condition of wrong) t.notOk(is(condition), JSON.stringify(condition));
  t.equal(conditionText(parseCondition({ '$.type': 'offer' }, () => undefined)), '$.type = "offer"');
});

t.test('what is wrong with a file is told with its place, and what to write instead', async (t) => {
  t.equal(problemsOf(WHOLE), '', 'the whole file is right');
  const cases: readonly [from: string | RegExp, to: string, problem: RegExp][] = [
    ['when: call,', 'wen: call,', /my\.yaml:\d+:\d+ {2}media\.wen {2}unknown key "wen"; did you mean "when"\?/],
    ['keepalive:', 'keepalives:', /unknown key "keepalives"; did you mean "keepalive"/],
    ['means: accepted', 'means: acepted', /receive\[1\]\.means {2}unknown meaning "acepted"; did you mean "accepted"/],
    ['${random(10)}', '${randm(10)}', /agent\.token {2}unknown function "randm"; did you mean "random"/],
    [
      'connectionId: "${call.id}"',
      'connectionId: "${call.idd}"',
      /actions\.call\[0\]\.send\.payload\.connectionId {2}nothing in this dialect takes or sets "call.idd"; did you mean "call.id"/,
    ],
    ['"${peer.id}"', '"${peer.id"', /"\$\{" without its "\}"/],
    ['"${peer.id}"', '"${peer id}"', /cannot be read/],
    ['from: $.src,', 'from: "$.src[",', /receive\[0\]\.take\.from {2}"\$\.src\[" is not a path/],
    ['from: $.src,', 'form: $.src,', /"form" cannot be stored; did you mean "from"/],
    ['every: 5s', 'every: 5', /keepalive\.every.*no unit/],
    ['dialect: 1', 'dialect: 2', /dialect/],
    ['- send: { type: LEAVE, dst: "${peer.id}" }', '- sent: { type: LEAVE }', /unknown key "sent"; did you mean "send"/],
    ['- send: { type: LEAVE, dst: "${peer.id}" }', '- { send: { type: LEAVE }, expect: { when: {} } }', /does one thing/],
    ['- send: { type: LEAVE, dst: "${peer.id}" }', '- emit: leave', /"emit" without Socket\.IO/],
    ['- send: { type: LEAVE, dst: "${peer.id}" }', '- { send: { type: LEAVE }, reply: {} }', /a reply without "transactions"/],
    ['reject: { like: hang up }', 'reject: { like: reject }', /like itself/],
    ['reject: { like: hang up }', 'reject: { lik: hang up }', /an action is a list of steps/],
    ['offers: caller, when: call', 'offers: callee, when: call', /the callee offers/],
    ['token: "${random(10)}"', 'token: "${env.CALL_PROBE_TEST_NOT_SET}"', /the environment has no "CALL_PROBE_TEST_NOT_SET"/],
    [/ {2}- when: \{ \$\.type: OFFER[\s\S]*?payload\.sdp \}\n/, '', /no message means "incoming"/],
    ['hides: [busy', 'hides: [buzy', /did you mean "busy"/],
    ['when: { $.type: LEAVE }', 'when: { $.type: { is: LEAVE } }', /one of equals, in, exists, matches, not/],
    ['when: { $.type: LEAVE }', 'when: LEAVE', /a condition is a map/],
  ];
  for (const [from, to, problem] of cases) {
    const text = WHOLE.replace(from, to);
    t.not(text, WHOLE, `${from} is there`);
    t.match(problemsOf(text), problem, to);
  }
  t.match(problemsOf('a: [1'), /my\.yaml:1/);
  t.throws(() => loadDialect('nowhere.yaml'), /nowhere\.yaml: no such file/);
});

t.test('adapters by name, by file and by mistake', async (t) => {
  t.equal(await loadAdapter('callsync'), null);
  for (const { name, dialect } of ADAPTERS) if (dialect !== null) t.equal((await loadAdapter(name))?.name, name);
  const files = readdirSync(fileURLToPath(new URL('../../../dialects', import.meta.url)));
  t.strictSame(
    files.filter((file) => !ADAPTERS.some(({ dialect }) => `${dialect}.yaml` === file)),
    [],
    'every dialect of the package is in the registry',
  );
  await t.rejects(loadAdapter('peerj'), /did you mean "peerjs"/);
  await t.rejects(loadAdapter('something'), /known: callsync/);
  await t.rejects(loadAdapter('./nowhere.js'), /no such file/);
  const dir = t.testdir({
    'a.mjs': 'export default 7;',
    'b.mjs': 'export default {',
    'c.ts': 'const a: number = 1; export default a;',
  });
  await t.rejects(loadAdapter(`${dir}/a.mjs`), /its default export is no adapter/);
  await t.rejects(loadAdapter(`${dir}/b.mjs`), /cannot be loaded/);
  await t.rejects(loadAdapter(`${dir}/c.ts`), /its default export is no adapter/);
});

t.test('a dialect is explained, and the first one of init is right', async (t) => {
  const lines = explainDialect(loadDialect(dialectFile('peerjs'))).join('\n');
  t.match(lines, /call +sends OFFER \(command\.invite\)/);
  t.match(lines, /\$\.type = "LEAVE": ended \(event\.ended\)/);
  t.match(lines, /log-in +waits for \$\.type = "OPEN"/);
  for (const transport of ['websocket', 'socket.io'] as const) {
    for (const odd of ['call-user', 'call: user "x"']) {
      const text = starterDialect({ name: 'mine', transport, events: { ...STARTER_EVENTS, call: odd }, typeField: 'my type' });
      t.equal(problemsOf(text), '', `${transport} ${odd}`);
    }
  }
});

t.test('packets of Socket.IO', async (t) => {
  const main = new SocketIoCodec('/');
  const chat = new SocketIoCodec('/chat');
  const read = (codec: SocketIoCodec, text: string) => codec.decode(text, () => ({ token: 'x' }));
  t.strictSame(read(main, '0{"sid":"a"}'), { type: 'control', name: 'open', say: '40{"token":"x"}' });
  t.strictSame(read(chat, '0{"sid":"a"}'), { type: 'control', name: 'open', say: '40/chat,{"token":"x"}' });
  t.strictSame(read(main, '2probe'), { type: 'control', name: 'ping', say: '3probe' });
  t.match(read(chat, '40/chat,{"sid":"b"}'), { type: 'joined' });
  t.match(read(chat, '40{"sid":"b"}'), { type: 'control' }, 'another namespace');
  t.strictSame(read(main, '42["a",1,{"b":2}]'), {
    type: 'message',
    document: { event: 'a', args: [1, { b: 2 }] },
    ackId: null,
    answers: null,
  });
  t.match(read(chat, '42/chat,7["a"]'), { document: { event: 'a', args: [] }, ackId: 7 });
  t.match(read(main, '4312[{"ok":true}]'), { document: { args: [{ ok: true }] }, answers: 12 });
  t.strictSame(read(main, '44{"message":"bad token"}'), { type: 'refused', message: 'bad token' });
  t.strictSame(read(main, '41'), { type: 'left' });
  for (const text of ['x', '4', '42{}', '42[1]', '42["a"', '47["a"]']) {
    t.match(read(main, text), { type: 'unreadable' }, text);
  }
  const placeholder = { _placeholder: true, num: 0 };
  t.match(read(main, `451-["a",${JSON.stringify(placeholder)}]`), {
    document: { event: 'a', args: [placeholder] },
    answers: null,
  });
  t.match(read(chat, `461-/chat,7[${JSON.stringify(placeholder)}]`), { document: { args: [placeholder] }, answers: 7 });
  for (const text of ['', 'bAAEC']) t.strictSame(read(main, text), { type: 'control', name: 'attachment', say: null });
  t.equal(main.event('a', [1], null), '42["a",1]');
  t.equal(chat.event('a', [], 3), '42/chat,3["a"]');
  t.equal(chat.ack(3, [1]), '43/chat,3[1]');
});
