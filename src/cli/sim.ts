/** `call-probe sim`: the bundled protocol under seeded faults in virtual time. */
import { type ChildProcess, fork } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { systemClock } from '../probe/runtime/clock.js';
import { SOUND_PARTS } from '../sim/parts.js';
import { failureText, measuredTable, progressText, shrunkText, tallyText } from '../sim/report.js';
import { planOf, runPlan } from '../sim/run.js';
import { stepText } from '../sim/schedule.js';
import { type Failure, NOTHING, plus, search, type Tally, tallyOf } from '../sim/search.js';
import { type Kept, parseKept, planWith, type Shrunk, shrink } from '../sim/shrink.js';
import { partsWithout, SWITCHES } from '../sim/switches.js';
import { EXIT, UsageError } from './exit.js';
import { withInterrupt } from './interrupt.js';
import type { Chunk, WorkerMessage } from './sim-worker.js';

interface SimFlags {
  readonly seeds?: number;
  readonly seed?: string;
  readonly minutes?: number;
  readonly without?: readonly string[];
  readonly keep?: string;
  readonly workers?: number;
  readonly shrink: boolean;
  readonly table?: boolean;
}

/** The result of a search. */
interface Found {
  readonly tally: Tally;
  readonly failure: Failure | null;
}

const SEEDS_DEFAULT = 1_000;
const CHUNK_SEEDS = 20;
const PROGRESS_MS = 2_000;
/** Interval of progress lines without a terminal. */
const PROGRESS_QUIET_MS = 10_000;

/** Runs `call-probe sim` and resolves to its exit code. */
export async function simCommand(flags: SimFlags): Promise<number> {
  const without = flags.without ?? [];
  checkFlags(flags, without);
  if (flags.table === true) {
    process.stdout.write(`${measuredTable(flags.seed ?? 'table', flags.seeds ?? 2_000)}\n`);
    return EXIT.held;
  }
  return withInterrupt(async (signal) => {
    const isSeries = flags.seed === undefined || flags.seeds !== undefined || flags.minutes !== undefined;
    return isSeries ? series(flags, without, signal) : single(flags, flags.seed ?? '', without, signal);
  });
}

function checkFlags({ seed, seeds, minutes, keep }: SimFlags, without: readonly string[]): void {
  const names = SWITCHES.map(({ name }) => name);
  const unknown = without.find((name) => !names.includes(name));
  if (unknown !== undefined) {
    throw new UsageError(`--without ${JSON.stringify(unknown.slice(0, 80))}: unknown switch; known are ${names.join(', ')}`);
  }
  if (seed !== undefined && !/^[\w.:~-]{1,64}$/.test(seed)) {
    throw new UsageError(`--seed ${JSON.stringify(seed.slice(0, 80))} may have 1 to 64 letters, digits and . : ~ _ -`);
  }
  if (keep === undefined) return;
  if (seed === undefined || seeds !== undefined || minutes !== undefined) {
    throw new UsageError('--keep selects steps of one schedule: use it with --seed, without --seeds and --minutes');
  }
  const kept = parseKept(keep);
  const { length } = planOf(seed).steps;
  if (kept === null) throw new UsageError(`--keep ${JSON.stringify(keep.slice(0, 80))} is not a list of steps such as 3,7/2`);
  const missing = kept.find(({ index }) => index >= length);
  if (missing !== undefined)
    throw new UsageError(`--keep: the schedule of seed ${seed} has ${length} steps, but no step ${missing.index}`);
}

/** One seed, or some steps of its schedule. */
async function single(flags: SimFlags, seed: string, without: readonly string[], signal: AbortSignal): Promise<number> {
  const startedAt = systemClock.now();
  const plan = planOf(seed);
  const kept: readonly Kept[] | null = flags.keep === undefined ? null : parseKept(flags.keep);
  const chosen = kept === null ? plan : planWith(plan, kept);
  const outcome = runPlan(chosen, partsWithout(SOUND_PARTS, without));
  say(tallyText(tallyOf(outcome), systemClock.now() - startedAt));
  say(`digest ${outcome.digest.toString(16).padStart(8, '0')}`);
  const { violation } = outcome;
  if (violation === null) {
    say(`seed ${seed}: everything held`);
    return EXIT.held;
  }
  const failure = { number: 1, seed, violation };
  if (kept !== null) say(chosen.steps.map((step) => `  ${stepText(step)}`).join('\n'));
  say(`\n${failureText(failure, without, kept)}`);
  return kept === null && flags.shrink ? tellShrunk(failure, without, signal) : EXIT.failed;
}

async function series(flags: SimFlags, without: readonly string[], signal: AbortSignal): Promise<number> {
  const base = flags.seed ?? randomBytes(4).toString('hex');
  const workers = flags.workers ?? availableParallelism();
  const seeds = flags.seeds ?? (flags.minutes === undefined ? SEEDS_DEFAULT : null);
  say(`seed ${base}: ${base}:1, ${base}:2, ... (${workers} ${workers === 1 ? 'process' : 'processes'})`);
  const startedAt = systemClock.now();
  const elapsedMs = (): number => systemClock.now() - startedAt;
  const isOver = (): boolean => signal.aborted || elapsedMs() > (flags.minutes ?? Infinity) * 60_000;
  let tally = NOTHING;
  const progress = setInterval(
    () => showProgress(progressText(tally, elapsedMs(), seeds)),
    process.stderr.isTTY ? PROGRESS_MS : PROGRESS_QUIET_MS,
  );
  const count = (part: Tally): void => {
    tally = plus(tally, part);
  };
  const run = workers === 1 ? searchHere : searchWith(workers);
  const failure = await run(base, seeds ?? Number.MAX_SAFE_INTEGER, without, count, isOver).finally(() => {
    clearInterval(progress);
    showProgress('');
  });
  const found: Found = { tally, failure };
  say(tallyText(found.tally, elapsedMs()));
  if (found.failure !== null) {
    say(`\n${failureText(found.failure, without)}`);
    return flags.shrink ? tellShrunk(found.failure, without, signal) : EXIT.failed;
  }
  if (signal.aborted) return EXIT.interrupted;
  say('everything held');
  return EXIT.held;
}

type Search = (
  base: string,
  seeds: number,
  without: readonly string[],
  count: (tally: Tally) => void,
  isOver: () => boolean,
) => Promise<Failure | null>;

/** In this process, with a turn of the event loop after every seed. */
const searchHere: Search = async (base, seeds, without, count, isOver) => {
  for (const { tally, failure } of search(base, 1, seeds, partsWithout(SOUND_PARTS, without))) {
    count(tally);
    if (failure !== null) return failure;
    await nextTurn();
    if (isOver()) break;
  }
  return null;
};

/** In child processes, a chunk of seeds at a time; of several failures the one with the lowest number is reported. */
function searchWith(workers: number): Search {
  return async (base, seeds, without, count, isOver) => {
    const children = new Set<ChildProcess>();
    let next = 1;
    let failure: Failure | null = null;
    const work = async (): Promise<void> => {
      // Signals of the terminal go to whole process groups: a worker ended by one would look like a crash.
      const child = fork(fileURLToPath(new URL('./sim-worker.js', import.meta.url)), ['chunks'], { detached: true });
      children.add(child);
      while (next <= seeds && failure === null && !isOver()) {
        const chunk: Chunk = { base, from: next, to: Math.min(seeds, next + CHUNK_SEEDS - 1), without };
        next = chunk.to + 1;
        const message = await ask(child, chunk, isOver);
        if (message === null) break;
        if (message.type === 'broken')
          throw new Error(`the simulator broke in ${base}:${chunk.from} to ${base}:${chunk.to}: ${message.message}`);
        count(message.tally);
        const lowest: Failure | null = failure;
        if (message.failure !== null && (lowest === null || message.failure.number < (lowest as Failure).number)) {
          failure = message.failure;
        }
      }
    };
    try {
      await Promise.all(Array.from({ length: workers }, work));
    } finally {
      for (const child of children) child.kill('SIGKILL');
    }
    return failure;
  };
}

/** How often to check whether the search is over. */
const LOOK_MS = 100;

/** Gives a chunk to a worker; null if the search is over before it answers. Rejects if the worker crashes. */
function ask(child: ChildProcess, chunk: Chunk, isOver: () => boolean): Promise<WorkerMessage | null> {
  return new Promise((resolve, reject) => {
    const look = setInterval(() => isOver() && settle(() => resolve(null)), LOOK_MS);
    const settle = (done: () => void): void => {
      clearInterval(look);
      child.off('message', answered);
      child.off('exit', died);
      done();
    };
    const answered = (message: WorkerMessage): void => settle(() => resolve(message));
    const died = (code: number | null, signal: string | null): void => {
      // A signal for the whole group may have ended the worker first.
      const lost = new Error(
        `a worker of the simulator ended with ${code ?? signal} in ${chunk.base}:${chunk.from} to ${chunk.to}`,
      );
      setTimeout(() => settle(() => (isOver() ? resolve(null) : reject(lost))), LOOK_MS);
    };
    child.once('message', answered);
    child.once('exit', died);
    // If it has crashed, its exit is reported instead.
    child.send(chunk, () => undefined);
  });
}

async function tellShrunk(failure: Failure, without: readonly string[], signal: AbortSignal): Promise<number> {
  const { seed, violation } = failure;
  const steps = shrink(planOf(seed), violation, partsWithout(SOUND_PARTS, without));
  let shownAt = systemClock.now();
  for (;;) {
    const step: IteratorResult<number, Shrunk> = steps.next();
    if (step.done === true) {
      showProgress('');
      say(`\n${shrunkText(seed, without, step.value)}`);
      return signal.aborted ? EXIT.interrupted : EXIT.failed;
    }
    if (systemClock.now() - shownAt > PROGRESS_MS) {
      shownAt = systemClock.now();
      showProgress(`shrinking: ${step.value} runs`);
    }
    await nextTurn();
    if (signal.aborted) return EXIT.interrupted;
  }
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** On a terminal one line that is overwritten, elsewhere one line each; an empty text removes it. */
function showProgress(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${text}`);
  else if (text !== '') process.stderr.write(`${text}\n`);
}
