/** `call-probe matrix`: every known bug against every scenario: which of them notice it, and whether none cries wolf. */
import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { type Matrix, matrixMarkdown, matrixRows, matrixText } from '../reporters/matrix.js';
import { DEFECTS, defectProblem } from '../scenarios/defects.js';
import { loadScenarios } from '../scenarios/load.js';
import { runScenarios } from '../scenarios/run.js';
import { EXIT, UsageError } from './exit.js';
import { withInterrupt } from './interrupt.js';
import { BUILT_IN_SUITE, DEFAULT_WORKERS } from './run.js';
import { VERSION } from './version.js';

export interface MatrixFlags {
  readonly defect?: readonly string[];
  readonly tag?: readonly string[];
  readonly seed?: string;
  readonly workers?: number;
  readonly markdown?: boolean;
  readonly check?: string;
}

/** The column of the sound system. */
const NONE = 'none';

/** Runs `call-probe matrix` and resolves to its exit code: 1 when a sound system fails, a bug goes unnoticed, or the document differs. */
export async function matrixCommand(paths: readonly string[], flags: MatrixFlags): Promise<number> {
  const defects = flags.defect ?? DEFECTS.map(({ name }) => name);
  const problem = defectProblem(defects, 'bundled');
  if (problem !== null) throw new UsageError(problem);
  const documented = flags.check === undefined ? null : readDocument(flags.check);
  const loaded = loadScenarios(paths.length > 0 ? paths : [existsSync('scenarios') ? 'scenarios' : BUILT_IN_SUITE]);
  const scenarios = loaded.scenarios.filter(({ tags }) => flags.tag === undefined || flags.tag.some((tag) => tags.includes(tag)));
  if (scenarios.length === 0) throw new UsageError('no scenario matches --tag; "run --list" shows all with their tags');
  const seed = flags.seed ?? randomBytes(4).toString('hex');
  const columns: Matrix['columns'][number][] = [];
  const isCut = await withInterrupt(async (signal) => {
    for (const defect of [NONE, ...defects]) {
      if (signal.aborted) return true;
      process.stderr.write(`${scenarios.length} scenarios with ${defect === NONE ? 'no defect' : defect} ...\n`);
      const own = defect === NONE ? [] : [defect];
      const workers = flags.workers ?? DEFAULT_WORKERS;
      const options = { version: VERSION, target: 'bundled', defects: own, seed, workers, repeat: null, retries: 0, bail: false };
      columns.push({
        defect,
        report: await runScenarios(scenarios, { ...options, out: null, signal, listener: {}, replayFlags: '' }),
      });
    }
    return signal.aborted;
  });
  const matrix: Matrix = { columns };
  process.stdout.write(flags.markdown === true ? `${matrixMarkdown(matrix)}\n` : matrixText(matrix));
  if (isCut) return EXIT.interrupted;
  const complaints = complaintsOf(matrix);
  const rows = matrixRows(matrix).filter((row) => documented !== null && !documented.includes(row));
  for (const row of rows) complaints.push(`${flags.check} does not say: ${row}`);
  if (rows.length > 0) complaints.push('if these are right, put them there: --markdown prints the table');
  for (const complaint of complaints) process.stderr.write(`${complaint}\n`);
  return complaints.length === 0 ? EXIT.held : EXIT.failed;
}

/** What is wrong with a matrix by itself, in sentences. */
function complaintsOf({ columns }: Matrix): string[] {
  return columns.flatMap(({ defect, report: { summary } }) => {
    if (defect !== NONE) return summary.failed === 0 ? [`no scenario notices ${defect}`] : [];
    const wrong = summary.failed + summary.unknown;
    return wrong === 0 ? [] : [`${wrong} scenarios do not pass without any defect`];
  });
}

function readDocument(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new UsageError(`--check ${file}: ${error instanceof Error ? error.message : String(error)}`);
  }
}
