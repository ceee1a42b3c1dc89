import t from 'tap';
import type { Address } from '../../src/protocol/address.js';
import { loadScenarios, loadScenarioText, parseScenario } from '../../src/scenarios/load.js';
import { devicesOf, needsOf, type Step } from '../../src/scenarios/plan.js';
import { EXAMPLES, SUITE, textOf } from './files.js';

const example = (name: string) => loadScenarioText(textOf(`test/fixtures/examples/${name}.yaml`), `${name}.yaml`);
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
const DEFAULTS = { repeat: 1, timeoutMs: 30_000, media: 'audio', needs: [], server: {}, checks: {} };
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
    text: 'fault: disconnect alice.signaling for 1s, on bob sends accept',
    kind: 'fault',
    fault: { fault: 'disconnect', device: alice, ms: 1_000 },
    trigger: { user: 'bob', device: null, verb: 'sends', event: 'accept' },
  });
  t.same(needsOf(scenario), []);
});

t.test('server-restart.yaml', async (t) => {
  const scenario = example('server-restart');
  const restart = (path: string, signal: string) => ({
    path,
    text: `fault: restart the server with ${signal}`,
    kind: 'fault',
    fault: { fault: 'restart-server', signal },
    trigger: null,
  });
  t.same([scenario.steps[2], scenario.steps[5]], [restart('steps[2]', 'SIGKILL'), restart('steps[5]', 'SIGKILL')]);
  t.same(scenario.needs, ['restart-server']);
  const term = loadScenarioText(
    'name: x\nagents: { alice: {} }\nsteps: [ fault: { server: restart, with: SIGTERM }, fault: { server: restart } ]',
    null,
  );
  t.same(term.steps, [restart('steps[0]', 'SIGTERM'), restart('steps[1]', 'SIGKILL')]);
  t.same(needsOf(term), ['restart-server'], 'also where the file does not say so');
});

t.test('faults name devices, also of agents with several, and may stand in together and repeat', async (t) => {
  const scenario = loadScenarioText(
    `name: x
agents: { alice: {}, bob: { devices: [phone, laptop] } }
steps:
  - fault: { link: bob.laptop.signaling, disconnect: 500ms, on: bob.phone receives hangup }
  - repeat:
      times: 2
      steps:
        - together: [ fault: { server: restart }, bob.phone: accept ]
`,
    null,
  );
  t.match(scenario.steps[0], {
    text: 'fault: disconnect bob.laptop.signaling for 500ms, on bob.phone receives hang up',
    fault: { device: laptop, ms: 500 },
    trigger: { user: 'bob', device: 'phone', verb: 'receives', event: 'hang up' },
  });
  t.match(scenario.steps[1], {
    text: 'repeat 2 times: together: fault: restart the server with SIGKILL; bob.phone: accept',
  });
  t.same(needsOf(scenario), ['restart-server']);
});

t.test('the whole built-in suite loads, and each file has its own name', async (t) => {
  const { scenarios, skipped } = loadScenarios([SUITE]);
  t.same(skipped, []);
  t.ok(scenarios.length >= 16);
  t.equal(new Set(scenarios.map((scenario) => scenario.name)).size, scenarios.length);
  for (const scenario of scenarios) t.ok(scenario.tags.includes('core'), scenario.name);
  const times = (steps: readonly Step[]): number => steps.reduce((sum, step) => sum + (step.kind === 'wait' ? step.ms : 0), 0);
  t.ok(scenarios.reduce((sum, { repeat, steps }) => sum + repeat * times(steps), 0) <= 5_000, 'waits of the suite stay short');
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
