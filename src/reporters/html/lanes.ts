/** What stands behind the messages of a ladder: lanes in the colour of their state, disagreement, and times of faults. */
import { eventsOf, type TraceEvent } from '../../trace/event.js';
import { isBetween, type LadderFacts, type LadderItem } from '../ladder/model.js';
import { type Shape, shape } from './shape.js';

export interface Place {
  readonly laneX: readonly number[];
  readonly width: number;
  readonly height: number;
  /** The height at which an instant stands. */
  yAt(at: number): number;
}

const LANE = 6;

/** A bar per lane and state; a server that the trace does not see is a dashed line. */
export function laneBars(
  items: readonly LadderItem[],
  rows: readonly { readonly y: number }[],
  facts: LadderFacts,
  place: Place,
): Shape[] {
  return facts.lanes.flatMap((lane, index) => {
    const x = place.laneX[index] ?? 0;
    if (lane.side === 'server' && !facts.serverVisible)
      return [shape('line', { class: 'lane-hidden', x1: x, y1: 0, x2: x, y2: place.height })];
    const bars: Shape[] = [];
    let state = 'idle';
    let top = 0;
    const end = (y: number): void => {
      if (y > top) bars.push(shape('rect', { class: `lane s-${state}`, x: x - LANE / 2, y: top, width: LANE, height: y - top }));
      top = y;
    };
    for (const [row, item] of items.entries()) {
      if (item.kind !== 'state' || item.lane !== index) continue;
      end(rows[row]?.y ?? top);
      state = item.state;
    }
    end(place.height);
    return bars;
  });
}

/** The time in which the sides disagree, across all lanes. */
export function shade(facts: LadderFacts, place: Place): Shape[] {
  const left = (place.laneX[0] ?? 0) - 22;
  return facts.apart.map(({ fromAt, toAt, lasting, words }) => {
    const top = place.yAt(fromAt) - 12;
    const bottom = lasting ? place.yAt(toAt) + 12 : place.yAt(toAt);
    const height = Math.max(8, Math.min(place.height, bottom) - top);
    return shape(
      'rect',
      { class: 'apart', x: left, y: top, width: place.width - left - 4, height, rx: 6 },
      shape('title', {}, words),
    );
  });
}

/** Beside its lane, from when a fault took effect until it was healed. */
export function faultBars(events: readonly TraceEvent[], facts: LadderFacts, place: Place): Shape[] {
  const faults = eventsOf(events, 'fault');
  return faults.flatMap(({ n, at, node, act, fault }) => {
    const lane = facts.lanes.findIndex(
      (known) => known.node === node || (!isBetween(known) && node.startsWith(`${known.node}.`)),
    );
    const x = place.laneX[lane];
    if (act !== 'hit' || x === undefined) return [];
    const healed = faults.find((other) => other.act === 'healed' && other.cause === n);
    if (healed === undefined) return [];
    const top = place.yAt(at);
    const height = Math.max(6, place.yAt(healed.at) - top);
    return [shape('rect', { class: 'fault', x: x - 13, y: top, width: 5, height, rx: 2 }, shape('title', {}, `fault ${fault}`))];
  });
}
