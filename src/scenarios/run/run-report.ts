/** From the results of a run to its report and its exit code. */

import { findingsOf } from './findings.js';
import { isLimitCode, LIMIT_TEXTS } from './limits/codes.js';
import type { TargetGate } from './outage/gate.js';
import { type LimitResult, REPORT_SCHEMA, type RunReport, type ScenarioResult, type Status } from './result.js';

/** The run's own part of a report. */
export interface ReportedRun {
  readonly version: string;
  readonly seed: string;
  readonly target: string;
  readonly defects: readonly string[];
  readonly signal: AbortSignal;
}

/** Exit codes: a failure outweighs unknown results; a run without results is inconclusive. */
export function exitCodeOf(statuses: readonly Status[], isInterrupted: boolean, isStopped = false): number {
  if (isInterrupted) return 130;
  if (statuses.includes('failed')) return 1;
  if (isStopped) return 3;
  if (statuses.includes('unknown') || !statuses.includes('passed')) return 3;
  return 0;
}

/** The report of a run. `stopped` is why the rest was not run, or null. */
export function reportOf(
  results: readonly ScenarioResult[],
  options: ReportedRun,
  { outages, reason: stopped }: Pick<TargetGate, 'outages' | 'reason'>,
  startedAt: string,
  durationMs: number,
): RunReport {
  const statuses = results.map(({ status }) => status);
  const count = (status: Status): number => statuses.filter((one) => one === status).length;
  const repetitions = results.flatMap((result) => result.repetitions);
  const sum = (of: 'mediaSetups' | 'mediaSetupsStalled'): number =>
    repetitions.reduce((total, repetition) => total + repetition[of], 0);
  return {
    schema: REPORT_SCHEMA,
    version: options.version,
    seed: options.seed,
    target: options.target,
    defects: options.defects,
    startedAt,
    durationMs,
    exitCode: exitCodeOf(statuses, options.signal.aborted, stopped !== null),
    interrupted: options.signal.aborted,
    redacted: false,
    summary: {
      scenarios: results.length,
      passed: count('passed'),
      failed: count('failed'),
      unknown: count('unknown'),
      skipped: count('skipped'),
      mediaSetups: sum('mediaSetups'),
      mediaSetupsStalled: sum('mediaSetupsStalled'),
    },
    scenarios: results,
    limits: limitResults(results),
    findings: findingsOf(results),
    ...(outages.length === 0 ? {} : { outages }),
    ...(stopped === null ? {} : { stopped }),
  };
}

/** The limits that took part, with the scenarios in which they did. */
export function limitResults(results: readonly Pick<ScenarioResult, 'name' | 'limits'>[]): LimitResult[] {
  const scenarios = new Map<string, Set<string>>();
  for (const { name, limits = [] } of results)
    for (const code of limits) scenarios.set(code, (scenarios.get(code) ?? new Set()).add(name));
  return [...scenarios].map(([code, names]) => ({
    code,
    text: isLimitCode(code) ? LIMIT_TEXTS[code] : code,
    scenarios: [...names],
  }));
}
