/** Sound flows both ways in every call that lasted long enough for it. */
import type { EventOf } from '../../trace/event.js';
import { within } from '../history/by-number.js';
import type { History } from '../history/history.js';
import { contactMs, type Reception, receptionOf, type Talk, talksOf } from '../history/talk.js';
import { labelOf, seconds } from '../history/wording.js';
import {
  type Checker,
  type CheckOptions,
  type CheckResult,
  evidenceOf,
  type Finding,
  HELD,
  unknown,
  verdictOf,
} from './checker.js';

/** A call that both sides showed for this long must have had media, in milliseconds. */
export const MEDIA_EXPECTED_AFTER_MS = 3_000;

export const media: Checker = {
  name: 'media',
  doc: `In a call with audio that lasted ${MEDIA_EXPECTED_AFTER_MS / 1000} s, or whose scenario expects media, sound flows both ways; \`loss\`, \`jitter\` and \`delay\` (median, one way) only where limits are set, and a stall of the probe's own stack never counts.`,
  check(history, options) {
    if (history.begin?.media !== 'audio') return HELD;
    const needed = talksOf(history).filter((talk) => needsMedia(history, talk));
    if (needed.length === 0) return HELD;
    if (history.media.size === 0) {
      return unknown(
        'the calls should carry audio, but the trace has no media at all: the media of the probe did not run',
        needed.flatMap(({ evidence }) => evidence),
      );
    }
    const results = needed.map((talk) => judgeTalk(history, talk, options));
    const findings = results.flatMap((result) => (result.valid === false ? result.findings : []));
    if (findings.length > 0) return verdictOf(findings);
    return results.find((result) => result.valid === 'unknown') ?? HELD;
  },
};

function needsMedia(history: History, talk: Talk): boolean {
  if (contactMs(history, talk) >= MEDIA_EXPECTED_AFTER_MS) return true;
  return within(history.marks, talk.fromN, talk.toN).some(({ wants }) => wants?.media.some((state) => state !== 'idle') === true);
}

/** Where DTLS is up and sound flows one way for this long, in milliseconds, a stall of the set-up explains no silence the other way. */
const STALL_OVER_MS = 1_000;

/** What a side received, under the name that findings give it. */
interface Side extends Reception {
  readonly label: string;
}

function judgeTalk(history: History, talk: Talk, options: CheckOptions): CheckResult {
  const sideOf = (device: string): Side => ({ ...receptionOf(history, talk, device), label: labelOf(history, device) });
  const [a, b] = [sideOf(talk.sides[0]), sideOf(talk.sides[1])];
  const silent = [a, b].filter(({ state }) => state !== 'flowing');
  if (silent.length === 0) return withinLimits(talk, [a, b], options);
  const { call } = talk.call;
  const evidence = evidenceOf(...talk.evidence, ...figuresOf(a), ...figuresOf(b));
  const isStalled = [a, b].some(({ setupStalled }) => setupStalled) && silent.every(({ state }) => state === 'never');
  const isPastIt =
    silent.every(({ stage }) => stage === 'dtls' || stage === 'rtp') &&
    [a, b].some(({ flowingSince }) => talk.toAt - flowingSince >= STALL_OVER_MS);
  if (isStalled && !isPastIt)
    return unknown(`media of call ${call} did not come up, after a stall of the probe's own stack: run it again`, evidence);
  const details = [describe(a, b), describe(b, a)].join('; ');
  const [hears, deaf] = a.state === 'flowing' ? [a, b] : [b, a];
  const message =
    silent.length === 2
      ? `no media between ${a.label} and ${b.label} in call ${call}: ${details}`
      : `one-way media: ${hears.label} hears ${deaf.label}, ${deaf.label} does not hear ${hears.label} in call ${call}: ${details}`;
  return verdictOf([
    {
      message,
      expected: `${a.label}=flowing ${b.label}=flowing`,
      actual: `${a.label}=${stateOf(a)} ${b.label}=${stateOf(b)}`,
      evidence,
    },
  ]);
}

const figuresOf = ({ last, measured }: Side): (EventOf<'media'> | null)[] => [last, measured];

function stateOf({ last, state }: Side): string {
  if (last?.state === 'failed') return 'failed';
  return state === 'never' ? (last?.state ?? 'idle') : state;
}

function describe({ label, state, last, stage, measured }: Side, other: Side): string {
  const packets = `${label} received ${measured?.stats?.packetsReceived ?? 0} of ${other.measured?.stats?.packetsSent ?? 0} packets that ${other.label} sent`;
  if (state === 'flowing') return packets;
  if (last === null) return `${label} never began, ${packets}`;
  if (last.state === 'failed')
    return `${label} failed at ${last.stage ?? 'the start'}${last.message === null ? '' : ` (${last.message})`}, ${packets}`;
  if (state === 'stalled') return `${label} received nothing more from ${seconds(last.at)} on, ${packets}`;
  return `${label} stayed at ${last.state}${stage === null ? ' before ICE' : `, ${stage} was its last stage`}, ${packets}`;
}

function withinLimits({ call }: Talk, sides: readonly Side[], options: CheckOptions): CheckResult {
  const limits = options.media ?? {};
  if (limits.loss === undefined && limits.jitter === undefined && limits.delay === undefined) return HELD;
  const missing = sides.find(({ measured }) => measured === null);
  if (missing !== undefined)
    return unknown(
      `${missing.label} has no media figures for call ${call.call} to compare with the limits`,
      evidenceOf(...figuresOf(missing)),
    );
  return verdictOf(
    sides.flatMap((side) => {
      const { label, measured } = side;
      const stats = measured?.stats ?? null;
      if (stats === null) return [];
      const evidence = evidenceOf(...figuresOf(side));
      const arrived = stats.packetsReceived + stats.packetsLost;
      const loss = arrived === 0 ? 0 : stats.packetsLost / arrived;
      return [
        ...beyond(label, 'loses', 'packets', loss, limits.loss?.max, (share) => `${(share * 100).toFixed(1)} %`, evidence),
        ...beyond(label, 'hears', 'jitter', stats.jitterMs, limits.jitter?.max, (ms) => `${ms.toFixed(1)} ms`, evidence),
        ...beyond(label, 'hears', 'delay', stats.delayMsP50 ?? 0, limits.delay?.max, (ms) => `${ms.toFixed(1)} ms`, evidence),
      ];
    }),
  );
}

function beyond(
  label: string,
  verb: string,
  what: string,
  value: number,
  max: number | undefined,
  words: (value: number) => string,
  evidence: readonly number[],
): Finding[] {
  if (max === undefined || value <= max) return [];
  return [
    {
      message: `${label} ${verb} ${words(value)} ${verb === 'loses' ? 'of its packets' : `of ${what}`}, more than ${words(max)}`,
      expected: `at most ${words(max)}`,
      actual: words(value),
      evidence,
    },
  ];
}
