/** `call-probe call FROM TO`: one call with the ladder drawn while it happens. */
import { randomBytes } from 'node:crypto';
import { CALLSYNC } from '../adapters/index.js';
import { systemClock } from '../probe/runtime/clock.js';
import { formatDuration } from '../scenarios/language/duration.js';
import { defectProblem } from '../scenarios/run/defects.js';
import { durationFlag } from './duration-flag.js';
import { EXIT, UsageError } from './exit.js';
import { type ForeignFlags, foreignSettings } from './foreign-flags.js';
import { withInterrupt } from './interrupt.js';
import { mediaAddressFlag } from './media-address.js';
import { privacyOf } from './privacy.js';
import { VERSION } from './version.js';

interface CallFlags extends ForeignFlags {
  readonly target: string;
  readonly defect?: readonly string[];
  readonly seed?: string;
  readonly out: string;
  readonly answerAfter: string;
  readonly talk: string;
  readonly decline?: boolean;
  readonly cancel?: boolean;
  readonly media: 'audio' | 'none';
  readonly mediaAddress?: string;
}

/** Runs `call-probe call` and resolves to its exit code. */
export async function callCommand(from: string, to: string, flags: CallFlags): Promise<number> {
  if (flags.decline === true && flags.cancel === true) throw new UsageError('--decline and --cancel cannot be combined');
  const problem = defectProblem(flags.defect ?? [], flags.target);
  if (problem !== null) throw new UsageError(problem);
  if (from === to) throw new UsageError(`${from} cannot call ${to}: name two users`);
  if (flags.adapter !== CALLSYNC && flags.target === 'bundled')
    throw new UsageError(`--adapter ${flags.adapter} needs a --target`);
  const foreign = await foreignSettings(flags);
  const given = callScenario(from, to, flags);
  // Heavy modules are loaded only once it is certain that something runs.
  const [{ parseScenario }, { runScenarios }, { ladderReporter }, { multiplex }, { createOut }] = await Promise.all([
    import('../scenarios/language/load.js'),
    import('../scenarios/run/run.js'),
    import('../reporters/ladder.js'),
    import('../reporters/multiplexer.js'),
    import('../reporters/out.js'),
  ]);
  const scenario = parseScenario(given);
  const context = { now: () => systemClock.now(), files: [], traceOf: () => null, redaction: 'on' as const };
  const ladder = multiplex([{ name: 'ladder', reporter: ladderReporter.create(createOut(), context) }]);
  const privacy = privacyOf(false);
  const report = await withInterrupt((signal) =>
    runScenarios([scenario], {
      version: VERSION,
      target: flags.target,
      defects: flags.defect ?? [],
      mediaAddress: mediaAddressFlag(flags.mediaAddress),
      ...(foreign === null ? {} : { foreign }),
      seed: flags.seed ?? randomBytes(4).toString('hex'),
      workers: 1,
      repeat: 1,
      retries: 0,
      bail: false,
      out: flags.out,
      signal,
      listener: ladder,
      replayFlags: '',
      privacy,
    }),
  );
  for (const refusal of privacy.refusals) process.stderr.write(`${refusal}\n`);
  for (const { error } of ladder.faults()) throw error;
  return privacy.refusals.length > 0 && report.exitCode === EXIT.held ? EXIT.broken : report.exitCode;
}

/** The call as a scenario, so that it is judged like any other. */
function callScenario(from: string, to: string, flags: CallFlags): unknown {
  const ringMs = durationFlag('--answer-after', flags.answerAfter);
  const talkMs = durationFlag('--talk', flags.talk);
  const wait = (ms: number): object[] => (ms === 0 ? [] : [{ wait: formatDuration(ms) }]);
  const ringing = [{ [from]: `call ${to}` }, { expect: { both: 'ringing', within: '5s' } }, ...wait(ringMs)];
  const expect = (state: string): object => ({ expect: { both: state, within: '2s' } });
  const media =
    flags.media === 'audio' && talkMs > 0 ? [{ expect: { media: 'flowing', between: [from, to], within: '5s' } }] : [];
  const rest =
    flags.decline === true
      ? [{ [to]: 'reject' }, expect('ended(rejected)')]
      : flags.cancel === true
        ? [{ [from]: 'cancel' }, expect('ended(cancelled)')]
        : [{ [to]: 'accept' }, expect('connected'), ...media, ...wait(talkMs), { [from]: 'hang up' }, expect('ended(hangup)')];
  return {
    name: `${from} calls ${to}`,
    media: flags.media,
    timeout: '10m',
    agents: { [from]: {}, [to]: {} },
    steps: [...ringing, ...rest],
  };
}
