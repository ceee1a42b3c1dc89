/** `call-probe diagnose`: what went wrong in saved traces, where, and what proves it. */

import { ASK_THE_SERVER } from '../judge/causes/black-box.js';
import type { Diagnosis } from '../judge/causes/diagnosis.js';
import { judge } from '../judge/checkers/index.js';
import { notedChecks } from '../judge/checkers/noted-checks.js';
import { diagnose } from '../judge/diagnose.js';
import { historyOf } from '../judge/history/history.js';
import { joinServerLog, type LogEntry } from '../judge/server-log/server-log.js';
import { whereText } from '../reporters/finding-text.js';
import { printable, printableLines } from '../reporters/format.js';
import { labelled, lookOf } from '../reporters/look.js';
import { createOut } from '../reporters/out.js';
import type { Out } from '../reporters/reporter.js';
import { readTraceFile, type TraceFile } from '../reporters/trace-file.js';
import { EXIT, UsageError } from './exit.js';
import { readServerLog } from './server-log.js';
import { traceFilesAt } from './trace-input.js';

export const DIAGNOSIS_SCHEMA = 'call-probe/diagnosis@1';

/** Limits of the output for one trace: findings, problems of its text, and further causes. */
const SHOWN = { problems: 5, findings: 4, others: 4 } as const;

export interface DiagnoseFlags {
  readonly serverLog?: string;
  readonly json?: boolean;
}

/** The report for one trace; plain data, an entry of `--json`. */
export interface TraceDiagnosis {
  readonly file: string;
  readonly scenario: string | null;
  readonly target: string | null;
  readonly defects: readonly string[];
  readonly events: number;
  /** `failed` if a check failed, `unknown` if the trace cannot decide, `passed` if all checks held. */
  readonly verdict: 'passed' | 'failed' | 'unknown';
  /** The checks that failed or could not decide, with their first findings. */
  readonly findings: readonly { readonly check: string; readonly valid: false | 'unknown'; readonly message: string }[];
  /** What limits the answer: a trace that was cut short, unreadable lines, a log without the needed lines. */
  readonly notes: readonly string[];
  readonly diagnoses: readonly Diagnosis[];
}

/** Runs `call-probe diagnose` and resolves to its exit code. */
export async function diagnoseCommand(paths: readonly string[], flags: DiagnoseFlags): Promise<number> {
  if (paths.length === 0) throw new UsageError('name the traces: files *.trace.jsonl, or folders of them');
  const files = traceFilesAt(paths);
  const log = flags.serverLog === undefined ? null : await readServerLog(flags.serverLog);
  const out = createOut();
  const traces: TraceDiagnosis[] = [];
  const unusable: string[] = [];
  for (const file of files) {
    const trace = readTraceFile(file, { isLean: true });
    if (trace.refusal !== null) {
      const { line, message } = trace.refusal;
      unusable.push(`${file}${line === 0 ? '' : `:${line}`}: ${message}; a trace is a file *.trace.jsonl of call-probe`);
      continue;
    }
    const one = diagnosisOf(file, trace, log);
    traces.push(one);
    if (flags.json !== true) out.write(`${text(one, out).join('\n')}\n\n`);
  }
  if (flags.json === true) out.write(`${JSON.stringify({ schema: DIAGNOSIS_SCHEMA, traces, unusable }, null, 2)}\n`);
  for (const message of unusable) process.stderr.write(`${printable(message)}\n`);
  return exitCode(traces, unusable);
}

function exitCode(traces: readonly TraceDiagnosis[], unusable: readonly string[]): number {
  if (unusable.length > 0) return EXIT.usage;
  if (traces.some(({ diagnoses }) => diagnoses.some(({ confidence }) => confidence > 0))) return EXIT.failed;
  return traces.every(({ verdict }) => verdict === 'passed') ? EXIT.held : EXIT.inconclusive;
}

function diagnosisOf(file: string, { events, problems, unread }: TraceFile, log: readonly LogEntry[] | null): TraceDiagnosis {
  const history = historyOf(events);
  const { begin, end } = history;
  const checks = notedChecks(history);
  const verdicts = judge(history, checks);
  const joined = log === null ? null : joinServerLog(events, log);
  const findings = verdicts.flatMap(({ name, result }) =>
    result.valid === true
      ? []
      : result.findings.map(({ message }) => ({ check: name, valid: result.valid as false | 'unknown', message })),
  );
  const isFailed = findings.some(({ valid }) => valid === false);
  const isWhole = end !== null && begin !== null && unread === null;
  const notes = [
    ...(begin === null ? ['the beginning of the run is missing'] : []),
    ...(end === null && unread === null
      ? ['the trace was cut short: it has no end of the run, and what happened after its last event is unknown']
      : []),
    ...(unread === null ? [] : [`the trace is larger than the limit: ${unread}`]),
    ...problems.slice(0, SHOWN.problems).map(({ line, message }) => (line === 0 ? message : `line ${line}: ${message}`)),
    ...(problems.length > SHOWN.problems ? [`${problems.length - SHOWN.problems} further problems of its text`] : []),
    ...(joined === null ? [] : joined.notes),
  ];
  return {
    file,
    scenario: begin?.scenario ?? null,
    target: begin?.target ?? null,
    defects: begin?.defects ?? [],
    events: events.length,
    verdict: isFailed ? 'failed' : findings.length > 0 || !isWhole ? 'unknown' : 'passed',
    findings,
    notes,
    diagnoses: diagnose(history, { checks, verdicts, joined: joined === null ? undefined : historyOf(joined.trace) }),
  };
}

function text(one: TraceDiagnosis, out: Out): string[] {
  const look = lookOf(out);
  const { paint } = look;
  const { columns } = out;
  const [first, ...others] = one.diagnoses.filter(({ confidence }) => confidence > 0);
  const mark =
    one.verdict === 'passed'
      ? paint.green(look.passed)
      : one.verdict === 'failed'
        ? paint.red(look.failed)
        : paint.yellow(look.unknown);
  const about = [
    one.scenario ?? 'a run without its beginning',
    ...(one.target === null ? [] : [one.target]),
    ...one.defects.map((name) => `defect ${name}`),
  ];
  const lines = [
    `${mark} ${paint.bold(printable(one.file))}`,
    ...labelled('run', [printable(about.join(', '))], 2, columns, look),
  ];
  lines.push(
    ...labelled(
      'verdict',
      [`${one.verdict}${one.verdict === 'passed' ? ': every check held' : ''}`, ...findingLines(one)],
      2,
      columns,
      look,
    ),
  );
  if (one.notes.length > 0) lines.push(...labelled('note', one.notes.map(printable), 2, columns, look));
  if (first === undefined) {
    const words =
      one.verdict === 'passed'
        ? 'no failure'
        : one.verdict === 'failed'
          ? 'there is a failure, but no cause was found'
          : 'the trace shows no failure, but it is incomplete';
    return [...lines, ...labelled('cause', [words], 2, columns, look)];
  }
  lines.push(...labelled('cause', [printable(whereText(first)), ...claimOf(first).flatMap(printableLines)], 2, columns, look));
  lines.push(...labelled('proof', first.lines.map(printable), 2, columns, look));
  if (first.lookAt !== null) lines.push(...labelled('look at', printableLines(first.lookAt), 2, columns, look));
  if (first.ruledOutBy !== null) {
    // With several remaining causes it is what to check next; otherwise it is what would refute the answer.
    const label = first.ruledOutBy === ASK_THE_SERVER ? 'to check' : 'unless';
    lines.push(...labelled(label, printableLines(first.ruledOutBy), 2, columns, look));
  }
  if (others.length > 0) {
    const rest = others.slice(0, SHOWN.others).map((other) => `${whereText(other)}: ${claimOf(other).join(' ')}`);
    const more = others.length > SHOWN.others ? [`and ${others.length - SHOWN.others} more; --json has them all`] : [];
    lines.push(...labelled('also', [...rest, ...more].map(printable), 2, columns, look));
  }
  return lines;
}

function findingLines({ findings }: TraceDiagnosis): string[] {
  const shown = findings
    .slice(0, SHOWN.findings)
    .map(({ check, message }) => printable(`${check}: ${message.split('\n')[0] ?? ''}`));
  return findings.length > SHOWN.findings ? [...shown, `and ${findings.length - SHOWN.findings} more`] : shown;
}

/** The claim, and what proves it. */
function claimOf({ title, proof, summary }: Diagnosis): string[] {
  return [`${title}.`, proof.length > 0 ? proof.join(' ') : summary];
}
