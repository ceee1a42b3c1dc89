/** The console reporter: what a person at a terminal, or in front of a CI log, has to know, the failing thing first. */
import type { RunReport } from '../scenarios/result.js';
import { failureLines, headline, troubled } from './failures.js';
import { counted, printable } from './format.js';
import { type Look, lookOf } from './look.js';
import { createProgress } from './progress.js';
import type { Out, ReporterContext, ReporterEntry, RunPlanned } from './reporter.js';
import { scenarioTable, totalLines } from './summary.js';
import { wrap } from './width.js';

/** Narrower terminals get the layout of this width, and wrap it themselves. */
const COLUMNS_MIN = 40;
/** Scenarios shown in full; with more of them the cause is rarely in the eleventh, and the table has all. */
const FAILURES_MAX = 10;

/** What is about to run, as lines; defects are loud, since a run with them is expected to fail. */
export function renderHeader(plan: RunPlanned, columns: number, look: Look): string[] {
  const { paint } = look;
  const scenarios = counted(plan.scenarios.length, 'scenario');
  const facts = [`target ${printable(plan.target)}`, `seed ${printable(plan.seed)}`, counted(plan.workers, 'worker'), scenarios];
  const title = `call-probe ${printable(plan.version)}`;
  const lines = wrap([title, ...facts].join(', '), columns).map((line) => line.replace(title, (words) => paint.bold(words)));
  if (plan.defects.length > 0) {
    const text = `DEFECTS ON: ${plan.defects.map(printable).join(', ')}: this target is broken on purpose`;
    lines.push(...wrap(text, columns).map((line) => paint.yellow.bold(line)));
  }
  return lines;
}

/** The end of a run: failures, table, totals; its last line is the replay command of the first failure, if there is one. */
export function renderReport(report: RunReport, files: readonly string[], columns: number, look: Look): string[] {
  const first = troubled(report);
  const lines = headline(report, columns, look);
  for (const result of first.slice(0, FAILURES_MAX))
    lines.push(...(lines.length > 0 ? [''] : []), ...failureLines(result, columns, look));
  if (first.length > FAILURES_MAX)
    lines.push('', look.paint.dim(`and ${counted(first.length - FAILURES_MAX, 'further scenario')}, see below`));
  if (lines.length > 0) lines.push('');
  if (report.scenarios.length > 0) lines.push(...scenarioTable(report.scenarios, columns, look).split('\n'), '');
  lines.push(...totalLines(report, files, columns, look));
  if (first[0] !== undefined) lines.push('', look.paint.cyan(printable(first[0].replay)));
  return lines;
}

function createConsole(out: Out, context: ReporterContext) {
  const look = lookOf(out);
  const columns = (): number => Math.max(COLUMNS_MIN, out.columns);
  const progress = createProgress(out, look, context.now);
  return {
    runBegin(plan: RunPlanned): void {
      out.write(`${renderHeader(plan, columns(), look).join('\n')}\n`);
      progress.begin(plan);
    },
    repetitionEnd: progress.repetition,
    scenarioEnd: progress.scenario,
    runEnd(report: RunReport): void {
      progress.end();
      out.write(`\n${renderReport(report, context.files, columns(), look).join('\n')}\n`);
    },
  };
}

export const consoleReporter: ReporterEntry = {
  name: 'console',
  doc: 'Progress, failures first with evidence and cause, then a table and the command that repeats the first failure.',
  local: true,
  unredacted: (sentence) => `${sentence}\n`,
  create: createConsole,
};
