/** Which repetitions a report shows when there are more than anybody reads: all that did not pass, and some that did. */
import type { RunReport } from '../../scenarios/run/result.js';

/** By scenario (its index in the report), the numbers of the passed repetitions that are listed. */
export type PassedSample = readonly ReadonlySet<number>[];

/** At most `max` passed repetitions, the first of each scenario before any other and the rest spread evenly. */
export function samplePassed(report: RunReport, max: number): PassedSample {
  const passed = report.scenarios.flatMap(({ repetitions }, scenario) =>
    repetitions.filter(({ status }) => status === 'passed').map(({ repetition }) => ({ scenario, repetition })),
  );
  const firsts = passed.filter(({ scenario }, index) => passed[index - 1]?.scenario !== scenario);
  const others = passed.filter(({ scenario }, index) => passed[index - 1]?.scenario === scenario);
  const kept = [...spread(firsts, max), ...spread(others, Math.max(0, max - firsts.length))];
  const sample = report.scenarios.map(() => new Set<number>());
  for (const { scenario, repetition } of kept) sample[scenario]?.add(repetition);
  return sample;
}

/** `max` of the items, evenly from the first on. */
function spread<T>(items: readonly T[], max: number): T[] {
  if (items.length <= max) return [...items];
  return Array.from({ length: max }, (_, index) => items[Math.floor((index * items.length) / max)]).filter(
    (item) => item !== undefined,
  );
}
