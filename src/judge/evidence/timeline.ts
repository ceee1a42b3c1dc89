/** A trace made ready for the rules: what is wrong with it, who lacked what, and every frame at both of its ends. Pure. */

import { beginOf, type EventOf, eventsOf, type RunBegin, type Stamp, type TraceEvent } from '../../trace/event.js';
import type { CheckOptions, CheckResult, Finding } from '../checkers/checker.js';
import { judge } from '../checkers/index.js';
import { type Deed, deedsOf } from '../history/deeds.js';
import { type Gap, gapsOf, momentsOf } from '../history/gaps.js';
import { type Letters, lettersOf } from '../history/letters.js';
import { type Presence, presenceOf } from '../history/presence.js';
import { byNumber, type CallHistory, type Replay, replayOf } from '../history/replay.js';

/** A finding of a checker that counts against the target. */
export interface Complaint {
  readonly checker: string;
  readonly finding: Finding;
}

export interface Timeline {
  readonly trace: readonly TraceEvent[];
  readonly begin: (Stamp & RunBegin) | null;
  /** The last event of a complete run; null when the trace was cut. */
  readonly end: (EventOf<'run'> & { readonly phase: 'end' }) | null;
  readonly index: ReadonlyMap<number, TraceEvent>;
  readonly replay: Replay;
  readonly histories: ReadonlyMap<string, CallHistory>;
  readonly marks: readonly EventOf<'mark'>[];
  /** Faults that took effect. */
  readonly hits: readonly EventOf<'fault'>[];
  readonly letters: Letters;
  /** Whether the server's side comes from its log, which has no signals in it. */
  readonly isFromLog: boolean;
  readonly presence: Presence;
  readonly verdicts: readonly { readonly name: string; readonly result: CheckResult }[];
  readonly complaints: readonly Complaint[];
  /** Devices that were wrong about a call, first things first. */
  readonly gaps: readonly Gap[];
  /** What users did, and how far it came. */
  readonly deeds: readonly Deed[];
}

/** Indexes a trace for the rules; `checks` are the limits of its scenario, `judged` is the trace without what a log added to it. */
export function timelineOf(trace: readonly TraceEvent[], checks: CheckOptions, judged: readonly TraceEvent[] = trace): Timeline {
  const replay = replayOf(trace);
  const index = byNumber(trace);
  const letters = lettersOf(trace);
  const presence = presenceOf(trace, replay);
  const verdicts = judge(judged, checks);
  const complaints = verdicts.flatMap(({ name, result }) =>
    result.valid === false ? result.findings.map((finding) => ({ checker: name, finding })) : [],
  );
  const end = eventsOf(trace, 'run').findLast((event): event is NonNullable<Timeline['end']> => event.phase === 'end') ?? null;
  const ground = { replay, letters, index };
  // Sides that came to agree in time, in a run that came to its end, have nothing to explain.
  const isSound = complaints.length === 0 && end?.status === 'complete';
  const gaps = isSound ? [] : gapsOf(ground, momentsOf(trace));
  return {
    trace,
    begin: beginOf(trace),
    end,
    index,
    replay,
    histories: new Map(replay.calls.map((history) => [history.call, history])),
    marks: eventsOf(trace, 'mark'),
    hits: eventsOf(trace, 'fault').filter(({ act }) => act === 'hit'),
    letters,
    isFromLog: judged !== trace,
    presence,
    verdicts,
    complaints,
    gaps,
    deeds: deedsOf(ground),
  };
}
