/** Records what ran and the last messages when the target went away, for all workers of a run. */

import { type History, historyOf } from '../../../judge/history/history.js';
import { type LastMessage, lastBefore, outageIn } from '../../../judge/history/outage.js';
import type { Millis } from '../../../protocol/machine.js';
import type { TraceEvent } from '../../../trace/event.js';
import type { TargetOutage } from './target-event.js';

interface Ended {
  readonly scenario: string;
  readonly wall: Millis;
  readonly last: readonly LastMessage[];
}

export interface RunsWhat {
  readonly scenario: { readonly name: string; readonly file: string | null };
  readonly repetition: number;
}

export class OutageAccount {
  /** `startedAt` is when the run began, in milliseconds since the epoch. */
  constructor(readonly startedAt: Millis) {}
  #ended: Ended | null = null;

  /** The outage that stopped a repetition; null if it ended otherwise. */
  take(
    { scenario, repetition }: RunsWhat,
    { trace, hasBegun }: { readonly trace: readonly TraceEvent[]; readonly hasBegun: boolean },
  ): TargetOutage | null {
    const history = historyOf(trace);
    const outage = outageIn(history);
    const before = this.#ended;
    if (hasBegun) this.#ended = endedOf(scenario.name, history);
    if (outage === null) return null;
    const wall = (trace[0]?.wall ?? this.startedAt) + outage.sinceAt - (trace[0]?.at ?? 0);
    const isOwn = hasBegun || before === null;
    return {
      at: new Date(wall).toISOString(),
      afterMs: Math.max(0, wall - this.startedAt),
      scenario: scenario.name,
      file: scenario.file,
      repetition,
      intoMs: hasBegun ? outage.sinceAt : null,
      ended: isOwn ? null : before.scenario,
      error: outage.error,
      last: isOwn
        ? outage.last.map(plain)
        : before.last.map((one) => ({ ...one, beforeMs: one.beforeMs + Math.max(0, wall - before.wall) })),
      awayMs: null,
    };
  }
}

function endedOf(scenario: string, history: History): Ended | null {
  const end = history.last;
  if (end === null) return null;
  return { scenario, wall: end.wall, last: lastBefore(history, { n: Infinity, at: end.at }).map(plain) };
}

/** Without the number of its event, since the report outlives the trace. */
function plain({ node, dir, kind, name, beforeMs, fault, isHostile }: LastMessage): LastMessage {
  return { node, dir, kind, name, beforeMs, fault, isHostile };
}
