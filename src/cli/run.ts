/** `call-probe run`: scenario files against a target. */
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import type { Command } from 'commander';
import { CALLSYNC } from '../adapters/index.js';
import { isNamedPerRun } from '../probe/adapter/named-per-run.js';
import { systemClock } from '../probe/runtime/clock.js';
import type { TargetCommands } from '../probe/targets/commands.js';
import type { ForeignSettings } from '../probe/targets/target.js';
import { createOut } from '../reporters/out.js';
import { loadScenarios } from '../scenarios/language/load.js';
import { type Scenario, usersOf } from '../scenarios/language/plan.js';
import { withoutMedia } from '../scenarios/language/without-media.js';
import { defectProblem } from '../scenarios/run/defects.js';
import { applyConfig } from './config.js';
import { durationFlag } from './duration-flag.js';
import { EXIT, UsageError } from './exit.js';
import { type ForeignFlags, foreignReplay, foreignSettings } from './foreign-flags.js';
import { withInterrupt } from './interrupt.js';
import { mediaAddressFlag, mediaAddressReplay } from './media-address.js';
import { privacyOf } from './privacy.js';
import { BUILT_IN_SUITE, DEFAULT_WORKERS } from './suite.js';
import { VERSION } from './version.js';

/** The flags of `run`. */
interface RunFlags extends ForeignFlags {
  readonly target: string;
  readonly defect?: readonly string[];
  readonly seed?: string;
  readonly reporter?: readonly string[];
  readonly out: string;
  readonly workers?: number;
  readonly repeat?: number;
  readonly retries: number;
  readonly bail?: boolean;
  readonly tag?: readonly string[];
  readonly grep?: string;
  readonly timeout?: string;
  readonly list?: boolean;
  readonly targetWait: string;
  readonly restartCommand?: string;
  readonly pauseCommand?: string;
  readonly resumeCommand?: string;
  readonly media?: string;
  readonly mediaAddress?: string;
  readonly includeSensitive?: boolean;
  readonly ignoreLimits?: boolean;
}

/** Runs `call-probe run` and resolves to its exit code. */
export async function runCommand(paths: readonly string[], command: Command): Promise<number> {
  await applyConfig(command);
  const flags = command.opts<RunFlags>();
  const problem = flagProblem(flags);
  if (problem !== null) throw new UsageError(problem);
  const { scenarios, skipped } = loadScenarios(
    paths.length > 0 ? paths : [existsSync('scenarios') ? 'scenarios' : BUILT_IN_SUITE],
  );
  const timeoutMs = flags.timeout === undefined ? null : durationFlag('--timeout', flags.timeout);
  const chosen = scenarios
    .filter((scenario) => isChosen(scenario, flags))
    .map((scenario) => (timeoutMs === null ? scenario : { ...scenario, timeoutMs }))
    .map((scenario) => (flags.media === 'none' ? withoutMedia(scenario) : scenario));
  const targetWaitMs = flags.targetWait === '0' ? 0 : durationFlag('--target-wait', flags.targetWait);
  for (const { file, reason } of skipped) process.stderr.write(`${file}: skipped, ${reason}\n`);
  if (chosen.length === 0) throw new UsageError('no scenario matches --tag and --grep; run --list without them to see all');
  if (flags.list === true) {
    for (const { name, file, tags } of chosen) process.stdout.write(`${file ?? ''}  ${name}  [${tags.join(', ')}]\n`);
    return EXIT.held;
  }
  // Heavy modules are loaded only once it is certain that something runs.
  const [{ createReporters }, { runScenarios }, { replayFlagsOf }] = await Promise.all([
    import('../reporters/index.js'),
    import('../scenarios/run/run.js'),
    import('../scenarios/run/replay.js'),
  ]);
  const defects = flags.defect ?? [];
  const commands = commandsOf(flags);
  const foreign = await foreignSettings(flags);
  const crowded = crowding(flags, foreign, usersOf(chosen));
  if (crowded !== null) throw new UsageError(crowded);
  const seed = flags.seed ?? randomBytes(4).toString('hex');
  const privacy = privacyOf(flags.includeSensitive === true);
  const io = { out: createOut(), now: () => systemClock.now(), env: process.env, privacy };
  const reporters = createReporters(flags.reporter ?? ['console'], io);
  const report = await withInterrupt((signal) =>
    runScenarios(chosen, {
      version: VERSION,
      target: flags.target,
      defects,
      commands,
      mediaAddress: mediaAddressFlag(flags.mediaAddress),
      ...(foreign === null ? {} : { foreign }),
      seed,
      workers: flags.workers ?? (flags.target === 'bundled' ? DEFAULT_WORKERS : 1),
      repeat: flags.repeat ?? null,
      retries: flags.retries,
      targetWaitMs,
      bail: flags.bail === true,
      ignoreLimits: flags.ignoreLimits === true,
      out: flags.out,
      signal,
      listener: reporters,
      replayFlags:
        replayFlagsOf(flags.target, defects, commands, flags.adapter) +
        foreignReplay(flags) +
        mediaAddressReplay(flags.mediaAddress) +
        (flags.media === 'none' ? ' --media none' : '') +
        (flags.ignoreLimits === true ? ' --ignore-limits' : ''),
      privacy,
    }),
  );
  for (const refusal of privacy.refusals) process.stderr.write(`${refusal}\n`);
  for (const { reporter, error } of reporters.faults()) process.stderr.write(`the reporter ${reporter} failed: ${error}\n`);
  if (reporters.faults().length + privacy.refusals.length > 0 && report.exitCode === EXIT.held) return EXIT.broken;
  return report.exitCode;
}

/** The commands for process faults of a server that runs elsewhere. */
function commandsOf({ restartCommand, pauseCommand, resumeCommand }: RunFlags): TargetCommands {
  return {
    ...(restartCommand === undefined ? {} : { restart: restartCommand }),
    ...(pauseCommand === undefined ? {} : { pause: pauseCommand }),
    ...(resumeCommand === undefined ? {} : { resume: resumeCommand }),
  };
}

/** Why scenarios cannot run in parallel at a server, as a sentence; null if they can, or need not. */
function crowding(flags: RunFlags, foreign: ForeignSettings | null, users: readonly string[]): string | null {
  if (flags.target === 'bundled' || (flags.workers ?? 1) <= 1) return null;
  if (Object.keys(commandsOf(flags)).length > 0)
    return '--workers above 1: stopping or restarting the server would affect all scenarios at once';
  const shared =
    foreign === null
      ? users[0]
      : users.find((user) => !isNamedPerRun(user, foreign.adapter, foreign.credentials.get(user) ?? {}));
  if (shared === undefined) return null;
  return `--workers above 1 needs separate users in each repetition, but ${shared} is the same user in all; without it scenarios run one after another`;
}

function flagProblem(flags: RunFlags): string | null {
  if (flags.adapter !== CALLSYNC && flags.target === 'bundled') {
    return `--adapter ${flags.adapter} needs a --target: the bundled server speaks callsync.v1`;
  }
  if (flags.ignoreLimits === true && flags.adapter === CALLSYNC) {
    return `--ignore-limits needs an --adapter other than ${CALLSYNC}: only adapters declare limits`;
  }
  if (flags.seed !== undefined && !/^[\w.:~-]{1,64}$/.test(flags.seed)) {
    return `--seed ${JSON.stringify(flags.seed.slice(0, 80))} may have 1 to 64 letters, digits and . : ~ _ -`;
  }
  if (flags.media !== undefined && !['audio', 'none'].includes(flags.media))
    return `--media ${JSON.stringify(flags.media.slice(0, 80))} is one of audio, none`;
  const [given] = Object.keys(commandsOf(flags));
  if (flags.target === 'bundled' && given !== undefined) {
    return `--${given}-command is for a --target that runs elsewhere: the probe restarts and pauses the bundled server itself`;
  }
  if ((flags.pauseCommand === undefined) !== (flags.resumeCommand === undefined)) {
    return '--pause-command needs --resume-command, and the other way round';
  }
  return defectProblem(flags.defect ?? [], flags.target);
}

function isChosen(scenario: Scenario, flags: RunFlags): boolean {
  if (flags.tag !== undefined && !flags.tag.some((tag) => scenario.tags.includes(tag))) return false;
  const text = flags.grep?.toLowerCase();
  return text === undefined || `${scenario.name} ${scenario.file ?? ''}`.toLowerCase().includes(text);
}
