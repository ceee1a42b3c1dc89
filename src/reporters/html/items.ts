/** From the events of a trace to the things that a ladder draws, in the order of time: pure, the same on the page and in Node. */
import type { EventOf, TraceEvent } from '../../trace/event.js';
import { counted, duration, printable } from '../format.js';
import {
  isHousekeeping,
  isRoutine,
  messageLabel,
  recordText,
  remarkOf,
  type Sign,
  stateText,
  type Tone,
} from '../ladder/labels.js';
import type { TraceFacts } from './trace-facts.js';

const SIGNS: Readonly<Record<Sign, string>> = { user: '◆', media: '≈', fault: '⚡', wrong: '✗', note: '·' };

interface Item {
  /** The event that it stands for; 0 for what the drawing adds. */
  readonly n: number;
  readonly at: number;
  /** All events that it shows, for links to any of them. */
  readonly covers: readonly number[];
  readonly text: string;
}

/** A message between a device and the server; lanes are indices of `facts.lanes`. */
export interface MessageItem extends Item {
  readonly kind: 'message';
  readonly from: number;
  readonly to: number;
  readonly fate: 'read' | 'lost' | 'altered' | 'unseen';
  /** When it was read, or null. */
  readonly arrivedAt: number | null;
  readonly quiet: boolean;
}
/** What a device shows, or the server holds, from here on. */
export interface StateItem extends Item {
  readonly kind: 'state';
  readonly lane: number;
  readonly state: string;
}
/** Something at one lane: what a user did, media, a refusal. */
export interface BesideItem extends Item {
  readonly kind: 'beside';
  readonly lane: number;
  readonly sign: string;
  readonly tone: Tone;
}
/** Something that concerns everybody. */
export interface NoteItem extends Item {
  readonly kind: 'note';
  readonly tone: Tone;
  readonly sign: string;
}
export type LadderItem = MessageItem | StateItem | BesideItem | NoteItem;

/**
 * The items of these events. Without `all`, housekeeping of the delivery, healthy steps and the probe's own epilogue are
 * left out; a last note counts what follows the scenario.
 */
export function itemsOf(events: readonly TraceEvent[], facts: TraceFacts, all: boolean): LadderItem[] {
  const overN = facts.overN ?? Infinity;
  const shown = all ? events : events.filter(({ n }) => n < overN);
  const known = new Map(events.map((event) => [event.n, event]));
  const inTime = [...shown].sort((a, b) => a.at - b.at || a.n - b.n);
  const drawing = new Drawing(facts, known, all);
  const items = inTime.flatMap((event) => drawing.of(event));
  const left = events.length - shown.length;
  if (left > 0) {
    const at = items.at(-1)?.at ?? 0;
    const text = `${counted(left, 'further event')}: the probe ends what is live and lets them call once more`;
    items.push({ kind: 'note', n: 0, at, covers: [], text, tone: 'quiet', sign: '…' });
  }
  return folded(withApart(items, facts));
}

/** The line that tells of a disagreement stands where it begins. */
function withApart(items: readonly LadderItem[], facts: TraceFacts): LadderItem[] {
  const all = [...items];
  for (const { fromN, fromAt, toAt, words, lasting } of facts.apart) {
    const text = `they disagree: ${printable(words)}, for ${duration(toAt - fromAt)}${lasting ? ', to the end' : ''}`;
    const before = all.findIndex((item) => item.at > fromAt || (item.at === fromAt && item.n > fromN));
    all.splice(before === -1 ? all.length : before, 0, {
      kind: 'note',
      n: 0,
      at: fromAt,
      covers: [],
      text,
      tone: 'bad',
      sign: '!',
    });
  }
  return all;
}

/** Candidates of one direction that follow each other are one arrow. */
function folded(items: readonly LadderItem[]): LadderItem[] {
  const kept: LadderItem[] = [];
  for (const item of items) {
    const before = kept.at(-1);
    const isMore =
      item.kind === 'message' &&
      before?.kind === 'message' &&
      /^candidate( ×\d+)?$/.test(before.text) &&
      item.text === 'candidate';
    if (isMore && before.from === item.from && before.to === item.to && before.fate === item.fate) {
      const count = Number(/×(\d+)$/.exec(before.text)?.[1] ?? 1) + 1;
      kept[kept.length - 1] = { ...before, text: `candidate ×${count}`, covers: [...before.covers, ...item.covers] };
    } else kept.push(item);
  }
  return kept;
}

class Drawing {
  readonly #lanes: ReadonlyMap<string, number>;
  readonly #arrivals: ReadonlyMap<number, number>;
  readonly #read: ReadonlySet<number>;
  readonly #lost: ReadonlySet<number>;
  readonly #altered: ReadonlySet<number>;
  readonly #media = new Map<number, string>();

  constructor(
    readonly facts: TraceFacts,
    readonly known: ReadonlyMap<number, TraceEvent>,
    readonly all: boolean,
  ) {
    this.#lanes = new Map(facts.lanes.map(({ node }, index) => [node, index]));
    this.#arrivals = new Map(facts.arrivals);
    this.#read = new Set(facts.arrivals.map(([, into]) => into));
    this.#lost = new Set(facts.lost);
    this.#altered = new Set(facts.altered);
  }

  of(event: TraceEvent): LadderItem[] {
    const { n, at } = event;
    const lane = this.#lanes.get(event.node);
    const base = { n, at, covers: [n] };
    switch (event.type) {
      case 'wire':
        return this.#message(event);
      case 'state':
        return lane === undefined
          ? []
          : [{ ...base, kind: 'state', lane, state: event.state, text: printable(stateText(event)) }];
      case 'record':
        if (event.node !== 'server' || lane === undefined) break;
        return [{ ...base, kind: 'state', lane, state: event.phase, text: printable(recordText(event)) }];
      case 'media':
        // A sample of what goes on changes nothing.
        if (lane === undefined || (this.#media.get(lane) === event.state && !this.all)) return [];
        this.#media.set(lane, event.state);
        break;
    }
    const remark = remarkOf(event);
    if (remark === null || (remark.isDetail && !this.all)) return [];
    const { text, tone, isWide } = remark;
    const sign = SIGNS[remark.sign];
    if (isWide || lane === undefined) return [{ ...base, kind: 'note', sign, text, tone }];
    return [{ ...base, kind: 'beside', lane, sign, text, tone }];
  }

  /** A message is drawn where it was written; where nobody saw it written, where it was read. */
  #message(event: EventOf<'wire'>): LadderItem[] {
    if (event.dir === 'in' && this.#read.has(event.n)) return [];
    if (isHousekeeping(event.kind) && !this.all) return [];
    const server = this.#lanes.get('server');
    const device = this.#lanes.get(event.node === 'server' ? event.link.replace(/\.[^.]*$/, '') : event.node);
    if (server === undefined || device === undefined) return [];
    const upward = (event.dir === 'out') === (event.node !== 'server');
    const arrivedN = event.dir === 'out' ? (this.#arrivals.get(event.n) ?? null) : event.n;
    const arrived = arrivedN === null ? null : (this.known.get(arrivedN)?.at ?? null);
    const covers = arrivedN === null || arrivedN === event.n ? [event.n] : [event.n, arrivedN];
    const fate = this.#lost.has(event.n)
      ? 'lost'
      : this.#altered.has(event.n)
        ? 'altered'
        : arrivedN === null
          ? 'unseen'
          : 'read';
    return [
      {
        kind: 'message',
        n: event.n,
        at: event.at,
        covers,
        text: messageLabel(event),
        from: upward ? device : server,
        to: upward ? server : device,
        fate,
        arrivedAt: arrived,
        quiet: isRoutine(event.kind) || isHousekeeping(event.kind),
      },
    ];
  }
}
