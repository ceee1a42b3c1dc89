/** Both sides are connected, and their call timers differ beyond the limit. */
import { type EventOf, eventsOf } from '../../trace/event.js';
import { groupBy } from '../../trace/grouping.js';
import { lateAnswerOf } from '../evidence/late-answer.js';
import { type Candidate, evidenceOf, LIKELY, type Rule, SURE } from '../evidence/rule.js';
import type { Timeline } from '../evidence/timeline.js';
import { owing, took } from '../evidence/wording.js';
import { type CallHistory, recordAt } from '../history/replay.js';

/** How sure it is when the timers came to agree before the end. */
const PASSING = 0.6;

/** What a difference of timers has to be at least for a user to see it, in milliseconds. */
const SEEN_MS = 20;

export const timerSkew: Rule = {
  code: 'timer-skew',
  doc: 'Both sides were connected and their call timers read differently, or began at another instant than the answer, by more than the limit.',
  ruledOutBy: 'readings of both timers at one instant that agree',
  apply(timeline) {
    const complaints = timeline.complaints.filter(({ checker }) => checker === 'timer-skew');
    return complaints.flatMap(({ finding }): Candidate[] => {
      const events = finding.evidence.flatMap((n) => timeline.index.get(n) ?? []);
      const samples = events.filter((event): event is EventOf<'timer'> => event.type === 'timer');
      const views = events.filter((event): event is EventOf<'state'> => event.type === 'state');
      const guilty = samples.length > 0 ? furthest(timeline, samples) : startedWrongly(timeline, views);
      // What is off by next to nothing has another cause: the record itself changed.
      // A way that took long is told of as that.
      if (guilty !== null && samples.length === 0 && lateAnswerOf(timeline, guilty.call, Math.abs(guilty.offMs) * 0.8) !== null)
        return [];
      if (guilty === null || (Math.abs(guilty.offMs) < SEEN_MS && guilty.isRunning)) return [];
      const { event, offMs, call, isKnown } = guilty;
      const device = event.node;
      const faults = timeline.presence.atWork(device, 0, event.n).filter(({ layer }) => layer === 'clock');
      const way = offMs < 0 ? 'behind' : 'ahead of';
      const origin = samples.length > 0 ? firstOff(timeline, event as EventOf<'timer'>, samples) : event.n;
      return [
        {
          hop: device,
          call,
          // A clock that was read over a slow greeting is put right by the next heartbeat: hardly what a run fails for.
          confidence: isPassing(timeline, call, samples) ? PASSING : isKnown ? SURE : LIKELY,
          summary: `The call timer of ${device} was ${took(Math.abs(offMs))} ${way} the time since the answer of call ${call}${owing(faults, 'moved its clock, which its timer follows')}. ${finding.message}.`,
          evidence: evidenceOf(...finding.evidence, ...faults.slice(0, 2), answerOf(timeline, call)),
          ruledOutBy: this.ruledOutBy,
          originN: origin,
        },
      ];
    });
  },
};

interface Guilty {
  readonly event: EventOf<'timer'> | EventOf<'state'>;
  readonly offMs: number;
  readonly call: string;
  /** Whether the instant of the answer is known, so that it is clear which of the two is off. */
  readonly isKnown: boolean;
  readonly isRunning: boolean;
}

function historyOf({ replay }: Timeline, call: string): CallHistory | undefined {
  return replay.calls.find((history) => history.call === call);
}

function answerOf(timeline: Timeline, call: string): EventOf<'record'> | EventOf<'state'> | null {
  const history = historyOf(timeline, call);
  const change = history?.server.find(({ phase }) => phase === 'connected');
  const shown = [...(history?.shown.values() ?? [])].flat().filter(({ state }) => state === 'connected');
  return change ?? shown.sort((a, b) => a.n - b.n)[0] ?? null;
}

/** The sample that is furthest from the time since the answer. */
function furthest(timeline: Timeline, samples: readonly EventOf<'timer'>[]): Guilty | null {
  const [first] = samples;
  if (first === undefined) return null;
  const answer = answerOf(timeline, first.call);
  const middle = samples.reduce((sum, { elapsedMs }) => sum + elapsedMs, 0) / samples.length;
  const offs = samples.map((event) => ({ event, offMs: event.elapsedMs - (answer === null ? middle : event.at - answer.at) }));
  const worst = offs.reduce((a, b) => (Math.abs(b.offMs) > Math.abs(a.offMs) ? b : a));
  return { ...worst, call: first.call, isKnown: answer !== null, isRunning: true };
}

/** Whether the last readings of a call differ by less than half of what was complained of. */
function isPassing({ trace }: Timeline, call: string, samples: readonly EventOf<'timer'>[]): boolean {
  if (samples.length === 0) return false;
  const spreadOf = (readings: readonly EventOf<'timer'>[]): number => {
    const elapsed = readings.map(({ elapsedMs }) => elapsedMs);
    return Math.max(...elapsed) - Math.min(...elapsed);
  };
  const groups = groupBy(
    eventsOf(trace, 'timer').filter((event) => event.call === call),
    ({ at }) => at,
  );
  const last = [...groups.values()].filter((group) => group.length > 1).at(-1);
  return last !== undefined && spreadOf(last) * 2 < spreadOf(samples);
}

/** The first reading of the guilty timer that was off by as much. */
function firstOff({ trace }: Timeline, guilty: EventOf<'timer'>, samples: readonly EventOf<'timer'>[]): number {
  const others = samples.filter(({ node }) => node !== guilty.node);
  const spread = Math.abs(guilty.elapsedMs - (others[0]?.elapsedMs ?? guilty.elapsedMs));
  const readings = groupBy(
    eventsOf(trace, 'timer').filter(({ call }) => call === guilty.call),
    ({ at }) => at,
  );
  for (const group of readings.values()) {
    const mine = group.find(({ node }) => node === guilty.node);
    const other = group.find(({ node }) => node !== guilty.node);
    if (mine !== undefined && other !== undefined && Math.abs(mine.elapsedMs - other.elapsedMs) >= spread / 2) return mine.n;
  }
  return guilty.n;
}

/** A view whose timer does not run, or began at another instant than the answer. */
function startedWrongly(timeline: Timeline, views: readonly EventOf<'state'>[]): Guilty | null {
  const last = views.reduce<EventOf<'state'> | null>((a, b) => (a !== null && a.n > b.n ? a : b), null);
  if (last === null || last.call === null) return null;
  const history = historyOf(timeline, last.call);
  const answered = history === undefined ? null : (recordAt(history, Number.MAX_SAFE_INTEGER)?.record.answeredAt ?? null);
  const offs = views.map((event) => ({ event, offMs: (answered ?? 0) - (event.timerStartedAt ?? 0) }));
  const earliest = views.reduce((a, b) => ((b.timerStartedAt ?? 0) < (a.timerStartedAt ?? 0) ? b : a));
  if (answered === null)
    return {
      event: earliest,
      offMs: (last.timerStartedAt ?? 0) - (earliest.timerStartedAt ?? 0),
      call: last.call,
      isKnown: false,
      isRunning: earliest.timerStartedAt !== null,
    };
  const worst = offs.reduce((a, b) => (Math.abs(b.offMs) > Math.abs(a.offMs) ? b : a));
  return {
    ...worst,
    offMs: worst.event.timerStartedAt === null ? 0 : worst.offMs,
    call: last.call,
    isKnown: true,
    isRunning: worst.event.timerStartedAt !== null,
  };
}
