/** Hostile agents for real: against the bundled server, which takes no notice, and against broken ones, which are caught. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import t from 'tap';
import { runScenario, type ScenarioResult, type TraceEvent } from '../../src/index.js';
import { systemClock } from '../../src/probe/runtime/clock.js';
import type { Target } from '../../src/probe/targets/target.js';
import { sideOf } from '../../src/protocol/call.js';
import { WAITS } from '../../src/protocol/limits.js';
import { createRng } from '../../src/protocol/rng.js';
import { parseScenario } from '../../src/scenarios/language/load.js';
import { judgeRepetition } from '../../src/scenarios/run/judge.js';
import { runRepetition } from '../../src/scenarios/run/repetition.js';
import { DEVELOPMENT_SECRET, mintToken } from '../../src/server/admission.js';
import { Hub } from '../../src/server/hub/hub.js';
import { type HubPolicy, SOUND_POLICY } from '../../src/server/hub/policy.js';
import { listen, type ServerTraceEvent } from '../../src/server/listen.js';
import { beginOf, eventsOf } from '../../src/trace/event.js';
import { decodeTrace } from '../../src/trace/jsonl.js';
import { watchForks } from '../forks.js';
import { SUITE } from './files.js';
import { run } from './running.js';

const forks = watchForks();
t.teardown(() => forks.ended());
t.afterEach(() => forks.ended());

const AGENTS = { alice: {}, bob: {}, mallory: { hostile: true } };
const CONNECTED = [
  { alice: 'call bob' },
  { expect: { both: 'ringing', within: '5s' } },
  { bob: 'accept' },
  { expect: { both: 'connected', within: '5s' } },
];
const HANGUP = { send: { type: 'command', seq: '$seq', id: '$id', op: 'hangup', call: '$call' } };
const scenario = (...steps: object[]): object => ({
  name: 'a call with a stranger',
  media: 'none',
  agents: AGENTS,
  steps: [...CONNECTED, ...steps],
});
const STRANGER_HANGS_UP = scenario(
  { mallory: 'log in' },
  { mallory: HANGUP },
  { wait: '100ms' },
  { expect: { both: 'connected' } },
);
const dropDead = (text: string): object => scenario({ mallory: { send: text } }, { wait: '60s' });

/** A server that takes a stranger for the side whose move it is. */
const TRUSTING: HubPolicy = {
  ...SOUND_POLICY,
  move(record, move, by, now) {
    const isStranger = by !== null && sideOf(record, by) === null;
    return SOUND_POLICY.move(record, move, isStranger ? record.caller : by, now);
  },
};

const failures = (result: ScenarioResult | undefined): string =>
  (result?.checks ?? [])
    .filter(({ valid }) => valid !== true)
    .map(({ name, message }) => `${name}: ${message}`)
    .join('\n');

interface Served {
  readonly url: string;
  readonly target: Target;
}

/** A server of the test's own, in this process, that goes down over garbage or not; and how a runner sees it that may look into it. */
async function served(t: { teardown(end: () => unknown): void }, policy: HubPolicy, diesOfGarbage = false): Promise<Served> {
  const quiet = (): void => undefined;
  let sink: (event: ServerTraceEvent) => void = quiet;
  const server = await listen({
    host: '127.0.0.1',
    port: 0,
    secret: DEVELOPMENT_SECRET,
    hub: new Hub({ waits: WAITS, policy, rng: createRng('served') }),
    log: { debug: quiet, info: quiet, warn: quiet, error: quiet },
    now: systemClock.now,
    time: systemClock.now,
    trace: (event) => {
      if (diesOfGarbage && event.body.type === 'violation') void server.close();
      sink(event);
    },
  });
  t.teardown(() => server.close());
  const cannot = (): Promise<never> => Promise.reject(new Error('not this one'));
  const target: Target = {
    name: 'of the test',
    url: server.url,
    salt: '',
    capabilities: new Set(['server-trace'] as const),
    reset: async ({ trace }) => {
      sink = (event) => trace?.([event]);
    },
    token: (user) => mintToken(DEVELOPMENT_SECRET, user),
    settle: async () => undefined,
    restart: cannot,
    pause: cannot,
    slowHandler: cannot,
    fault: () => null,
    stop: async () => undefined,
  };
  return { url: server.url, target };
}

t.test('the bundled server takes no notice, and the trace holds no token', async (t) => {
  const out = t.testdir();
  for (const name of ['hostile-before-log-in', 'hostile-garbage', 'hostile-clumsy']) {
    const result = await runScenario(join(SUITE, `${name}.yaml`), { out });
    t.equal(result.status, 'passed', `${name}: ${failures(result)}`);
    const kept = readFileSync(result.trace ?? '', 'utf8');
    t.notMatch(kept, /eyJ[\w-]{10}/, 'no token');
    const { events, problems } = decodeTrace(kept);
    t.strictSame(problems, []);
    t.notOk(
      beginOf(events)?.devices.some((device) => device.startsWith('mallory')),
      'its nodes are no devices of the run',
    );
    const said = eventsOf(events, 'wire').filter(({ node, dir }) => node === 'mallory/phone' && dir === 'out');
    t.ok(said.length >= 6, `${said.length} messages of mallory are in the trace`);
    t.notOk(Object.keys(result.agents).some((device) => device.startsWith('mallory')));
  }
});

t.test('mutations are drawn from the seed', async (t) => {
  const garbage = scenario({ mallory: 'log in' }, { mallory: { mutate: 'bob sends accept', times: 30 } });
  const told = async (seed: string): Promise<string[]> => {
    const out = t.testdir();
    const result = await runScenario(garbage, { out, seed });
    t.equal(result.status, 'passed', failures(result));
    const { events } = decodeTrace(readFileSync(result.trace ?? '', 'utf8'));
    return eventsOf(events, 'log').flatMap(({ node, message }) => (node === 'mallory/phone' ? [message] : []));
  };
  const first = await told('abc');
  t.equal(first.length, 30);
  t.strictSame(await told('abc'), first);
  t.notSame(await told('other'), first);
});

t.test('a server that lets strangers hang up is caught, seen from its clients alone', async (t) => {
  const { url } = await served(t, TRUSTING);
  const result = await runScenario(STRANGER_HANGS_UP, { target: url });
  t.equal(result.status, 'failed');
  t.match(failures(result), /isolation: mallory\/phone has no part in call .* of alice and bob/);
  const sound = await served(t, SOUND_POLICY);
  const healthy = await runScenario(STRANGER_HANGS_UP, { target: sound.url });
  t.equal(healthy.status, 'passed', failures(healthy));
});

t.test('a server that lets strangers hang up is caught at its own record', async (t) => {
  const judged = async (policy: HubPolicy) => {
    const { target } = await served(t, policy);
    const outcome = await runRepetition({
      scenario: parseScenario(STRANGER_HANGS_UP),
      repetition: 1,
      seed: 'served',
      target,
      media: null,
      defects: [],
      clock: systemClock,
      versions: {},
      replay: '',
      signal: new AbortController().signal,
      fault: null,
      onEvent: null,
    });
    return judgeRepetition(outcome, 1, {}).checks.filter(({ valid }) => valid !== true);
  };
  t.match(
    (await judged(TRUSTING)).filter(({ name }) => name === 'isolation'),
    [{ message: /^mallory\/phone has no part in call .*, and command\.hangup made it ended\(hangup\)/ }],
  );
  t.strictSame(await judged(SOUND_POLICY), []);
});

t.test('a server that dies of a message has failed, and the next scenario gets another one', async (t) => {
  const preload = join(
    t.testdir({
      'dies.mjs': `
        const parse = JSON.parse;
        JSON.parse = (text, ...more) => {
          if (text === 'drop dead') setImmediate(() => { throw new Error('of the server'); });
          if (text === 'stand still') for (;;);
          return parse(text, ...more);
        };`,
    }),
    'dies.mjs',
  );
  const before = process.env['NODE_OPTIONS'];
  process.env['NODE_OPTIONS'] = `${before ?? ''} --import=${pathToFileURL(preload).href}`;
  t.teardown(() => {
    if (before === undefined) delete process.env['NODE_OPTIONS'];
    else process.env['NODE_OPTIONS'] = before;
  });
  const stands = { ...dropDead('stand still'), steps: [...CONNECTED, { mallory: { send: 'stand still' } }] };
  const report = await run([{ ...dropDead('drop dead'), timeout: '90s' }, stands, scenario({ alice: 'hang up' })]);
  const [died, stood, next] = report.scenarios;
  t.match(died, { status: 'failed', diagnoses: [] }, 'it is not taken for a fault of the probe');
  t.match(
    died?.checks.find(({ name }) => name === 'server'),
    { valid: false, message: /^the server went down after a raw message of mallory: .*exited with 1/ },
  );
  t.match(failures(died), /of the server/, 'with what the server said of it');
  t.match(
    stood?.checks.find(({ name }) => name === 'server'),
    { valid: false, message: /^the server went down after a raw message of mallory: .*did not answer/ },
  );
  t.equal(next?.status, 'passed', failures(next));
  t.equal(report.exitCode, 1);
});

t.test('a server that somebody kills has not failed, whatever a hostile agent has said', async (t) => {
  const isSaid = (event: TraceEvent): boolean => event.type === 'wire' && event.node === 'mallory/phone' && event.dir === 'out';
  let isKilled = false;
  const report = await run([{ ...dropDead('not json'), timeout: '90s' }], {
    listener: {
      trace: (event) => {
        if (isKilled || !isSaid(event)) return;
        isKilled = true;
        forks.running('server/child').kill('SIGKILL');
      },
    },
  });
  t.match(report.scenarios, [{ status: 'unknown', diagnoses: [{ code: 'probe-fault', summary: /was killed by SIGKILL/ }] }]);
});

t.test('a server elsewhere that goes down over a message is found out by the clients of the others', async (t) => {
  const { url } = await served(t, SOUND_POLICY, true);
  const result = await runScenario(scenario({ mallory: { send: 'not json' } }, { wait: '100ms' }), { target: url });
  t.equal(result.status, 'failed');
  t.match(
    failures(result),
    /server: the server went down after a raw message of mallory: the target closed all connections and refuses/,
  );
  t.match(result.diagnoses[0], { code: 'target-gone', hop: 'server' });
});

t.test('a step of a hostile agent that comes to nothing leaves the run unknown', async (t) => {
  const replay = scenario({ mallory: { replay: 'bob sends hang up' } });
  const early = { ...scenario(), steps: [{ mallory: HANGUP }, ...CONNECTED] };
  const repeat = scenario({ mallory: { repeat: 3 } });
  const report = await run([replay, early, repeat]);
  for (const result of report.scenarios) {
    t.equal(result.status, 'unknown', failures(result));
    t.match(failures(result), /faults-fired: "mallory: .*: there is no such message or call yet" never took effect/);
  }
});

t.test('how connections stand is told where it is not as expected', async (t) => {
  const report = await run([
    scenario({ expect: { mallory: 'open', within: '50ms' } }),
    scenario({ mallory: { send: 'not json' } }, { expect: { mallory: 'closed(4401)', within: '50ms' } }),
  ]);
  t.match(
    report.scenarios.map((result) => result.checks.find(({ name }) => name === 'expectations')),
    [
      { valid: false, actual: 'mallory=never connected' },
      { valid: false, actual: 'mallory=closed(4400)' },
    ],
  );
});
