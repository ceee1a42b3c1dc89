/** What reports say of the findings of a run, in words without colours or columns. */
import { certaintyOf } from '../judge/causes/certainty.js';
import type { LimitResult, RunFinding, RunReport, ScenarioResult } from '../scenarios/run/result.js';
import { counted } from './format.js';

/** `3 bugs, 1 failure without a cause, 1 declared limit`; null when there are no findings. */
export function findingsSummary({ findings, limits }: RunReport): string | null {
  if (findings.length === 0) return null;
  const bugs = findings.filter(({ role }) => role !== null).length;
  const unexplained = findings.length - bugs;
  const parts = [
    ...(bugs > 0 ? [counted(bugs, 'bug')] : []),
    ...(unexplained > 0 ? [`${counted(unexplained, 'failure')} without a cause`] : []),
    ...(limits.length > 0 ? [counted(limits.length, 'declared limit')] : []),
  ];
  return parts.join(', ');
}

/** `not-forwarded at server, certain`. */
export function whereText({ code, hop, confidence }: Pick<RunFinding, 'code' | 'hop' | 'confidence'>): string {
  return hop === null || confidence === null ? `${code}, no cause found` : `${code} at ${hop}, ${certaintyOf(confidence)}`;
}

/** `Look at: what the server does on "cancel" while a call rings.`, or null. */
export function lookAtText({ lookAt }: Pick<RunFinding, 'lookAt'>): string | null {
  return lookAt === null ? null : `Look at: ${lookAt.replace(/\.$/, '')}.`;
}

/** `Shown by cancel.yaml and 31 more (every redial ends like this).` */
export function shownText({ scenario, file, isRedial, others, redials }: RunFinding, { summary }: RunReport): string {
  const name = file === null ? `"${scenario}"` : (file.split(/[/\\]/).at(-1) ?? file);
  const count = others.length + 1;
  const more = others.length === 0 ? '' : ` and ${others.length} more`;
  const ran = summary.scenarios - summary.skipped;
  const isEvery = redials > 1 && count === ran && redials >= others.length;
  const note = isEvery
    ? ' (every redial ends like this)'
    : redials === 0 || isRedial
      ? ''
      : ` (${redials} of them only at the redial)`;
  return `Shown by ${isRedial ? 'the redial after ' : ''}${name}${more}${note}.`;
}

/** `Or lost-uplink at bob/phone.signaling, possible: a message is lost. To decide: the log of the server.` */
export function alternativeText(alternative: RunFinding['alternatives'][number]): string {
  const { title, ruledOutBy } = alternative;
  const decided = ruledOutBy === null ? '' : ` It is ruled out by: ${ruledOutBy.replace(/\.$/, '')}.`;
  return `Or ${whereText(alternative)}: ${title.replace(/\.$/, '')}.${decided}`;
}

/** The limit, and how many scenarios would be judged without it. */
export function limitText({ text, scenarios }: LimitResult): string {
  if (scenarios.length === 0) return text;
  return `${text.replace(/\.$/, '')} (${counted(scenarios.length, 'scenario')} would show it: --ignore-limits)`;
}

/** Everything that proves a finding, as sentences: its proof, what to look at, what else is open. */
export function findingSentences(finding: RunFinding): string[] {
  const lookAt = lookAtText(finding);
  return [...finding.proof, ...(lookAt === null ? [] : [lookAt]), ...finding.alternatives.map(alternativeText)];
}

/** Numbers of the findings that a scenario shows, counted from 1. */
export function findingNumbers(findings: readonly RunFinding[], { name, status }: ScenarioResult): number[] {
  if (status !== 'failed') return [];
  return findings.flatMap(({ scenario, others }, index) => (scenario === name || others.includes(name) ? [index + 1] : []));
}

/** `finding 1`, `findings 1, 3`; empty without any. */
export function findingReference(numbers: readonly number[]): string {
  return numbers.length === 0 ? '' : `${numbers.length === 1 ? 'finding' : 'findings'} ${numbers.join(', ')}`;
}
