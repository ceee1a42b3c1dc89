/** What reports say of a target that went away in the middle of a run, in sentences. Every text is printable. */

import { lastWords } from '../judge/history/outage.js';
import type { TargetEvent, TargetOutage } from '../scenarios/run/outage/target-event.js';
import type { RunReport } from '../scenarios/run/result.js';
import { counted, duration, printable } from './format.js';

/** `21:40:03 UTC`. */
function clock(iso: string): string {
  return `${printable(iso).slice(11, 19)} UTC`;
}

/** When, while what ran, what the socket said, and which message came last: one sentence. */
export function outageText(outage: TargetOutage, target: string): string {
  const { at, scenario, repetition, intoMs, ended, error, last } = outage;
  const name = `"${printable(scenario)}"`;
  const which = repetition > 1 ? `${name}, repetition ${repetition}` : name;
  const after = ended === null ? '' : `, after "${printable(ended)}" had ended`;
  const when = intoMs === null ? `before ${which} began${after}` : `${duration(intoMs)} into ${which}`;
  return `${clock(at)}: the target ${printable(target)} went away ${when}: ${printable(error)}; ${printable(lastWords(last))}`;
}

/** The same with how it went on. */
export function outageStory(outage: TargetOutage, report: Pick<RunReport, 'target' | 'stopped'>): string {
  const { awayMs } = outage;
  const end =
    awayMs === null
      ? report.stopped === undefined
        ? 'nothing was left to run'
        : 'it did not come back'
      : `it was back after ${duration(awayMs)}`;
  return `${outageText(outage, report.target)}; ${end}`;
}

/** All outages of a run, and how much was not run over them; none for a run without. */
export function outageLines(report: RunReport): string[] {
  return (report.outages ?? []).map((outage) => outageStory(outage, report));
}

/** Scenarios that were not run because the target did not come back, in a sentence; null where there are none. */
export function notRunText(report: RunReport): string | null {
  const { stopped } = report;
  if (stopped === undefined) return null;
  const count = report.scenarios.filter(({ status, why }) => status === 'skipped' && why === stopped).length;
  return `${counted(count, 'scenario')} ${printable(stopped)}`;
}

/** One change of the target as a line; what is only progress is left to whoever draws it. */
export function changeText(change: TargetEvent, target: string): string {
  switch (change.what) {
    case 'gone':
      return outageText(change.outage, target);
    case 'busy':
      return `${clock(change.at)}: nobody could log in for "${printable(change.scenario)}": ${printable(change.error)}`;
    case 'waiting':
      if (change.elapsedMs === 0) return `waiting up to ${duration(change.waitMs)} for the target to come back`;
      return `waiting for the target: ${Math.round(change.elapsedMs / 1_000)} of ${Math.round(change.waitMs / 1_000)} s (${printable(change.error)})`;
    case 'back':
      return `the target is back after ${duration(change.awayMs)}, going on`;
    case 'given-up':
      return printable(change.reason);
  }
}
