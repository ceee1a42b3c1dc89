/** A run with everything that reports have to tell apart, and one whose every text from outside is hostile. */
import type { Diagnosis, RunReport, ScenarioResult } from '../../src/scenarios/run/result.js';
import type { TraceEvent } from '../../src/trace/event.js';
import { brokenScenario, check, repetition, reportOf, scenario, skippedScenario } from '../report-builder.js';
import { callTrace } from './call-trace.js';

/** The traces that the results of this file name: one whose caller never receives the answer. */
export function traceOf(path: string): readonly TraceEvent[] | null {
  return path.startsWith('reports/traces/') ? callTrace(true) : null;
}

const FORWARDED: Diagnosis = {
  code: 'not-forwarded',
  hop: 'server',
  call: 'c1',
  title: 'A device does not receive a change',
  proof: [],
  lookAt: 'the log of the server',
  confidence: 0.95,
  summary: 'The server took the answer of bob/phone and wrote it to nobody of the other side.',
  evidence: [38, 41],
  lines: [
    'n=38 0.210 s server read command.accept of c1 from bob/phone, seq 4, digest d6',
    'n=41 0.211 s server has connected, version 3 of c1',
  ],
  ruledOutBy: 'a frame of version 3 from the server to alice/phone',
};

/** Failed once, with the cause and its proof. */
export function diagnosed(over: Partial<ScenarioResult> = {}): ScenarioResult {
  return brokenScenario({
    name: 'callee accepts, both sides are connected',
    file: 'scenarios/accept.yaml',
    line: 1,
    trace: 'reports/traces/accept-1.trace.jsonl',
    checks: [
      check({ name: 'legal-moves' }),
      check({
        name: 'expectations',
        valid: false,
        message: 'steps[3]: expected both: connected within 1s, saw alice=ringing bob=connected',
        expected: 'both: connected within 1s',
        actual: 'alice=ringing bob=connected',
        evidence: [17, 43],
        path: 'steps[3]',
        line: 8,
      }),
    ],
    diagnoses: [FORWARDED],
    repetitions: [
      repetition({
        status: 'failed',
        trace: 'reports/traces/accept-1.trace.jsonl',
        acceptToConnectedMs: null,
        diagnoses: [0],
        attempts: 3,
        earlier: [
          { attempt: 1, status: 'failed', message: 'expectations: steps[3]: expected both: connected within 1s' },
          { attempt: 2, status: 'unknown', message: 'probe-fault: no port was free' },
        ],
      }),
    ],
    replay: 'call-probe run scenarios/accept.yaml --seed 7 --repeat 1 --defect drop-answer',
    ...over,
  });
}

export function flaky(): ScenarioResult {
  return scenario({
    name: 'callee declines, the caller stops ringing',
    file: 'scenarios/decline.yaml',
    line: 3,
    timings: {},
    repetitions: [
      repetition({ repetition: 1 }),
      repetition({
        repetition: 2,
        attempts: 2,
        earlier: [{ attempt: 1, status: 'failed', message: 'convergence: alice=ringing bob=ended since 0.2 s' }],
      }),
    ],
  });
}

export function unknownScenario(): ScenarioResult {
  return scenario({
    name: 'the caller is under ground',
    file: 'scenarios/subway.yaml',
    status: 'unknown',
    why: 'probe-fault: the media process ended with signal SIGSEGV',
    checks: [check({ name: 'probe', valid: 'unknown', message: 'probe-fault: the media process ended with signal SIGSEGV' })],
    timings: {},
    agents: {},
    repetitions: [repetition({ status: 'unknown', acceptToConnectedMs: null })],
  });
}

export function serverDown(): ScenarioResult {
  const message = 'the server went down after a raw message of mallory: exit code 1';
  return scenario({
    name: 'a stranger speaks out of turn',
    file: 'scenarios/stranger.yaml',
    status: 'failed',
    checks: [check({ name: 'server', valid: false, message, expected: 'to go on serving', actual: 'exit code 1' })],
    timings: {},
    repetitions: [repetition({ status: 'failed', acceptToConnectedMs: null })],
  });
}

export function sorryReport(over: Partial<RunReport> = {}): RunReport {
  const scenarios = [
    flaky(),
    diagnosed(),
    brokenScenario({ repetitions: brokenScenario().repetitions.slice(0, 4) }),
    unknownScenario(),
    serverDown(),
    skippedScenario(),
  ];
  return reportOf(scenarios, { defects: ['drop-answer'], ...over });
}

/** Every way known here to be more than text, in every format. */
export const HOSTILE = [
  '</failure>]]><script>alert(1)</script>&amp;"\'',
  '# SKIP all of it \\# TODO',
  '::error file=x,line=1::owned%0A',
  '| a | b |\n|---|---|',
  '`` ` ``` ```` ~~~',
  '![pixel](https://evil.example/p.png) [link](javascript:alert(1)) www.evil.example https://evil.example',
  '@everyone #1 org/repo#2 <!-- --> <img src=x onerror=alert(1)> &#60;b&#62;',
  '[[ATTACHMENT|/etc/passwd]]',
  'end; rect rgb(1,2,3) %%{init: {"theme":"dark"}}%% p0->>p1: x #59; loop',
  '\n...\n---\nnot ok 1\nBail out! now',
  '\u0000\u0007\u001b[31mred\u001b[0m\u009b31m\u202eevil\u2028\ud800 \udfff\ufffe\uffff',
].join('\n');

/** A report in which every text that can come from outside is `text`. */
export function hostileReport(text = HOSTILE): RunReport {
  const bad = diagnosed({
    name: text,
    file: text,
    tags: [text],
    why: text,
    replay: text,
    agents: { [text]: { state: text, reason: text, call: text, version: 1, timerStartedAt: null, media: text } },
    checks: [check({ name: text, valid: false, message: text, expected: text, actual: text, evidence: [17], line: 2 })],
    diagnoses: [{ ...FORWARDED, hop: text, summary: text, lines: [text, text], ruledOutBy: text }],
    timings: { [text]: { count: 1, never: 1, min: null, p50: null, p95: null, p99: null, max: null } },
    repetitions: [
      repetition({
        status: 'failed',
        diagnoses: [0],
        attempts: 2,
        earlier: [{ attempt: 1, status: 'failed', message: text }],
      }),
    ],
  });
  const later = scenario({
    name: text,
    file: text,
    repetitions: [repetition({ attempts: 2, earlier: [{ attempt: 1, status: 'failed', message: text }] })],
  });
  const skipped = skippedScenario({ name: text, file: text, why: text });
  const unknown = { ...unknownScenario(), name: text, why: text };
  return reportOf([bad, later, skipped, unknown], { target: text, defects: [text], seed: text });
}

/** The trace of a call in which every text from outside is `text`. */
export function hostileTrace(text = HOSTILE): TraceEvent[] {
  return callTrace(true).map((event): TraceEvent => {
    switch (event.type) {
      case 'run':
        return event.phase === 'begin' ? { ...event, scenario: text } : event;
      case 'wire':
        return { ...event, kind: 'unmapped', name: text };
      case 'action':
        return { ...event, peer: text };
      case 'fault':
        return { ...event, fault: text, message: text };
      case 'mark':
        return { ...event, text, actual: text };
      default:
        return event;
    }
  });
}
