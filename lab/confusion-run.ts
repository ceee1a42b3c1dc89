/** Runs every known bug on every network, and the same scenarios without a bug, and has each run diagnosed. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PROFILES } from '../src/faults/profiles.js';
import type { Diagnosis } from '../src/judge/causes/diagnosis.js';
import { diagnose } from '../src/judge/diagnose.js';
import { historyOf } from '../src/judge/history/history.js';
import { TargetError } from '../src/probe/targets/target.js';
import type { Scenario } from '../src/scenarios/language/plan.js';
import { inLanes } from '../src/scenarios/run/lanes.js';
import type { ScenarioResult, Status } from '../src/scenarios/run/result.js';
import { decodeTrace } from '../src/trace/jsonl.js';
import { type ConfusionRun, expectedOf, type Named, outcomeOf } from './confusion.js';
import { runDefective } from './defective-run.js';
import { type DefectName, SHOWS } from './showing.js';
import { variantOf } from './variant.js';

/** The machine's own network, without impairment. */
export const NO_NETWORK = 'none';

export interface ConfusionOptions {
  /** The folder of the built-in scenarios. */
  readonly suite: string;
  readonly defects: readonly DefectName[];
  readonly networks: readonly string[];
  readonly seed: string;
  readonly seeds: number;
  readonly workers: number;
  /** Folder for the traces; null keeps none. */
  readonly out: string | null;
  readonly signal: AbortSignal;
  readonly done: (run: ConfusionRun) => void;
}

/** How often a run is repeated when the probe was overloaded. */
const AGAIN_MAX = 2;

/** The runs of one bug, or of one scenario without any, with one seed. */
interface Task {
  readonly defect: DefectName | null;
  readonly scenario: string;
  readonly media: boolean;
  readonly seed: string;
}

/** How many runs there will be. */
export function countOf(options: Pick<ConfusionOptions, 'defects' | 'networks' | 'seed' | 'seeds'>): number {
  return tasksOf(options).reduce((sum, { media }) => sum + networksFor(options.networks, media).length, 0);
}

/**
 * Runs all of them. A target that does not start at all rejects with a TargetError. One that does not start later on, as on a
 * busy machine, leaves its runs inconclusive.
 */
export async function runConfusion(options: ConfusionOptions): Promise<ConfusionRun[]> {
  const runs: ConfusionRun[] = [];
  const kept = options.out ?? mkdtempSync(join(tmpdir(), 'call-probe-confusion-'));
  try {
    await inLanes(tasksOf(options), options.workers, options.signal, async (task) => {
      try {
        runs.push(...(await play(task, options, kept)));
      } catch (error) {
        if (!(error instanceof TargetError) || runs.length === 0) throw error;
        runs.push(...unplayed(task, options));
      }
    });
  } finally {
    if (options.out === null) rmSync(kept, { recursive: true, force: true });
  }
  return runs;
}

function tasksOf({ defects, seed, seeds }: Pick<ConfusionOptions, 'defects' | 'seed' | 'seeds'>): Task[] {
  const shown = defects.map((defect) => ({ defect, scenario: SHOWS[defect].scenario, media: SHOWS[defect].media === true }));
  const correct = new Map(shown.map(({ scenario, media }) => [`${scenario} ${media}`, { defect: null, scenario, media }]));
  return Array.from({ length: seeds }, (_, index) => `${seed}-${index + 1}`).flatMap((seed) =>
    [...shown, ...correct.values()].map((task) => ({ ...task, seed })),
  );
}

/** A network that blocks media cannot show a bug of media. */
function networksFor(networks: readonly string[], media: boolean): string[] {
  const blocks = (name: string): boolean =>
    PROFILES.find((profile) => profile.name === name)?.media.some((fault) => 'block-udp' in fault) === true;
  return networks.filter((network) => !media || !blocks(network));
}

async function play(task: Task, options: ConfusionOptions, kept: string): Promise<ConfusionRun[]> {
  const { defect, scenario, media, seed } = task;
  const file = join(options.suite, `${scenario}.yaml`);
  const name = `${defect ?? `correct-${scenario}${media ? '-media' : ''}`}-${seed}`;
  const runs: ConfusionRun[] = [];
  let networks = networksFor(options.networks, media);
  for (let attempts = 1; networks.length > 0; attempts++) {
    const variants = networks.map((network) => variantOf(file, { network: network === NO_NETWORK ? null : network, media }));
    const out = join(kept, attempts === 1 ? name : `${name}-again-${attempts}`);
    const results = await playOnce(variants, task, out, options);
    const isLast = attempts > AGAIN_MAX || options.signal.aborted;
    const again: string[] = [];
    for (const [index, { result, diagnoses }] of results.entries()) {
      const network = networks[index] ?? '';
      const variant = variants[index];
      if (variant === undefined || result.status === 'skipped') continue;
      const expected = defect === null ? null : expectedOf(defect, variant);
      const status = statusOf(result);
      const run: ConfusionRun = { defect, scenario, network, seed, status, attempts, expected, got: namedBy(diagnoses[0]) };
      const isInconclusive = outcomeOf(run) === 'inconclusive';
      // A run that was interrupted proves nothing about the diagnosis.
      if (isInconclusive && options.signal.aborted) continue;
      // The probe was overloaded: nothing is known about the bug.
      if (isInconclusive && !isLast) again.push(network);
      else runs.push(run);
    }
    if (options.out === null) rmSync(out, { recursive: true, force: true });
    networks = again;
  }
  for (const run of runs) options.done(run);
  return runs;
}

interface Played {
  readonly result: ScenarioResult;
  readonly diagnoses: readonly Diagnosis[];
}

async function playOnce(variants: readonly Scenario[], task: Task, out: string, options: ConfusionOptions): Promise<Played[]> {
  const { defect, seed } = task;
  const report = await runDefective(variants, { defect, seed, repeat: 1, out, signal: options.signal });
  return report.scenarios.map((result, index) => ({ result, diagnoses: diagnosesOf(result, variants[index]) }));
}

function unplayed({ defect, scenario, media, seed }: Task, { networks, suite, done }: ConfusionOptions): ConfusionRun[] {
  const variant = variantOf(join(suite, `${scenario}.yaml`), { network: null, media });
  const expected = defect === null ? null : expectedOf(defect, variant);
  return networksFor(networks, media).map((network) => {
    const run: ConfusionRun = { defect, scenario, network, seed, status: 'unknown', attempts: 1, expected, got: null };
    done(run);
    return run;
  });
}

/** A fault of the network that begins after the end of a short call does not make the run unknown here. */
function statusOf({ status, checks }: ScenarioResult): Status {
  const isUnmet = checks.every(({ name, valid }) => valid === true || name === 'faults-fired');
  return status === 'unknown' && isUnmet ? 'passed' : status;
}

/** A run that passed is diagnosed, too: nothing may be found in it. */
function diagnosesOf(result: ScenarioResult, scenario: Scenario | undefined): readonly Diagnosis[] {
  const { trace, diagnoses } = result;
  if (statusOf(result) !== 'passed' || trace === null || scenario === undefined) return diagnoses;
  return diagnose(historyOf(decodeTrace(readFileSync(trace, 'utf8')).events), { checks: scenario.checks });
}

function namedBy(diagnosis: Diagnosis | undefined): Named | null {
  return diagnosis === undefined ? null : { code: diagnosis.code, hop: diagnosis.hop };
}
