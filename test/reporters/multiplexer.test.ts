import t from 'tap';
import { multiplex } from '../../src/reporters/multiplexer.js';
import type { Reporter } from '../../src/reporters/reporter.js';
import { healthyReport } from '../report-builder.js';
import { callTrace } from './call-trace.js';

function recorder(): { calls: string[]; reporter: Reporter } {
  const calls: string[] = [];
  return {
    calls,
    reporter: {
      runBegin: () => void calls.push('runBegin'),
      repetitionEnd: () => void calls.push('repetitionEnd'),
      scenarioEnd: () => void calls.push('scenarioEnd'),
      trace: () => void calls.push('trace'),
      runEnd: () => void calls.push('runEnd'),
    },
  };
}

const report = healthyReport();
const [first] = report.scenarios;
const event = callTrace()[0]!;

async function drive(reporters: ReturnType<typeof multiplex>): Promise<void> {
  reporters.runBegin({ version: '0', seed: '1', target: 'bundled', defects: [], workers: 1, scenarios: [] });
  reporters.trace?.(event);
  reporters.repetitionEnd({ scenario: 'x', file: null, repetition: 1, repetitions: 1, status: 'passed', durationMs: 1 });
  reporters.scenarioEnd(first!);
  await reporters.runEnd(report);
}
const ALL = ['runBegin', 'trace', 'repetitionEnd', 'scenarioEnd', 'runEnd'];

t.test('a reporter that throws is muted and hurts nobody', async (t) => {
  const before = recorder();
  const after = recorder();
  const broken = recorder();
  const error = new Error('broken');
  const thrower: Reporter = {
    ...broken.reporter,
    trace: () => {
      throw error;
    },
  };
  const all = multiplex([
    { name: 'before', reporter: before.reporter },
    { name: 'broken', reporter: thrower },
    { name: 'after', reporter: after.reporter },
  ]);
  await drive(all);
  t.same(before.calls, ALL);
  t.same(after.calls, ALL);
  t.same(broken.calls, ['runBegin']);
  t.same(all.faults(), [{ reporter: 'broken', during: 'trace', error }]);
});

t.test('a rejection at the end, or where none was expected, is a fault as well', async (t) => {
  const healthy = recorder();
  const all = multiplex([
    { name: 'late', reporter: { runEnd: async () => Promise.reject(new Error('late')) } },
    { name: 'early', reporter: { runBegin: (async () => Promise.reject(new Error('early'))) as () => void } },
    { name: 'healthy', reporter: healthy.reporter },
  ]);
  await drive(all);
  t.same(healthy.calls, ALL);
  t.same(
    all.faults().map(({ reporter, during }) => [reporter, during]),
    [
      ['early', 'runBegin'],
      ['late', 'runEnd'],
    ],
  );
});

t.test('it waits for the slow ones', async (t) => {
  let done = false;
  const slow: Reporter = {
    runEnd: async () => {
      await Promise.resolve();
      done = true;
    },
  };
  await multiplex([{ name: 'slow', reporter: slow }]).runEnd(report);
  t.equal(done, true);
});

for (const during of ['runBegin', 'trace', 'repetitionEnd', 'scenarioEnd', 'runEnd'] as const) {
  t.test(`a reporter that throws in ${during} leaves the others and the run alone`, async (t) => {
    const healthy = recorder();
    const error = new Error(during);
    const broken: Reporter = {
      ...recorder().reporter,
      [during]: () => {
        throw error;
      },
    };
    const all = multiplex([
      { name: 'broken', reporter: broken },
      { name: 'healthy', reporter: healthy.reporter },
    ]);
    await drive(all);
    t.same(healthy.calls, ALL);
    t.same(all.faults(), [{ reporter: 'broken', during, error }]);
  });
}
