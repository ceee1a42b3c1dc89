/** Sound flows both ways in every call that lasted long enough for it. */
import type { Millis } from '../../protocol/machine.js';
import type { MediaStats } from '../../protocol/media.js';
import { beginOf, type EventOf, eventsOf } from '../../trace/event.js';
import { type Replay, replayOf } from '../history/replay.js';
import { contactMs, type Talk, talksOf } from '../history/talk.js';
import { labelOf, seconds } from '../history/wording.js';
import { type Checker, type CheckOptions, type CheckResult, type Finding, HELD, unknown, verdictOf } from './checker.js';

/** A call that both sides showed for this long must have had media, in milliseconds. */
export const MEDIA_EXPECTED_AFTER_MS = 3_000;

export const media: Checker = {
  name: 'media',
  doc: `In a call with audio that lasted ${MEDIA_EXPECTED_AFTER_MS / 1000} s, or whose scenario expects media, sound flows both ways; \`loss\`, \`jitter\` and \`delay\` (median, one way) only where limits are set, and a stall of the probe's own stack never counts.`,
  check(trace, options) {
    if (beginOf(trace)?.media !== 'audio') return HELD;
    const replay = replayOf(trace);
    const needed = talksOf(replay).filter((talk) => needsMedia(replay, talk));
    if (needed.length === 0) return HELD;
    const events = eventsOf(trace, 'media');
    if (events.length === 0) {
      return unknown(
        'the calls should carry audio, but the trace has no media at all: the media of the probe did not run',
        needed.flatMap(({ evidence }) => evidence),
      );
    }
    const results = needed.map((talk) => judgeTalk(replay, talk, events, options));
    const findings = results.flatMap((result) => (result.valid === false ? result.findings : []));
    if (findings.length > 0) return verdictOf(findings);
    return results.find((result) => result.valid === 'unknown') ?? HELD;
  },
};

function needsMedia(replay: Replay, talk: Talk): boolean {
  if (contactMs(replay, talk) >= MEDIA_EXPECTED_AFTER_MS) return true;
  return eventsOf(replay.trace, 'mark').some(
    ({ n, wants }) => n > talk.fromN && n <= talk.toN && wants?.media.some((state) => state !== 'idle') === true,
  );
}

/** Where DTLS is up and sound flows one way for this long, in milliseconds, a stall of the set-up explains no silence the other way. */
const STALL_OVER_MS = 1_000;

/** How the media of one device did in one talk. */
interface Hearing {
  readonly label: string;
  readonly state: 'flowing' | 'stalled' | 'never';
  /** The instant of the first packets; infinite when none came. */
  readonly flowingSince: Millis;
  /** The last event of the talk, or null when there is none. */
  readonly last: EventOf<'media'> | null;
  /** The furthest stage that was reached or failed. */
  readonly stage: EventOf<'media'>['stage'];
  readonly failed: EventOf<'media'> | null;
  readonly setupStalled: boolean;
  readonly stats: MediaStats | null;
  readonly evidence: readonly number[];
}

function judgeTalk(replay: Replay, talk: Talk, events: readonly EventOf<'media'>[], options: CheckOptions): CheckResult {
  const [a, b] = talk.sides.map((side) => hearingOf(replay, talk, side, events)) as [Hearing, Hearing];
  const deaf = [a, b].filter(({ state }) => state !== 'flowing');
  if (deaf.length === 0) return withinLimits(talk, [a, b], options);
  const evidence = [...new Set([...talk.evidence, ...a.evidence, ...b.evidence])].sort((x, y) => x - y);
  const isStalled = [a, b].some(({ setupStalled }) => setupStalled) && deaf.every(({ state }) => state === 'never');
  const isPastIt =
    deaf.every(({ stage }) => stage === 'dtls' || stage === 'rtp') &&
    [a, b].some(({ flowingSince }) => talk.toAt - flowingSince >= STALL_OVER_MS);
  if (isStalled && !isPastIt) {
    return unknown(
      `media of call ${talk.history.call} did not come up, after a stall of the probe's own stack: run it again`,
      evidence,
    );
  }
  const details = [describe(a, b), describe(b, a)].join('; ');
  const [hears, deafOne] = a.state === 'flowing' ? [a, b] : [b, a];
  const message =
    deaf.length === 2
      ? `no media between ${a.label} and ${b.label} in call ${talk.history.call}: ${details}`
      : `one-way media: ${hears.label} hears ${deafOne.label}, ${deafOne.label} does not hear ${hears.label} in call ${talk.history.call}: ${details}`;
  return {
    valid: false,
    findings: [
      {
        message,
        expected: `${a.label}=flowing ${b.label}=flowing`,
        actual: `${a.label}=${stateOf(a)} ${b.label}=${stateOf(b)}`,
        evidence,
      },
    ],
  };
}

function hearingOf(replay: Replay, talk: Talk, side: string, events: readonly EventOf<'media'>[]): Hearing {
  const all = events.filter((event) => event.call === talk.history.call && event.node === side);
  // Media may come up before the views do; what closing it looks like after the talk is not of interest.
  const mine = all.filter((event) => event.n < talk.toN);
  const last = mine.at(-1) ?? null;
  const first = mine.find(({ state }) => state === 'flowing');
  const failed = last?.state === 'failed' ? last : null;
  const settled = last?.state === 'stalled' || last?.state === 'failed' ? 'stalled' : 'flowing';
  const statted = all.findLast(({ stats }) => stats !== null) ?? null;
  return {
    label: labelOf(replay, side),
    state: first === undefined ? 'never' : settled,
    flowingSince: first?.at ?? Infinity,
    last,
    stage: mine.findLast(({ stage }) => stage !== null)?.stage ?? null,
    failed,
    setupStalled: all.some(({ setupStalled }) => setupStalled),
    stats: statted?.stats ?? null,
    evidence: [...new Set([last, statted].flatMap((event) => (event === null ? [] : [event.n])))],
  };
}

function stateOf(hearing: Hearing): string {
  if (hearing.failed !== null) return 'failed';
  return hearing.state === 'never' ? (hearing.last?.state ?? 'idle') : hearing.state;
}

function describe(hearing: Hearing, other: Hearing): string {
  const { label, failed, last, stage } = hearing;
  const packets = `${label} received ${hearing.stats?.packetsReceived ?? 0} of ${other.stats?.packetsSent ?? 0} packets that ${other.label} sent`;
  if (hearing.state === 'flowing') return packets;
  if (failed !== null) {
    return `${label} failed at ${failed.stage ?? 'the start'}${failed.message === null ? '' : ` (${failed.message})`}, ${packets}`;
  }
  if (hearing.state === 'stalled') return `${label} heard nothing more from ${seconds(last?.at ?? 0)} on, ${packets}`;
  if (last === null) return `${label} never began, ${packets}`;
  return `${label} stayed at ${last.state}${stage === null ? ' before ICE' : `, ${stage} was its last stage`}, ${packets}`;
}

function withinLimits(talk: Talk, hearings: readonly Hearing[], options: CheckOptions): CheckResult {
  const limits = options.media ?? {};
  if (limits.loss === undefined && limits.jitter === undefined && limits.delay === undefined) return HELD;
  const missing = hearings.find(({ stats }) => stats === null);
  if (missing !== undefined)
    return unknown(
      `${missing.label} has no media figures for call ${talk.history.call} to hold against the limits`,
      missing.evidence,
    );
  return verdictOf(
    hearings.flatMap(({ label, stats, evidence }) => {
      if (stats === null) return [];
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
