/** Asks one checker for its verdict on a trace, and asserts on it. */
import type { Test } from 'tap';
import type { CheckOptions, CheckResult } from '../../../src/judge/checkers/checker.js';
import { judge } from '../../../src/judge/checkers/index.js';
import { historyOf } from '../../../src/judge/history/history.js';
import type { TraceEvent } from '../../../src/trace/event.js';

export function verdictOn(name: string, trace: readonly TraceEvent[], options: CheckOptions = {}): CheckResult {
  const found = judge(historyOf(trace), options).find((judgement) => judgement.name === name);
  if (found === undefined) throw new Error(`no checker is called ${name}`);
  return found.result;
}

export function holds(t: Test, name: string, trace: readonly TraceEvent[], options: CheckOptions = {}): void {
  t.strictSame(verdictOn(name, trace, options), { valid: true, findings: [] }, `${name} holds`);
}

/** The checker says `false`, some finding's message matches, and every finding cites events of the trace. */
export function catches(
  t: Test,
  name: string,
  trace: readonly TraceEvent[],
  message: RegExp,
  options: CheckOptions = {},
): CheckResult {
  const result = verdictOn(name, trace, options);
  t.equal(result.valid, false, `${name} catches it`);
  t.ok(
    result.findings.some((finding) => message.test(finding.message)),
    `${message} in: ${result.findings.map((finding) => finding.message).join(' | ')}`,
  );
  const numbers = new Set(trace.map(({ n }) => n));
  t.ok(
    result.findings.every(({ evidence }) => evidence.length > 0 && evidence.every((n) => numbers.has(n))),
    'every finding cites events of the trace',
  );
  return result;
}

export function wonders(t: Test, name: string, trace: readonly TraceEvent[], message: RegExp, options: CheckOptions = {}): void {
  const result = verdictOn(name, trace, options);
  t.equal(result.valid, 'unknown', `${name} cannot tell`);
  t.match(result.findings[0]?.message, message);
}
