/** From a dialect file to an adapter. */
import { readFileSync, statSync } from 'node:fs';
import type { Adapter } from '../../probe/adapter/port.js';
import { formatProblemWithSource, ScenarioProblems } from '../../scenarios/language/problem.js';
import { readTree } from '../../scenarios/language/tree.js';
import { AdapterError } from '../adapter-error.js';
import { adapterOf } from './adapter.js';
import { DIALECT_WORDS } from './checked.js';
import { compileDialect } from './compile.js';
import type { Dialect } from './dialect.js';

const FILE_BYTES_MAX = 256 * 1024;

/** Reads and checks a dialect. Throws an AdapterError with every problem, its file, line and column. */
export function loadDialect(file: string, shownAs: string = file): Dialect {
  let content: Uint8Array;
  try {
    if (statSync(file).size > FILE_BYTES_MAX)
      throw new AdapterError(`${shownAs}: larger than ${FILE_BYTES_MAX / 1_024} kB; is it a dialect?`);
    content = readFileSync(file);
  } catch (error) {
    if (error instanceof AdapterError) throw error;
    const { code, message } = error as NodeJS.ErrnoException;
    throw new AdapterError(
      `${shownAs}: ${code === 'ENOENT' ? 'no such file; the path is relative to the current folder' : `cannot be read: ${code ?? message}`}`,
    );
  }
  return dialectOf(content, shownAs);
}

/** The same, from the content of a file. */
export function dialectOf(content: string | Uint8Array, shownAs: string): Dialect {
  try {
    return compileDialect(readTree(content, shownAs, DIALECT_WORDS));
  } catch (error) {
    if (error instanceof ScenarioProblems) throw new AdapterError(error.problems.map(formatProblemWithSource).join('\n'));
    throw error;
  }
}

export function dialectAdapter(file: string, shownAs?: string): Adapter {
  return adapterOf(loadDialect(file, shownAs));
}
