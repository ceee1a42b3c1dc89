/** Figures over time for the charts of a call: the timers that users see, and the media that flows in each direction. */
import { eventsOf, type TraceEvent } from '../../trace/event.js';
import { groupBy } from '../../trace/grouping.js';

/** What the timer of one device read; instants and readings in milliseconds. */
export interface TimerSeries {
  readonly device: string;
  readonly call: string;
  readonly points: readonly (readonly [at: number, elapsedMs: number])[];
}

/** What one device received, and sent, up to an instant. */
export interface MediaSeries {
  readonly device: string;
  readonly call: string;
  readonly points: readonly MediaPoint[];
}
export type MediaPoint = readonly [at: number, sent: number, received: number, lost: number, jitterMs: number];

/** Points of one line: more than that no screen shows. */
const POINTS_MAX = 240;

/** One series for each device and call with a timer, in the order in which they begin. */
export function timersOf(trace: readonly TraceEvent[]): TimerSeries[] {
  return [...groupBy(eventsOf(trace, 'timer'), ({ node, call }) => JSON.stringify([node, call])).values()].flatMap((group) => {
    const [first] = group;
    const points = thinned(group).map(({ at, elapsedMs }) => [tenth(at), tenth(elapsedMs)] as const);
    return first === undefined ? [] : [{ device: first.node, call: first.call, points }];
  });
}

/** One series for each device and call whose media was measured. */
export function mediaOf(trace: readonly TraceEvent[]): MediaSeries[] {
  const measured = eventsOf(trace, 'media').flatMap(({ at, node, call, stats }) =>
    stats === null ? [] : [{ at, node, call, stats }],
  );
  return [...groupBy(measured, ({ node, call }) => JSON.stringify([node, call])).values()].flatMap((group) => {
    const [first] = group;
    const points = thinned(group).map(
      ({ at, stats }): MediaPoint => [
        tenth(at),
        stats.packetsSent,
        stats.packetsReceived,
        stats.packetsLost,
        tenth(stats.jitterMs),
      ],
    );
    const isSilent = points.every(([, sent, received]) => sent === 0 && received === 0);
    return first === undefined || isSilent ? [] : [{ device: first.node, call: first.call, points }];
  });
}

/** Evenly spread over the group, its first and last among them. */
function thinned<T>(group: readonly T[]): readonly T[] {
  if (group.length <= POINTS_MAX) return group;
  const step = (group.length - 1) / (POINTS_MAX - 1);
  return Array.from({ length: POINTS_MAX }, (_, index) => group[Math.round(index * step)]).filter((one) => one !== undefined);
}

const tenth = (value: number): number => Math.round(value * 10) / 10;
