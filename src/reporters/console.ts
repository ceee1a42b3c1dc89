/** The console reporter: what a person at a terminal, or in front of a CI log, has to know, the failing thing first. */
import type { TargetEvent } from '../scenarios/run/outage/target-event.js';
import type { RunReport } from '../scenarios/run/result.js';
import { failureLadder, failureLines, headline, inOrderOfFindings, shortFailureLines } from './failures.js';
import { findingLines } from './finding-lines.js';
import { findingNumbers, findingReference } from './finding-text.js';
import { counted, printable } from './format.js';
import { type Look, lookOf } from './look.js';
import { changeText } from './outage.js';
import { createProgress } from './progress.js';
import type { Out, ReporterContext, ReporterEntry, RunPlanned } from './reporter.js';
import { listedScenarios, scenarioTable, totalLines } from './summary.js';
import { wrap } from './width.js';

/** Narrower terminals get the layout of this width, and wrap it themselves. */
const COLUMNS_MIN = 40;
/** Scenarios shown in full; with more of them the cause is rarely in the eleventh, and the table has all. */
const FAILURES_MAX = 10;
/** Of those the ones that are drawn as well. */
const LADDERS_MAX = 3;

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

/** The end of a run: findings, the scenarios that failed, table, totals; its last line is the replay command of the first failure, if there is one. */
export function renderReport(report: RunReport, context: Pick<ReporterContext, 'files' | 'traceOf'>, out: Out): string[] {
  const look = lookOf(out);
  const columns = columnsOf(out);
  const first = inOrderOfFindings(report);
  const lines = headline(report, columns, look);
  const push = (block: readonly string[], isClose = false): void => {
    if (block.length > 0) lines.push(...(lines.length > 0 && !isClose ? [''] : []), ...block);
  };
  push(findingLines(report, columns, look));
  const drawn = new Set(report.findings.slice(0, LADDERS_MAX).map(({ scenario }) => scenario));
  const drawing = { columns, colors: out.colors, ...(out.unicode === undefined ? {} : { unicode: out.unicode }) };
  let isShort = false;
  for (const result of first.slice(0, FAILURES_MAX)) {
    const ladder = drawn.has(result.name) ? failureLadder(result, context.traceOf, drawing) : [];
    const reference = findingReference(findingNumbers(report.findings, result));
    // Of two lines each, they need no space between them.
    const isNext = reference !== '' && ladder.length === 0;
    const block =
      reference === ''
        ? failureLines(result, columns, look, ladder)
        : shortFailureLines(result, reference, columns, look, ladder);
    push(block, isShort && isNext);
    isShort = isNext;
  }
  if (first.length > FAILURES_MAX)
    lines.push('', look.paint.dim(`and ${counted(first.length - FAILURES_MAX, 'further scenario')}, see below`));
  if (lines.length > 0) lines.push('');
  const listed = listedScenarios(report);
  if (listed.length > 0) lines.push(...scenarioTable({ ...report, scenarios: listed }, columns, look).split('\n'), '');
  lines.push(...totalLines(report, context.files, columns, look));
  if (first[0] !== undefined) lines.push('', look.paint.cyan(printable(first[0].replay)));
  return lines;
}

const CHANGE_COLOURS = { gone: 'red', busy: 'yellow', waiting: 'yellow', back: 'green', 'given-up': 'red' } as const;

const columnsOf = (out: Out): number => Math.max(COLUMNS_MIN, out.columns);

function createConsole(out: Out, context: ReporterContext) {
  const look = lookOf(out);
  const progress = createProgress(out, look, context.now);
  let target = '';
  return {
    runBegin(plan: RunPlanned): void {
      target = plan.target;
      out.write(`${renderHeader(plan, columnsOf(out), look).join('\n')}\n`);
      progress.begin(plan);
    },
    repetitionEnd: progress.repetition,
    scenarioEnd: progress.scenario,
    target(change: TargetEvent): void {
      if (change.what === 'waiting' && change.elapsedMs > 0) return progress.wait(changeText(change, target));
      const paint = look.paint[CHANGE_COLOURS[change.what]];
      progress.say(wrap(changeText(change, target), columnsOf(out)).map((line) => paint(line)));
    },
    runEnd(report: RunReport): void {
      progress.end();
      out.write(`\n${renderReport(report, context, out).join('\n')}\n`);
    },
  };
}

export const consoleReporter: ReporterEntry = {
  name: 'console',
  doc: 'Progress, then the findings with their proof, the failed scenarios with a ladder of what matters, a table, and the command that repeats the first failure.',
  local: true,
  unredacted: (sentence) => `${sentence}\n`,
  create: createConsole,
};
