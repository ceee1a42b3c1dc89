/** Socket.IO by HTTP long-polling, against the real server: calls, faults of the connection and of messages, and what goes wrong at once. */
import { readFileSync } from 'node:fs';
import t from 'tap';
import { dialectOf } from '../../src/adapters/dialect/load.js';
import { dialectFile } from '../../src/adapters/load.js';
import { runScenario, type ScenarioResult } from '../../src/index.js';
import { ends, folder, runCommand } from '../cli/command.js';
import { watchForks } from '../forks.js';
import { PATIENT } from '../scenarios/files.js';
import { startTutorialServer, type TutorialOptions, type TutorialServer } from '../servers/tutorial/server.js';

const forks = watchForks();
t.afterEach(() => forks.ended());

const WHOLE = readFileSync(dialectFile('tutorial-socketio'), 'utf8');
const TEXT = WHOLE.replace('transport: socket.io', 'transport: socket.io\n  transports: [polling]');
const PAIR = { media: 'none', agents: { alice: {}, bob: {} }, checks: PATIENT };
const RING = [{ alice: 'call bob' }, { expect: { both: 'ringing', within: '20s' } }];
const CONNECT = [...RING, { bob: 'accept' }, { expect: { both: 'connected', within: '5s' } }];

const said = ({ why, checks }: ScenarioResult): string =>
  why ?? checks.map(({ message, actual }) => `${message} ${actual}`).join('; ');

const failed = ({ checks }: ScenarioResult): string[] => checks.filter(({ valid }) => valid === false).map(({ name }) => name);

async function polled(t: { teardown(end: () => unknown): void }, options: TutorialOptions = {}): Promise<TutorialServer> {
  const server = await startTutorialServer({ transports: ['polling'], ...options });
  t.teardown(() => server.close());
  return server;
}

t.test('a call with media, and binary attachments', async (t) => {
  t.not(TEXT, WHOLE);
  const adapter = `${t.testdir({ 'polling.yaml': TEXT })}/polling.yaml`;
  for (const sendsPictures of [false, true]) {
    const server = await polled(t, { sendsPictures });
    const steps = [
      ...CONNECT,
      { expect: { media: 'flowing', between: ['alice', 'bob'], within: '20s' } },
      { bob: 'hang up' },
      { expect: { both: 'ended(hangup)', within: '5s' } },
    ];
    const result = await runScenario({ ...PAIR, media: 'audio', name: 'polling', steps }, { target: server.url, adapter });
    t.equal(result.status, 'passed', said(result));
    t.equal(result.unmapped, undefined);
  }
  const server = await startTutorialServer({ sendsPictures: true });
  t.teardown(() => server.close());
  const result = await runScenario(
    { ...PAIR, name: 'websocket', steps: CONNECT },
    { target: server.url, adapter: 'tutorial-socketio' },
  );
  t.equal(result.status, 'passed', said(result));
});

t.test('faults of connections, links and messages strike it as they do a WebSocket', async (t) => {
  const adapter = `${t.testdir({ 'polling.yaml': TEXT })}/polling.yaml`;
  const server = await polled(t);
  const run = (name: string, steps: object[]): Promise<ScenarioResult> =>
    runScenario({ ...PAIR, name, steps }, { target: server.url, adapter, ignoreLimits: name === 'drop' });
  const gone = { expect: { bob: 'ended(peer-lost)', within: '5s' } };
  for (const fault of ['disconnect', 'abort']) {
    const result = await run(fault, [...CONNECT, { fault: { link: 'alice.signaling', [fault]: '2s' } }, gone]);
    t.notMatch(said(result), /took no effect|never/);
    t.notOk(failed(result).includes('expectations'), `${fault}: ${said(result)}`);
  }
  const held = await run('half-open', [
    { fault: { link: 'alice.signaling', 'half-open': '1s', stream: 'downstream', on: 'alice receives ringing' } },
    ...RING,
    { bob: 'accept' },
    { wait: '500ms' },
    { expect: { alice: 'ringing', bob: 'connected' } },
  ]);
  t.notOk(failed(held).includes('expectations'), `what was sent into the black hole did not arrive: ${said(held)}`);
  const dropped = await run('drop', [{ fault: { drop: 'alice receives raw:answer-made' } }, ...CONNECT]);
  t.match(said(dropped), /alice=ringing bob=connected/);
  const slow = await run('slow', [{ fault: { link: 'alice.signaling', latency: '50ms' } }, ...CONNECT]);
  t.equal(slow.status, 'passed', said(slow));
});

t.test('what is wrong at once', async (t) => {
  const { at } = folder(t, {
    'polling.yaml': TEXT,
    'token.yaml': TEXT.replace('transports: [polling]', 'transports: [polling]\n  auth: { token: wrong }'),
    'call.yaml': 'name: x\nmedia: none\nagents: { alice: {}, bob: {} }\nsteps:\n  - alice: call bob\n',
  });
  const run = (url: string, adapter: string) => runCommand(['run', 'call.yaml', '--target', url, '--adapter', adapter], at);
  const sockets = await startTutorialServer();
  t.teardown(() => sockets.close());
  ends(
    t,
    'a server for WebSockets',
    await run(sockets.url, './polling.yaml'),
    2,
    /alice cannot log in: the server answered 400 to GET: Transport unknown/,
  );
  const polling = await polled(t, { token: 'right' });
  ends(t, 'a token', await run(polling.url, './token.yaml'), 2, /the server refused the namespace \/: bad token/);
  ends(t, 'nobody there', await run('ws://127.0.0.1:1', './polling.yaml'), 2, /ECONNREFUSED/);
  ends(
    t,
    'explained',
    await runCommand(['dialect', 'check', 'polling.yaml'], at),
    0,
    /transport +socket\.io by HTTP long-polling/,
  );
  const problem = (to: string): string => {
    try {
      dialectOf(TEXT.replace('transports: [polling]', to), 'my.yaml');
      return '';
    } catch (error) {
      return (error as Error).message;
    }
  };
  t.match(
    problem('transports: [polling, websocket]'),
    /connect\.transports {2}one of the two: an upgrade .* is not supported; write transports: \[polling\]/,
  );
  t.match(problem('transports: [poling]'), /connect\.transports\[0\] {2}unknown value "poling"; did you mean "polling"\?/);
  t.equal(problem('transports: [websocket]'), '');
});
