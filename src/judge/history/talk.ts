/** The stretch of a call in which the caller and the device that answered both showed `connected`. */
import type { Millis } from '../../protocol/machine.js';
import { eventsOf } from '../../trace/event.js';
import { united } from './absence.js';
import { type CallHistory, type Replay, userOf } from './replay.js';

export interface Talk {
  readonly history: CallHistory;
  /** The caller's device and the one that answered. */
  readonly sides: readonly [string, string];
  readonly fromAt: Millis;
  readonly toAt: Millis;
  readonly fromN: number;
  readonly toN: number;
  /** Numbers of the two views that began it. */
  readonly evidence: readonly number[];
}

/** The talks of a trace, none for a call that never connected on both sides. The epilogue of the probe ends each of them. */
export function talksOf(replay: Replay): Talk[] {
  const last = replay.trace.at(-1);
  const stop = eventsOf(replay.trace, 'mark').find((mark) => mark.name === 'teardown') ?? last;
  if (stop === undefined) return [];
  return replay.calls.flatMap((history): Talk[] => {
    const begins = [...history.shown.values()].flatMap((views) => views.find((view) => view.state === 'connected') ?? []);
    const caller = begins.find(({ node }) => node === history.caller) ?? begins[0];
    const callee = begins.find(({ node }) => caller !== undefined && userOf(node) !== userOf(caller.node));
    if (caller === undefined || callee === undefined) return [];
    const begin = caller.n > callee.n ? caller : callee;
    const leaves = [caller, callee].flatMap(
      ({ node, n }) => history.shown.get(node)?.find((view) => view.n > n && view.state !== 'connected') ?? [],
    );
    const end = [...leaves, stop].reduce((a, b) => (b.n < a.n ? b : a));
    if (end.n <= begin.n) return [];
    return [
      {
        history,
        sides: [caller.node, callee.node],
        fromAt: begin.at,
        toAt: end.at,
        fromN: begin.n,
        toN: end.n,
        evidence: [caller.n, callee.n].sort((a, b) => a - b),
      },
    ];
  });
}

/** How long both sides of a talk were there at the same time, in milliseconds: nothing can be negotiated without. */
export function contactMs(replay: Replay, talk: Talk): Millis {
  const away = united(talk.sides.flatMap((side) => replay.absent.get(side) ?? []));
  return away.reduce(
    (contact, { fromAt, toAt }) => contact - Math.max(0, Math.min(toAt, talk.toAt) - Math.max(fromAt, talk.fromAt)),
    talk.toAt - talk.fromAt,
  );
}
