/** An answer that took long, where apps start their timers by themselves: the timers differ by the time that it was on its way. Pure. */
import type { Millis } from '../../protocol/machine.js';
import type { EventOf } from '../../trace/event.js';
import { type ActionOutcome, outcomesOf } from '../history/actions.js';
import { eventAt, type History, userOf } from '../history/history.js';
import { type Context, failedIn } from './context.js';
import { type Candidate, evidenceOf } from './rule.js';
import { took } from './wording.js';

export interface LateAnswer {
  readonly accept: ActionOutcome;
  readonly writes: readonly EventOf<'wire'>[];
  readonly read: EventOf<'wire'>;
  readonly lateMs: Millis;
}

/** The answer of a call of a foreign target, where it reached the caller only after at least `ms`; else null. */
export function lateAnswerOf(history: History, call: string, ms: Millis): LateAnswer | null {
  if (!history.isForeign) return null;
  const accept = outcomesOf(history).find(({ action }) => action.action === 'accept' && action.call === call);
  if (accept === undefined) return null;
  const { node, n, at } = accept.action;
  const wires = history.wires.filter((wire) => wire.call === call && wire.n > n);
  const read = wires.find((wire) => wire.dir === 'in' && wire.kind === 'event.connected' && userOf(wire.node) !== userOf(node));
  if (read === undefined || read.at - at < ms) return null;
  const writes = wires.filter((wire) => wire.node === node && wire.kind === 'command.accept' && wire.n < read.n);
  return { accept, writes, read, lateMs: read.at - at };
}

/** Timers that began apart because the answer was on its way for so long. */
export function timersApart(context: Context, ruledOutBy: string): Candidate[] {
  const { history } = context;
  return failedIn(context, 'timer-skew').flatMap(({ evidence, message }): Candidate[] => {
    const views = evidence.flatMap((n) => eventAt(history, n) ?? []).filter((event) => event.type === 'state');
    const starts = views.map(({ timerStartedAt }) => timerStartedAt ?? 0);
    const call = views[0]?.call ?? null;
    const late = call === null ? null : lateAnswerOf(history, call, (Math.max(...starts) - Math.min(...starts)) * 0.8);
    if (call === null || late === null) return [];
    const { writes, read, lateMs } = late;
    const { action } = late.accept;
    const copies = writes.length > 1 ? `, which took ${writes.length} writes` : '';
    return [
      {
        hop: history.serverOf(read.node),
        call,
        confidence: 0.9,
        summary: `${read.node} received the answer of call ${call} ${took(lateMs)} after ${action.node} gave it${copies}. Each app starts its timer when it shows connected, and ${message}.`,
        evidence: evidenceOf(action, ...writes.slice(0, 3), read, ...views),
        ruledOutBy,
        originN: action.n,
      },
    ];
  });
}
