/** What is wrong with a fault is told with its place, its key and what to write. */
import t from 'tap';
import { loadScenarioText } from '../../../src/scenarios/language/load.js';
import { problemsOf } from '../files.js';

const HEAD = 'name: x\nagents: { alice: {}, bob: {} }\nsteps:\n';
const CALL = '  - alice: call bob\n';
const FORMS =
  'write fault: { link: alice.signaling, disconnect: 1s }, fault: { drop: bob sends accept } or fault: { server: restart }';

const BAD: readonly (readonly [what: string, text: string, line: string])[] = [
  [
    'fault as text',
    `${HEAD}${CALL}  - fault: restart`,
    'f:5:12  steps[1].fault  "fault" is a map of its target and its parameters, not text; write fault: { link: alice.signaling, disconnect: 1s }, fault: { drop: bob sends accept } or fault: { server: restart }',
  ],
  [
    'fault of nothing',
    `${HEAD}${CALL}  - fault: {}`,
    'f:5:12  steps[1].fault  "fault" has no target; write fault: { link: alice.signaling, disconnect: 1s }, fault: { drop: bob sends accept } or fault: { server: restart }',
  ],
  [
    'fault of two things',
    `${HEAD}${CALL}  - fault: { link: alice.signaling, server: restart }`,
    'f:5:37  steps[1].fault.server  "link" and "server" in one "fault"; write each as a separate step',
  ],
  [
    'key of a link fault',
    `${HEAD}${CALL}  - fault: { link: alice.signaling, disconnect: 1s, onn: bob sends accept }`,
    'f:5:53  steps[1].fault.onn  unknown key "onn"; did you mean "on"?',
  ],
  [
    'disconnect left out',
    `${HEAD}${CALL}  - fault: { link: alice.signaling }`,
    'f:5:5  steps[1].fault  "fault" does not name a fault of a signaling link; one of: disconnect, abort, half-open, refuse, slow-handshake, flap, network-switch, freeze, late-close, latency, bandwidth, slow-close, timeout, reset-peer, slicer, limit-data, loss, down',
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
    'f:5:20  steps[1].fault.link  "alice" is not a link; name the link after its device, such as alice.signaling, bob.laptop.signaling or alice.media',
  ],
  [
    'kind of a link',
    `${HEAD}${CALL}  - fault: { link: alice.signalling, disconnect: 1s }`,
    'f:5:20  steps[1].fault.link  "alice.signalling" is not a link; did you mean "alice.signaling"?',
  ],
  [
    'agent of a link',
    `${HEAD}${CALL}  - fault: { link: alcie.signaling, disconnect: 1s }`,
    'f:5:20  steps[1].fault.link  unknown agent "alcie"; did you mean "alice"?',
  ],
  [
    'device of a link',
    `${HEAD}${CALL}  - fault: { link: bob.tablet.signaling, disconnect: 1s }`,
    'f:5:20  steps[1].fault.link  bob has no device "tablet" at this point; declare it under agents, or add "bob.tablet: open" as an earlier step',
  ],
  [
    'moment without a message',
    `${HEAD}${CALL}  - fault: { link: alice.signaling, disconnect: 1s, on: bob sends }`,
    'f:5:57  steps[1].fault.on  "bob sends" names no message; known: call, ringing, accept, reject, cancel, hang up',
  ],
  [
    'moment that is none',
    `${HEAD}${CALL}  - fault: { link: alice.signaling, disconnect: 1s, on: accept }`,
    'f:5:57  steps[1].fault.on  "accept" is not a message; write an agent, a verb and a message, such as "bob sends accept" or "alice receives ringing"',
  ],
  [
    'verb of a moment',
    `${HEAD}${CALL}  - fault: { link: alice.signaling, disconnect: 1s, on: bob send accept }`,
    'f:5:57  steps[1].fault.on  unknown verb "send" of a message; did you mean "sends"?',
  ],
  [
    'message of a moment',
    `${HEAD}${CALL}  - fault: { link: alice.signaling, disconnect: 1s, on: bob sends acept }`,
    'f:5:57  steps[1].fault.on  unknown message "acept"; did you mean "accept"?',
  ],
  [
    'message that nobody sends',
    `${HEAD}${CALL}  - fault: { link: alice.signaling, disconnect: 1s, on: bob sends connected }`,
    'f:5:57  steps[1].fault.on  no device sends "connected", devices receive it; write receives, or one of: call, ringing, accept, reject, cancel, hang up',
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
    'a fault of another link',
    `${HEAD}${CALL}  - fault: { link: alice.media, disconnect: 1s }`,
    'f:5:5  steps[1].fault  "fault" does not name a fault of a media link; one of: block-udp, blackout, loss, gemodel, corrupt, duplicate, rate, latency, reorder, nat-rebind\nf:5:33  steps[1].fault.disconnect  unknown key "disconnect"; known: block-udp, blackout, loss, gemodel, corrupt, duplicate, rate, latency, reorder, nat-rebind, link, stream, on, nth, after, at, for, between, every, times, probability, heal',
  ],
  [
    'an unknown fault',
    `${HEAD}${CALL}  - fault: { drp: bob sends accept }`,
    'f:5:12  steps[1].fault  "fault" has no target; FORMS\nf:5:14  steps[1].fault.drp  unknown key "drp"; did you mean "drop"?'.replace(
      'FORMS',
      FORMS,
    ),
  ],
  [
    'a fault without what it hits',
    `${HEAD}${CALL}  - fault: { disconnect: 1s }`,
    'f:5:5  steps[1].fault  "fault" has no target; add link: alice.signaling',
  ],
  [
    'two faults of a connection at once',
    `${HEAD}${CALL}  - fault: { link: alice.signaling, disconnect: 1s, abort: 1s }`,
    'f:5:53  steps[1].fault.abort  "disconnect" and "abort" in one "fault"; write each as a separate step',
  ],
  [
    'a parameter without its fault',
    `${HEAD}${CALL}  - fault: { link: alice.signaling, loss: 5%, jitter: 5ms }`,
    'f:5:47  steps[1].fault.jitter  "jitter" belongs to "latency"; add latency: fault: { link: alice.signaling, latency: 100ms, jitter: 20ms, for: 3s }',
  ],
  [
    'a parameter out of range',
    `${HEAD}${CALL}  - fault: { duplicate: bob sends accept, copies: 1000 }`,
    'f:5:51  steps[1].fault.copies  too large; at most 100',
  ],
  [
    'a close code that nobody may send',
    `${HEAD}${CALL}  - fault: { link: alice.signaling, disconnect: 1s, code: 1006 }`,
    'f:5:12  steps[1].fault  close code 1006 cannot be sent: take 1000-1003, 1007-1014 or 3000-4999; fault: { link: alice.signaling, disconnect: 1s, on: bob sends accept }',
  ],
  [
    'a rate without a unit',
    `${HEAD}${CALL}  - fault: { link: alice.media, rate: 64 }`,
    'f:5:39  steps[1].fault.rate  a value with a unit is text; such as 64kbit/s',
  ],
  [
    'a rate of another unit',
    `${HEAD}${CALL}  - fault: { link: alice.media, rate: 64kbps }`,
    'f:5:39  steps[1].fault.rate  "64kbps" is not a rate; a rate has a unit: 10KB/s, 64kbit/s, 1Mbit/s',
  ],
  [
    'a clock that is beyond reason',
    `${HEAD}${CALL}  - fault: { clock: alice, skew: 500000ppm }`,
    'f:5:34  steps[1].fault.skew  "500000ppm" is too large; at most 100000ppm',
  ],
  [
    'a fault of messages that names nobody',
    `${HEAD}${CALL}  - fault: { drop: accept }`,
    'f:5:20  steps[1].fault.drop  "accept" is not a message; write an agent, a verb and a message, such as "bob sends accept" or "alice receives ringing"',
  ],
  [
    'fields that are left out',
    `${HEAD}${CALL}  - fault: { rewrite: bob sends accept }`,
    'f:5:5  steps[1].fault  missing key "set"; new values by path, such as { record.phase: ringing }: fault: { rewrite: alice receives connected, set: { record.id: another-call } }',
  ],
  [
    'two beginnings',
    `${HEAD}${CALL}  - fault: { link: alice.signaling, disconnect: 1s, at: 1s, on: bob sends accept }`,
    'f:5:61  steps[1].fault.on  "at" and "on" in one "fault"; "at" counts from the first step, "on" waits for a moment: use one of them',
  ],
  [
    'a count of moments without a moment',
    `${HEAD}${CALL}  - fault: { link: alice.signaling, disconnect: 1s, nth: 2 }`,
    'f:5:53  steps[1].fault.nth  "nth" counts moments, but this fault has no "on"; add on: and a moment',
  ],
  [
    'media that there is none of',
    `media: none\n${HEAD}${CALL}  - fault: { link: alice.media, loss: 5% }`,
    'f:6:20  steps[1].fault.link  this scenario has no media; remove "media: none" at the top of the file',
  ],
  [
    'a direction that a fault has not',
    `${HEAD}${CALL}  - fault: { link: alice.media, nat-rebind: port, stream: downstream }`,
    'f:5:59  steps[1].fault.stream  "nat-rebind" acts upstream only; remove "stream"',
  ],
  [
    'toxicity where nothing is drawn for connections',
    `${HEAD}${CALL}  - fault: { link: alice.signaling, disconnect: 1s, toxicity: 5% }`,
    'f:5:53  steps[1].fault.toxicity  "toxicity" is for faults of the link below the connection, such as latency; use probability',
  ],
  [
    'fault that outlasts the scenario',
    `timeout: 5s\n${HEAD}${CALL}  - fault: { link: alice.signaling, disconnect: 5s }`,
    'f:4:1  steps  a fault takes 5s to end, but the timeout is 5s; set a longer timeout at the top of the file: the run is judged after all faults are over',
  ],
];

for (const [what, text, line] of BAD) {
  t.test(`${what}: the place, the key and what to write`, async (t) => {
    t.same(
      problemsOf(() => loadScenarioText(text, 'f')),
      line.split('\n'),
    );
  });
}
