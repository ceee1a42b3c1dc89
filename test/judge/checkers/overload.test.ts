/** What an overload of the probe's own machine explains is unknown; what it does not explain, and who disagrees at rest, stays failed. */
import t from 'tap';
import type { CheckOptions } from '../../../src/judge/checkers/checker.js';
import { OVERLOAD_MS } from '../../../src/judge/checkers/overload.js';
import { type Judgement, judgeRepetition } from '../../../src/scenarios/run/judge.js';
import type { TraceEvent } from '../../../src/trace/event.js';
import { TraceBuilder } from '../../trace-builder.js';

const A = 'alice/phone';
const B = 'bob/phone';

const judged = (trace: readonly TraceEvent[], checks: CheckOptions = {}): Judgement =>
  judgeRepetition({ trace, end: 'complete', message: null, durationMs: 1, agents: {} }, 1, checks);

/** The checks that did not hold, by name and verdict. */
const troubles = ({ checks }: Judgement): string[] =>
  checks.filter(({ valid }) => valid !== true).map(({ name, valid }) => `${name}: ${valid}`);

/** A call whose answer takes `acceptMs` to reach the caller; meanwhile, at 600, the event loop had stood still as long as `lags` say. */
function slow(acceptMs: number, lags: readonly number[], lagAt = 600): TraceEvent[] {
  const trace = new TraceBuilder().at(100).rings(A, 'bob').at(500).acts(B, 'accept', 'c1', [B]);
  trace.at(lagAt);
  for (const lateMs of lags) trace.add('probe', { type: 'lag', lateMs });
  const record = trace.events.findLast((event) => event.type === 'record' && event.node === 'server');
  if (record?.type !== 'record') throw new Error('the server has no record');
  const { call, version, phase } = record;
  trace.at(500 + acceptMs).add(A, { type: 'record', call, version, phase, record: record.record });
  const timerStartedAt = record.record.answeredAt;
  trace.add(A, { type: 'state', call, version, state: 'connected', reason: null, timerStartedAt });
  trace.timers('c1', { [A]: 1_000, [B]: 1_000 });
  return trace.at(4_000).acts(A, 'hang up').at(6_000).rests().ends();
}

t.test('an answer that is late by no more than the event loop was is unknown, with the cause', async (t) => {
  const result = judged(slow(1_200, [150, 120]));
  t.strictSame(troubles(result), ['latency: unknown']);
  t.equal(result.status, 'unknown');
  t.match(
    result.why,
    /^probe-fault: the probe's own machine was overloaded \(event loop late by 150 ms\); .*accept-to-connected.* took 1\.200 s/,
  );
  t.match(result.diagnoses, [{ code: 'probe-fault', summary: /overloaded \(event loop late by 150 ms\)/ }]);
  t.equal(result.diagnoses.length, 1);
});

t.test('the same answer fails when the machine had time, or less of it was lost than the limit was missed by', async (t) => {
  for (const [name, trace] of [
    ['no lag', slow(1_200, [])],
    ['many small lags', slow(1_200, Array<number>(10).fill(OVERLOAD_MS - 1))],
    ['a lag that explains too little', slow(1_200, [150])],
    ['a lag before it', slow(1_200, [400], 499)],
    ['a lag after it', slow(1_200, [400], 3_900)],
  ] as const) {
    const result = judged(trace);
    t.strictSame(troubles(result), ['latency: false'], name);
    t.equal(result.status, 'failed', name);
    t.notOk(
      result.diagnoses.some(({ code }) => code === 'probe-fault'),
      name,
    );
  }
});

t.test('a percentile is excused in the same way', async (t) => {
  const checks: CheckOptions = { latency: { 'accept-to-connected': { p95: 1_000 } } };
  t.equal(judged(slow(1_200, [200]), checks).status, 'unknown');
  t.equal(judged(slow(1_200, [199]), checks).status, 'failed');
});

t.test('timers that differ are unknown when the event loop was late by as much, at any time before', async (t) => {
  const skewed = (lateMs: number | null): TraceEvent[] => {
    const trace = new TraceBuilder().at(50);
    if (lateMs !== null) trace.add('probe', { type: 'lag', lateMs });
    trace.at(100).rings(A, 'bob').at(400).acts(B, 'accept');
    trace.at(2_000).timers('c1', { [A]: 1_000, [B]: 1_110 });
    return trace.at(3_000).acts(A, 'hang up').at(5_000).rests().ends();
  };
  t.strictSame(troubles(judged(skewed(60))), ['timer-skew: unknown']);
  t.equal(judged(skewed(60)).status, 'unknown');
  t.match(judged(skewed(60)).why, /late by 60 ms.*differ by up to 110 ms/);
  t.equal(judged(skewed(OVERLOAD_MS - 1)).status, 'failed');
  t.equal(judged(skewed(null)).status, 'failed');
});

t.test('an expectation that came late is unknown, one that never came is failed', async (t) => {
  const expected = (lateMs: number | undefined, lagMs: number | null): TraceEvent[] => {
    const trace = new TraceBuilder().at(100).rings(A, 'bob').at(400);
    if (lagMs !== null) trace.add('probe', { type: 'lag', lateMs: lagMs });
    trace.acts(B, 'accept');
    trace.add('probe', {
      ...{ type: 'mark', name: 'expect', path: 'steps[1]', text: 'both: connected within 400ms', ok: false },
      ...{ actual: 'alice=ringing bob=connected', ...(lateMs === undefined ? {} : { lateMs }) },
    });
    trace.mark('skipped-steps', null);
    trace.timers('c1', { [A]: 1_000, [B]: 1_000 });
    return trace.at(3_000).acts(A, 'hang up').at(5_000).rests().ends();
  };
  const late = judged(expected(33, 80));
  t.strictSame(troubles(late), ['expectations: unknown']);
  t.equal(late.status, 'unknown');
  t.equal(judged(expected(33, null)).status, 'failed', 'late on a machine that had time');
  t.equal(judged(expected(90, 80)).status, 'failed', 'later than the machine was');
  t.equal(judged(expected(undefined, 5_000)).status, 'failed', 'never');
});

t.test('sides that disagree at rest have failed, however busy the machine was', async (t) => {
  const trace = new TraceBuilder().at(100).rings(A, 'bob').at(400);
  trace.add('probe', { type: 'lag', lateMs: 5_000 });
  trace.acts(B, 'accept', 'c1', [B]);
  const result = judged(trace.at(3_000).rests().ends());
  t.equal(result.status, 'failed');
  t.ok(troubles(result).includes('convergence: false'), troubles(result).join());
  t.ok(troubles(result).includes('latency: false'), 'what never came is not late');
});
