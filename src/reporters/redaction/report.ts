/** The result of a run that may leave the machine: every field by an allow-list, names as in the traces of the run. */

import type { LastMessage } from '../../judge/history/outage.js';
import type { RepetitionDone, RunPlanned } from '../../scenarios/run/listener.js';
import type { TargetEvent, TargetOutage } from '../../scenarios/run/outage/target-event.js';
import type {
  AgentResult,
  CheckEntry,
  Diagnosis,
  EarlierAttempt,
  LimitResult,
  RepetitionResult,
  RunFinding,
  RunReport,
  ScenarioResult,
  TimingSummary,
} from '../../scenarios/run/result.js';
import type { Names } from '../../trace/redaction/names.js';
import {
  call,
  command,
  copyOf,
  type Fields,
  foreign,
  id,
  keep,
  label,
  listOf,
  mapOf,
  node,
  path,
  shaped,
  target,
  text,
  word,
} from '../../trace/redaction/rules.js';

/** The fields of all members of a union. */
type Merged<T> = { readonly [K in T extends T ? keyof T : never]: unknown };

const agent = shaped<AgentResult>({
  state: word,
  reason: word,
  call,
  version: keep,
  timerStartedAt: keep,
  media: word,
});
const check: Fields<CheckEntry> = {
  name: word,
  valid: keep,
  message: foreign,
  expected: foreign,
  actual: foreign,
  evidence: listOf(keep),
  repetition: keep,
  path: foreign,
  line: keep,
  redial: keep,
};
const timing: Fields<TimingSummary> = { count: keep, never: keep, min: keep, p50: keep, p95: keep, p99: keep, max: keep };
const diagnosis: Fields<Diagnosis> = {
  code: word,
  hop: node,
  call,
  title: foreign,
  proof: listOf(foreign),
  lookAt: foreign,
  confidence: keep,
  summary: foreign,
  evidence: listOf(keep),
  lines: listOf(foreign),
  ruledOutBy: foreign,
  redial: keep,
};
const repetition: Fields<RepetitionResult> = {
  repetition: keep,
  seed: id,
  status: word,
  durationMs: keep,
  trace: path,
  mediaSetups: keep,
  mediaSetupsStalled: keep,
  acceptToConnectedMs: keep,
  attempts: keep,
  earlier: listOf(shaped<EarlierAttempt>({ attempt: keep, status: word, message: foreign })),
  diagnoses: listOf(keep),
};
const scenario: Fields<ScenarioResult> = {
  name: text,
  file: path,
  line: keep,
  tags: listOf(text),
  status: word,
  why: foreign,
  seed: id,
  durationMs: keep,
  trace: path,
  agents: mapOf(agent, node),
  steps: keep,
  checks: listOf(shaped(check)),
  timings: mapOf(shaped(timing), word),
  diagnoses: listOf(shaped(diagnosis)),
  repetitions: listOf(shaped(repetition)),
  replay: command,
  limits: listOf(word),
  unmapped: mapOf(keep, label),
  halfTold: mapOf(keep, label),
};
const summary: Fields<RunReport['summary']> = {
  scenarios: keep,
  passed: keep,
  failed: keep,
  unknown: keep,
  skipped: keep,
  mediaSetups: keep,
  mediaSetupsStalled: keep,
};
const lastMessage: Fields<LastMessage> = {
  node,
  dir: word,
  kind: id,
  name: label,
  beforeMs: keep,
  fault: foreign,
  isHostile: keep,
};
const outage: Fields<TargetOutage> = {
  at: keep,
  afterMs: keep,
  scenario: text,
  file: path,
  repetition: keep,
  intoMs: keep,
  ended: foreign,
  error: foreign,
  last: listOf(shaped(lastMessage)),
  awayMs: keep,
};
const targetEvent: Fields<Merged<TargetEvent>> = {
  what: word,
  at: keep,
  scenario: text,
  outage: shaped(outage),
  error: foreign,
  elapsedMs: keep,
  waitMs: keep,
  awayMs: keep,
  reason: foreign,
};
const alternative: Fields<RunFinding['alternatives'][number]> = {
  code: word,
  hop: node,
  title: foreign,
  confidence: keep,
  ruledOutBy: foreign,
};
const finding: Fields<RunFinding> = {
  code: word,
  title: foreign,
  role: word,
  hop: node,
  confidence: keep,
  proof: listOf(foreign),
  lookAt: foreign,
  scenario: text,
  file: path,
  repetitions: keep,
  isRedial: keep,
  others: listOf(text),
  redials: keep,
  replay: command,
  alternatives: listOf(shaped(alternative)),
};
const limit: Fields<LimitResult> = { code: word, text: foreign, scenarios: listOf(text) };
const report: Fields<RunReport> = {
  schema: keep,
  version: id,
  seed: id,
  target,
  defects: listOf(word),
  startedAt: keep,
  durationMs: keep,
  exitCode: keep,
  interrupted: keep,
  redacted: keep,
  summary: shaped(summary),
  scenarios: listOf(shaped(scenario)),
  findings: listOf(shaped(finding)),
  limits: listOf(shaped(limit)),
  outages: listOf(shaped(outage)),
  stopped: foreign,
};
const planned: Fields<RunPlanned> = {
  version: id,
  seed: id,
  target,
  defects: listOf(word),
  workers: keep,
  scenarios: listOf(shaped<RunPlanned['scenarios'][number]>({ name: text, file: path, repetitions: keep })),
};
const done: Fields<RepetitionDone> = {
  scenario: text,
  file: path,
  repetition: keep,
  repetitions: keep,
  status: word,
  durationMs: keep,
};

/** A copy of a report that may be shown to strangers. Redacting twice with the same names changes nothing. */
export function redactReport(whole: RunReport, names: Names): RunReport {
  names.target(whole.target);
  for (const { agents } of whole.scenarios) learnAgents(agents, names);
  return { ...copyOf(whole, report, names), redacted: true } as RunReport;
}

/** The same of the result of one scenario. */
export function redactScenario(result: ScenarioResult, names: Names): ScenarioResult {
  learnAgents(result.agents, names);
  return copyOf(result, scenario, names) as unknown as ScenarioResult;
}

/** The same of what is reported before and between results. */
export function redactPlan(plan: RunPlanned, names: Names): RunPlanned {
  return copyOf(plan, planned, names) as unknown as RunPlanned;
}
export function redactDone(end: RepetitionDone, names: Names): RepetitionDone {
  return copyOf(end, done, names) as unknown as RepetitionDone;
}

export function redactTargetEvent(whole: TargetEvent, names: Names): TargetEvent {
  return copyOf(whole, targetEvent, names) as unknown as TargetEvent;
}

function learnAgents(agents: ScenarioResult['agents'], names: Names): void {
  for (const [device, { call }] of Object.entries(agents)) {
    names.participant(device);
    if (call !== null) names.call(call);
  }
}
