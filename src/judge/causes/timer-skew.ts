/** Both sides are connected, and their call timers differ beyond the limit. */
import type { EventOf } from '../../trace/event.js';
import { groupBy } from '../../trace/grouping.js';
import { allShown, eventAt, type History } from '../history/history.js';
import { presenceOf } from '../history/presence.js';
import { failedIn } from './context.js';
import { lateAnswerOf } from './late-answer.js';
import { type Candidate, evidenceOf, LIKELY, type Rule, SURE } from './rule.js';
import { faultWords, took } from './wording.js';

/** How sure it is when the timers came to agree before the end. */
const PASSING = 0.6;

/** What a difference of timers has to be at least for a user to see it, in milliseconds. */
const SEEN_MS = 20;

export const timerSkew: Rule = {
  code: 'timer-skew',
  title: 'The call timers of the two sides differ',
  lookAt: 'from which instant each side counts',
  doc: 'Both sides were connected and their call timers read differently, or began at another instant than the answer, by more than the limit.',
  ruledOutBy: 'readings of both timers at one instant that agree',
  apply(context) {
    const { history } = context;
    return failedIn(context, 'timer-skew').flatMap(({ evidence, message }): Candidate[] => {
      const events = evidence.flatMap((n) => eventAt(history, n) ?? []);
      const samples = events.filter((event): event is Sample => event.type === 'timer');
      const views = events.filter((event): event is EventOf<'state'> => event.type === 'state');
      const off = samples.length > 0 ? furthest(history, samples) : startedWrongly(history, views);
      if (off === null) return [];
      const { event, offMs, call, isKnown } = off;
      const device = event.node;
      // An answer that took long to arrive is reported as that.
      if (samples.length === 0 && lateAnswerOf(history, call, Math.abs(offMs) * 0.8) !== null) return [];
      // What is off by next to nothing has another cause: the record itself changed.
      if (Math.abs(offMs) < SEEN_MS && off.isRunning) return [];
      const faults = presenceOf(history)
        .activeOn(device, 0, event.n)
        .filter(({ layer }) => layer === 'clock');
      const way = offMs < 0 ? 'behind' : 'ahead of';
      return [
        {
          hop: device,
          call,
          // A clock that was read over a slow handshake is put right by the next heartbeat: hardly what a run fails for.
          confidence: isPassing(history, call, samples) ? PASSING : isKnown ? SURE : LIKELY,
          summary: `The call timer of ${device} was ${took(Math.abs(offMs))} ${way} the time since the answer of call ${call}${faultWords(faults, 'moved its clock, which its timer follows')}. ${message}.`,
          evidence: evidenceOf(...evidence, ...faults.slice(0, 2), answerOf(history, call)),
          ruledOutBy: this.ruledOutBy,
          originN: event.type === 'timer' ? firstOff(history, event, samples) : event.n,
        },
      ];
    });
  },
};

type Sample = EventOf<'timer'>;

/** A timer that is off. */
interface Off {
  readonly event: Sample | EventOf<'state'>;
  readonly offMs: number;
  readonly call: string;
  /** Whether the instant of the answer is known, so that it is clear which of the two is off. */
  readonly isKnown: boolean;
  readonly isRunning: boolean;
}

function answerOf({ callsById }: History, id: string): EventOf<'record'> | EventOf<'state'> | null {
  const call = callsById.get(id);
  if (call === undefined) return null;
  const shown = allShown(call).filter(({ state }) => state === 'connected');
  return call.server.find(({ phase }) => phase === 'connected') ?? shown.sort((a, b) => a.n - b.n)[0] ?? null;
}

/** The sample that is furthest from the time since the answer. */
function furthest(history: History, samples: readonly Sample[]): Off | null {
  const [first] = samples;
  if (first === undefined) return null;
  const answer = answerOf(history, first.call);
  const middle = samples.reduce((sum, { elapsedMs }) => sum + elapsedMs, 0) / samples.length;
  const offs = samples.map((event) => ({ event, offMs: event.elapsedMs - (answer === null ? middle : event.at - answer.at) }));
  const worst = offs.reduce((a, b) => (Math.abs(b.offMs) > Math.abs(a.offMs) ? b : a));
  return { ...worst, call: first.call, isKnown: answer !== null, isRunning: true };
}

/** Readings of a call's timers by their instant. */
function groupsOf({ timers }: History, call: string): Sample[][] {
  return [...groupBy(timers.get(call) ?? [], ({ at }) => at).values()];
}

/** Whether the last readings of a call differ by less than half of what the checker found. */
function isPassing(history: History, call: string, samples: readonly Sample[]): boolean {
  if (samples.length === 0) return false;
  const spreadOf = (readings: readonly Sample[]): number => {
    const elapsed = readings.map(({ elapsedMs }) => elapsedMs);
    return Math.max(...elapsed) - Math.min(...elapsed);
  };
  const last = groupsOf(history, call).findLast((group) => group.length > 1);
  return last !== undefined && spreadOf(last) * 2 < spreadOf(samples);
}

/** The first reading of the timer that was off by as much. */
function firstOff(history: History, { node, call, elapsedMs, n }: Sample, samples: readonly Sample[]): number {
  const other = samples.find((sample) => sample.node !== node);
  const spread = Math.abs(elapsedMs - (other?.elapsedMs ?? elapsedMs));
  for (const group of groupsOf(history, call)) {
    const mine = group.find((sample) => sample.node === node);
    const theirs = group.find((sample) => sample.node !== node);
    if (mine !== undefined && theirs !== undefined && Math.abs(mine.elapsedMs - theirs.elapsedMs) >= spread / 2) return mine.n;
  }
  return n;
}

/** A view whose timer does not run, or began at another instant than the answer. */
function startedWrongly({ callsById }: History, views: readonly EventOf<'state'>[]): Off | null {
  const last = views.reduce<EventOf<'state'> | null>((a, b) => (a !== null && a.n > b.n ? a : b), null);
  if (last === null || last.call === null) return null;
  const { call } = last;
  const answered = callsById.get(call)?.server.at(-1)?.record.answeredAt ?? null;
  const earliest = views.reduce((a, b) => ((b.timerStartedAt ?? 0) < (a.timerStartedAt ?? 0) ? b : a));
  if (answered === null) {
    const offMs = (last.timerStartedAt ?? 0) - (earliest.timerStartedAt ?? 0);
    return { event: earliest, offMs, call, isKnown: false, isRunning: earliest.timerStartedAt !== null };
  }
  const offs = views.map((event) => ({ event, offMs: answered - (event.timerStartedAt ?? 0) }));
  const { event, offMs } = offs.reduce((a, b) => (Math.abs(b.offMs) > Math.abs(a.offMs) ? b : a));
  const isRunning = event.timerStartedAt !== null;
  return { event, offMs: isRunning ? offMs : 0, call, isKnown: true, isRunning };
}
