/** Frames as letters: what one end of a link wrote and the other end read, resends and copies of the same one put together. */
import type { EventOf, TraceEvent } from '../../trace/event.js';
import { listIn } from '../../trace/grouping.js';
import { SERVER } from './replay.js';

type Wire = EventOf<'wire'>;

/** One frame on one link, however often it was written and read. With a black box one of the two lists is always empty. */
export interface Letter {
  readonly device: string;
  readonly link: string;
  /** `up` is what the device sends. */
  readonly way: 'up' | 'down';
  readonly seq: number | null;
  readonly session: string;
  readonly writes: readonly Wire[];
  readonly reads: readonly Wire[];
}

/** A record as a frame carries it; fields that were lost on the way are missing. */
export interface Carried {
  readonly id: string;
  readonly version: number;
  readonly fields: Readonly<Record<string, unknown>>;
}

export interface Letters {
  /** By device, in the order in which the trace first tells of them. */
  readonly up: ReadonlyMap<string, readonly Letter[]>;
  readonly down: ReadonlyMap<string, readonly Letter[]>;
  /** The letter of a wire event, by its number. */
  of(n: number): Letter | undefined;
  /** The letters to a device that may be about a call, by what they say or by the change that they tell of. */
  about(device: string, call: string): readonly Letter[];
}

interface Growing extends Letter {
  readonly writes: Wire[];
  readonly reads: Wire[];
}

/** The letters of a trace. Linear in its length. */
export function lettersOf(trace: readonly TraceEvent[]): Letters {
  const up = new Map<string, Growing[]>();
  const down = new Map<string, Growing[]>();
  const byWire = new Map<number, Growing>();
  const numbered = new Map<string, Growing>();
  const unread = new Map<string, Growing[]>();
  const sessions = new Map<string, string>();
  const about = new Map<string, Set<Growing>>();
  const changes = new Map<number, string>();
  for (const wire of trace) {
    if (wire.type === 'record') changes.set(wire.n, wire.call);
    if (wire.type !== 'wire') continue;
    const device = deviceOf(wire);
    const way = isDown(wire) ? 'down' : 'up';
    const end = `${wire.node} ${device}`;
    if (wire.kind === 'welcome') sessions.set(end, textIn(wire.frame, 'session') ?? '');
    const session = sessions.get(end) ?? '';
    const key = wire.seq === null ? null : JSON.stringify([wire.link, way, session, wire.seq]);
    const sameText = JSON.stringify([wire.link, way, wire.digest]);
    const behind = wire.dir === 'in' && wire.cause !== null ? byWire.get(wire.cause) : undefined;
    const known = behind?.way === way && behind.device === device ? behind : key === null ? undefined : numbered.get(key);
    let letter = known;
    if (letter === undefined && wire.dir === 'in' && key === null) letter = unread.get(sameText)?.shift();
    if (letter === undefined) {
      letter = { device, link: wire.link, way, seq: wire.seq, session, writes: [], reads: [] };
      const list = way === 'up' ? up : down;
      const own = list.get(device) ?? [];
      own.push(letter);
      list.set(device, own);
    }
    if (key !== null && !numbered.has(key)) numbered.set(key, letter);
    (wire.dir === 'out' ? letter.writes : letter.reads).push(wire);
    if (wire.dir === 'out' && key === null) listIn(unread, sameText).push(letter);
    byWire.set(wire.n, letter);
    if (way === 'up') continue;
    const calls = new Set([wire.call, changes.get(wire.cause ?? 0) ?? null, ...carriedBy(wire).map(({ id }) => id)]);
    for (const call of calls) {
      if (call === null) continue;
      const own = about.get(`${device} ${call}`) ?? new Set();
      about.set(`${device} ${call}`, own.add(letter));
    }
  }
  return { up, down, of: (n) => byWire.get(n), about: (device, call) => [...(about.get(`${device} ${call}`) ?? [])] };
}

/** The device of a link: `alice/phone` of `alice/phone.signaling`. */
export function deviceOf({ link }: Pick<Wire, 'link'>): string {
  const dot = link.lastIndexOf('.');
  return dot > 0 ? link.slice(0, dot) : link;
}

/** Whether a frame goes from the server to a device, seen from either end. */
export function isDown({ node, dir }: Pick<Wire, 'node' | 'dir'>): boolean {
  return (node === SERVER) === (dir === 'out');
}

/** The records that a frame carries: those of an event, a result or a welcome. */
export function carriedBy({ frame }: Pick<Wire, 'frame'>): Carried[] {
  if (!isObject(frame)) return [];
  const calls = Array.isArray(frame['calls']) ? (frame['calls'] as unknown[]) : [];
  return [frame['record'], ...calls].flatMap((record) => {
    if (!isObject(record)) return [];
    const { id, version } = record;
    return typeof id === 'string' && typeof version === 'number' ? [{ id, version, fields: record }] : [];
  });
}

/** A field of a frame that is a text, or null. */
export function textIn(frame: unknown, field: string): string | null {
  const value = isObject(frame) ? frame[field] : undefined;
  return typeof value === 'string' ? value : null;
}

/** Whether a read differs from everything that was written of the letter. */
export function isAltered({ writes }: Letter, read: Wire): boolean {
  return writes.length > 0 && !writes.some(({ digest }) => digest === read.digest);
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
