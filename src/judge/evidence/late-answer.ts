/** An answer that took long, where apps start their timers by themselves: the timers differ by the time that it was under way. Pure. */
import type { Millis } from '../../protocol/machine.js';
import { type EventOf, eventsOf } from '../../trace/event.js';
import type { Deed } from '../history/deeds.js';
import { userOf } from '../history/replay.js';
import { type Candidate, evidenceOf } from './rule.js';
import type { Timeline } from './timeline.js';
import { took } from './wording.js';

export interface LateAnswer {
  readonly accept: Deed;
  readonly writes: readonly EventOf<'wire'>[];
  readonly read: EventOf<'wire'>;
  readonly lateMs: Millis;
}

/** The answer of a call of a foreign target, where it reached the caller only after at least `ms`; else null. */
export function lateAnswerOf({ begin, deeds, trace }: Timeline, call: string, ms: Millis): LateAnswer | null {
  const accept = deeds.find(({ op }) => op.action === 'accept' && op.call === call);
  if (begin?.adapter === undefined || accept === undefined) return null;
  const { node, n } = accept.op;
  const wires = eventsOf(trace, 'wire').filter((wire) => wire.call === call && wire.n > n);
  const read = wires.find((wire) => wire.dir === 'in' && wire.kind === 'event.connected' && userOf(wire.node) !== userOf(node));
  if (read === undefined || read.at - accept.op.at < ms) return null;
  const writes = wires.filter((wire) => wire.node === node && wire.kind === 'command.accept' && wire.n < read.n);
  return { accept, writes, read, lateMs: read.at - accept.op.at };
}

/** Timers that began apart because the answer was under way for so long. */
export function timersApart(timeline: Timeline, ruledOutBy: string): Candidate[] {
  const complaints = timeline.complaints.filter(({ checker }) => checker === 'timer-skew');
  return complaints.flatMap(({ finding }): Candidate[] => {
    const views = finding.evidence.flatMap((n) => timeline.index.get(n) ?? []).filter((event) => event.type === 'state');
    const starts = views.map(({ timerStartedAt }) => timerStartedAt ?? 0);
    const call = views[0]?.call ?? null;
    const late = call === null ? null : lateAnswerOf(timeline, call, (Math.max(...starts) - Math.min(...starts)) * 0.8);
    if (call === null || late === null) return [];
    const { accept, writes, read, lateMs } = late;
    const { op } = accept;
    const times = writes.length > 1 ? `, which took ${writes.length} writes` : '';
    return [
      {
        hop: 'server',
        call,
        confidence: 0.9,
        summary: `The answer of call ${call} reached ${read.node} ${took(lateMs)} after ${op.node} gave it${times}. Each app starts its timer when it shows connected, and ${finding.message}.`,
        evidence: evidenceOf(op, ...writes.slice(0, 3), read, ...views),
        ruledOutBy,
        originN: op.n,
      },
    ];
  });
}
