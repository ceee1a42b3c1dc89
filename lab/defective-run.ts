/** One run of scenarios against the bundled system with a known bug, or without any. */
import { VERSION } from '../src/cli/version.js';
import { TargetError } from '../src/probe/targets/target.js';
import type { Scenario } from '../src/scenarios/language/plan.js';
import type { RunReport } from '../src/scenarios/run/result.js';
import { runScenarios } from '../src/scenarios/run/run.js';
import type { DefectName } from './showing.js';

export interface DefectiveRunOptions {
  /** Null for the correct system. */
  readonly defect: DefectName | null;
  readonly seed: string;
  /** Repetitions of every scenario; null for as many as its file says. */
  readonly repeat: number | null;
  /** Folder for the traces; null keeps none. */
  readonly out: string | null;
  readonly signal: AbortSignal;
}

/** Runs scenarios one after another, with a server of their own. */
export function runDefective(scenarios: readonly Scenario[], options: DefectiveRunOptions): Promise<RunReport> {
  const { defect, ...rest } = options;
  const fixed = { version: VERSION, target: 'bundled', workers: 1, retries: 0, bail: false, listener: {}, replayFlags: '' };
  const defects = defect === null ? [] : [defect];
  return withRestarts(() => runScenarios(scenarios, { ...fixed, ...rest, defects }));
}

/** How often work begins when its target does not start, as on a busy machine. */
const STARTS_MAX = 3;

/** Does `work`, and again when its target did not start. Rejects with the TargetError of the last time. */
export async function withRestarts<T>(work: () => Promise<T>): Promise<T> {
  for (let starts = 1; ; starts++) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof TargetError) || starts === STARTS_MAX) throw error;
    }
  }
}
