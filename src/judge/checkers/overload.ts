/** Whether the probe's own machine was too busy to measure: then what is only late is not charged to the target. */
import type { Millis } from '../../protocol/machine.js';
import type { EventOf } from '../../trace/event.js';
import { eventAt, type History } from '../history/history.js';
import { millis } from '../history/wording.js';
import { type CheckResult, evidenceOf, type Finding } from './checker.js';

/** From here on, in milliseconds, a late event loop counts as an overload of the probe's machine: half of what timers may differ. */
export const OVERLOAD_MS = 50;
/**
 * The result of a checker with an overload of the probe taken into account. A finding of lateness is excused when the event loop
 * was blocked for `OVERLOAD_MS` or more at once, and in sum for at least as long as the limit was missed by, while the time of
 * the finding ran. When all findings are excused the result is `unknown`; otherwise it stays `false`, for the others.
 */
export function withoutOverload(history: History, result: CheckResult): CheckResult {
  if (result.valid !== false || result.findings.every(({ late }) => late === undefined)) return result;
  const judged = result.findings.map((finding) => ({ finding, excuse: excuseOf(history, finding) }));
  const charged = judged.flatMap(({ finding, excuse }) => (excuse === null ? [finding] : []));
  if (charged.length > 0) return { valid: false, findings: charged };
  return { valid: 'unknown', findings: judged.flatMap(({ excuse }) => excuse ?? []) };
}

/** The finding as one that says nothing about the target, or null when it does. */
function excuseOf(history: History, finding: Finding): Finding | null {
  const { late, evidence } = finding;
  if (late === undefined) return null;
  const atOf = (n: number): Millis => eventAt(history, n)?.at ?? 0;
  const fromAt = atOf(late.sinceN);
  const toAt = Math.max(...evidence.map(atOf));
  const meanwhile = history.lags.filter(({ at, lateMs }) => at > fromAt && at - lateMs <= toAt);
  const worst = meanwhile.reduce<EventOf<'lag'> | null>((a, b) => (a !== null && a.lateMs >= b.lateMs ? a : b), null);
  const lostMs = meanwhile.reduce((sum, { lateMs }) => sum + lateMs, 0);
  if (worst === null || worst.lateMs < OVERLOAD_MS || lostMs < late.byMs) return null;
  const overload = `the probe's own machine was overloaded (event loop late by ${millis(worst.lateMs)}); otherwise this would count: ${finding.message}`;
  return {
    ...finding,
    message: `probe-fault: ${overload}`,
    overload,
    evidence: evidenceOf(...evidence, worst),
  };
}
