/** The call timers of both sides run, from the same instant, and read the same. */
import type { EventOf } from '../../trace/event.js';
import { groupBy } from '../../trace/grouping.js';
import { clockErrors } from '../history/clock-error.js';
import { allShown, type CallHistory, type History, onlineThroughout } from '../history/history.js';
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
  check(history, options) {
    const wantedMs = options['timer-skew']?.max ?? TIMER_SKEW_MAX_MS;
    const maxMs = history.isForeign ? Math.max(wantedMs, OWN_TIMER_SKEW_MAX_MS) : wantedMs;
    const findings = history.calls.flatMap((call) => {
      const allowedMs = maxMs + heldUpMs(history, call);
      return [...skewed(history, call, allowedMs), ...startedWrongly(history, call), ...startedApart(history, call, allowedMs)];
    });
    if (findings.length > 0) return verdictOf(findings);
    for (const { call, sides, fromAt, toAt, evidence } of talksOf(history)) {
      if (toAt - fromAt <= SAMPLED_AFTER_MS || together(history, call).length > 0 || areStartsCompared(history, call)) continue;
      const names = sides.map((side) => labelOf(history, side)).join(' and ');
      return unknown(
        `${names} were connected for ${seconds(toAt - fromAt)}, but their timers were never read together`,
        evidence,
      );
    }
    return verdictOf([]);
  },
};

type Sample = EventOf<'timer'>;

function skewed(history: History, call: CallHistory, maxMs: number): Finding[] {
  const groups = together(history, call);
  const clockError = (device: string, at: number): number => (history.isForeign ? 0 : clockErrors(history)(device, at));
  const allowedMs = (group: readonly Sample[]): number => maxMs + Math.max(...group.map(({ node, at }) => clockError(node, at)));
  const beyond = groups.filter((group) => spread(group) > maxMs && spread(group) > allowedMs(group));
  const worst = beyond.reduce<Sample[] | null>((a, b) => (a !== null && spread(a) >= spread(b) ? a : b), null);
  const first = worst?.[0];
  if (worst === null || first === undefined) return [];
  const actual = worst.map((sample) => `${labelOf(history, sample.node)}=${seconds(sample.elapsedMs)}`).join(' ');
  return [
    {
      message: `the timers of call ${call.call} differ by up to ${millis(spread(worst))}: ${actual} at ${seconds(first.at)}; ${beyond.length} of ${groups.length} readings were beyond ${millis(allowedMs(worst))}`,
      expected: `at most ${millis(allowedMs(worst))} apart`,
      actual: millis(spread(worst)),
      evidence: worst.map(({ n }) => n),
      late: { byMs: spread(worst) - allowedMs(worst), sinceN: 0 },
    },
  ];
}

/** A connected device without a running timer, or with one that began at another instant than the answer. */
function startedWrongly(history: History, call: CallHistory): Finding[] {
  const shown = connectedViews(call);
  const anyRuns = shown.some((view) => view.timerStartedAt !== null);
  const answered = call.server.at(-1)?.record.answeredAt ?? null;
  return shown.flatMap((view): Finding[] => {
    const label = labelOf(history, view.node);
    const { timerStartedAt, n } = view;
    if (timerStartedAt === null) {
      // A black box may keep its timer to itself, but then it does so on every device.
      if (!history.serverVisible && !anyRuns) return [];
      const message = `${label} is connected in call ${call.call} and its timer does not run`;
      return [{ message, expected: 'a running timer', actual: 'none', evidence: [n] }];
    }
    if (answered === null || timerStartedAt === answered) return [];
    const off = timerStartedAt - answered;
    return [
      {
        message: `the timer of ${label} in call ${call.call} began ${millis(Math.abs(off))} ${off < 0 ? 'before' : 'after'} the answer`,
        expected: `${answered}`,
        actual: `${timerStartedAt}`,
        evidence: [...call.server.filter(({ phase }) => phase === 'connected').map(({ n }) => n), n],
      },
    ];
  });
}

/** Without the server's time of the answer, the devices' starts are held against each other. */
function startedApart(history: History, call: CallHistory, maxMs: number): Finding[] {
  if (history.serverVisible) return [];
  const shown = connectedViews(call).filter(({ timerStartedAt }) => timerStartedAt !== null);
  const starts = shown.map(({ timerStartedAt }) => timerStartedAt ?? 0);
  const apart = Math.max(...starts) - Math.min(...starts);
  if (shown.length < 2 || apart <= maxMs) return [];
  return [
    {
      message: `the timers of ${[...new Set(shown.map((view) => labelOf(history, view.node)))].join(' and ')} in call ${call.call} began ${millis(apart)} apart`,
      expected: `at most ${millis(maxMs)} apart`,
      actual: millis(apart),
      evidence: shown.map(({ n }) => n),
      late: { byMs: apart - maxMs, sinceN: 0 },
    },
  ];
}

/**
 * How long the answer was on its way without the server's help, where a fault of the probe's own, or a user who went offline,
 * may have held it up: no target whose apps start their timers by themselves can make up for that. 0 where nothing did.
 */
function heldUpMs(history: History, call: CallHistory): number {
  if (history.serverVisible || !history.isForeign) return 0;
  const shown = connectedViews(call).sort((a, b) => a.n - b.n);
  const [first] = shown;
  const last = shown.at(-1);
  if (first === undefined || last === undefined) return 0;
  const isActive = (hit: EventOf<'fault'>): boolean =>
    !history.faults.some(({ act, cause, n }) => act === 'healed' && cause === hit.n && n < first.n);
  const isDisturbed =
    history.hits.some((hit) => hit.n < last.n && (hit.n > first.n || isActive(hit))) ||
    shown.some(({ node }) => !onlineThroughout(history, node, first.n, last.n));
  return isDisturbed ? last.at - first.at : 0;
}

function connectedViews(call: CallHistory): EventOf<'state'>[] {
  return allShown(call).filter(({ state }) => state === 'connected');
}

/** Samples taken at one instant, of two devices or more. */
function together({ timers }: History, { call }: CallHistory): Sample[][] {
  return [...groupBy(timers.get(call) ?? [], ({ at }) => at).values()].filter((group) => group.length > 1);
}

/** Apps that start their timers by themselves say when: these times are compared without any reading. */
function areStartsCompared(history: History, call: CallHistory): boolean {
  const shown = connectedViews(call);
  return history.isForeign && shown.length > 1 && shown.every(({ timerStartedAt }) => timerStartedAt !== null);
}

function spread(group: readonly Sample[]): number {
  const values = group.map(({ elapsedMs }) => elapsedMs);
  return Math.max(...values) - Math.min(...values);
}
