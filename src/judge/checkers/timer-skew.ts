/** The call timers of both sides run, from the same instant, and read the same. */
import { beginOf, type EventOf, eventsOf } from '../../trace/event.js';
import { groupBy } from '../../trace/grouping.js';
import { clockDoubts } from '../history/clock-doubt.js';
import { type CallHistory, onlineThroughout, type Replay, recordAt, replayOf } from '../history/replay.js';
import { talksOf } from '../history/talk.js';
import { labelOf, millis, seconds } from '../history/wording.js';
import { type Checker, type Finding, unknown, verdictOf } from './checker.js';

/** Largest difference between two timers of a call at one instant, in milliseconds, unless a scenario sets another. */
export const TIMER_SKEW_MAX_MS = 100;
/** The same where each app starts its timer by itself, when it shows connected: then the way of the answer is part of it. */
export const OWN_TIMER_SKEW_MAX_MS = 1_000;
/** A call that both sides showed for less than this may end before its timers were ever read. */
const SAMPLED_AFTER_MS = 300;

export const timerSkew: Checker = {
  name: 'timer-skew',
  doc: `On every connected device the call timer runs, began at the server's time of the answer, and differs from the others by at most ${TIMER_SKEW_MAX_MS} ms (\`max\`) and half of the shortest round trip to the server, by which nobody can know its clock better; at a foreign target, whose apps start it by themselves, by at most ${OWN_TIMER_SKEW_MAX_MS} ms and what the probe's own faults held the answer up.`,
  check(trace, options) {
    const replay = replayOf(trace);
    const wantedMs = options['timer-skew']?.max ?? TIMER_SKEW_MAX_MS;
    const isOwn = beginOf(trace)?.adapter !== undefined;
    const maxMs = isOwn ? Math.max(wantedMs, OWN_TIMER_SKEW_MAX_MS) : wantedMs;
    const doubt = isOwn ? () => 0 : clockDoubts(trace);
    const samples = groupBy(eventsOf(trace, 'timer'), ({ call }) => call);
    const findings = replay.calls.flatMap((history) => {
      const allowedMs = maxMs + heldUpMs(replay, history);
      return [
        ...skewed(replay, history, samples.get(history.call) ?? [], allowedMs, doubt),
        ...startedWrongly(replay, history),
        ...startedApart(replay, history, allowedMs),
      ];
    });
    if (findings.length > 0) return verdictOf(findings);
    for (const talk of talksOf(replay)) {
      const { history, fromAt, toAt, evidence } = talk;
      if (toAt - fromAt <= SAMPLED_AFTER_MS || isCompared(samples.get(history.call) ?? [])) continue;
      if (areStartsCompared(replay, history)) continue;
      const names = talk.sides.map((side) => labelOf(replay, side)).join(' and ');
      return unknown(
        `${names} were connected for ${seconds(toAt - fromAt)}, but their timers were never read together`,
        evidence,
      );
    }
    return verdictOf([]);
  },
};

type Sample = EventOf<'timer'>;

function skewed(
  replay: Replay,
  history: CallHistory,
  samples: readonly Sample[],
  maxMs: number,
  doubt: (device: string, at: number) => number,
): Finding[] {
  const allowedMs = (group: readonly Sample[]): number => maxMs + Math.max(...group.map(({ node, at }) => doubt(node, at)));
  const beyond = together(samples).filter((group) => spread(group) > allowedMs(group));
  const worst = beyond.reduce<Sample[] | null>((a, b) => (a !== null && spread(a) >= spread(b) ? a : b), null);
  const first = worst?.[0];
  if (worst === null || first === undefined) return [];
  const actual = worst.map((sample) => `${labelOf(replay, sample.node)}=${seconds(sample.elapsedMs)}`).join(' ');
  return [
    {
      message: `the timers of call ${history.call} differ by up to ${millis(spread(worst))}: ${actual} at ${seconds(first.at)}; ${beyond.length} of ${together(samples).length} readings were beyond ${millis(allowedMs(worst))}`,
      expected: `at most ${millis(allowedMs(worst))} apart`,
      actual: millis(spread(worst)),
      evidence: worst.map(({ n }) => n),
      late: { byMs: spread(worst) - allowedMs(worst), sinceN: 0 },
    },
  ];
}

/** A connected device without a running timer, or with one that began at another instant than the answer. */
function startedWrongly(replay: Replay, history: CallHistory): Finding[] {
  const shown = [...history.shown.values()].flat().filter((view) => view.state === 'connected');
  const anyRuns = shown.some((view) => view.timerStartedAt !== null);
  return shown.flatMap((view): Finding[] => {
    const label = labelOf(replay, view.node);
    const answered = recordAt(history, Number.MAX_SAFE_INTEGER)?.record.answeredAt ?? null;
    if (view.timerStartedAt === null) {
      // A black box may keep its timer to itself, but then it does so on every device.
      if (!replay.serverVisible && !anyRuns) return [];
      return [
        {
          message: `${label} is connected in call ${history.call} and its timer does not run`,
          expected: 'a running timer',
          actual: 'none',
          evidence: [view.n],
        },
      ];
    }
    if (answered === null || view.timerStartedAt === answered) return [];
    const off = view.timerStartedAt - answered;
    return [
      {
        message: `the timer of ${label} in call ${history.call} began ${millis(Math.abs(off))} ${off < 0 ? 'before' : 'after'} the answer`,
        expected: `${answered}`,
        actual: `${view.timerStartedAt}`,
        evidence: [...history.server.filter(({ phase }) => phase === 'connected').map(({ n }) => n), view.n],
      },
    ];
  });
}

/** Without the server's time of the answer, the devices' starts are held against each other. */
function startedApart(replay: Replay, history: CallHistory, maxMs: number): Finding[] {
  if (replay.serverVisible) return [];
  const shown = [...history.shown.values()].flat().filter((view) => view.state === 'connected' && view.timerStartedAt !== null);
  const starts = shown.map((view) => view.timerStartedAt ?? 0);
  const apart = Math.max(...starts) - Math.min(...starts);
  if (shown.length < 2 || apart <= maxMs) return [];
  return [
    {
      message: `the timers of ${[...new Set(shown.map((view) => labelOf(replay, view.node)))].join(' and ')} in call ${history.call} began ${millis(apart)} apart`,
      expected: `at most ${millis(maxMs)} apart`,
      actual: millis(apart),
      evidence: shown.map(({ n }) => n),
      late: { byMs: apart - maxMs, sinceN: 0 },
    },
  ];
}

/**
 * How long the answer was under way without the server's help, where a fault of the probe's own, or a user who went offline,
 * may have held it up: no target whose apps start their timers by themselves can make up for that. 0 where nothing did.
 */
function heldUpMs(replay: Replay, history: CallHistory): number {
  if (replay.serverVisible || beginOf(replay.trace)?.adapter === undefined) return 0;
  const shown = [...history.shown.values()].flat().filter(({ state }) => state === 'connected');
  const [first, last] = [
    shown.reduce<EventOf<'state'> | null>(earlier, null),
    shown.reduce<EventOf<'state'> | null>(later, null),
  ];
  if (first === null || last === null) return 0;
  const faults = eventsOf(replay.trace, 'fault');
  const isStanding = (hit: EventOf<'fault'>): boolean =>
    !faults.some(({ act, cause, n }) => act === 'healed' && cause === hit.n && n < first.n);
  const isDisturbed =
    faults.some((fault) => fault.act === 'hit' && fault.n < last.n && (fault.n > first.n || isStanding(fault))) ||
    shown.some(({ node }) => !onlineThroughout(replay, node, first.n, last.n));
  return isDisturbed ? last.at - first.at : 0;
}

const earlier = (a: EventOf<'state'> | null, b: EventOf<'state'>): EventOf<'state'> => (a !== null && a.n <= b.n ? a : b);
const later = (a: EventOf<'state'> | null, b: EventOf<'state'>): EventOf<'state'> => (a !== null && a.n >= b.n ? a : b);

/** Samples taken at one instant, of two devices or more. */
function together(samples: readonly Sample[]): Sample[][] {
  return [...groupBy(samples, ({ at }) => at).values()].filter((group) => group.length > 1);
}

/** Apps that start their timers by themselves say when: that is held together without any reading. */
function areStartsCompared(replay: Replay, history: CallHistory): boolean {
  if (beginOf(replay.trace)?.adapter === undefined) return false;
  const shown = [...history.shown.values()].flat().filter(({ state }) => state === 'connected');
  return shown.length > 1 && shown.every(({ timerStartedAt }) => timerStartedAt !== null);
}

function isCompared(samples: readonly Sample[]): boolean {
  return together(samples).length > 0;
}

function spread(group: readonly Sample[]): number {
  const values = group.map(({ elapsedMs }) => elapsedMs);
  return Math.max(...values) - Math.min(...values);
}
