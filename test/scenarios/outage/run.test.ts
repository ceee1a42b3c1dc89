/** Targets that go away in the middle of a run, for real: processes on loopback that die and come back, and the twins that must not be taken for it. */
import { once } from 'node:events';
import { createServer as createHttpServer } from 'node:http';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { performance } from 'node:perf_hooks';
import t, { type Test } from 'tap';
import { loadAdapter } from '../../../src/adapters/load.js';
import type { RunListener, RunReport, TraceEvent } from '../../../src/index.js';
import type { ForeignSettings } from '../../../src/probe/targets/target.js';
import { WAITS } from '../../../src/protocol/limits.js';
import { createRng } from '../../../src/protocol/rng.js';
import { parseScenario } from '../../../src/scenarios/language/load.js';
import type { TargetEvent } from '../../../src/scenarios/run/outage/target-event.js';
import { type RunOptions, runScenarios } from '../../../src/scenarios/run/run.js';
import { DEVELOPMENT_SECRET } from '../../../src/server/admission.js';
import { Hub } from '../../../src/server/hub/hub.js';
import { SOUND_POLICY } from '../../../src/server/hub/policy.js';
import { listen } from '../../../src/server/listen.js';
import { startPeerJs } from '../../servers/peerjs.js';
import { freePort } from '../../servers/program.js';
import { PATIENT } from '../files.js';

const CALL = {
  name: 'a call',
  agents: { alice: {}, bob: {} },
  media: 'none',
  checks: PATIENT,
  steps: [
    { alice: 'call bob' },
    { expect: { both: 'ringing', within: '20s' } },
    { bob: 'accept' },
    { expect: { both: 'connected', within: '20s' } },
    { alice: 'hang up' },
    { expect: { both: 'ended', within: '20s' } },
  ] as object[],
};
const LAST = { ...CALL, name: 'another call' };
const LONG = { ...CALL, name: 'a long call', steps: [...CALL.steps.slice(0, 4), { wait: '5m' }], timeout: '10m' };
const BROKEN_OFFER = {
  ...CALL,
  name: 'a broken offer',
  steps: [{ fault: { corrupt: 'alice sends invite', how: 'truncate' } }, ...CALL.steps],
};

async function peerjs(): Promise<ForeignSettings> {
  const adapter = await loadAdapter('peerjs');
  if (adapter === null) throw new Error('there is no adapter peerjs');
  return { adapter, socket: {}, credentials: new Map() };
}

interface Ran {
  readonly report: RunReport;
  readonly news: readonly TargetEvent[];
  readonly told: (what: TargetEvent['what']) => readonly TargetEvent[];
}

async function run(scenarios: readonly object[], options: Partial<RunOptions>): Promise<Ran> {
  const news: TargetEvent[] = [];
  const { listener = {}, ...more } = options;
  const heard: RunListener = {
    ...listener,
    target(one) {
      news.push(one);
      listener.target?.(one);
    },
  };
  const report = await runScenarios(scenarios.map(parseScenario), {
    version: '0.0.0',
    target: '',
    defects: [],
    seed: 'test',
    workers: 1,
    repeat: null,
    retries: 0,
    bail: false,
    out: null,
    signal: new AbortController().signal,
    listener: heard,
    replayFlags: '',
    targetWaitMs: 120_000,
    ...more,
  });
  return { report, news, told: (what) => news.filter((one) => one.what === what) };
}

const statuses = ({ scenarios }: RunReport): string[] => scenarios.map(({ status }) => status);
/** Calls back once, when both are connected. */
function whenConnected(act: () => void): (event: TraceEvent) => void {
  let isDone = false;
  return (event) => {
    if (
      isDone ||
      event.type !== 'mark' ||
      event.name !== 'expect' ||
      event.ok !== true ||
      event.wants?.states.includes('connected') !== true
    )
      return;
    isDone = true;
    act();
  };
}
/** Starts something when the target is told to be gone. */
const whenGone =
  (act: () => unknown): NonNullable<RunListener['target']> =>
  ({ what }) => {
    if (what === 'gone') act();
  };

const quiet = (): void => undefined;

/** A server that speaks callsync.v1 and knows nothing of those before it; the result is its port. */
async function startServer(t: Test): Promise<number> {
  const server = await listen({
    host: '127.0.0.1',
    port: 0,
    secret: DEVELOPMENT_SECRET,
    hub: new Hub({ waits: WAITS, policy: SOUND_POLICY, rng: createRng('remote') }),
    log: { debug: quiet, info: quiet, warn: quiet, error: quiet },
    now: () => performance.now(),
    time: () => performance.timeOrigin + performance.now(),
    trace: null,
  });
  t.teardown(() => server.close());
  return Number(new URL(server.url).port);
}

/** Such a server behind a listener that a test can shut, break and open again, with another server behind it each time. */
async function behindDoor(t: Test) {
  const port = await freePort();
  let listener: Server | null = null;
  const sockets = new Set<Socket>();
  const open = async (next: Server): Promise<void> => {
    next.on('connection', (socket: Socket) => {
      sockets.add(socket);
      socket.on('error', quiet).on('close', () => sockets.delete(socket));
    });
    listener = next.listen(port, '127.0.0.1');
    await once(next, 'listening');
  };
  const shut = async (): Promise<void> => {
    const closing = listener;
    listener = null;
    for (const socket of sockets) socket.destroy();
    if (closing === null) return;
    closing.close();
    await once(closing, 'close');
  };
  t.teardown(shut);
  const passing = (upstream: number): Server =>
    createServer((socket) => {
      const on = connect(upstream, '127.0.0.1').on('error', quiet);
      socket.pipe(on).pipe(socket);
      socket.on('close', () => on.destroy());
      on.on('close', () => socket.destroy());
    });
  const overloaded = (): Server =>
    createHttpServer().on('upgrade', (_, socket) => {
      socket.end('HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\nConnection: close\r\n\r\n');
    });
  const reopen = async (): Promise<void> => open(passing(await startServer(t)));
  await reopen();
  return { url: `ws://127.0.0.1:${port}`, shut, reopen, overload: () => open(overloaded()) };
}

t.test('broken JSON ends the PeerJS server: who sent it is told, the run waits, and goes on when it is back', async (t) => {
  const port = await freePort();
  const { url } = await startPeerJs(t, port);
  const target = whenGone(() => startPeerJs(t, port));
  const { report, told } = await run([BROKEN_OFFER, CALL, LAST], { target: url, foreign: await peerjs(), listener: { target } });
  t.strictSame(statuses(report), ['failed', 'passed', 'passed']);
  t.equal(report.exitCode, 1);
  const [outage, ...others] = report.outages ?? [];
  t.strictSame(others, []);
  t.match(outage, { scenario: 'a broken offer', repetition: 1, error: /^ECONNREFUSED: / });
  t.match(outage?.last.at(-1), { node: 'alice/phone', dir: 'out', kind: 'command.invite', name: 'OFFER', fault: 'corrupt' });
  t.ok((outage?.awayMs ?? 0) > 0, `back after ${outage?.awayMs} ms`);
  t.ok((outage?.intoMs ?? -1) >= 0, 'its steps had begun');
  const [broken] = report.scenarios;
  t.match(
    broken?.checks.find(({ name }) => name === 'server'),
    { valid: false, message: /went down after command.invite \(OFFER\) of alice/ },
  );
  t.match(broken?.diagnoses[0], {
    code: 'target-gone',
    hop: 'server',
    summary: /OFFER.* of alice\/phone, .*"corrupt" had struck/,
  });
  t.strictSame([told('gone').length, told('back').length, told('given-up').length], [1, 1, 0]);
});

t.test(
  'a target that is killed in mid-call and stays away: what ran is unknown, the rest is not run, and nothing is lost',
  async (t) => {
    const { url, child } = await startPeerJs(t);
    const out = t.testdir();
    const trace = whenConnected(() => child.kill('SIGKILL'));
    const options = { target: url, foreign: await peerjs(), listener: { trace }, targetWaitMs: 300, out };
    const { report, told } = await run([LONG, CALL, LAST], options);
    t.strictSame(statuses(report), ['unknown', 'skipped', 'skipped']);
    t.equal(report.exitCode, 3, 'inconclusive: something had run');
    const [long, next] = report.scenarios;
    t.match(long, { why: /^the target closed all connections and refuses new ones since \d+\.\d s \(ECONNREFUSED/ });
    t.match(long?.diagnoses[0], { code: 'target-gone', hop: 'server' });
    t.ok(long?.trace, 'its trace is kept');
    t.match(
      next?.why,
      /^not run: the target went away at \d\d:\d\d:\d\d UTC during "a long call" and did not come back within 0.3 s/,
    );
    t.equal(report.stopped, next?.why);
    t.match(report.outages, [{ awayMs: null }]);
    t.equal(told('given-up').length, 1);
  },
);

t.test('a repetition that had not begun is not charged: it runs when the target is back', async (t) => {
  const { url, shut, reopen } = await behindDoor(t);
  let isShut: Promise<void> | null = null;
  const listener: RunListener = {
    repetitionEnd: ({ scenario }) => {
      if (scenario === CALL.name) isShut = shut();
    },
    target: whenGone(async () => {
      await isShut;
      await reopen();
    }),
  };
  const { report } = await run([CALL, LAST], { target: url, listener });
  t.strictSame(statuses(report), ['passed', 'passed']);
  t.equal(report.exitCode, 0);
  t.match(report.outages, [{ scenario: LAST.name, intoMs: null, ended: CALL.name, awayMs: Number }]);
  t.ok((report.outages?.[0]?.last.length ?? 0) > 0, 'what the one before had said last is evidence');
});

t.test('one that has not begun and never can is not run, and then a run in which all passed is no success', async (t) => {
  const { url, shut } = await behindDoor(t);
  const listener: RunListener = { repetitionEnd: () => void shut() };
  const { report } = await run([{ ...CALL, repeat: 3 }, LAST], { target: url, listener, targetWaitMs: 0 });
  t.strictSame(statuses(report), ['unknown', 'skipped']);
  t.match(report.scenarios[0], {
    why: /^2 of 3 repetitions were not run: the target went away/,
    repetitions: [{ status: 'passed' }],
  });
  t.equal(report.exitCode, 3);
});

t.test('all workers wait for one target together, and a retry waits as well', async (t) => {
  const { url, shut, reopen } = await behindDoor(t);
  const people = (a: string, b: string, scenario: typeof CALL): object =>
    JSON.parse(JSON.stringify(scenario).replaceAll('alice', a).replaceAll('bob', b)) as object;
  const wait = { ...CALL, steps: [...CALL.steps.slice(0, 4), { wait: '1s' }, ...CALL.steps.slice(4)] };
  const scenarios = [people('alice', 'bob', wait), people('carol', 'dave', { ...wait, name: 'of others' })];
  let isShut: Promise<void> | null = null;
  const listener: RunListener = {
    trace: whenConnected(() => {
      isShut = shut();
    }),
    target: whenGone(async () => {
      await isShut;
      await reopen();
    }),
  };
  const { report, told } = await run(scenarios, { target: url, listener, workers: 2, retries: 1 });
  t.strictSame(statuses(report), ['passed', 'passed'], JSON.stringify(report.scenarios.map(({ why }) => why)));
  t.equal(told('gone').length, 1, 'one outage for all');
  const earlier = report.scenarios.flatMap(({ repetitions }) => repetitions.flatMap((one) => one.earlier));
  t.ok(earlier.some(({ status, message }) => status === 'unknown' && message.includes('the target closed')));
});

t.test('one that is only overloaded is said to be so, and nothing is taken for its end', async (t) => {
  const { url, shut, overload, reopen } = await behindDoor(t);
  let closing: Promise<void> | null = null;
  const listener: RunListener = {
    repetitionEnd: ({ scenario }) => {
      if (scenario === CALL.name) closing = shut().then(overload);
    },
    target: ({ what }) => {
      if (what === 'busy') void closing?.then(shut).then(reopen);
    },
  };
  const { report, told } = await run([CALL, LAST, { ...CALL, name: 'a third' }], { target: url, listener });
  if (told('gone').length > 0) t.comment(JSON.stringify(told('gone')));
  t.strictSame(statuses(report), ['passed', 'unknown', 'passed']);
  t.match(
    report.scenarios[1]?.why,
    /could not log in.*: the target is there, but turns connections away or is too slow \(HTTP 503.*1 s\)/,
  );
  t.match(report.scenarios[1]?.diagnoses[0], { code: 'refused-by-server', summary: /overloaded, or limits/ });
  t.equal(report.outages, undefined);
  t.match(told('busy'), [{ scenario: LAST.name }]);
});

t.test('connections that faults break, and a server that the scenario restarts, are no sign of an end', async (t) => {
  const { url, shut, reopen } = await behindDoor(t);
  // Whoever connects restarts the server, and is let go when it is there again.
  const lever = createServer((socket) => {
    socket.on('error', () => undefined);
    void shut()
      .then(reopen)
      .then(() => socket.end());
  }).listen(0, '127.0.0.1');
  await once(lever, 'listening');
  t.teardown(() => lever.close());
  const address = lever.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const restart = `${process.execPath} -e 'require("net").connect(${port}, "127.0.0.1").resume()'`;
  const during = (name: string, fault: object): object => ({
    ...CALL,
    name,
    steps: [CALL.steps[0], { fault }, ...CALL.steps.slice(1)],
  });
  const alice = { link: 'alice.signaling' };
  const scenarios = [
    during('aborted', { ...alice, abort: '200ms' }),
    during('flapping', { ...alice, flap: '100ms', up: '150ms', cycles: 3 }),
    during('refused below the connection', { ...alice, down: 'refused', for: '1s' }),
    during('restarted', { server: 'restart', with: 'SIGKILL' }),
    { ...CALL, name: 'on a bad network', network: { alice: 'subway' } },
  ];
  const { report, news } = await run(scenarios, { target: url, commands: { restart } });
  t.strictSame(news, []);
  t.equal(report.outages, undefined);
  const why = JSON.stringify(report.scenarios.map((one) => [one.why, one.checks.filter(({ valid }) => valid !== true)]));
  t.notMatch(why, /target closed|target refuses|the target is there/);
  t.equal(report.scenarios[0]?.status, 'passed', why);
});
