/** `npm run lab -- confusion`: whether the diagnosis names every known bug, on every network, and is silent where there is none. */
import { randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { distance } from 'fastest-levenshtein';
import { EXIT, UsageError } from '../src/cli/exit.js';
import { withInterrupt } from '../src/cli/interrupt.js';
import { BUILT_IN_SUITE, DEFAULT_WORKERS } from '../src/cli/suite.js';
import { PROFILES } from '../src/faults/profiles.js';
import { type ConfusionRun, outcomeOf, scoreOf, shareOf } from './confusion.js';
import { countOf, NO_NETWORK, runConfusion } from './confusion-run.js';
import { confusionMarkdown, confusionSums, confusionText } from './confusion-table.js';
import { chosenDefects } from './showing.js';

export interface ConfusionFlags {
  readonly defect?: readonly string[];
  readonly network?: readonly string[];
  readonly seed?: string;
  readonly seeds: number;
  readonly workers?: number;
  readonly markdown?: boolean;
  /** Percent. */
  readonly min: number;
  readonly out?: string;
}

const NETWORKS: readonly string[] = [NO_NETWORK, ...PROFILES.map(({ name }) => name)];

/** Runs `npm run lab -- confusion` and resolves to its exit code: 1 for a share below `--min` or anything wrong without a bug. */
export async function confusionCommand(flags: ConfusionFlags): Promise<number> {
  const defects = chosenDefects(flags.defect);
  const networks = networksOf(flags.network ?? NETWORKS);
  const { seeds, min } = flags;
  const seed = flags.seed ?? randomBytes(4).toString('hex');
  const plan = { defects, networks, seed, seeds };
  const total = countOf(plan);
  const workers = flags.workers ?? DEFAULT_WORKERS;
  process.stderr.write(
    `${total} runs of ${defects.length} bugs on ${networks.length} networks, seed ${seed}, ${workers} at a time\n`,
  );
  let isCut = false;
  const runs = await withInterrupt(async (signal) => {
    const made = await runConfusion({
      ...plan,
      suite: BUILT_IN_SUITE,
      workers,
      out: flags.out ?? null,
      signal,
      done: progress(total),
    });
    isCut = signal.aborted;
    return made;
  });
  const ordered = inOrder(runs, defects, networks);
  if (flags.out !== undefined) {
    // Runs that were interrupted early have made no folder.
    mkdirSync(flags.out, { recursive: true });
    writeFileSync(join(flags.out, 'confusion.json'), `${JSON.stringify(ordered, null, 1)}\n`);
  }
  process.stdout.write(flags.markdown === true ? `${confusionMarkdown(ordered)}\n` : confusionText(ordered));
  if (flags.markdown === true) for (const sum of confusionSums(ordered)) process.stderr.write(`${sum}\n`);
  if (isCut) return EXIT.interrupted;
  const score = scoreOf(ordered);
  const share = shareOf(score) * 100;
  if (share < min) process.stderr.write(`${share.toFixed(1)} % is less than ${min} %\n`);
  return share >= min && score.falseAlarms + score.failed === 0 ? EXIT.held : EXIT.failed;
}

function networksOf(names: readonly string[]): string[] {
  for (const name of names) {
    if (NETWORKS.includes(name)) continue;
    const near = [...NETWORKS].sort((a, b) => distance(name, a) - distance(name, b))[0];
    throw new UsageError(`there is no network ${JSON.stringify(name)}; did you mean "${near}"? Known are ${NETWORKS.join(', ')}`);
  }
  return [...new Set(names)];
}

/** Prints each run that is not as expected, and the count: every hundred runs, on a terminal as a line that changes. */
function progress(total: number): (run: ConfusionRun) => void {
  let count = 0;
  let right = 0;
  return (run) => {
    count++;
    const outcome = outcomeOf(run);
    const isFine = outcome === 'right' || outcome === 'healthy';
    if (isFine) right++;
    const state = `${count} of ${total} runs, ${right} as expected`;
    const start = process.stderr.isTTY ? '\r\x1b[K' : '';
    if (!isFine) {
      const { defect, scenario, network, seed, expected, got } = run;
      const wanted = expected === null ? 'nothing' : `${expected.code} at ${expected.hop}`;
      const said = got === null ? outcome : `${got.code} at ${got.hop}`;
      process.stderr.write(`${start}${defect ?? `no bug, ${scenario}`} on ${network} (${seed}): ${wanted} expected, ${said}\n`);
    }
    if (process.stderr.isTTY) process.stderr.write(`${start}${state}${count === total ? '\n' : ''}`);
    else if (count % 100 === 0 || count === total) process.stderr.write(`${state}\n`);
  };
}

function inOrder(runs: readonly ConfusionRun[], defects: readonly string[], networks: readonly string[]): ConfusionRun[] {
  const rank = ({ defect, network }: ConfusionRun): number =>
    (defect === null ? defects.length : defects.indexOf(defect)) * networks.length + networks.indexOf(network);
  return [...runs].sort((a, b) => rank(a) - rank(b) || a.scenario.localeCompare(b.scenario) || a.seed.localeCompare(b.seed));
}
