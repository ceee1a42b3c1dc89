/** `npm run lab -- matrix`: which scenarios fail with which known bug, and whether all pass without any. */
import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { EXIT, UsageError } from '../src/cli/exit.js';
import { withInterrupt } from '../src/cli/interrupt.js';
import { BUILT_IN_SUITE, DEFAULT_WORKERS } from '../src/cli/suite.js';
import { loadScenarios } from '../src/scenarios/language/load.js';
import type { Scenario } from '../src/scenarios/language/plan.js';
import { inLanes } from '../src/scenarios/run/lanes.js';
import { runDefective } from './defective-run.js';
import { type Mark, type Marks, type Matrix, marksOf, matrixMarkdown, matrixText, readMatrix, stemOf } from './matrix-table.js';
import { chosenDefects, type DefectName, SHOWS } from './showing.js';

export interface MatrixFlags {
  readonly defect?: readonly string[];
  readonly tag?: readonly string[];
  readonly showing?: boolean;
  readonly seed?: string;
  readonly workers?: number;
  readonly markdown?: boolean;
  readonly check?: string;
}

/** The row of the correct system. */
const NONE = 'none';
/** Short calls that most bugs do not affect: with `--showing` every bug is run with them, too. */
const WITNESSES: readonly string[] = ['cancel', 'decline'];

/** Resolves to the exit code: 1 when the correct system fails, no scenario notices a bug, or the document differs. */
export async function matrixCommand(paths: readonly string[], flags: MatrixFlags): Promise<number> {
  const defects = chosenDefects(flags.defect);
  const documented = flags.check === undefined ? null : readDocument(flags.check);
  const scenarios = chosenOf(paths, flags, defects);
  const seed = flags.seed ?? randomBytes(4).toString('hex');
  const reports = new Map<string, Matrix['rows'][number]['report']>();
  const isCut = await withInterrupt(async (signal) => {
    await inLanes([null, ...defects], flags.workers ?? DEFAULT_WORKERS, signal, async (defect) => {
      const own = scenarios.filter((scenario) => defect === null || isTagged(scenario, flags) || isFor(scenario, defect, flags));
      process.stderr.write(`${own.length} scenarios with ${defect ?? 'no defect'} ...\n`);
      reports.set(defect ?? NONE, await runDefective(own, { defect, seed, repeat: null, out: null, signal }));
    });
    return signal.aborted;
  });
  const rows = [NONE, ...defects].flatMap((defect) => {
    const report = reports.get(defect);
    return report === undefined ? [] : [{ defect, report }];
  });
  process.stdout.write(flags.markdown === true ? `${matrixMarkdown({ rows })}\n` : matrixText({ rows }));
  if (isCut) return EXIT.interrupted;
  const complaints = complaintsOf({ rows });
  if (documented !== null) complaints.push(...differences(marksOf({ rows }), documented, flags.check ?? ''));
  for (const complaint of complaints) process.stderr.write(`${complaint}\n`);
  return complaints.length === 0 ? EXIT.held : EXIT.failed;
}

function chosenOf(paths: readonly string[], flags: MatrixFlags, defects: readonly DefectName[]): Scenario[] {
  const loaded = loadScenarios(paths.length > 0 ? paths : [existsSync('scenarios') ? 'scenarios' : BUILT_IN_SUITE]);
  const tagged = loaded.scenarios.filter(
    (scenario) => isTagged(scenario, flags) || defects.some((defect) => isFor(scenario, defect, flags)),
  );
  if (tagged.length === 0) throw new UsageError('no scenario matches --tag; "call-probe run --list" shows all with their tags');
  return tagged;
}

/** Whether a scenario is run with every bug: all without a flag, those with a `--tag`, the witnesses with `--showing`. */
function isTagged(scenario: Scenario, { tag, showing }: MatrixFlags): boolean {
  if (showing === true && WITNESSES.includes(stemOf(scenario))) return true;
  return tag === undefined ? showing !== true : tag.some((one) => scenario.tags.includes(one));
}

/** Whether a scenario is run with a bug because it shows it. */
function isFor(scenario: Scenario, defect: DefectName, { showing }: MatrixFlags): boolean {
  return showing === true && SHOWS[defect].scenario === stemOf(scenario);
}

/** What is wrong with a matrix in itself, in sentences. */
function complaintsOf({ rows }: Matrix): string[] {
  return rows.flatMap(({ defect, report: { summary } }) => {
    if (defect !== NONE) return summary.failed === 0 ? [`no scenario notices ${defect}`] : [];
    const wrong = summary.failed + summary.unknown;
    return wrong === 0 ? [] : [`${wrong} scenarios do not pass without any defect`];
  });
}

/** Where the marks of a run are not those of a document, in sentences. What was not run is not compared. */
function differences(marks: Marks, documented: Marks, file: string): string[] {
  const words = (mark: Mark): string => mark ?? 'nothing';
  const found = [...marks].flatMap(([defect, row]) =>
    [...row].flatMap(([scenario, mark]) => {
      const written = documented.get(defect)?.get(scenario) ?? null;
      return mark === written ? [] : [`${file} says ${words(written)} of ${scenario} with ${defect}, it ${words(mark)}`];
    }),
  );
  return found.length === 0 ? [] : [...found, 'if these are right, put them there: --markdown prints the grid'];
}

function readDocument(file: string): Marks {
  try {
    return readMatrix(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new UsageError(`--check ${file}: ${error instanceof Error ? error.message : String(error)}`);
  }
}
