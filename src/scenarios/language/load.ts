/** Finds and reads scenario files and folders of them, all before anything runs. */
import { readdirSync, readFileSync, realpathSync, type Stats, statSync } from 'node:fs';
import { join } from 'node:path';
import { LANGUAGE_LIMITS as LIMITS } from './limits.js';
import { isLoadTest, planOf } from './parse.js';
import type { Scenario } from './plan.js';
import { type Problem, ScenarioProblems } from './problem.js';
import { tooLarge, wholeFile } from './source.js';
import { readTree } from './tree.js';

export { loadScenarioText, parseScenario } from './parse.js';

/** A file of a folder that is not a scenario, and why it was skipped. */
export interface SkippedFile {
  readonly file: string;
  readonly reason: string;
}

export interface LoadedScenarios {
  /** In the order of the paths given, within a folder by name. */
  readonly scenarios: readonly Scenario[];
  readonly skipped: readonly SkippedFile[];
}

/** A file to read; `named` if it was given directly and not found in a folder. */
interface Found {
  readonly file: string;
  readonly named: boolean;
}

/**
 * Loads scenario files, and every `*.yaml` and `*.yml` below the given folders, without duplicates. Load
 * tests in a folder are skipped with the reason. Throws ScenarioProblems with the problems of all files: unreadable or wrong
 * files, paths that do not exist, folders without a scenario.
 */
export function loadScenarios(paths: readonly string[]): LoadedScenarios {
  const problems: Problem[] = [];
  const scenarios: Scenario[] = [];
  const skipped: SkippedFile[] = [];
  const seen = new Set<string>();
  for (const { file, named } of paths.flatMap((path) => find(path, problems))) {
    try {
      const real = realpathSync(file);
      if (seen.has(real)) continue;
      seen.add(real);
      if (seen.size > LIMITS.filesMax) {
        problems.push(wholeFile(file, `more than ${LIMITS.filesMax} files`, 'name fewer folders'));
        break;
      }
      const stats = statSync(file);
      if (!stats.isFile()) throw new ScenarioProblems([wholeFile(file, 'neither a file nor a folder', 'name a scenario file')]);
      if (stats.size > LIMITS.fileBytesMax) throw new ScenarioProblems([tooLarge(file, stats.size)]);
      const tree = readTree(readFileSync(file), file);
      if (!named && isLoadTest(tree)) skipped.push({ file, reason: 'a load test, not a scenario' });
      else scenarios.push(planOf(tree));
    } catch (error) {
      if (error instanceof ScenarioProblems) problems.push(...error.problems);
      else problems.push(wholeFile(file, `cannot be read: ${reasonOf(error)}`, 'check the path and its permissions'));
    }
  }
  if (problems.length > 0) throw new ScenarioProblems(problems);
  return { scenarios, skipped };
}

function find(path: string, problems: Problem[]): Found[] {
  let stats: Stats;
  try {
    stats = statSync(path);
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === 'ENOENT';
    const message = missing ? 'no such file or folder' : `cannot be read: ${reasonOf(error)}`;
    problems.push(wholeFile(path, message, 'check the path; it is relative to the current folder'));
    return [];
  }
  if (!stats.isDirectory()) return [{ file: path, named: true }];
  const before = problems.length;
  const files = walk(path, 0, new Set(), problems);
  if (files.length === 0 && problems.length === before) {
    problems.push(wholeFile(path, 'the folder has no scenario', 'a scenario is a file *.yaml or *.yml in it or below it'));
  }
  return files.map((file) => ({ file, named: false }));
}

/** Every YAML file below a folder by name, without hidden folders and installed packages; loops of links are cut. */
function walk(folder: string, depth: number, visited: Set<string>, problems: Problem[]): string[] {
  try {
    const real = realpathSync(folder);
    if (visited.has(real) || depth > LIMITS.folderDepthMax) return [];
    visited.add(real);
    const files: string[] = [];
    for (const name of readdirSync(folder).sort()) {
      if (name.startsWith('.') || name === 'node_modules') continue;
      const path = join(folder, name);
      const isYaml = /\.ya?ml$/i.test(name);
      const stats = statSync(path, { throwIfNoEntry: false });
      // A broken link that looks like a scenario is kept: reading it reports the problem.
      if (stats?.isDirectory() === true) files.push(...walk(path, depth + 1, visited, problems));
      else if (isYaml) files.push(path);
    }
    return files;
  } catch (error) {
    problems.push(wholeFile(folder, `cannot be read: ${reasonOf(error)}`, 'check its permissions'));
    return [];
  }
}

/** The system's reason without the path, which the problem already names. */
function reasonOf(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  return code ?? message;
}
