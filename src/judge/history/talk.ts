/** The stretch of a call in which the caller and the device that answered both showed `connected`, and what each of them received of its media. */
import type { Millis } from '../../protocol/machine.js';
import type { EventOf } from '../../trace/event.js';
import { type CallHistory, firstShown, type History, markOf, perHistory, userOf } from './history.js';
import { outside, united } from './intervals.js';

export interface Talk {
  readonly call: CallHistory;
  /** The caller's device and the one that answered. */
  readonly sides: readonly [string, string];
  readonly fromAt: Millis;
  readonly toAt: Millis;
  readonly fromN: number;
  readonly toN: number;
  /** Numbers of the two views that began it. */
  readonly evidence: readonly number[];
}

/** The talks of a trace, none for a call that never connected on both sides. The teardown by the probe ends each of them. */
export const talksOf = perHistory((history): readonly Talk[] => {
  const stop = markOf(history, 'teardown') ?? history.last;
  if (stop === null) return [];
  return history.calls.flatMap((call): Talk[] => {
    const begins = [...call.shown.keys()].flatMap((device) => firstShown(call, device, 'connected') ?? []);
    const caller = begins.find(({ node }) => node === call.caller) ?? begins[0];
    const callee = begins.find(({ node }) => caller !== undefined && userOf(node) !== userOf(caller.node));
    if (caller === undefined || callee === undefined) return [];
    const begin = caller.n > callee.n ? caller : callee;
    const leaves = [caller, callee].flatMap(
      ({ node, n }) => call.shown.get(node)?.find((view) => view.n > n && view.state !== 'connected') ?? [],
    );
    // An app that dies takes its media with it.
    const deaths = history.presenceActions.filter(
      ({ node, action, n }) => action === 'crash' && n > begin.n && (node === caller.node || node === callee.node),
    );
    const end = [...leaves, ...deaths, stop].reduce((a, b) => (b.n < a.n ? b : a));
    if (end.n <= begin.n) return [];
    const evidence = [caller.n, callee.n].sort((a, b) => a - b);
    const sides = [caller.node, callee.node] as const;
    return [{ call, sides, fromAt: begin.at, toAt: end.at, fromN: begin.n, toN: end.n, evidence }];
  });
});

/** How long both sides of a talk were there at the same time, in milliseconds: nothing can be negotiated without. */
export function contactMs({ absent }: History, { sides, fromAt, toAt }: Talk): Millis {
  return outside(united(sides.flatMap((side) => absent.get(side) ?? [])), fromAt, toAt);
}

/** What one side of a talk received. */
export interface Reception {
  readonly device: string;
  readonly state: 'flowing' | 'stalled' | 'never';
  /** The instant of the first packets; infinite when none came. */
  readonly flowingSince: Millis;
  /** The last event of the talk, or null when there is none. */
  readonly last: EventOf<'media'> | null;
  /** The furthest stage that was reached or failed; null before ICE began. */
  readonly stage: EventOf<'media'>['stage'];
  /** Whether the probe's own stack stalled the set-up. */
  readonly setupStalled: boolean;
  /** The last event with figures. */
  readonly measured: EventOf<'media'> | null;
}

export function receptionOf({ media }: History, { call, toN }: Talk, device: string): Reception {
  const all = (media.get(call.call) ?? []).filter(({ node }) => node === device);
  // Media may come up before the views do; what closing it looks like after the talk is not of interest.
  const during = all.filter(({ n }) => n < toN);
  const last = during.at(-1) ?? null;
  const first = during.find(({ state }) => state === 'flowing');
  const broke = last?.state === 'stalled' || last?.state === 'failed';
  return {
    device,
    state: first === undefined ? 'never' : broke ? 'stalled' : 'flowing',
    flowingSince: first?.at ?? Infinity,
    last,
    stage: during.findLast(({ stage }) => stage !== null)?.stage ?? null,
    setupStalled: all.some(({ setupStalled }) => setupStalled),
    measured: all.findLast(({ stats }) => stats !== null) ?? null,
  };
}
