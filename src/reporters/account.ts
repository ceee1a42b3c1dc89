/** What went wrong in plain lines without colours or columns: for reports that are files. Every line is printable. */
import type {
  AgentResult,
  CheckEntry,
  Diagnosis,
  RepetitionResult,
  RunFinding,
  RunReport,
  ScenarioResult,
} from '../scenarios/run/result.js';
import type { TraceEvent } from '../trace/event.js';
import { lineOf } from '../trace/line.js';
import { evidenceText } from './failures.js';
import { findingSentences, shownText, whereText } from './finding-text.js';
import { printable, printableLines } from './format.js';
import { wrap } from './width.js';

/** Columns of sentences; what people copy is never broken: evidence, paths and commands. */
const COLUMNS = 112;
/** Lines of evidence shown for one check or diagnosis, and characters of a text from outside. */
const EVIDENCE_MAX = 12;
const TEXT_CHARS_MAX = 8_000;

/** `convergence: alice=ringing bob=connected`, what was expected and seen, and where the trace proves it. */
export function checkLines(check: CheckEntry, trace: string | null): string[] {
  const evidence = check.evidence.length === 0 ? null : evidenceText(check.evidence, trace);
  return [
    ...inLines('', `${check.name}: ${check.message}`),
    ...(check.expected === null ? [] : inLines('  expected: ', check.expected)),
    ...(check.actual === null ? [] : inLines('  actual: ', check.actual)),
    ...(evidence === null ? [] : [`  evidence: ${evidence}`]),
  ];
}

/** A text after its label; what follows the first line is indented below it. */
function inLines(label: string, text: string): string[] {
  const [first = '', ...more] = printableLines(cut(text)).flatMap((line) => wrap(line, COLUMNS - label.length));
  const indent = label.trim() === '' && label !== '' ? label : ' '.repeat(label.search(/\S|$/) + 2);
  return [`${label}${first}`, ...more.map((line) => `${indent}${line}`)];
}

/** `not-forwarded at server, certain`, the claim, its proof, the lines of it, where to look, and what would rule it out. */
export function diagnosisLines(diagnosis: Diagnosis): string[] {
  const { title, summary, lines, evidence, lookAt, ruledOutBy } = diagnosis;
  const sentences = diagnosis.proof.length > 0 ? diagnosis.proof.join(' ') : summary;
  const proof = lines.length > 0 ? lines : evidence.length > 0 ? [evidenceText(evidence, null) ?? ''] : [];
  return [
    causeLine(diagnosis),
    ...(title === '' ? [] : inLines('  ', title)),
    ...inLines('  ', sentences),
    ...proof.slice(0, EVIDENCE_MAX).map((line) => `    ${printable(line)}`),
    ...(proof.length > EVIDENCE_MAX ? [`    and ${proof.length - EVIDENCE_MAX} more`] : []),
    ...(lookAt === null ? [] : inLines('  look at: ', lookAt)),
    ...(ruledOutBy === null ? [] : inLines('  ruled out by: ', ruledOutBy)),
  ];
}

/** `not-forwarded at server, certain`. */
export function causeLine(diagnosis: Diagnosis): string {
  return printable(whereText(diagnosis));
}

/** A finding without its title: the proof, where to look, what else is open, and who shows it. */
export function findingLines(finding: RunFinding, report: RunReport): string[] {
  return [...findingSentences(finding), shownText(finding, report)].flatMap((sentence) => inLines('', sentence));
}

/** `alice/phone: ringing, version 2, media idle`. */
export function agentLine(device: string, agent: AgentResult): string {
  const { state, reason, version, media } = agent;
  const parts = [
    reason === null ? state : `${state}(${reason})`,
    ...(version === null ? [] : [`version ${version}`]),
    ...(media === '' ? [] : [`media ${media}`]),
  ];
  return printable(`${device}: ${parts.join(', ')}`);
}

/** The events that checks point at, as one line each, in the order of the trace. */
export function evidenceLines(checks: readonly CheckEntry[], events: readonly TraceEvent[] | null): string[] {
  if (events === null) return [];
  const wanted = new Set(checks.flatMap(({ evidence }) => evidence));
  const lines = events.filter(({ n }) => wanted.has(n)).map((event) => printable(lineOf(event)));
  const more = lines.length - EVIDENCE_MAX * 2;
  return more > 0 ? [...lines.slice(0, EVIDENCE_MAX * 2), `and ${more} more`] : lines;
}

/** The diagnoses of one repetition, the surest first. */
export function diagnosesOf(result: ScenarioResult, repetition: RepetitionResult): Diagnosis[] {
  return repetition.diagnoses.flatMap((index) => result.diagnoses[index] ?? []).sort((a, b) => b.confidence - a.confidence);
}

/** The diagnoses of a scenario, each cause at each hop once, the surest first. */
export function causesOf(result: ScenarioResult): Diagnosis[] {
  const seen = new Set<string>();
  return result.diagnoses
    .filter(({ code, hop }) => !seen.has(`${code} ${hop}`) && seen.add(`${code} ${hop}`))
    .sort((a, b) => b.confidence - a.confidence);
}

/** Repetitions that passed, but not at once. */
export function flakyOf(result: ScenarioResult): RepetitionResult[] {
  return result.repetitions.filter(({ status, earlier }) => status === 'passed' && earlier.length > 0);
}

/** `attempt 1 failed: convergence: ...`, one line for each attempt before the last. */
export function earlierLines({ earlier }: RepetitionResult): string[] {
  return earlier.map(({ attempt, status, message }) => printable(`attempt ${attempt} ${status}: ${cut(message)}`));
}

function cut(text: string): string {
  return text.length <= TEXT_CHARS_MAX ? text : `${text.slice(0, TEXT_CHARS_MAX)} …`;
}
