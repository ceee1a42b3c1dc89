/** Reports and results for tests: a healthy run, and one with the fault that this tool exists for. */

import { findingsOf } from '../src/scenarios/run/findings.js';
import {
  type CheckEntry,
  REPORT_SCHEMA,
  type RepetitionResult,
  type RunReport,
  type ScenarioResult,
  type Status,
  type TimingSummary,
} from '../src/scenarios/run/result.js';

/** A timing of these samples; null stands for one that never happened. Percentiles by nearest rank, never counted as slowest. */
export function timing(samples: readonly (number | null)[]): TimingSummary {
  const known = samples.flatMap((sample) => (sample === null ? [] : [sample])).sort((a, b) => a - b);
  const ranked = [...known, ...samples.filter((sample) => sample === null)];
  const at = (share: number): number | null => ranked[Math.max(0, Math.ceil(share * ranked.length) - 1)] ?? null;
  return {
    count: samples.length,
    never: samples.length - known.length,
    min: known[0] ?? null,
    p50: at(0.5),
    p95: at(0.95),
    p99: at(0.99),
    max: at(1),
  };
}

export function repetition(over: Partial<RepetitionResult> = {}): RepetitionResult {
  const number = over.repetition ?? 1;
  return {
    repetition: number,
    seed: `7/${number}`,
    status: 'passed',
    durationMs: 170,
    trace: `reports/traces/accept.${number}.trace.jsonl`,
    mediaSetups: 1,
    mediaSetupsStalled: 0,
    acceptToConnectedMs: 5 + (number % 7),
    attempts: 1,
    earlier: [],
    diagnoses: [],
    ...over,
  };
}

export function check(over: Partial<CheckEntry> = {}): CheckEntry {
  return {
    name: 'convergence',
    valid: true,
    message: 'both sides agree',
    expected: null,
    actual: null,
    evidence: [],
    repetition: 1,
    ...over,
  };
}

export function scenario(over: Partial<ScenarioResult> = {}): ScenarioResult {
  return {
    name: 'callee accepts, both sides are connected',
    file: 'scenarios/accept.yaml',
    line: 1,
    tags: ['core'],
    status: 'passed',
    why: null,
    seed: '7',
    durationMs: 3410,
    trace: 'reports/traces/accept.1.trace.jsonl',
    agents: {
      'alice/phone': { state: 'ended', reason: 'hangup', call: 'c1', version: 4, timerStartedAt: null, media: 'idle' },
      'bob/phone': { state: 'ended', reason: 'hangup', call: 'c1', version: 4, timerStartedAt: null, media: 'idle' },
    },
    steps: 4,
    checks: [check()],
    timings: {
      'invite-to-ringing': timing([3.2, 4.1, 9]),
      'accept-to-connected': timing([5, 6, 12]),
      'hangup-to-ended': timing([2, 3, 4.5]),
      'accept-to-media': timing([22, 27, 131]),
    },
    diagnoses: [],
    repetitions: Array.from({ length: 20 }, (_, index) => repetition({ repetition: index + 1 })),
    replay: 'call-probe run scenarios/accept.yaml --seed 7',
    ...over,
  };
}

/** The caller was never told of the answer in repetitions 3, 9 and 14. */
export function brokenScenario(over: Partial<ScenarioResult> = {}): ScenarioResult {
  const lost = [3, 9, 14];
  return scenario({
    name: 'the answer survives a caller whose socket drops at the worst moment',
    file: 'scenarios/accept-while-caller-is-away.yaml',
    status: 'failed',
    trace: 'reports/traces/away.3.trace.jsonl',
    agents: {
      'alice/phone': { state: 'ringing', reason: null, call: 'c1', version: 2, timerStartedAt: null, media: 'idle' },
      'bob/phone': { state: 'connected', reason: null, call: 'c1', version: 3, timerStartedAt: 1200, media: 'connecting' },
    },
    checks: [
      check({ name: 'legal-moves' }),
      ...lost.map((number) =>
        check({
          name: 'latency',
          valid: false,
          message: `accept-to-connected took longer than 500 ms in repetition ${number}`,
          expected: 'at most 500 ms',
          actual: 'never',
          evidence: [38],
          repetition: number,
        }),
      ),
      ...lost.map((number) =>
        check({
          valid: false,
          message: `alice/phone disagrees with bob/phone and the server since 0.41${number} s, for as long as the trace goes on\nlast message each hop saw: bob/phone sent command.accept (n=38), server sent event.connected to alice/phone.signaling (n=41), alice/phone read event.ringing (n=17)`,
          expected: 'caller=connected callee=connected',
          actual: 'caller=ringing callee=connected',
          evidence: [17, 38, 41, 55 + number],
          repetition: number,
        }),
      ),
      check({ name: 'timer-skew', valid: 'unknown', message: 'the caller shows no timer to compare', repetition: 3 }),
    ],
    timings: {
      'invite-to-ringing': timing([3.2, 4.1, 9]),
      'accept-to-connected': timing([5, 6, 1280, null]),
      'hangup-to-ended': timing([2, 3, 4.5]),
    },
    diagnoses: [
      {
        code: 'lost-downlink',
        hop: 'server -> alice/phone',
        call: 'c1',
        title: 'A device does not receive a change',
        proof: [],
        lookAt: 'the log of the server',
        confidence: 0.9,
        summary:
          'event.connected v3 left the server while alice/phone was reconnecting and was not sent again after its session resumed',
        evidence: [41, 44, 49],
        lines: [
          'n=41 0.410 s server wrote event.connected of c1 to alice/phone, seq 9, digest 5f2c',
          'n=44 0.412 s alice/phone log: connection closed',
          'n=49 1.700 s alice/phone read welcome, digest 77aa',
        ],
        ruledOutBy: 'a frame with v3 or higher read by alice/phone after n=49',
      },
    ],
    repetitions: Array.from({ length: 20 }, (_, index) => {
      const number = index + 1;
      const failed = lost.includes(number);
      const trace = `reports/traces/away.${number}.trace.jsonl`;
      return repetition({
        repetition: number,
        trace,
        ...(failed ? { status: 'failed' as const, acceptToConnectedMs: null, diagnoses: number === 3 ? [0] : [] } : {}),
      });
    }),
    replay: 'call-probe run scenarios/accept-while-caller-is-away.yaml --seed 7 --defect forget-offline',
    ...over,
  });
}

export function skippedScenario(over: Partial<ScenarioResult> = {}): ScenarioResult {
  return scenario({
    name: 'the server is killed and comes back in mid-call',
    file: 'scenarios/server-restart.yaml',
    status: 'skipped',
    why: 'it needs restart-server, which a foreign target does not offer',
    durationMs: 0,
    trace: null,
    agents: {},
    checks: [],
    timings: {},
    repetitions: [],
    ...over,
  });
}

/** A report of these scenarios; the summary is counted. */
export function reportOf(scenarios: readonly ScenarioResult[], over: Partial<RunReport> = {}): RunReport {
  const count = (status: Status): number => scenarios.filter((result) => result.status === status).length;
  const repetitions = scenarios.flatMap((result) => result.repetitions);
  return {
    schema: REPORT_SCHEMA,
    version: '0.1.0',
    seed: '7',
    target: 'bundled',
    defects: [],
    startedAt: '2026-01-02T03:04:05.000Z',
    durationMs: 12_300,
    exitCode: count('failed') > 0 ? 1 : count('unknown') > 0 ? 3 : 0,
    interrupted: false,
    redacted: false,
    summary: {
      scenarios: scenarios.length,
      passed: count('passed'),
      failed: count('failed'),
      unknown: count('unknown'),
      skipped: count('skipped'),
      mediaSetups: repetitions.reduce((sum, one) => sum + one.mediaSetups, 0),
      mediaSetupsStalled: repetitions.reduce((sum, one) => sum + one.mediaSetupsStalled, 0),
    },
    scenarios,
    findings: findingsOf(scenarios),
    limits: [],
    ...over,
  };
}

export function healthyReport(): RunReport {
  const decline = scenario({
    name: 'callee declines, the caller stops ringing',
    file: 'scenarios/decline.yaml',
    durationMs: 84,
    timings: { 'invite-to-ringing': timing([3]), 'reject-to-ended': timing([4]) },
    repetitions: [repetition({ acceptToConnectedMs: null, mediaSetups: 0, trace: 'reports/traces/decline.1.trace.jsonl' })],
  });
  return reportOf([scenario(), decline]);
}

export function brokenReport(): RunReport {
  const { scenarios } = healthyReport();
  return reportOf([...scenarios, brokenScenario(), skippedScenario()], { defects: ['forget-offline'] });
}
