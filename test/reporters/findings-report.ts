/** A run of a server that ignores cancels and has further bugs, with limits: every kind of finding that reports show. */
import type { CheckEntry, Diagnosis, RunReport, ScenarioResult } from '../../src/scenarios/run/result.js';
import { check, repetition, reportOf, scenario, skippedScenario } from '../report-builder.js';

const CANCEL: Diagnosis = {
  code: 'not-forwarded',
  hop: 'server',
  call: 'c1',
  confidence: 0.95,
  title: 'The server does not pass "cancel" on to the callee',
  proof: [
    'alice sent cancel (raw: cancel) at 1.428 s.',
    'The server had read it by 1.431 s: it answered a ping sent after it.',
    "bob's connection was healthy until the end (ping answered at 3.425 s), and nothing about this call was sent to it.",
    'bob still rings.',
  ],
  lookAt: 'what the server does on "cancel" while a call rings',
  summary: 'The server did not pass cancel on.',
  evidence: [31],
  lines: ['n=31 1.428 s alice sent command.cancel of c1'],
  ruledOutBy: 'a message about c1 to bob after n=31',
};

const LOST: Diagnosis = {
  ...CANCEL,
  code: 'lost-downlink',
  hop: 'bob/phone',
  confidence: 0.75,
  title: 'A device that was away does not receive what it missed',
  proof: [],
  lookAt: null,
  summary: 'bob/phone was away at 2.100 s and was not sent the answer afterwards.',
};

const REORDERED: Diagnosis = {
  ...LOST,
  code: 'reordered',
  hop: 'bob/phone.signaling',
  confidence: 0.5,
  title: 'Messages arrive in another order than they were sent',
  ruledOutBy: 'the order in the log of the server',
};

const fails = (over: Partial<CheckEntry>): CheckEntry => check({ valid: false, ...over });
const REDIAL = fails({
  name: 'no-ghosts',
  message: 'the same pair cannot call again: alice/phone=ended bob/phone=ringing',
  expected: 'alice calls bob again',
  actual: 'alice/phone=ended bob/phone=ringing',
  evidence: [60],
  redial: true,
});

function failed(
  name: string,
  file: string,
  steps: number,
  checks: readonly CheckEntry[],
  diagnoses: readonly Diagnosis[],
): ScenarioResult {
  const replay = `call-probe run scenarios/${file}.yaml --seed 7`;
  const repetitions = [repetition({ status: 'failed', diagnoses: diagnoses.map((_, index) => index), trace: null })];
  const common = { name, file: `scenarios/${file}.yaml`, steps, status: 'failed' as const, trace: null, timings: {} };
  return scenario({ ...common, checks, diagnoses, repetitions, replay });
}

export function findingsReport(over: Partial<RunReport> = {}): RunReport {
  const again: Diagnosis = { ...CANCEL, redial: true };
  const message = 'steps[3]: expected both: ended(cancelled) within 1s, saw alice=ended(cancelled) bob=ringing';
  const scenarios = [
    failed('callee accepts', 'accept', 4, [REDIAL], [again]),
    failed('callee declines', 'decline', 3, [REDIAL], [again]),
    failed(
      'caller gives up',
      'cancel',
      4,
      [fails({ name: 'expectations', message, path: 'steps[3]', line: 8 }), REDIAL],
      [CANCEL, again],
    ),
    failed('the callee was away', 'away', 6, [fails({ message: 'alice=connected bob=ringing' })], [LOST, REORDERED]),
    failed(
      'the answer is quick',
      'quick',
      4,
      [fails({ name: 'latency', message: 'accept-to-connected took 812 ms', expected: 'at most 500 ms', actual: '812 ms' })],
      [],
    ),
    scenario({ name: 'nothing is wrong', timings: {}, trace: null, repetitions: [repetition({ trace: null })] }),
    skippedScenario(),
  ];
  const limits = [
    {
      code: 'no-acknowledgements',
      text: 'Nothing is acknowledged: an answer that is lost stays lost',
      scenarios: ['the answer is lost', 'the accept is lost'],
    },
  ];
  return reportOf(scenarios, { limits, ...over });
}
