/** What a file may say of hostile agents, and the sentence with the place for everything that it may not. */
import t from 'tap';
import {
  CONNECTION_PATTERN,
  formatConnection,
  PLACEHOLDERS,
  parseConnection,
  readPlaceholder,
} from '../../../src/scenarios/language/hostile-words.js';
import { loadScenarioText } from '../../../src/scenarios/language/load.js';
import { scenarioJsonSchema } from '../../../src/scenarios/language/schema.js';
import { readTree } from '../../../src/scenarios/language/tree.js';
import { problemsOf } from '../files.js';
import { misfits } from '../json-schema.js';

const HEAD = 'name: x\nagents: { alice: {}, bob: {}, mallory: { hostile: true } }\nsteps:\n';

const GOOD = `${HEAD}${[
  'mallory: connect',
  'mallory: log  in',
  'mallory: { send: "not json", times: 3 }',
  'mallory: { send: { type: command, seq: $seq, id: $id, op: hangup, call: $call.1, list: [$user, $device, 7, null] } }',
  'mallory: { send: { type: hello, token: $token, device: $device } }',
  'mallory: { replay: bob sends accept, times: 3 }',
  'mallory: { mutate: alice.phone receives event.ended }',
  'mallory: { repeat: 20 }',
  'mallory: { forge: hang  up, call: 2, times: 3 }',
  'mallory: { forge: call bob }',
  'together: [ mallory: leave, alice: call bob ]',
  'expect: { both: ringing }',
  'expect: { mallory: closed(4400) | closed | open, within: 2s }',
  'expect: { mallory: closed(4400), only: callsync.v1 }',
]
  .map((step) => `  - ${step}\n`)
  .join('')}`;

t.test('what hostile agents do is read into a plan, apart from those who call', async (t) => {
  const scenario = loadScenarioText(GOOD, 'f');
  t.strictSame(scenario.hostile, ['mallory']);
  t.strictSame(
    scenario.agents.map(({ name }) => name),
    ['alice', 'bob'],
  );
  t.match(scenario.steps, [
    { kind: 'hostile', agent: 'mallory', act: { do: 'connect' }, text: 'mallory: connect' },
    { kind: 'hostile', act: { do: 'log in' } },
    { kind: 'hostile', act: { do: 'send', message: 'not json', times: 3 }, text: 'mallory: send "not json" 3 times' },
    { kind: 'hostile', act: { do: 'send', times: 1, message: { type: 'command', call: '$call.1' } } },
    { kind: 'hostile', act: { do: 'send' } },
    { kind: 'hostile', act: { do: 'replay', times: 3, trigger: { user: 'bob', verb: 'sends', event: 'accept' } } },
    { kind: 'hostile', act: { do: 'mutate', times: 1 }, text: 'mallory: mutate alice.phone receives event.ended' },
    { kind: 'hostile', act: { do: 'repeat', times: 20 }, text: 'mallory: repeat its last message 20 times' },
    {
      act: { do: 'forge', action: 'hang up', callee: null, nth: 2, times: 3 },
      text: 'mallory: forge hang up in call 2 3 times',
    },
    { act: { do: 'forge', action: 'call', callee: 'bob', nth: null, times: 1 }, text: 'mallory: forge call bob' },
    { kind: 'together' },
    { kind: 'expect', expectations: [{ devices: { length: 2 } }] },
    {
      kind: 'expect-hostile',
      withinMs: 2_000,
      expectations: [{ agent: 'mallory', anyOf: [{ open: false, code: 4400 }, { open: false, code: null }, { open: true }] }],
      only: null,
    },
    { kind: 'expect-hostile', only: 'callsync.v1', text: 'mallory: closed(4400) within 2s, only with callsync.v1' },
  ]);
  t.strictSame(misfits(scenarioJsonSchema(), readTree(GOOD, 'f').value), [], 'and editors take it');
});

const BAD: [string, string, string][] = [
  [
    'devices of a hostile agent',
    'name: x\nagents: { alice: {}, bob: {}, mallory: { hostile: true, devices: [tv] } }\nsteps: [ wait: 1s ]',
    'f:2:40  agents.mallory  a hostile agent has no devices; remove "devices", or "hostile: true"',
  ],
  [
    'nobody to protect',
    'name: x\nagents: { mallory: { hostile: true } }\nsteps: [ wait: 1s ]',
    'f:2:1  agents  all agents are hostile; add normal agents with a call: alice: {}, bob: {}',
  ],
  [
    'what only clients do',
    `${HEAD}  - mallory: accept`,
    'f:4:14  steps[0].mallory  mallory is a hostile agent and has no client for "accept"; known: connect, log in, leave, send, replay, mutate, forge, repeat',
  ],
  [
    'an unknown word',
    `${HEAD}  - mallory: conect`,
    'f:4:14  steps[0].mallory  unknown action "conect" of a hostile agent; did you mean "connect"?',
  ],
  [
    'a saying without its message',
    `${HEAD}  - mallory: send`,
    'f:4:14  steps[0].mallory  "send" names no message; write it as a map, such as mallory: { send: "not json" }',
  ],
  [
    'a device of a hostile agent',
    `${HEAD}  - mallory.phone: connect`,
    'f:4:5  steps[0]["mallory.phone"]  mallory is a hostile agent and has no devices; write "mallory"',
  ],
  [
    'a number',
    `${HEAD}  - mallory: 3`,
    'f:4:14  steps[0].mallory  an action of a hostile agent is a word or a map, not the number 3; such as connect, or mallory: { send: "not json" }',
  ],
  [
    'an unknown key',
    `${HEAD}  - mallory: { send: x, time: 3 }`,
    'f:4:25  steps[0].mallory.time  unknown key "time"; did you mean "times"?',
  ],
  [
    'two sayings',
    `${HEAD}  - mallory: { send: x, repeat: 3 }`,
    'f:4:25  steps[0].mallory.repeat  "send" and "repeat" in one step; write each as a separate step',
  ],
  [
    'times of a repetition',
    `${HEAD}  - mallory: { repeat: 3, times: 3 }`,
    'f:4:27  steps[0].mallory.times  "repeat" is already a number of times; write { repeat: 20 }',
  ],
  ['too often', `${HEAD}  - mallory: { repeat: 10001 }`, 'f:4:24  steps[0].mallory.repeat  too large; at most 10000'],
  [
    'a message that is a list',
    `${HEAD}  - mallory: { send: [1] }`,
    'f:4:22  steps[0].mallory.send  a message is text or a map; such as "not json", or { type: ping, at: 0 }',
  ],
  [
    'an unknown placeholder',
    `${HEAD}  - mallory: { send: { call: $cal } }`,
    'f:4:30  steps[0].mallory.send.call  unknown placeholder "$cal"; did you mean "$call"?',
  ],
  [
    'a token where it could be given away',
    `${HEAD}  - mallory: { send: { type: $token } }`,
    'f:4:30  steps[0].mallory.send.type  "$token" outside of "token"; write token: $token; elsewhere, answers of the server could reveal it',
  ],
  [
    'a message of nobody',
    `${HEAD}  - mallory: { replay: dave sends accept }`,
    'f:4:24  steps[0].mallory.replay  unknown agent "dave"; agents: alice, bob, mallory',
  ],
  [
    'its own message',
    `${HEAD}  - mallory: { replay: mallory sends hello }`,
    'f:4:24  steps[0].mallory.replay  "mallory" is a hostile agent and has no client; name an agent that is not hostile',
  ],
  [
    'a hostile act of a normal agent',
    `${HEAD}  - alice: connect`,
    'f:4:12  steps[0].alice  "connect" is for hostile agents, and alice is not hostile; use a hostile agent: agents: { mallory: { hostile: true } }',
  ],
  [
    'a hostile message of a normal agent',
    `${HEAD}  - alice: { send: x }`,
    'f:4:12  steps[0].alice  "send" is for hostile agents, and alice is not hostile; use a hostile agent: agents: { mallory: { hostile: true } }',
  ],
  [
    'a forged action that there is not',
    `${HEAD}  - mallory: { forge: acept }`,
    'f:4:23  steps[0].mallory.forge  unknown action "acept"; did you mean "accept"?',
  ],
  [
    'a forged call to nobody',
    `${HEAD}  - mallory: { forge: call dave }`,
    'f:4:23  steps[0].mallory.forge  unknown agent "dave"; agents: alice, bob, mallory',
  ],
  [
    'a protocol for states of normal agents',
    `${HEAD}  - expect: { alice: ringing, only: callsync.v1 }`,
    'f:4:31  steps[0].expect.only  "only" is for expectations of hostile agents; remove it',
  ],
  [
    'an unknown protocol',
    `${HEAD}  - expect: { mallory: open, only: sip }`,
    'f:4:36  steps[0].expect.only  unknown value "sip"; known: callsync.v1',
  ],
  [
    'a call of a hostile agent',
    `${HEAD}  - alice: call mallory`,
    'f:4:12  steps[0].alice  mallory is a hostile agent and has no client to ring; call an agent that is not hostile',
  ],
  [
    'a state of a hostile agent',
    `${HEAD}  - expect: { mallory: ringing }`,
    'f:4:24  steps[0].expect.mallory  "ringing" is not a state of a hostile agent\'s connection; write open, closed, or closed with a close code, such as closed(4400)',
  ],
  [
    'both kinds of states',
    `${HEAD}  - expect: { mallory: open, both: ringing }`,
    'f:4:30  steps[0].expect.both  "both" beside a hostile agent in one "expect"; write it as a separate step',
  ],
  [
    'a fault of its link',
    `${HEAD}  - fault: { link: mallory.signaling, disconnect: 1s }`,
    'f:4:20  steps[0].fault.link  "mallory" is a hostile agent and has no client; name an agent that is not hostile',
  ],
  [
    'a fault of its process',
    `${HEAD}  - fault: { agent: mallory, pause: 1s }`,
    'f:4:21  steps[0].fault.agent  "mallory" is a hostile agent and has no client; name an agent that is not hostile',
  ],
  [
    'both, of three',
    'name: x\nagents: { alice: {}, bob: {}, carol: {}, mallory: { hostile: true } }\nsteps:\n  - expect: { both: ringing }',
    'f:4:15  steps[0].expect.both  "both" needs exactly two agents that are not hostile, and there are 3; write all, or name them',
  ],
];

for (const [what, text, line] of BAD) {
  t.test(what, async (t) => {
    t.strictSame(
      problemsOf(() => loadScenarioText(text, 'f')),
      [line],
    );
  });
}

t.test('connections and placeholders', async (t) => {
  for (const text of ['open', 'closed', 'closed(4400)', ' closed ( 4400 ) | open ', 'closed(99)', 'open(1)', '', 'ended']) {
    t.equal(parseConnection(text).ok, new RegExp(CONNECTION_PATTERN, 'u').test(text), text);
  }
  const read = parseConnection('closed(4400)|closed | open');
  t.equal(read.ok && formatConnection(read.value), 'closed(4400) | closed | open');
  for (const { name } of PLACEHOLDERS) t.match(readPlaceholder(name), { ok: true }, name);
  for (const text of ['call', '$5', '$', '']) t.equal(readPlaceholder(text), null, `${text} is sent as it is`);
  t.match(readPlaceholder('$id.again'), { ok: true, value: { name: 'id', of: 'again' } });
  for (const text of ['$call.0', '$id.', '$id.A']) t.match(readPlaceholder(text), { ok: false }, text);
});
