/** What is wrong with a fault is told with its place, its key and what to write; what does not run yet is told apart. */
import t from 'tap';
import { loadScenarioText } from '../../src/scenarios/load.js';
import { ScenarioProblems } from '../../src/scenarios/problem.js';
import { problemsOf } from './files.js';

const HEAD = 'name: x\nagents: { alice: {}, bob: {} }\nsteps:\n';
const CALL = '  - alice: call bob\n';

const BAD: readonly (readonly [what: string, text: string, line: string])[] = [
  [
    'fault as text',
    `${HEAD}${CALL}  - fault: restart`,
    'f:5:12  steps[1].fault  "fault" holds what is hit and how, not text; write fault: { link: alice.signaling, disconnect: 1s } or fault: { server: restart }',
  ],
  [
    'fault of nothing',
    `${HEAD}${CALL}  - fault: {}`,
    'f:5:12  steps[1].fault  "fault" does not say what it hits; write fault: { link: alice.signaling, disconnect: 1s } or fault: { server: restart }',
  ],
  [
    'fault of two things',
    `${HEAD}${CALL}  - fault: { link: alice.signaling, server: restart }`,
    'f:5:37  steps[1].fault.server  "link" and "server" in one "fault"; make each a step of its own',
  ],
  [
    'key of a link fault',
    `${HEAD}${CALL}  - fault: { link: alice.signaling, disconnect: 1s, onn: bob sends accept }`,
    'f:5:53  steps[1].fault.onn  unknown key "onn"; did you mean "on"?',
  ],
  [
    'disconnect left out',
    `${HEAD}${CALL}  - fault: { link: alice.signaling }`,
    'f:5:5  steps[1].fault  missing key "disconnect"; say for how long: { link: alice.signaling, disconnect: 1s }',
  ],
  [
    'duration of a disconnect',
    `${HEAD}${CALL}  - fault: { link: alice.signaling, disconnect: 1 }`,
    'f:5:49  steps[1].fault.disconnect  "1" has no unit; did you mean "1s" or "1ms"?',
  ],
  [
    'disconnect of no length',
    `${HEAD}${CALL}  - fault: { link: alice.signaling, disconnect: 0ms }`,
    'f:5:49  steps[1].fault.disconnect  "0ms" is too short; at least 1ms',
  ],
  [
    'link without its kind',
    `${HEAD}${CALL}  - fault: { link: alice, disconnect: 1s }`,
    'f:5:20  steps[1].fault.link  "alice" is no link; name the link after its device, such as alice.signaling or bob.laptop.signaling',
  ],
  [
    'kind of a link',
    `${HEAD}${CALL}  - fault: { link: alice.signalling, disconnect: 1s }`,
    'f:5:20  steps[1].fault.link  "alice.signalling" is no link; did you mean "alice.signaling"?',
  ],
  [
    'agent of a link',
    `${HEAD}${CALL}  - fault: { link: alcie.signaling, disconnect: 1s }`,
    'f:5:20  steps[1].fault.link  unknown agent "alcie"; did you mean "alice"?',
  ],
  [
    'device of a link',
    `${HEAD}${CALL}  - fault: { link: bob.tablet.signaling, disconnect: 1s }`,
    'f:5:20  steps[1].fault.link  bob has no device "tablet" at this point; declare it under agents, or let an earlier step say "bob.tablet: open"',
  ],
  [
    'moment without a message',
    `${HEAD}${CALL}  - fault: { link: alice.signaling, disconnect: 1s, on: bob sends }`,
    'f:5:57  steps[1].fault.on  "bob sends" does not say which message; known: call, ringing, accept, reject, cancel, hang up',
  ],
  [
    'moment that is none',
    `${HEAD}${CALL}  - fault: { link: alice.signaling, disconnect: 1s, on: accept }`,
    'f:5:57  steps[1].fault.on  "accept" is no moment; write who, what he does and which message, such as "bob sends accept" or "alice receives ringing"',
  ],
  [
    'verb of a moment',
    `${HEAD}${CALL}  - fault: { link: alice.signaling, disconnect: 1s, on: bob send accept }`,
    'f:5:57  steps[1].fault.on  unknown word "send" in a moment; did you mean "sends"?',
  ],
  [
    'message of a moment',
    `${HEAD}${CALL}  - fault: { link: alice.signaling, disconnect: 1s, on: bob sends acept }`,
    'f:5:57  steps[1].fault.on  unknown message "acept"; did you mean "accept"?',
  ],
  [
    'message that nobody sends',
    `${HEAD}${CALL}  - fault: { link: alice.signaling, disconnect: 1s, on: bob sends connected }`,
    'f:5:57  steps[1].fault.on  no device sends "connected", devices are told of it; write receives, or one of: call, ringing, accept, reject, cancel, hang up',
  ],
  [
    'agent of a moment',
    `${HEAD}${CALL}  - fault: { link: alice.signaling, disconnect: 1s, on: bbo sends accept }`,
    'f:5:57  steps[1].fault.on  unknown agent "bbo"; did you mean "bob"?',
  ],
  [
    'what the server does',
    `${HEAD}${CALL}  - fault: { server: restrat }`,
    'f:5:22  steps[1].fault.server  unknown value "restrat"; did you mean "restart"?',
  ],
  [
    'signal',
    `${HEAD}${CALL}  - fault: { server: restart, with: SIGKIL }`,
    'f:5:37  steps[1].fault.with  unknown value "SIGKIL"; did you mean "SIGKILL"?',
  ],
  [
    'key of a server fault',
    `${HEAD}${CALL}  - fault: { server: restart, wiht: SIGKILL }`,
    'f:5:31  steps[1].fault.wiht  unknown key "wiht"; did you mean "with"?',
  ],
  [
    'fault that does not run yet',
    `${HEAD}${CALL}  - fault: { link: alice.signaling, latency: 100ms }`,
    'f:5:37  steps[1].fault.latency  "latency" is part of the language, but this version can only disconnect signaling links and restart the server',
  ],
  [
    'fault of the media',
    `${HEAD}${CALL}  - fault: { link: alice.media, disconnect: 1s }`,
    'f:5:20  steps[1].fault.link  "alice.media" is part of the language, but this version can only disconnect signaling links and restart the server',
  ],
  [
    'fault of the server that does not run yet',
    `${HEAD}${CALL}  - fault: { server: pause }`,
    'f:5:22  steps[1].fault.server  "pause" is part of the language, but this version can only disconnect signaling links and restart the server',
  ],
  [
    'restart at a moment',
    `${HEAD}${CALL}  - fault: { server: restart, on: bob sends accept }`,
    'f:5:31  steps[1].fault.on  "on" with "server" is part of the language, but this version restarts the server at its step only',
  ],
  [
    'fault that outlasts the scenario',
    `timeout: 5s\n${HEAD}${CALL}  - fault: { link: alice.signaling, disconnect: 5s }`,
    'f:4:1  steps  a fault takes 5s to end, and the timeout is 5s; set a longer timeout at the top of the file: nothing is judged before all faults are over',
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

t.test('what does not run yet is of a kind of its own', async (t) => {
  const kinds = (fault: string): string[] => {
    try {
      loadScenarioText(`${HEAD}${CALL}  - fault: ${fault}`, 'f');
    } catch (error) {
      if (error instanceof ScenarioProblems) return error.problems.map(({ kind }) => kind);
    }
    throw new Error('no problem');
  };
  for (const fault of [
    '{ link: alice.signaling, drop: 1 }',
    '{ link: alice.signaling, half_open: 1s }',
    '{ agent: bob, pause: 1s }',
    '{ server: slow-handler }',
    '{ server: restart, on: bob sends accept }',
    '{ link: alice.media, loss: 10% }',
  ]) {
    t.ok(
      kinds(fault).every((kind) => kind === 'not-yet'),
      fault,
    );
  }
  t.same(kinds('{ link: alice.signaling, drop: 1, onn: x }'), ['not-yet', 'invalid']);
});
