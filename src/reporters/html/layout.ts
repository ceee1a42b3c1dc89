/** Where the things of a ladder stand: items to a drawing, without a browser and without a font. */

import type { TraceEvent } from '../../trace/event.js';
import { isBetween, type LadderFacts, type LadderItem, type Lane, type MessageItem, type RemarkItem } from '../ladder/model.js';
import { faultBars, laneBars, type Place, shade } from './lanes.js';
import { fitted, roomOf, type Shape, shape } from './shape.js';

export interface LayoutOptions {
  /** Pixels; the drawing is wider when the lanes do not fit. */
  readonly width: number;
  /** Events to be marked as the place where things part, with a word each. */
  readonly highlight?: ReadonlyMap<number, string>;
  /** Whether items can be reached and pressed: then they are buttons with names. */
  readonly interactive?: boolean;
}

export interface LadderLayout {
  readonly width: number;
  /** The names of the lanes, a drawing of its own, so that it can stay in sight. */
  readonly head: Shape;
  readonly headHeight: number;
  readonly body: Shape;
  readonly height: number;
  /** Where an event is drawn: the index of its item, and the middle of its row. */
  readonly places: ReadonlyMap<number, { readonly item: number; readonly y: number }>;
}

export const GUTTER = 72;
/** Between the time axis and the first lane, and right of the last one. */
const LEAD = 28;
const TAIL = 176;
const SPACING_MIN = 132;
/** On a phone the lanes stand closer, so that both sides are in sight without scrolling. */
const NARROW = { width: 400, tail: 112, spacingMin: 100 } as const;
const SPACING_MAX = 300;
const ROW = 25;
const HEAD = 34;
/** A message that took longer than this ends where its arrival stands in time. */
const SLOW_MS = 50;
const SLOPE = 5;
const SIZE = 12;
const SIGNS: Readonly<Record<RemarkItem['sign'], string>> = { user: '◆', media: '≈', fault: '⚡', wrong: '✗', note: '·' };

/** Positions and draws; `events` are those of which the items were made, for what lies between instants. */
export function layoutLadder(
  items: readonly LadderItem[],
  events: readonly TraceEvent[],
  facts: LadderFacts,
  options: LayoutOptions,
): LadderLayout {
  const gaps = Math.max(1, facts.lanes.length - 1);
  const [tail, spacingMin] = options.width < NARROW.width ? [NARROW.tail, NARROW.spacingMin] : [TAIL, SPACING_MIN];
  const spacing = Math.max(spacingMin, Math.min(SPACING_MAX, Math.floor((options.width - GUTTER - LEAD - tail) / gaps)));
  const laneX = facts.lanes.map((_, index) => GUTTER + LEAD + index * spacing);
  const width = Math.max(options.width, (laneX.at(-1) ?? GUTTER) + tail);
  const rows = rowsOf(items);
  const height = (rows.at(-1)?.y ?? 0) + ROW;
  const place: Place = { laneX, width, height, yAt: (at) => yAt(rows, at) };
  const places = new Map<number, { item: number; y: number }>();
  for (const [index, item] of items.entries())
    for (const n of item.isAbsent ? [] : item.covers) places.set(n, { item: index, y: rows[index]?.y ?? 0 });

  const absent = new Set(items.flatMap(({ isAbsent, n }) => (isAbsent === true ? [n] : [])));
  const setting = { place, spacing, lanes: facts.lanes, interactive: options.interactive === true };
  const drawn = items.map((item, index) => {
    const y = rows[index]?.y ?? 0;
    // What is missing after an event is marked in its place.
    const own = item.covers.filter((n) => item.isAbsent === true || !absent.has(n));
    const mark = own.map((n) => options.highlight?.get(n)).find((word) => word !== undefined);
    return drawItem(item, index, y, setting, mark);
  });
  const body = shape(
    'g',
    { class: 'ladder-body' },
    ...shade(facts, place),
    ...laneBars(items, rows, facts, place),
    ...faultBars(events, facts, place),
    ...timeAxis(items, rows),
    ...drawn,
  );
  return { width, head: head(facts, laneX, spacing), headHeight: HEAD, body, height, places };
}

interface RowPlace {
  readonly y: number;
  readonly at: number;
  /** Milliseconds since the row above, where that is worth showing. */
  readonly gapMs: number;
}

/** Rows follow each other in order; a pause makes room, by its logarithm, so that time is felt and nothing scrolls away. */
function rowsOf(items: readonly LadderItem[]): RowPlace[] {
  const rows: RowPlace[] = [];
  let y = ROW / 2 + 4;
  let before: number | null = null;
  for (const { at } of items) {
    const gapMs = before === null ? 0 : Math.max(0, at - before);
    if (before !== null) y += ROW + (gapMs <= 40 ? 0 : Math.min(44, 8 * Math.log2(gapMs / 40)));
    rows.push({ y, at, gapMs });
    before = Math.max(before ?? at, at);
  }
  return rows;
}

function yAt(rows: readonly RowPlace[], at: number): number {
  const after = rows.findIndex((row) => row.at >= at);
  if (after === -1) return (rows.at(-1)?.y ?? 0) + ROW / 2;
  const next = rows[after];
  const prior = rows[after - 1];
  if (next === undefined) return 0;
  if (prior === undefined || next.at <= prior.at) return next.y;
  return prior.y + ((at - prior.at) / (next.at - prior.at)) * (next.y - prior.y);
}

function head(facts: LadderFacts, laneX: readonly number[], spacing: number): Shape {
  const names = facts.lanes.flatMap(({ label, node, side }, index) => {
    const hidden = side === 'server' && !facts.serverVisible;
    const x = laneX[index] ?? 0;
    return [
      shape(
        'text',
        { class: 'lane-name', x, y: 15, 'text-anchor': 'middle' },
        shape('title', {}, node),
        fitted(label, spacing - 8, 13),
      ),
      shape(
        'text',
        { class: 'lane-side', x, y: 28, 'text-anchor': 'middle' },
        hidden ? 'not visible' : side === 'server' || side === 'other' ? '' : side,
      ),
    ];
  });
  return shape(
    'g',
    { class: 'ladder-head' },
    shape('text', { class: 'time', x: GUTTER - 14, y: 15, 'text-anchor': 'end' }, 's'),
    ...names,
  );
}

function timeAxis(items: readonly LadderItem[], rows: readonly RowPlace[]): Shape[] {
  const x = GUTTER - 8;
  const bottom = (rows.at(-1)?.y ?? 0) + ROW / 2;
  let above = '';
  const labels = items.flatMap((item, index) => {
    const row = rows[index];
    if (row === undefined) return [];
    const text = (item.at / 1000).toFixed(3);
    const prior = rows[index - 1];
    const pause =
      row.gapMs < 200 || prior === undefined
        ? []
        : [
            shape(
              'text',
              { class: 'pause', x: x - 6, y: (row.y + prior.y) / 2 + 3, 'text-anchor': 'end' },
              `+${spanOf(row.gapMs)}`,
            ),
          ];
    const tick = shape('line', { class: 'tick', x1: x - 3, y1: row.y, x2: x, y2: row.y });
    if (text === above) return [...pause, tick];
    above = text;
    return [...pause, tick, shape('text', { class: 'time', x: x - 6, y: row.y + 4, 'text-anchor': 'end' }, text)];
  });
  return [shape('line', { class: 'axis', x1: x, y1: 0, x2: x, y2: bottom }), ...labels];
}

function spanOf(ms: number): string {
  return ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`;
}

interface Setting {
  readonly place: Place;
  readonly spacing: number;
  readonly lanes: readonly Lane[];
  readonly interactive: boolean;
}

function drawItem(item: LadderItem, index: number, y: number, setting: Setting, mark: string | undefined): Shape {
  const { place, lanes, interactive } = setting;
  const name = nameOf(item, lanes, mark);
  const marked = mark === undefined ? '' : ' marked';
  const attributes = {
    class: `item ${item.kind}${marked}`,
    'data-item': index,
    ...(interactive && item.n > 0 ? { role: 'button', tabindex: -1, 'aria-label': name } : {}),
  };
  const hit = shape('rect', { class: 'hit', x: GUTTER - 4, y: y - ROW / 2, width: place.width - GUTTER, height: ROW, rx: 4 });
  const title = interactive ? [] : [shape('title', {}, name)];
  return shape('g', attributes, ...title, hit, ...partsOf(item, y, setting, mark));
}

function partsOf(item: LadderItem, y: number, setting: Setting, mark: string | undefined): Shape[] {
  const { place } = setting;
  const marked = (text: string): string => (mark === undefined ? text : `${text} · ${mark}`);
  switch (item.kind) {
    case 'message':
      return arrow(item, y, setting, mark);
    case 'state': {
      const x = place.laneX[item.lane] ?? 0;
      return [
        shape('circle', { class: `dot s-${item.state}`, cx: x, cy: y, r: 5.5 }),
        ...pill(x + 12, y, marked(item.text), `pill s-${item.state}`, place.width - x - 20),
      ];
    }
    case 'remark': {
      if (item.lane === null) return band(item, y, place);
      const x = place.laneX[item.lane] ?? 0;
      return [
        shape('circle', { class: 'anchor', cx: x, cy: y, r: 3 }),
        ...pill(x + 12, y, marked(`${SIGNS[item.sign]} ${item.text}`), `word t-${item.tone}`, place.width - x - 20),
      ];
    }
  }
}

/** A remark across all lanes. */
function band({ sign, text, tone }: RemarkItem, y: number, place: Place): Shape[] {
  const room = place.width - GUTTER - 24;
  return [
    shape('rect', { class: `band t-${tone}`, x: GUTTER + 2, y: y - 10, width: room, height: 20, rx: 4 }),
    shape('text', { class: `note sign t-${tone}`, x: GUTTER + 16, y: y + 4, 'text-anchor': 'middle' }, SIGNS[sign]),
    shape('text', { class: `note t-${tone}`, x: GUTTER + 28, y: y + 4 }, fitted(text, room - 30, SIZE)),
  ];
}

function pill(x: number, y: number, text: string, classes: string, room: number): Shape[] {
  const shown = fitted(text, room - 14, SIZE);
  const width = roomOf(shown) * SIZE * 0.56 + 14;
  return [
    shape('rect', { class: `back ${classes}`, x, y: y - 9.5, width, height: 19, rx: 9.5 }),
    shape('text', { class: `label ${classes}`, x: x + 7, y: y + 4 }, shown),
  ];
}

/** The label stands beside the device's own lane, so that an arrow across other lanes still shows whose it is. */
function arrow(item: MessageItem, y: number, { place, spacing, lanes }: Setting, mark: string | undefined): Shape[] {
  const x1 = place.laneX[item.from] ?? 0;
  const full = place.laneX[item.to] ?? 0;
  const way = full > x1 ? 1 : -1;
  const lost = item.fate === 'lost' || item.fate === 'never';
  const slow = isSlow(item);
  const x2 = lost ? full - way * Math.min(46, Math.abs(full - x1) * 0.3) : full - way * 6;
  const y2 = slow && item.arrivedAt !== null ? Math.max(y + SLOPE, place.yAt(item.arrivedAt)) : y + SLOPE;
  const classes = `arrow f-${item.fate}${item.quiet ? ' quiet' : ''}`;
  const parts = [shape('line', { class: classes, x1: x1 + way * 5, y1: y, x2, y2 })];
  if (lost) parts.push(cross(x2, y2));
  else parts.push(tip(x2, y2, way, Math.atan2(y2 - y, Math.abs(x2 - x1)), classes));
  const origin = lanes[item.from];
  const fromServer = origin !== undefined && isBetween(origin);
  const middle = fromServer ? full - (way * spacing) / 2 : x1 + (way * spacing) / 2;
  const room = spacing - 18;
  // The word for the mark goes first when there is no room: the frame around the message says it as well.
  const whole = messageText(item, mark);
  const label = fitted(whole, room, SIZE) === whole ? whole : fitted(messageText(item, undefined), room, SIZE);
  const over = classes.replace('arrow', 'label over');
  parts.push(shape('text', { class: over, x: middle, y: y - (slow ? 5 : 3), 'text-anchor': 'middle' }, label));
  if (mark === undefined) return parts;
  const frame = { x: Math.min(x1, full) + 6, y: y - 15, width: Math.abs(full - x1) - 12, height: 24, rx: 5 };
  return [shape('rect', { class: 'divergence', ...frame }), ...parts];
}

function messageText(item: MessageItem, mark: string | undefined): string {
  const { fate, arrivedAt, at } = item;
  const word = fate === 'never' ? 'never sent' : fate === 'lost' || fate === 'altered' ? fate : '';
  const late = arrivedAt !== null && isSlow(item) ? `after ${spanOf(arrivedAt - at)}` : '';
  return [item.text, word, late, mark ?? ''].filter((part) => part !== '').join(' · ');
}

function isSlow({ arrivedAt, at }: MessageItem): boolean {
  return arrivedAt !== null && arrivedAt - at > SLOW_MS;
}

function tip(x: number, y: number, way: number, angle: number, classes: string): Shape {
  const turn = (way * angle * 180) / Math.PI;
  return shape('path', {
    class: `tip ${classes}`,
    d: `M0 0 L${-9 * way} -4.5 L${-9 * way} 4.5 Z`,
    transform: `translate(${round(x)} ${round(y)}) rotate(${round(turn)})`,
  });
}

function cross(x: number, y: number): Shape {
  const r = 5;
  return shape('path', { class: 'cross', d: `M${x - r} ${y - r} L${x + r} ${y + r} M${x + r} ${y - r} L${x - r} ${y + r}` });
}

const round = (value: number): number => Math.round(value * 10) / 10;

/** What a screen reader says of an item: the words of the drawing, in the same order, and where it goes. */
export function nameOf(item: LadderItem, lanes: readonly Lane[], mark?: string): string {
  const at = `${(item.at / 1000).toFixed(3)} s: `;
  const lane = (index: number): string => lanes[index]?.label ?? '';
  switch (item.kind) {
    case 'message':
      return `${at}${messageText(item, mark)}, from ${lane(item.from)} to ${lane(item.to)}`;
    case 'state':
    case 'remark':
      return `${at}${item.text}${item.lane === null ? '' : `, ${lane(item.lane)}`}`;
  }
}
