/** From the events of a trace to the things that a ladder draws, in the order of time: pure, the same live, on a page and in Node. */

import { deviceOf } from '../../judge/history/history.js';
import { isCommand, isEvent, isResult, isSignal } from '../../protocol/message-kinds.js';
import type { EventOf, TraceEvent } from '../../trace/event.js';
import { counted, duration, printable } from '../format.js';
import { isHousekeeping, isRoutine, kindLabel, messageLabel, recordText, remarkOf, stateText } from './labels.js';
import { isBetween, type LadderFacts, type LadderItem, type MessageItem, WEIGHT_MAX } from './model.js';

export interface ItemOptions {
  /** Also housekeeping, details and the probe's own epilogue. */
  readonly all?: boolean;
  /** Where a message stands: where it was written, or where its device wrote or read it. */
  readonly place: 'writing' | 'device';
}

/**
 * The items of these events. Without `all`, details and the probe's own epilogue are left out; a last remark counts what
 * follows the scenario.
 */
export function itemsOf(events: readonly TraceEvent[], facts: LadderFacts, options: ItemOptions): LadderItem[] {
  const stream = new ItemStream(facts, options, events);
  const story = options.all === true ? events : events.filter((event) => stream.isOfStory(event));
  const inTime = [...story].sort((a, b) => a.at - b.at || a.n - b.n);
  const items = [...inTime.flatMap((event) => stream.take(event)), ...stream.flush()];
  const left = events.length - story.length;
  if (left > 0) {
    const text = `${counted(left, 'further event')}: the probe ends what is live and lets them call once more`;
    items.push({ ...added(items.at(-1)?.at ?? 0, text), tone: 'quiet', sign: 'note' });
  }
  for (const { fromN, fromAt, toAt, words, lasting } of facts.apart) {
    const text = `they disagree: ${printable(words)}, for ${duration(toAt - fromAt)}${lasting ? ', to the end' : ''}`;
    const before = items.findIndex((item) => item.at > fromAt || (item.at === fromAt && item.n > fromN));
    items.splice(before === -1 ? items.length : before, 0, { ...added(fromAt, text), tone: 'bad', sign: 'wrong' });
  }
  return items;
}

const added = (at: number, text: string) =>
  ({ kind: 'remark', n: 0, at, covers: [], text, call: null, weight: 1, lane: null }) as const;

/** Items as events go in, for a drawing that only ever appends. Candidates that follow each other come out as one message. */
export class ItemStream {
  readonly #lanes: ReadonlyMap<string, number>;
  readonly #server: number;
  readonly #reads: ReadonlyMap<number, number>;
  readonly #writes: ReadonlyMap<number, number>;
  readonly #lost: ReadonlySet<number>;
  readonly #altered: ReadonlySet<number>;
  readonly #known: ReadonlyMap<number, TraceEvent>;
  /** By node and link, who is at the other end: at a proxy there are two. */
  readonly #peers = new Map<string, Set<string>>();
  readonly #shown = new Map<number, string>();
  readonly #media = new Map<number, string>();
  readonly #folding = new Folding();

  /** `events` are what is known of the trace: where the other end of a message is. None for one that is not over. */
  constructor(
    readonly facts: LadderFacts,
    readonly options: ItemOptions,
    events: readonly TraceEvent[] = [],
  ) {
    this.#lanes = new Map(facts.lanes.map(({ node }, index) => [node, index]));
    this.#server = facts.lanes.findIndex(({ side }) => side === 'server');
    this.#reads = new Map(facts.arrivals);
    this.#writes = new Map(facts.arrivals.map(([out, into]) => [into, out]));
    this.#lost = new Set(facts.lost);
    this.#altered = new Set(facts.altered);
    this.#known = new Map(events.map((event) => [event.n, event]));
    for (const [out, into] of facts.arrivals) {
      const [from, to] = [this.#known.get(out), this.#known.get(into)];
      if (from?.type !== 'wire' || to?.type !== 'wire') continue;
      this.#meet(from, to.node);
      this.#meet(to, from.node);
    }
  }

  /** Whether an event is the scenario's own: what comes before its end, and the arrival of what was under way then. */
  isOfStory({ n }: TraceEvent): boolean {
    const overN = this.facts.overN ?? Infinity;
    return n < overN || (this.#writes.get(n) ?? Infinity) < overN;
  }

  take(event: TraceEvent): LadderItem[] {
    const items = this.#itemsOf(event);
    const { divergence } = this.facts;
    if (divergence !== null && divergence.n === event.n) items.push(...this.#absent(event.at));
    return items.flatMap((item) => this.#folding.add(item));
  }

  /** What still waits to be folded. */
  flush(): LadderItem[] {
    return this.#folding.flush();
  }

  #itemsOf(event: TraceEvent): LadderItem[] {
    const lane = this.#lanes.get(event.node);
    const all = this.options.all === true;
    const call = 'call' in event ? event.call : null;
    const base = { n: event.n, at: event.at, covers: [event.n], call, weight: weightOf(event) };
    const isChange = (known: Map<number, string>, index: number, what: string): boolean => {
      const before = known.get(index);
      known.set(index, what);
      return before !== what || all;
    };
    switch (event.type) {
      case 'wire':
        return this.#message(event);
      case 'state': {
        const text = printable(stateText(event));
        if (lane === undefined || !isChange(this.#shown, lane, `${call} ${text}`)) return [];
        return [{ ...base, kind: 'state', lane, state: event.state, reason: event.reason, text }];
      }
      case 'record': {
        const held = this.facts.lanes[lane ?? -1];
        if (lane === undefined || held === undefined || !isBetween(held)) break;
        return [{ ...base, kind: 'state', lane, state: event.phase, reason: null, text: printable(recordText(event)) }];
      }
      case 'media':
        // A sample of what goes on changes nothing.
        if (lane === undefined || !isChange(this.#media, lane, event.state)) return [];
        break;
    }
    const remark = remarkOf(event);
    if (remark === null || (remark.isDetail && !all)) return [];
    const { text, sign, tone, isWide } = remark;
    return [{ ...base, kind: 'remark', lane: isWide ? null : (lane ?? null), sign, text, tone }];
  }

  /** A message is drawn once: at its writing, or where its device has it; where that end is not seen, at the other one. */
  #message(event: EventOf<'wire'>): LadderItem[] {
    const { n, dir, kind, node, at } = event;
    if (isHousekeeping(kind) && this.options.all !== true) return [];
    const otherN = (dir === 'out' ? this.#reads : this.#writes).get(n) ?? null;
    const other = otherN === null ? undefined : this.#known.get(otherN);
    const isDevice = this.#isDevice(node);
    const lost = dir === 'out' && this.#lost.has(n);
    if (
      this.options.place === 'writing' ? dir === 'in' && otherN !== null : !isDevice && !this.#standsAtServer(event, other, lost)
    )
      return [];
    const own = this.#lanes.get(node);
    const peer = other?.node ?? this.#peerOf(event);
    const far = peer === null ? this.#server : this.#lanes.get(peer);
    if (own === undefined || far === undefined || far === -1) return [];
    const outN = dir === 'out' ? n : otherN;
    const isRead = dir === 'in' || otherN !== null;
    const fate = lost ? 'lost' : outN !== null && this.#altered.has(outN) ? 'altered' : isRead ? 'read' : 'unseen';
    const [from, to] = dir === 'out' ? [own, far] : [far, own];
    return [
      {
        kind: 'message',
        n,
        at,
        covers: otherN === null ? [n] : [n, otherN],
        text: messageLabel(event),
        call: event.call,
        weight: lost && event.call !== null && !isSignal(kind) ? 6 : weightOf(event),
        from,
        to,
        fate,
        arrivedAt: dir === 'in' ? at : (other?.at ?? null),
        quiet: isRoutine(kind) || isHousekeeping(kind) || kind === 'signal.candidate',
        isAnswer: isResult(kind) || kind === 'welcome',
        candidates: kind === 'signal.candidate' ? 1 : 0,
      },
    ];
  }

  #meet({ node, link }: EventOf<'wire'>, peer: string): void {
    const key = `${node} ${link}`;
    this.#peers.set(key, (this.#peers.get(key) ?? new Set()).add(peer));
  }

  /** Who a message that was not read was for: at a proxy not who sent what it follows from. Null for the server. */
  #peerOf(event: EventOf<'wire'>): string | null {
    const { node, link, cause } = event;
    const peers = [...(this.#peers.get(`${node} ${link}`) ?? [])];
    const origin = this.#known.get(this.#writes.get(cause ?? 0) ?? 0)?.node;
    const onward = peers.length > 1 && origin !== undefined ? peers.filter((peer) => peer !== origin) : peers;
    if (onward.length === 1) return onward[0] ?? null;
    return this.#isDevice(node) ? null : deviceOf(event);
  }

  #isDevice(node: string): boolean {
    const lane = this.facts.lanes[this.#lanes.get(node) ?? -1];
    return lane === undefined || !isBetween(lane);
  }

  /** A server's account comes late and says the same as its device's, except of what the device never read; proxies talk to servers. */
  #standsAtServer({ dir }: EventOf<'wire'>, other: TraceEvent | undefined, lost: boolean): boolean {
    return dir === 'out' && (lost || (other !== undefined && !this.#isDevice(other.node)));
  }

  /** The message that should have been written after the event at which the sides part. */
  #absent(at: number): LadderItem[] {
    const { divergence } = this.facts;
    const device = this.#lanes.get(divergence?.device ?? '');
    if (divergence === null || (divergence.how !== 'never-sent' && divergence.how !== 'missing')) return [];
    const { n, how, dir, kind, sentence } = divergence;
    const base = { n, at, covers: [n], call: null, weight: WEIGHT_MAX, isAbsent: true } as const;
    if (how === 'missing' || dir === null || kind === null || device === undefined || this.#server === -1)
      return [{ ...base, kind: 'remark', lane: null, sign: 'wrong', tone: 'bad', text: printable(sentence) }];
    const [from, to] = dir === 'down' ? [this.#server, device] : [device, this.#server];
    const none = { fate: 'never', arrivedAt: null, quiet: false, isAnswer: false, candidates: 0 } as const;
    return [{ ...base, kind: 'message', from, to, text: kindLabel(kind), ...none }];
  }
}

/** Candidates that follow each other and go the same way are one message, those of the other way in between notwithstanding. */
class Folding {
  #waiting: MessageItem[] = [];

  add(item: LadderItem): LadderItem[] {
    if (item.kind !== 'message' || item.candidates === 0) return [...this.flush(), item];
    const at = this.#waiting.findIndex(({ from, to, fate }) => from === item.from && to === item.to && fate === item.fate);
    const before = this.#waiting[at];
    if (before === undefined) this.#waiting.push(item);
    else {
      const candidates = before.candidates + item.candidates;
      const covers = [...before.covers, ...item.covers];
      this.#waiting[at] = { ...before, text: `candidate ×${candidates}`, candidates, covers };
    }
    return [];
  }

  flush(): LadderItem[] {
    const waiting = this.#waiting;
    this.#waiting = [];
    return waiting;
  }
}

/** Items of which some were left out, so that further candidates follow each other. */
export function folded(items: readonly LadderItem[]): LadderItem[] {
  const folding = new Folding();
  return [...items.flatMap((item) => folding.add(item)), ...folding.flush()];
}

function weightOf(event: TraceEvent): number {
  switch (event.type) {
    case 'action':
    case 'fault':
    case 'violation':
    case 'refused':
    case 'unsent':
    case 'health':
      return 6;
    case 'mark':
      return event.ok === false ? 6 : 0;
    case 'state':
      return 5;
    case 'record':
      return 4;
    case 'wire':
      return isCommand(event.kind) || isEvent(event.kind) ? 3 : isResult(event.kind) || isSignal(event.kind) ? 1 : 0;
    case 'media':
    case 'conn':
    case 'session':
    case 'http':
      return 2;
    default:
      return 0.5;
  }
}
