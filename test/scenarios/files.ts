/** Where the tests find the examples and the built-in suite, and how they collect problems. */
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { formatProblem, ScenarioProblems } from '../../src/scenarios/language/problem.js';

const ROOT = new URL('../../../', import.meta.url);

export const EXAMPLES = fileURLToPath(new URL('test/fixtures/examples/', ROOT));
export const SUITE = fileURLToPath(new URL('scenarios/', ROOT));

/** Checks for scenarios that tests run for real: what is late on a busy machine is not what they are about. */
export const PATIENT = {
  'timer-skew': { max: '20s' },
  latency: {
    'accept-to-connected': { max: '20s' },
    'reject-to-ended': { max: '20s' },
    'hangup-to-ended': { max: '20s' },
  },
} as const;

/** A file of the repository as text. */
export function textOf(path: string): string {
  return readFileSync(new URL(path, ROOT), 'utf8');
}

/** The texts of all YAML files of a folder, by name. */
export function textsOf(folder: string): { readonly name: string; readonly text: string }[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.yaml'))
    .map((name) => ({ name, text: readFileSync(`${folder}${name}`, 'utf8') }));
}

/** The problems that `act` throws, one line each. Fails when it throws anything else, or nothing. */
export function problemsOf(act: () => unknown): string[] {
  try {
    act();
  } catch (error) {
    if (error instanceof ScenarioProblems) return error.problems.map(formatProblem);
    throw error;
  }
  throw new Error('nothing was thrown');
}
