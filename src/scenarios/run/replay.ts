/** The command that runs a repetition again. */
import type { TargetCommands } from '../../probe/targets/commands.js';
import { nameOf } from '../../probe/targets/remote.js';
import type { Scenario } from '../language/plan.js';
import { repetitionSeed } from './seed.js';
import { quote } from './shell-word.js';

/** `replayFlags` are the flags besides file and seed. */
export function replayOf(
  scenario: Scenario,
  options: { readonly seed: string; readonly replayFlags: string },
  repetition: number,
): string {
  const file = scenario.file === null ? '<the scenario>' : quote(scenario.file);
  return `call-probe run ${file} --seed ${quote(repetitionSeed(options.seed, repetition))} --repeat 1${options.replayFlags}`;
}

/** The flags of the replay command besides file and seed, without secrets of a URL. */
export function replayFlagsOf(
  target: string,
  defects: readonly string[],
  commands: TargetCommands = {},
  adapter = 'callsync',
): string {
  const flags = [
    ...(target === 'bundled' ? [] : [`--target ${quote(nameOf(target))}`]),
    ...(adapter === 'callsync' ? [] : [`--adapter ${quote(adapter)}`]),
    ...Object.entries(commands).map(([what, command]) => `--${what}-command ${quote(String(command))}`),
    ...defects.map((name) => `--defect ${name}`),
  ];
  return flags.map((flag) => ` ${flag}`).join('');
}
