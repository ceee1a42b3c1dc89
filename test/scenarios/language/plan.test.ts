import t from 'tap';
import { PROFILES } from '../../../src/faults/profiles.js';
import type { Address } from '../../../src/protocol/address.js';
import { loadScenarios, loadScenarioText, parseScenario } from '../../../src/scenarios/language/load.js';
import { AT_ONCE, devicesOf, needsDurability, needsOf, type Step } from '../../../src/scenarios/language/plan.js';
import { EXAMPLES, SUITE, textOf } from '../files.js';

const example = (name: string) => ({
  ...loadScenarioText(textOf(`test/fixtures/examples/${name}.yaml`), `${name}.yaml`),
  lines: {},
});
const alice: Address = { user: 'alice', device: 'phone' };
const bob: Address = { user: 'bob', device: 'phone' };
const laptop: Address = { user: 'bob', device: 'laptop' };
const one = (state: string, reason: string | null = null) => ({ state, reason });
const shows = (label: string, devices: Address[], ...anyOf: object[]) => ({ label, devices, anyOf });
const both = (...anyOf: object[]) => shows('both', [alice, bob], ...anyOf);
const PLAIN = [
  { name: 'alice', devices: ['phone'] },
  { name: 'bob', devices: ['phone'] },
];
const DEFAULTS = {
  lines: {},
  repeat: 1,
  timeoutMs: 30_000,
  media: 'audio',
  needs: [],
  server: {},
  checks: {},
  network: [],
  hostile: [],
};
const CALL = {
  path: 'steps[0]',
  text: 'alice: call bob',
  kind: 'action',
  device: alice,
  action: { verb: 'call', callee: 'bob' },
};
const RINGING = {
  path: 'steps[1]',
  text: 'both: ringing within 2s',
  kind: 'expect',
  expectations: [both(one('ringing'))],
  withinMs: 2_000,
};
const act = (path: string, text: string, device: Address, verb: string) => ({
  path,
  text,
  kind: 'action',
  device,
  action: { verb },
});

t.test('accept.yaml', async (t) => {
  t.same(example('accept'), {
    ...DEFAULTS,
    name: 'callee accepts, both sides are connected',
    file: 'accept.yaml',
    tags: ['core', 'acceptance'],
    agents: PLAIN,
    checks: { 'timer-skew': { max: 100 }, latency: { 'accept-to-connected': { max: 500 } } },
    steps: [
      CALL,
      RINGING,
      act('steps[2]', 'bob: accept', bob, 'accept'),
      {
        path: 'steps[3]',
        text: 'both: connected within 1s',
        kind: 'expect',
        expectations: [both(one('connected'))],
        withinMs: 1_000,
      },
      {
        path: 'steps[4]',
        text: 'media flowing between alice and bob within 3s',
        kind: 'expect-media',
        state: 'flowing',
        devices: [alice, bob],
        withinMs: 3_000,
      },
      { path: 'steps[5]', text: 'wait 1s', kind: 'wait', ms: 1_000 },
      act('steps[6]', 'alice: hang up', alice, 'hang up'),
      {
        path: 'steps[7]',
        text: 'both: ended(hangup) within 1s',
        kind: 'expect',
        expectations: [both(one('ended', 'hangup'))],
        withinMs: 1_000,
      },
    ],
  });
});

t.test('decline.yaml', async (t) => {
  t.same(example('decline'), {
    ...DEFAULTS,
    name: 'callee declines, the caller stops ringing',
    file: 'decline.yaml',
    tags: ['core', 'acceptance'],
    agents: PLAIN,
    steps: [
      CALL,
      RINGING,
      act('steps[2]', 'bob: reject', bob, 'reject'),
      {
        path: 'steps[3]',
        text: 'both: ended(rejected) within 1s',
        kind: 'expect',
        expectations: [both(one('ended', 'rejected'))],
        withinMs: 1_000,
      },
    ],
  });
});

t.test('second-device.yaml', async (t) => {
  const scenario = example('second-device');
  t.same(scenario.agents, [
    { name: 'alice', devices: ['phone'] },
    { name: 'bob', devices: ['phone', 'laptop'] },
  ]);
  t.same(scenario.steps[3], {
    path: 'steps[3]',
    text: 'alice: connected, bob.phone: connected, bob.laptop: ended(answered-elsewhere) within 1s',
    kind: 'expect',
    expectations: [
      shows('alice', [alice], one('connected')),
      shows('bob.phone', [bob], one('connected')),
      shows('bob.laptop', [laptop], one('ended', 'answered-elsewhere')),
    ],
    withinMs: 1_000,
  });
  t.same(scenario.steps[4], act('steps[4]', 'bob.phone: hang up', bob, 'hang up'));
});

t.test('accept-crosses-cancel.yaml', async (t) => {
  const scenario = example('accept-crosses-cancel');
  t.equal(scenario.repeat, 20);
  t.same(scenario.steps.slice(2), [
    {
      path: 'steps[2]',
      text: 'together: alice: cancel; bob: accept',
      kind: 'together',
      steps: [
        act('steps[2].together[0]', 'alice: cancel', alice, 'cancel'),
        act('steps[2].together[1]', 'bob: accept', bob, 'accept'),
      ],
    },
    {
      path: 'steps[3]',
      text: 'both: connected | ended(cancelled) within 2s',
      kind: 'expect',
      expectations: [both(one('connected'), one('ended', 'cancelled'))],
      withinMs: 2_000,
    },
  ]);
});

t.test('accept-while-caller-is-away.yaml', async (t) => {
  const scenario = example('accept-while-caller-is-away');
  t.same(scenario.steps[2], {
    path: 'steps[2]',
    text: 'fault: link alice.signaling, disconnect 1s, on bob sends accept',
    kind: 'fault',
    fault: {
      layer: 'connection',
      parts: [{ name: 'disconnect', values: { disconnect: 1_000, code: 0, reason: '' } }],
      target: { on: 'signaling', device: alice },
      stream: 'both',
      toxicity: 1,
    },
    when: { ...AT_ONCE, on: { user: 'bob', device: null, verb: 'sends', event: 'accept' }, times: 1 },
  });
  t.same(needsOf(scenario), []);
  t.notOk(needsDurability(scenario));
});

t.test('server-restart.yaml', async (t) => {
  const scenario = example('server-restart');
  const restart = (path: string, text: string, signal: string) => ({
    path,
    text,
    kind: 'fault',
    fault: {
      ...{ layer: 'server', target: { on: 'server' }, stream: 'both', toxicity: 1 },
      parts: [{ name: 'restart-server', values: { with: signal } }],
    },
    when: { ...AT_ONCE, times: 1 },
  });
  const kill = 'fault: server restart, with SIGKILL';
  t.same([scenario.steps[2], scenario.steps[5]], [restart('steps[2]', kill, 'SIGKILL'), restart('steps[5]', kill, 'SIGKILL')]);
  t.same(scenario.needs, ['restart-server']);
  t.ok(needsDurability(scenario));
  const term = loadScenarioText(
    'name: x\nagents: { alice: {} }\nsteps: [ fault: { server: restart, with: SIGTERM }, fault: { server: restart } ]',
    null,
  );
  t.same(term.steps, [
    restart('steps[0]', 'fault: server restart, with SIGTERM', 'SIGTERM'),
    restart('steps[1]', 'fault: server restart', 'SIGKILL'),
  ]);
  t.same(
    needsOf(term),
    ['steps[0].fault', 'steps[1].fault'].map((path) => ({ need: 'restart-server', path })),
    'also where the file does not say so',
  );
});

t.test('faults name devices, also of agents with several, and may stand in together and repeat', async (t) => {
  const scenario = loadScenarioText(
    `name: x
agents: { alice: {}, bob: { devices: [phone, laptop] } }
steps:
  - fault: { link: bob.laptop.signaling, half_open: 500ms, stream: upstream, on: bob.phone receives hangup, nth: 2 }
  - repeat:
      times: 2
      steps:
        - together: [ fault: { server: restart }, bob.phone: accept ]
  - heal: bob.laptop.signaling
`,
    null,
  );
  t.match(scenario.steps[0], {
    text: 'fault: link bob.laptop.signaling, half_open 500ms, stream upstream, on bob.phone receives hangup, nth 2',
    fault: { parts: [{ name: 'half-open', values: { 'half-open': 500 } }], target: { device: laptop }, stream: 'upstream' },
    when: { on: { user: 'bob', device: 'phone', verb: 'receives', event: 'hang up' }, nth: 2 },
  });
  t.match(scenario.steps[1], { text: 'repeat 2 times: together: fault: server restart; bob.phone: accept' });
  t.match(scenario.steps[2], { text: 'heal: bob.laptop.signaling', healed: { what: 'signaling', device: laptop } });
  t.same(needsOf(scenario), [{ need: 'restart-server', path: 'steps[1].repeat.steps[0].together[0].fault' }]);
  t.ok(needsDurability(scenario));
});

t.test('when faults of messages end is counted in messages, of all others in beginnings', async (t) => {
  const when = (fault: string) => {
    const [step] = loadScenarioText(`name: x\nagents: { alice: {}, bob: {} }\nsteps: [ fault: ${fault} ]`, null).steps;
    return step?.kind === 'fault' ? step.when : null;
  };
  t.match(when('{ drop: bob sends accept }'), { times: 1, forMs: null });
  t.match(when('{ drop: bob sends accept, for: 2s }'), { times: null, forMs: 2_000 });
  t.match(when('{ drop: bob sends anything, probability: 20% }'), { times: null, probability: 0.2 });
  t.match(when('{ drop: bob sends anything, between: [alice receives ringing, bob sends accept] }'), {
    ...{ times: null, on: { user: 'alice', event: 'ringing' }, until: { user: 'bob', event: 'accept' } },
  });
  t.match(when('{ link: alice.signaling, latency: 1s, for: 2s }'), { times: 1, forMs: 2_000 });
  t.match(when('{ link: alice.signaling, disconnect: 1s, every: 3s }'), { times: null, everyMs: 3_000 });
  t.match(when('{ link: alice.signaling, disconnect: 1s, at: 3s, heal: never }'), { atMs: 3_000, heals: false });
  t.match(when('{ server: pause }'), { forMs: 1_000 }, 'a server does not stand still for ever');
});

t.test('a network is faults from the beginning on, for every device that is there', async (t) => {
  const text = (network: string, more = ''): string =>
    `name: x\nagents: { alice: {}, bob: { devices: [phone, laptop] } }\n${more}network: ${network}\nsteps: [ alice: call bob ]`;
  const faults = (network: string, more?: string) => loadScenarioText(text(network, more), null).network;
  t.match(faults('{ alice: { signaling: { latency: 120ms, jitter: 40ms, loss: 5% }, media: { loss: 10%, duplicate: 1% } } }'), [
    {
      path: 'network.alice.signaling',
      text: 'network of alice/phone: signaling latency 120ms, jitter 40ms, loss 5%',
      fault: {
        layer: 'link',
        parts: [
          { name: 'latency', values: { latency: 120, jitter: 40 } },
          { name: 'loss', values: { loss: 0.05, correlation: 0 } },
        ],
        target: { on: 'signaling', device: alice },
      },
    },
    { path: 'network.alice.media', fault: { layer: 'media', parts: [{ name: 'loss' }, { name: 'duplicate' }] } },
  ]);
  const of = (network: string, more?: string): string[] =>
    faults(network, more).map(({ fault: { target, layer } }) =>
      'device' in target ? `${target.device.user}/${target.device.device} ${layer}` : layer,
    );
  t.same(of('{ bob: 4g }'), ['bob/phone link', 'bob/phone media', 'bob/laptop link', 'bob/laptop media']);
  t.same(of('{ bob.laptop: 4g }'), ['bob/laptop link', 'bob/laptop media']);
  t.same(of('{ bob.laptop: 4g }', 'media: none\n'), ['bob/laptop link'], 'a scenario without media has none to impair');
  t.same(of('{ alice: subway }'), ['alice/phone link', 'alice/phone connection', 'alice/phone media']);
  t.match(faults('{ alice: { profile: 4g, media: { loss: 50% } } }')[1], { text: 'network of alice/phone: media loss 50%' });
});

t.test('every profile is a network that the language has', async (t) => {
  for (const { name } of PROFILES) {
    const { network } = loadScenarioText(
      `name: x\nagents: { alice: {} }\nnetwork: { alice: ${name} }\nsteps: [ wait: 1s ]`,
      null,
    );
    t.ok(network.length > 0, name);
  }
});

t.test('the whole built-in suite loads, and each file has its own name', async (t) => {
  const { scenarios, skipped } = loadScenarios([SUITE]);
  t.same(skipped, []);
  t.ok(scenarios.length >= 16);
  t.equal(new Set(scenarios.map((scenario) => scenario.name)).size, scenarios.length);
  for (const scenario of scenarios) t.ok(scenario.tags.includes('core'), scenario.name);
  const times = (steps: readonly Step[]): number => steps.reduce((sum, step) => sum + (step.kind === 'wait' ? step.ms : 0), 0);
  t.ok(scenarios.reduce((sum, { repeat, steps }) => sum + repeat * times(steps), 0) <= 25_000, 'waits of the suite stay short');
});

t.test('groups, bare agents, opened devices and nested steps', async (t) => {
  const scenario = loadScenarioText(
    `name: x
agents: { alice: , bob: { devices: [phone, laptop] } }
media: none
timeout: 1m
server: { ring-timeout: 1s, invite-timeout: 2s, grace: 500ms }
needs: [restart-server]
checks: { media: {} }
steps:
  - alice.tablet: open
  - alice.phone: call bob
  - expect: { bob: ringing, both: ringing | idle }
  - repeat:
      times: 3
      steps:
        - expect: { all: ended }
        - together: [ bob.phone: decline, wait: 10ms, alice.tablet: go offline ]
`.replace('checks: { media: {} }\n', ''),
    null,
  );
  const tablet: Address = { user: 'alice', device: 'tablet' };
  t.same(devicesOf(scenario), [alice, bob, laptop, tablet]);
  t.match(scenario, {
    timeoutMs: 60_000,
    media: 'none',
    needs: ['restart-server'],
    server: { ringMs: 1_000, inviteMs: 2_000, graceMs: 500 },
  });
  t.same(scenario.steps[2], {
    path: 'steps[2]',
    text: 'bob: ringing, both: ringing | idle within 2s',
    kind: 'expect',
    expectations: [
      shows('bob', [bob, laptop], one('ringing')),
      shows('both', [alice, tablet, bob, laptop], one('ringing'), one('idle')),
    ],
    withinMs: 2_000,
  });
  t.same(scenario.steps[3], {
    path: 'steps[3]',
    text: 'repeat 3 times: all: ended within 2s; together: bob.phone: reject; wait 10ms; alice.tablet: go offline',
    kind: 'repeat',
    times: 3,
    steps: [
      {
        path: 'steps[3].repeat.steps[0]',
        text: 'all: ended within 2s',
        kind: 'expect',
        expectations: [shows('all', [alice, tablet, bob, laptop], one('ended'))],
        withinMs: 2_000,
      },
      {
        path: 'steps[3].repeat.steps[1]',
        text: 'together: bob.phone: reject; wait 10ms; alice.tablet: go offline',
        kind: 'together',
        steps: [
          act('steps[3].repeat.steps[1].together[0]', 'bob.phone: reject', bob, 'reject'),
          { path: 'steps[3].repeat.steps[1].together[1]', text: 'wait 10ms', kind: 'wait', ms: 10 },
          act('steps[3].repeat.steps[1].together[2]', 'alice.tablet: go offline', tablet, 'go offline'),
        ],
      },
    ],
  });
});

t.test('an object and the file that says the same give the same plan', async (t) => {
  const object = {
    name: 'x',
    agents: { alice: {}, bob: {} },
    checks: { media: { loss: { max: '20%' }, delay: { max: '150ms' } } },
    steps: [{ alice: 'call bob' }, { expect: { both: 'ringing', within: '2s' } }],
  };
  const plan = parseScenario(object);
  t.same(plan, loadScenarioText(JSON.stringify(object), null));
  t.same(plan.checks, { media: { loss: { max: 0.2 }, delay: { max: 150 } } });
});

t.test('examples keep their folder', async (t) => {
  t.equal(loadScenarios([`${EXAMPLES}accept.yaml`]).scenarios[0]?.file, `${EXAMPLES}accept.yaml`);
});
