/** Tries a mapping with one call and a redial: two users log in, one calls, the other accepts, they hang up; every message is printed. */

import type { Finding } from '../../judge/checkers/checker.js';
import { relayed } from '../../judge/checkers/relayed.js';
import { historyOf } from '../../judge/history/history.js';
import { traitsFor } from '../../probe/adapter/port.js';
import { startMediaHost } from '../../probe/media/supervisor.js';
import { systemClock } from '../../probe/runtime/clock.js';
import { connectForeign } from '../../probe/targets/foreign.js';
import type { ForeignSettings } from '../../probe/targets/target.js';
import { PARTIAL_MESSAGE } from '../../protocol/message-kinds.js';
import type { LiveEvent } from '../../trace/bus.js';
import type { EventOf } from '../../trace/event.js';
import { parseScenario } from '../language/load.js';
import { unmetAt } from './declared-limits.js';
import { viewText } from './expectation.js';
import { runRepetition } from './repetition.js';

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
  readonly print: (line: string) => void;
}

/** Tries a mapping with a target. Rejects with a TargetError if the log-in fails. */
export async function tryTarget(url: string, options: TrialOptions): Promise<Trial> {
  const { caller, callee, settings, print, mediaAddress } = options;
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
  const unmapped = new Map<string, number>();
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
      const line = lineOf(event);
      if (line !== null) print(line);
      if (event.type === 'wire' && event.dir === 'in' && event.kind === 'unmapped') {
        unmapped.set(event.name ?? '', (unmapped.get(event.name ?? '') ?? 0) + 1);
      }
    },
  });
  await Promise.all([target.stop(), host?.stop()]);
  const failed = outcome.trace.filter((event): event is EventOf<'mark'> => event.type === 'mark' && event.ok === false);
  const problems = [
    ...(outcome.end === 'complete' ? [] : [outcome.message ?? outcome.end]),
    ...failed.map(({ text, actual }) => `did not hold: ${text}${actual === null ? '' : `, but ${actual}`}`),
    ...(settings.adapter.traits.media?.relay === 'own'
      ? []
      : relayed.check(historyOf(outcome.trace), {}).findings.map(lostWords)),
  ];
  const names = [...unmapped].map(([name, count]) => `${name} (${count})`);
  const halves = new Set(
    outcome.trace.flatMap((event) =>
      event.type === 'violation' && event.code === PARTIAL_MESSAGE ? [`partial message: ${event.message}`] : [],
    ),
  );
  problems.push(...halves);
  const rest =
    names.length === 0
      ? 'every message is mapped'
      : `unmapped: ${names.join(', ')}; give them a meaning, or add them to "ignore"`;
  const talked = withMedia ? 'media flowed' : 'connected (without media)';
  return problems.length === 0
    ? { isGood: true, verdict: `The mapping works: call, ringing, ${talked}, hang-up; ${rest}.` }
    : { isGood: false, verdict: [...problems, rest].join('\n') };
}

function lostWords({ message }: Finding): string {
  return `did not hold: ${message}`;
}

function lineOf(event: LiveEvent): string | null {
  const at = (event.at / 1_000).toFixed(3).padStart(7);
  const who = event.node.replace(/\/.*/, '').padEnd(10);
  switch (event.type) {
    case 'action':
      return `${at} ${who} * ${event.action}${event.peer === null ? '' : ` ${event.peer}`}${event.refused === undefined ? '' : `, refused: ${event.refused}`}`;
    case 'wire': {
      const name = event.name ?? event.kind;
      const kind = event.kind === 'unmapped' ? 'UNMAPPED' : event.kind;
      return `${at} ${who} ${event.dir === 'out' ? '->' : '<-'} ${name.padEnd(20)} ${kind}${event.reason === undefined ? '' : ` (${event.reason})`}`;
    }
    case 'state':
      return `${at} ${who} = shows ${viewText(event)}`;
    case 'media':
      return event.state === 'flowing' && event.stats === null ? `${at} ${who} = receives media` : null;
    case 'unsent':
      return `${at} ${who} ! could not send ${event.kind}: ${event.why}`;
    case 'session':
      return event.state === 'refused' ? `${at} ${who} ! log-in refused: ${event.text ?? ''}` : null;
    case 'violation':
      return `${at} ${who} ! ${event.code}: ${event.message}`;
    default:
      return null;
  }
}
