import t from 'tap';
import { loadScenarioText, parseScenario } from '../../../src/scenarios/language/load.js';
import { formatProblemWithSource, type Problem, ScenarioProblems } from '../../../src/scenarios/language/problem.js';
import { EXAMPLES, problemsOf, textOf, textsOf } from '../files.js';

const HEAD = 'name: x\nagents: { alice: {}, bob: {} }\nsteps:\n';
const TWO = 'name: x\nagents: { alice: {}, bob: { devices: [phone, laptop] } }\nsteps:\n';
const THREE = 'name: x\nagents: { alice: {}, bob: {}, carol: {} }\nsteps:\n';
const CALL = '  - alice: call bob\n';

/** What is wrong, the text, and the one line that says so. */
const BAD: [string, string, string][] = [
  [
    'unknown step key',
    `${HEAD}${CALL}  - expekt: { both: ringing }`,
    'f:5:5  steps[1].expekt  unknown key "expekt"; did you mean "expect"?',
  ],
  ['unknown top-level key', `tag: [a]\n${HEAD}${CALL}`, 'f:1:1  tag  unknown key "tag"; did you mean "tags"?'],
  [
    'unknown key for a required one',
    `naem: x\nagents: { alice: {} }\nsteps: [ wait: 1s ]`,
    'f:1:1  naem  unknown key "naem"; did you mean "name"?',
  ],
  [
    'missing key',
    `agents: { alice: {} }\nsteps: [ wait: 1s ]`,
    'f:1:1  missing key "name"; it is required: name: callee accepts, both sides are connected',
  ],
  [
    'duration without a unit',
    `${HEAD}  - expect: { both: ringing, within: 30 }`,
    'f:4:38  steps[0].expect.within  "30" has no unit; did you mean "30s" or "30ms"?',
  ],
  ['negative duration', `${HEAD}  - wait: -1s`, 'f:4:11  steps[0].wait  "-1s" is not a duration; a duration cannot be negative'],
  ['long wait', `${HEAD}  - wait: 11m`, 'f:4:11  steps[0].wait  "11m" is too long; at most 10m'],
  ['unknown agent', `${HEAD}  - bbo: accept`, 'f:4:5  steps[0].bbo  unknown agent "bbo"; did you mean "bob"?'],
  ['unknown agent, none near', `${HEAD}  - dave: accept`, 'f:4:5  steps[0].dave  unknown agent "dave"; agents: alice, bob'],
  ['unknown callee', `${HEAD}  - alice: call carol`, 'f:4:12  steps[0].alice  unknown agent "carol"; agents: alice, bob'],
  ['calling oneself', `${HEAD}  - alice: call alice`, 'f:4:12  steps[0].alice  alice calls alice; name another agent'],
  ['unknown action', `${HEAD}  - alice: acept`, 'f:4:12  steps[0].alice  unknown action "acept"; did you mean "accept"?'],
  [
    'action that is no text',
    `${HEAD}  - alice: 3`,
    'f:4:12  steps[0].alice  an action is text; such as "call bob", "accept" or "hang up"',
  ],
  ['which device', `${TWO}  - bob: accept`, 'f:4:5  steps[0].bob  bob has devices phone, laptop; write bob.phone or bob.laptop'],
  [
    'unknown device',
    `${TWO}  - bob.phnoe: accept`,
    'f:4:5  steps[0]["bob.phnoe"]  bob has no device "phnoe" at this point; did you mean "bob.phone"?',
  ],
  [
    'device not opened',
    `${TWO}  - bob.tv: accept\n  - bob.tv: open`,
    'f:4:5  steps[0]["bob.tv"]  bob has no device "tv" at this point; declare it under agents, or add "bob.tv: open" as an earlier step',
  ],
  [
    'device opened at the same time',
    `${TWO}  - together: [ bob.tv: open, bob.tv: accept ]`,
    'f:4:31  steps[0].together[1]["bob.tv"]  bob has no device "tv" at this point; declare it under agents, or add "bob.tv: open" as an earlier step',
  ],
  [
    'both of three',
    `${THREE}  - expect: { both: idle }`,
    'f:4:15  steps[0].expect.both  "both" needs exactly two agents, and there are 3; write all, or name them',
  ],
  [
    'a group acts',
    `${HEAD}  - both: hang up`,
    'f:4:5  steps[0].both  "both" cannot act, it is a group for "expect"; name one agent per step, or use "together"',
  ],
  [
    'unknown name in expect',
    `${HEAD}  - expect: { wihtin: 2s, both: idle }`,
    'f:4:15  steps[0].expect.wihtin  unknown key "wihtin"; did you mean "within"?',
  ],
  [
    'reason as a state',
    `${HEAD}  - expect: { both: rejected }`,
    'f:4:21  steps[0].expect.both  unknown state "rejected"; did you mean "ended(rejected)"?',
  ],
  [
    'unknown reason',
    `${HEAD}  - expect: { both: ended(hangupp) }`,
    'f:4:21  steps[0].expect.both  unknown end reason "hangupp"; did you mean "hangup"?',
  ],
  [
    'expect nothing',
    `${HEAD}  - expect: { within: 2s }`,
    'f:4:13  steps[0].expect  "expect" is empty; write a name and a state, such as both: connected',
  ],
  [
    'media without its ends',
    `${HEAD}  - expect: { media: flowing }`,
    'f:4:5  steps[0].expect  missing key "between"; write expect: { media: flowing, between: [alice, bob], within: 3s }',
  ],
  [
    'media without media',
    `media: none\n${HEAD}  - expect: { media: flowing, between: [alice, bob] }`,
    'f:5:15  steps[0].expect.media  this scenario has no media; remove "media: none" at the top of the file',
  ],
  [
    'media at one end',
    `${HEAD}  - expect: { media: flowing, between: [bob, bob] }`,
    'f:4:46  steps[0].expect.between[1]  bob is at both ends; name two agents',
  ],
  [
    'media between three',
    `${HEAD}  - expect: { media: flowing, between: [alice] }`,
    'f:4:40  steps[0].expect.between  too short; exactly 2 entries',
  ],
  [
    'media and states',
    `${HEAD}  - expect: { media: idle, between: [alice, bob], bob: idle }`,
    'f:4:51  steps[0].expect.bob  states and media in one "expect"; write "bob" as a separate step',
  ],
  [
    'two keys',
    `${HEAD}  - alice: accept\n    bob: accept`,
    'f:5:5  steps[0].bob  a step has one key, but this one has 2: "alice", "bob"; begin each step with its own "- "',
  ],
  ['no key', `${HEAD}  - {}`, 'f:4:5  steps[0]  a step without a key; write an agent and an action, such as - alice: call bob'],
  [
    'a step that is text',
    `${HEAD}  - alice accept`,
    'f:4:5  steps[0]  a step is a key and a value, not text; write - alice: call bob, with a space after the colon',
  ],
  [
    'together with expect',
    `${HEAD}  - together: [ alice: cancel, expect: { both: idle } ]`,
    'f:4:32  steps[0].together[1].expect  "expect" inside "together"; it takes actions, faults and waits only; put this after it',
  ],
  [
    'together alone',
    `${HEAD}  - together: [ alice: cancel ]`,
    'f:4:15  steps[0].together  fewer than two steps here; at least two: they begin at the same time',
  ],
  [
    'repeat without times',
    `${HEAD}  - repeat: { steps: [ wait: 1s ] }`,
    'f:4:5  steps[0].repeat  missing key "times"; write repeat: { times: 3, steps: [...] }',
  ],
  [
    'repeat too often',
    `${HEAD}  - repeat: { times: 1001, steps: [ wait: 1ms ] }`,
    'f:4:22  steps[0].repeat.times  too large; at most 1000',
  ],
  [
    'repeat of repeat',
    `${HEAD}  - repeat: { times: 999, steps: [ repeat: { times: 999, steps: [ alice: open ] } ] }`,
    'f:3:1  steps  999001 steps once "repeat" is unrolled; at most 10000: use the top-level "repeat" instead',
  ],
  [
    'waits beyond the timeout',
    `timeout: 2s\n${HEAD}  - repeat: { times: 2, steps: [ wait: 1s ] }`,
    'f:4:1  steps  the waits alone take 2s, but the timeout is 2s; set a longer timeout at the top of the file',
  ],
  [
    'no steps',
    'name: x\nagents: { alice: {} }\nsteps: []',
    'f:3:8  steps  no step here; at least one, such as - alice: call bob',
  ],
  [
    'reserved name',
    'name: x\nagents: { alice: {}, both: {} }\nsteps: [ wait: 1s ]',
    'f:2:22  agents.both  "both" is a reserved word and cannot name an agent; choose another name, such as alice or bob',
  ],
  [
    'agents as a list',
    'name: x\nagents: [alice]\nsteps: [ wait: 1s ]',
    'f:2:9  agents  must be a map, not a list; write keys and values: { alice: {}, bob: {} }',
  ],
  [
    '17 agents',
    `name: x\nagents: { ${Array.from({ length: 17 }, (_, i) => `a${i}: {}`).join(', ')} }\nsteps: [ wait: 1s ]`,
    'f:2:9  agents  more than 16 agents; a scenario covers one call or a few',
  ],
  [
    'unknown key of an agent',
    'name: x\nagents: { alice: { device: [a] } }\nsteps: [ wait: 1s ]',
    'f:2:20  agents.alice.device  unknown key "device"; did you mean "devices"?',
  ],
  [
    'a device twice',
    'name: x\nagents: { alice: { devices: [a, a] } }\nsteps: [ wait: 1s ]',
    'f:2:33  agents.alice.devices[1]  duplicate device "a" of alice; give each device its own name',
  ],
  [
    'name of two lines',
    `name: "a\\nb"\nagents: { alice: {} }\nsteps: [ wait: 1s ]`,
    'f:1:7  name  the name is one line of visible text; remove line breaks and control characters',
  ],
  [
    'name too long',
    `name: ${'x'.repeat(201)}\nagents: { alice: {} }\nsteps: [ wait: 1s ]`,
    'f:1:7  name  too long; at most 200 characters',
  ],
  ['unknown value', `media: video\n${HEAD}${CALL}`, 'f:1:8  media  unknown value "video"; known: audio, none'],
  ['repeat 0', `repeat: 0\n${HEAD}${CALL}`, 'f:1:9  repeat  too small; at least 1'],
  [
    'repeat 1.5',
    `repeat: 1.5\n${HEAD}${CALL}`,
    'f:1:9  repeat  must be a whole number, not the number 1.5; write a number such as 3',
  ],
  [
    'unknown timing',
    `checks: { latency: { accept-to-conected: { max: 1s } } }\n${HEAD}${CALL}`,
    'f:1:22  checks.latency.accept-to-conected  unknown key "accept-to-conected"; did you mean "accept-to-connected"?',
  ],
  [
    'empty limit',
    `checks: { latency: { accept-to-connected: {} } }\n${HEAD}${CALL}`,
    'f:1:43  checks.latency.accept-to-connected  the limit is empty; set one of its keys, or remove it',
  ],
  [
    'share as a number',
    `checks: { media: { loss: { max: 0.2 } } }\n${HEAD}${CALL}`,
    'f:1:33  checks.media.loss.max  "0.2" has no unit; did you mean "20%"?',
  ],
  [
    'media checks without media',
    `media: none\nchecks: { media: { loss: { max: 2% } } }\n${HEAD}${CALL}`,
    'f:2:11  checks.media  this scenario has no media; remove it, or "media: none"',
  ],
  [
    'wait of the server',
    `server: { ring-timeout: 1 }\n${HEAD}${CALL}`,
    'f:1:25  server.ring-timeout  "1" has no unit; did you mean "1s" or "1ms"?',
  ],
  [
    'prototype key',
    `__proto__: { a: 1 }\n${HEAD}${CALL}`,
    'f:1:1  __proto__  unknown key "__proto__"; known: name, description, tags, agents, repeat, timeout, media, needs, server, checks, network, steps',
  ],
  [
    'constructor as a step',
    `${HEAD}  - constructor: {}`,
    'f:4:5  steps[0].constructor  unknown agent "constructor"; agents: alice, bob',
  ],
  [
    'what heals',
    `${HEAD}${CALL}  - heal: alice.signalling`,
    'f:5:11  steps[1].heal  alice has no device "signalling" at this point; declare it under agents, or add "alice.signalling: open" as an earlier step',
  ],
  ['who heals', `${HEAD}${CALL}  - heal: alcie`, 'f:5:11  steps[1].heal  unknown agent "alcie"; did you mean "alice"?'],
  [
    'a profile',
    `${HEAD.replace('steps:', 'network: { alice: 5g }\nsteps:')}${CALL}`,
    'f:3:19  network.alice  unknown network "5g"; did you mean "4g"?',
  ],
  [
    'an agent of the network',
    `${HEAD.replace('steps:', 'network: { alcie: 4g }\nsteps:')}${CALL}`,
    'f:3:12  network.alcie  unknown agent "alcie"; did you mean "alice"?',
  ],
  [
    'a key of the network',
    `${HEAD.replace('steps:', 'network: { alice: { signalling: { loss: 5% } } }\nsteps:')}${CALL}`,
    'f:3:21  network.alice.signalling  unknown key "signalling"; did you mean "signaling"?',
  ],
  [
    'a value of the network',
    `${HEAD.replace('steps:', 'network: { alice: { media: { loss: 120% } } }\nsteps:')}${CALL}`,
    'f:3:36  network.alice.media.loss  "120%" is too much; at most 100%',
  ],
];

for (const [what, text, line] of BAD) {
  t.test(`${what}: the place, the key and what to write`, async (t) => {
    t.same(
      problemsOf(() => loadScenarioText(text, 'f')),
      [line],
    );
  });
}

t.test('all problems of a file are told, in the order of the file', async (t) => {
  const text = `${HEAD}  - bbo: accept\n  - alice: call bob\n  - expect: { both: ringign, within: 3 }\nmedai: none\n`;
  t.same(
    problemsOf(() => loadScenarioText(text, 'f')),
    [
      'f:4:5  steps[0].bbo  unknown agent "bbo"; did you mean "bob"?',
      'f:6:21  steps[2].expect.both  unknown state "ringign"; did you mean "ringing"?',
      'f:6:38  steps[2].expect.within  "3" has no unit; did you mean "3s" or "3ms"?',
      'f:7:1  medai  unknown key "medai"; did you mean "media"?',
    ],
  );
});

t.test('a file that is wrong everywhere is told so in a bounded number of lines', async (t) => {
  const text = `${HEAD}${CALL}${Array.from({ length: 300 }, (_, i) => `zzz${i}: 1`).join('\n')}`;
  const lines = problemsOf(() => loadScenarioText(text, 'f'));
  t.equal(lines.length, 201);
  t.equal(lines.at(-1), 'f  100 more problems in this file; fix those above first');
});

t.test('what the examples have and this version has not is refused with its place', async (t) => {
  const lines = textsOf(EXAMPLES).flatMap(({ name, text }) => {
    try {
      loadScenarioText(text, name);
      return [];
    } catch (error) {
      if (!(error instanceof ScenarioProblems)) throw error;
      for (const { kind } of error.problems) t.equal(kind, 'not-yet', name);
      return error.message.split('\n');
    }
  });
  t.same(lines, [
    'staging-load.yaml:4:1  load  this file is a load test, not a scenario; load tests are part of the language, but this version cannot run them yet',
  ]);
});

t.test('the source line is shown with a caret, cut and harmless', async (t) => {
  const first = (text: string): Problem => {
    try {
      loadScenarioText(text, 'f');
    } catch (error) {
      if (error instanceof ScenarioProblems) return error.problems[0]!;
    }
    throw new Error('no problem');
  };
  t.same(
    formatProblemWithSource(first(`${HEAD}  - bbo: accept`))
      .split('\n')
      .slice(1),
    ['  4 |   - bbo: accept', '    |     ^'],
  );
  const [, line, caret] = formatProblemWithSource(first(`${HEAD}  - alice: ${'x'.repeat(5_000)}`)).split('\n');
  t.ok(line!.length < 120);
  t.equal(line![caret!.indexOf('^')], 'x');
  const steering = formatProblemWithSource(first(`${HEAD}  - "\\e[2J\u202ebob": accept`));
  t.notMatch(steering, /[\u001b\u202e]/);
  t.match(steering, /\\u001b\[2J\\u202ebob/);
});

t.test('a scenario given as an object has paths and no places', async (t) => {
  t.same(
    problemsOf(() => parseScenario({ name: 'x', agents: { alice: {} }, steps: [{ bob: 'accept' }] })),
    ['scenario  steps[0].bob  unknown agent "bob"; agents: alice'],
  );
  const loop: Record<string, unknown> = {};
  loop['steps'] = [loop];
  t.match(
    problemsOf(() => parseScenario(loop)),
    [/nested more than 40 levels deep; does the object contain itself\?/],
  );
  t.match(
    problemsOf(() => parseScenario({ steps: new Map() })),
    [/steps {2}not plain data/],
  );
  t.match(
    problemsOf(() => parseScenario(null)),
    [/a scenario is a map, not nothing/],
  );
  t.match(
    problemsOf(() => parseScenario('name: x')),
    [/a scenario is a map, not text/],
  );
});

t.test('the same mistake in a file of the suite is found', async (t) => {
  const text = textOf('scenarios/decline.yaml').replace('bob: reject', 'bob: rejcet');
  t.same(
    problemsOf(() => loadScenarioText(text, 'decline.yaml')),
    ['decline.yaml:7:10  steps[2].bob  unknown action "rejcet"; did you mean "reject"?'],
  );
});
