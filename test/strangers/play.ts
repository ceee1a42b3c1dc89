/** Plays cases through the programming interface, each scenario with a server of its own, and holds the first causes against the table. */
import { setMaxListeners } from 'node:events';
import { fileURLToPath } from 'node:url';
import { type Diagnosis, runScenario, type ScenarioResult } from '../../src/index.js';
import { inLanes } from '../../src/scenarios/run/lanes.js';
import { nameOf, type StrangerCase } from './case.js';

const fileIn = (folder: string, name: string): string =>
  fileURLToPath(new URL(`../../../test/strangers/${folder}/${name}.yaml`, import.meta.url));

/** One run of one scenario of a case. */
export interface Outcome {
  readonly of: StrangerCase;
  readonly scenario: string;
  readonly verdict: 'right' | 'wrong' | 'missed' | 'silent' | 'false alarm';
  readonly first: Diagnosis | null;
  readonly result: ScenarioResult;
}

export interface PlayOptions {
  readonly lanes: number;
  readonly signal: AbortSignal;
  /** Runs of each scenario. */
  readonly repeat?: number;
  /** Folder for the traces; none are kept without one. */
  readonly out?: string;
  done?(outcome: Outcome): void;
}

/** In the order of the cases. */
export async function play(cases: readonly StrangerCase[], options: PlayOptions): Promise<Outcome[]> {
  const { repeat = 1, lanes, signal, out } = options;
  // Each run listens for the end, once or twice.
  setMaxListeners(4 * lanes, signal);
  const runs = cases.flatMap((of) =>
    of.scenarios.flatMap((scenario) => Array.from({ length: repeat }, (_, nth) => ({ of, scenario, nth }))),
  );
  const outcomes = new Map<number, Outcome>();
  await inLanes([...runs.entries()], lanes, signal, async ([i, { of, scenario, nth }]) => {
    const server = await of.server.start(of.bug);
    try {
      const result = await runScenario(fileIn('scenarios', scenario), {
        target: server.url,
        adapter: fileIn('dialects', of.dialect ?? of.server.dialect),
        seed: `strangers-${nth + 1}`,
        signal,
        ...(out === undefined ? {} : { out: `${out}/${nameOf(of).replace('/', '-')}-${scenario}-${nth + 1}` }),
      });
      const outcome = outcomeOf(of, scenario, result);
      outcomes.set(i, outcome);
      options.done?.(outcome);
    } finally {
      await server.close();
    }
  });
  return [...outcomes].sort(([a], [b]) => a - b).map(([, outcome]) => outcome);
}

export function outcomeOf(of: StrangerCase, scenario: string, result: ScenarioResult): Outcome {
  const { status, diagnoses } = result;
  const first = diagnoses[0] ?? null;
  const verdict = ((): Outcome['verdict'] => {
    if (of.bug === null) return status === 'passed' ? 'silent' : 'false alarm';
    if (status !== 'failed') return 'missed';
    return first !== null && of.causes.includes(first.code) && (of.hop === null || first.hop === of.hop) ? 'right' : 'wrong';
  })();
  return { of, scenario, verdict, first, result };
}

/** `not-forwarded @ server 95 %: The server does not pass "cancel" on to the callee`. */
export function firstWords({ first, result }: Outcome): string {
  if (first !== null) return `${first.code} @ ${first.hop} ${Math.round(first.confidence * 100)} %: ${first.title}`;
  return result.status === 'failed'
    ? 'failed without a cause'
    : `${result.status}${result.why === null ? '' : `: ${result.why}`}`;
}
