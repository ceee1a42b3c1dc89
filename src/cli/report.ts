/** `call-probe report TRACE...`: the HTML or Markdown report from saved traces and reports. */
import { systemClock } from '../probe/runtime/clock.js';
import { printable } from '../reporters/format.js';
import { createReporters } from '../reporters/index.js';
import { createOut } from '../reporters/out.js';
import { flawOf, readTraceFile } from '../reporters/trace-file.js';
import { type Rejudged, rejudge, reportOf } from '../scenarios/run/rejudge.js';
import type { RunReport } from '../scenarios/run/result.js';
import { EXIT, UsageError } from './exit.js';
import { privacyOf } from './privacy.js';
import { traceFilesAt } from './trace-input.js';
import { VERSION } from './version.js';

export interface ReportFlags {
  readonly html?: string;
  readonly markdown?: string;
  readonly includeSensitive?: boolean;
}

const REJUDGED = 'Judged again from saved traces.';
/** Maximum number of unreadable files to list. */
const COMPLAINTS_MAX = 20;

/** Runs `call-probe report` and resolves to its exit code: 2 if a file could not be used, whatever the verdicts are. */
export async function reportCommand(paths: readonly string[], flags: ReportFlags): Promise<number> {
  const { report, notes, complaints } = await gathered(paths);
  const privacy = privacyOf(flags.includeSensitive === true);
  const html = flags.html ?? (flags.markdown === undefined ? 'report.html' : null);
  const specs = [
    ...(html === null ? [] : [`html=${html}`]),
    ...(flags.markdown === undefined ? [] : [`markdown=${flags.markdown}`]),
  ];
  const reporters = createReporters(specs, { out: createOut(), now: () => systemClock.now(), notes, privacy });
  await reporters.runEnd(report);
  for (const complaint of complaints.slice(0, COMPLAINTS_MAX)) process.stderr.write(`${printable(complaint)}\n`);
  if (complaints.length > COMPLAINTS_MAX) process.stderr.write(`and ${complaints.length - COMPLAINTS_MAX} more\n`);
  for (const { reporter, error } of reporters.faults())
    process.stderr.write(`the reporter ${reporter} failed: ${error instanceof Error ? error.message : String(error)}\n`);
  if (reporters.faults().length > 0) return EXIT.broken;
  const { failed, unknown, passed, skipped } = report.summary;
  process.stdout.write(`${failed} failed, ${unknown} unknown, ${passed} passed, ${skipped} skipped\n`);
  for (const file of reporters.files) process.stdout.write(`${file}\n`);
  return complaints.length > 0 ? EXIT.usage : EXIT.held;
}

interface Gathered {
  readonly report: RunReport;
  readonly notes: readonly string[];
  /** Problems of unusable files, one sentence each. */
  readonly complaints: readonly string[];
}

async function gathered(paths: readonly string[]): Promise<Gathered> {
  const [only, ...others] = paths;
  if (only?.endsWith('.json') === true && others.length === 0) {
    const { readSavedReport } = await import('./saved-report.js');
    return { report: readSavedReport(only), notes: [], complaints: [] };
  }
  const report = paths.find((path) => path.endsWith('.json'));
  if (report !== undefined)
    throw new UsageError(`${report}: a JSON report cannot be combined with other files; name it alone, or name only traces`);
  return fromTraces(traceFilesAt(paths));
}

/** Traces are read in sequence, and only their results are kept. */
function fromTraces(files: readonly string[]): Gathered {
  const complaints: string[] = [];
  const notes = [REJUDGED];
  const judged: Rejudged[] = [];
  for (const file of files) {
    const trace = readTraceFile(file);
    const problem = flawOf(trace);
    const one = rejudge(trace.events, file, problem);
    if (one === null) complaints.push(`${file}: ${problem ?? 'it has no run'}`);
    else judged.push(one);
    if (one !== null && problem !== null) process.stderr.write(`${printable(`${file}: ${problem}`)}; the rest was read\n`);
  }
  if (judged.length === 0)
    throw new UsageError(complaints.length === 0 ? 'no trace was named' : complaints.slice(0, COMPLAINTS_MAX).join('\n'));
  if (complaints.length > 0)
    notes.push(`${complaints.length} of ${files.length} files could not be read and are not in this report.`);
  return { report: reportOf(judged, VERSION), notes, complaints };
}
