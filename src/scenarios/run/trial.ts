/** Tries a mapping with one call and a redial: two users log in, one calls, the other accepts, they hang up; every message is printed. */

import { historyOf } from '../../judge/history/history.js';
import { traitsFor } from '../../probe/adapter/port.js';
import { startMediaHost } from '../../probe/media/supervisor.js';
import { systemClock } from '../../probe/runtime/clock.js';
import { connectForeign } from '../../probe/targets/foreign.js';
import type { ForeignSettings } from '../../probe/targets/target.js';
import type { Privacy } from '../../trace/redaction/privacy.js';
import { parseScenario } from '../language/load.js';
import { unmetAt } from './declared-limits.js';
import { runRepetition } from './repetition.js';
import { trialFindings } from './trial-advice.js';
import { TrialLines } from './trial-lines.js';

export interface Trial {
  readonly isGood: boolean;
  /** The result as sentences. */
  readonly verdict: string;
}

export interface TrialOptions {
  readonly caller: string;
  readonly callee: string;
  readonly settings: ForeignSettings;
  /** False skips media, and with it the mapping of candidates. */
  readonly media: boolean;
  /** IPv4 address of this machine for media; default loopback. */
  readonly mediaAddress?: string | undefined;
  /** Payloads of unmapped messages are printed as elsewhere: redacted, unless it is off. */
  readonly privacy: Privacy;
  readonly print: (line: string) => void;
}

/** Tries a mapping with a target. Rejects with a TargetError if the log-in fails. */
export async function tryTarget(url: string, options: TrialOptions): Promise<Trial> {
  const { caller, callee, settings, print, mediaAddress, privacy } = options;
  const target = await connectForeign(url, { ...settings, users: [caller, callee] });
  const withMedia = options.media && settings.adapter.traits.media !== null;
  const flowing = { expect: { media: 'flowing', between: [caller, callee], within: '5s' } };
  const ofCaller = traitsFor(settings.adapter, caller, settings.credentials.get(caller) ?? {});
  const steps: object[] = [
    { [caller]: `call ${callee}` },
    { expect: { both: 'ringing', within: '5s' } },
    { [callee]: 'accept' },
    { expect: { both: 'connected', within: '5s' } },
    withMedia ? flowing : { wait: '300ms' },
    { [ofCaller.verbs.includes('hang up') ? caller : callee]: 'hang up' },
    { expect: { both: 'ended', within: '5s' } },
  ];
  const scenario = parseScenario({
    name: 'a trial call',
    media: withMedia ? 'audio' : 'none',
    timeout: '60s',
    agents: { [caller]: {}, [callee]: {} },
    steps,
  });
  const unmet = unmetAt(settings, scenario);
  if (unmet !== null) {
    await target.stop();
    return { isGood: false, verdict: `not tried: ${unmet.why}; name other users with --users CALLER,CALLEE` };
  }
  const lines = new TrialLines(privacy);
  const broken = new AbortController();
  const host = withMedia ? await startMediaHost(mediaAddress === undefined ? {} : { bindAddress: mediaAddress }) : null;
  host?.onFault((message) => broken.abort(message));
  const outcome = await runRepetition({
    scenario,
    repetition: 1,
    seed: 'trial:1',
    target,
    media: host,
    defects: [],
    clock: systemClock,
    versions: {},
    replay: '',
    signal: new AbortController().signal,
    fault: broken.signal,
    onEvent(event) {
      if (event.type === 'mark' && event.name === 'redial') print('redial, and cancel:');
      for (const line of lines.linesOf(event)) print(line);
    },
  });
  await Promise.all([target.stop(), host?.stop()]);
  const relaysAsIs = settings.adapter.traits.media?.relay !== 'own';
  const { problems, notes } = trialFindings(historyOf(outcome.trace), { caller, callee, relaysAsIs });
  const all = [...(outcome.end === 'complete' ? [] : [outcome.message ?? outcome.end]), ...problems];
  const talked = withMedia ? 'media flowed' : 'connected (without media)';
  const rest = notes.length === 0 ? ['every message is mapped'] : notes;
  return all.length === 0
    ? { isGood: true, verdict: [`The mapping works: call, ringing, ${talked}, hang-up.`, ...rest].join('\n') }
    : { isGood: false, verdict: [...all, ...rest].join('\n') };
}
