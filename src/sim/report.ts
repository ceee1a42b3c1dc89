/** Output of the simulator: progress, the sums at the end, and a failure with the command that replays it. */

import { INVARIANTS } from './invariants.js';
import { type Parts, SOUND_PARTS } from './parts.js';
import { planOf } from './run.js';
import { stepText } from './schedule.js';
import { type Failure, search, type Tally } from './search.js';
import { type Kept, keptText, planWith, type Shrunk } from './shrink.js';
import { partsWithout, SWITCHES } from './switches.js';

const whole = (value: number): string => Math.round(value).toLocaleString('en-US');

/** One line of progress. `of` is the requested number of seeds, or null. */
export function progressText(tally: Tally, elapsedMs: number, of: number | null): string {
  const seconds = Math.max(elapsedMs, 1) / 1000;
  const asked = of === null ? '' : ` of ${whole(of)}`;
  return `${whole(tally.seeds)}${asked} seeds, ${whole(tally.calls)} calls, ${whole(tally.calls / seconds)} calls/s, ${whole(seconds)} s`;
}

/** The sums of a search. */
export function tallyText(tally: Tally, elapsedMs: number): string {
  const seconds = Math.max(elapsedMs, 1) / 1000;
  const days = tally.ms / 86_400_000;
  return [
    `${whole(tally.seeds)} seeds in ${seconds.toFixed(1)} s: ${whole(tally.calls)} calls, ${whole(tally.connected)} answered, ${whole(tally.restarts)} restarts of the server`,
    `${whole(tally.calls / seconds)} calls/s, ${whole(tally.seeds / seconds)} seeds/s; ${days.toFixed(1)} days of virtual time, ${whole(tally.inputs)} inputs`,
  ].join('\n');
}

/** The command that runs a seed again, with only these steps when they are given. */
export function replayCommand(seed: string, without: readonly string[], kept: readonly Kept[] | null): string {
  const switches = without.map((name) => ` --without ${name}`).join('');
  return `call-probe sim --seed ${seed}${switches}${kept === null ? '' : ` --keep ${keptText(kept)}`}`;
}

export function failureText(
  { seed, violation }: Failure,
  without: readonly string[],
  kept: readonly Kept[] | null = null,
): string {
  const { invariant, at, message } = violation;
  return [
    `✗ ${invariant}: ${message}`,
    `  ${INVARIANTS[invariant]}`,
    `  seed ${seed}, ${(at / 1000).toFixed(3)} s into the run`,
    '',
    replayCommand(seed, without, kept),
  ].join('\n');
}

/** The shortest schedule found that fails in the same way. */
export function shrunkText(seed: string, without: readonly string[], shrunk: Shrunk): string {
  const plan = planOf(seed);
  const { steps, swarm } = planWith(plan, shrunk.kept);
  const how = shrunk.isMinimal ? 'none of which can be removed' : 'the shortest found within the limit of runs';
  return [
    `${steps.length} of ${plan.steps.length} steps fail in the same way, ${how} (${shrunk.runs} runs):`,
    ...steps.map((step) => `  ${stepText(step)}`),
    `  ${(shrunk.violation.at / 1000).toFixed(3).padStart(8)} s  ✗ ${shrunk.violation.message}`,
    `devices: ${swarm.devices.map(({ name, delayMs }) => `${name} (${delayMs} ms)`).join(', ')}`,
    '',
    replayCommand(seed, without, shrunk.kept),
  ].join('\n');
}

/** The first seed that detects each switch, and the invariant: runs up to `seedsMax` seeds of `base` per switch. */
export function measuredTable(base: string, seedsMax: number, sound: Parts = SOUND_PARTS): string {
  const rows = SWITCHES.map(({ name }) => {
    let failure: Failure | null = null;
    for (const run of search(base, 1, seedsMax, partsWithout(sound, [name]))) failure = run.failure;
    return failure === null
      ? [`\`${name}\``, `not in ${seedsMax}`, '']
      : [`\`${name}\``, String(failure.number), `\`${failure.violation.invariant}\``];
  });
  return table(['switch', 'found with seed', 'by the invariant'], rows);
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}
