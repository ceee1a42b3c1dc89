/** Messages with both of their ends: what one end of a link wrote and the other end read, resends and copies of the same one put together. */
import type { CallRecord } from '../../protocol/call.js';
import type { EventOf } from '../../trace/event.js';
import { listIn } from '../../trace/grouping.js';
import { causeOf, deviceOf, type History, isDown, perHistory } from './history.js';

type Wire = EventOf<'wire'>;

/** One message on one link, however often it was written and read. With a black box one of the two lists is always empty. */
export interface Message {
  readonly device: string;
  readonly link: string;
  /** `up` is what the device sends. */
  readonly direction: 'up' | 'down';
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

export interface Messages {
  /** By device, in the order in which the trace first shows them. */
  readonly up: ReadonlyMap<string, readonly Message[]>;
  readonly down: ReadonlyMap<string, readonly Message[]>;
  /** The message of a wire event, by its number. */
  of(n: number): Message | undefined;
  /** The messages to a device that may be about a call, by what they say or by the change that they report. */
  about(device: string, call: string): readonly Message[];
}

interface Growing extends Message {
  readonly writes: Wire[];
  readonly reads: Wire[];
}

/** The messages of a trace. Linear in its length. */
export const messagesOf = perHistory((history): Messages => {
  const up = new Map<string, Growing[]>();
  const down = new Map<string, Growing[]>();
  const byWire = new Map<number, Growing>();
  const numbered = new Map<string, Growing>();
  const unread = new Map<string, Growing[]>();
  const sessions = new Map<string, string>();
  const about = new Map<string, Set<Growing>>();
  for (const wire of history.wires) {
    const device = deviceOf(wire);
    const direction = isDown(history, wire) ? 'down' : 'up';
    const end = `${wire.node} ${device}`;
    if (wire.kind === 'welcome') sessions.set(end, textIn(wire.frame, 'session') ?? '');
    const session = sessions.get(end) ?? '';
    const key = wire.seq === null ? null : `${wire.link} ${direction} ${wire.seq} ${session}`;
    const sameText = `${wire.link} ${direction} ${wire.digest}`;
    const behind = wire.dir === 'in' && wire.cause !== null ? byWire.get(wire.cause) : undefined;
    let message = behind?.direction === direction && behind.device === device ? behind : undefined;
    if (message === undefined && key !== null) message = numbered.get(key);
    if (message === undefined && wire.dir === 'in' && key === null) message = unread.get(sameText)?.shift();
    if (message === undefined) {
      message = { device, link: wire.link, direction, seq: wire.seq, session, writes: [], reads: [] };
      listIn(direction === 'up' ? up : down, device).push(message);
    }
    if (key !== null && !numbered.has(key)) numbered.set(key, message);
    (wire.dir === 'out' ? message.writes : message.reads).push(wire);
    if (wire.dir === 'out' && key === null) listIn(unread, sameText).push(message);
    byWire.set(wire.n, message);
    if (direction === 'up') continue;
    for (const call of callsIn(history, wire)) {
      const own = about.get(`${device} ${call}`) ?? new Set();
      about.set(`${device} ${call}`, own.add(message));
    }
  }
  return { up, down, of: (n) => byWire.get(n), about: (device, call) => [...(about.get(`${device} ${call}`) ?? [])] };
});

/** The calls that a frame may be about. */
function callsIn(history: History, wire: Wire): Set<string> {
  const calls = new Set(carriedBy(wire).map(({ id }) => id));
  if (wire.call !== null) calls.add(wire.call);
  const cause = causeOf(history, wire);
  if (cause?.type === 'record') calls.add(cause.call);
  return calls;
}

/** Everything that a device read, message by message. */
export function readsOf(history: History, device: string): Wire[] {
  return (messagesOf(history).down.get(device) ?? []).flatMap(({ reads }) => reads);
}

/** The records that a frame carries: those of an event, a result or a welcome. */
export function carriedBy({ frame }: Pick<Wire, 'frame'>): Carried[] {
  if (!isObject(frame)) return [];
  const calls: readonly unknown[] = Array.isArray(frame['calls']) ? frame['calls'] : [];
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

/** Whether a read differs from everything that was written of the message. */
export function isAltered({ writes }: Message, read: Wire): boolean {
  return writes.length > 0 && !writes.some(({ digest }) => digest === read.digest);
}

/** The fields in which a record differs from the one that was made; what redaction hides is not compared. */
export function differingFields(made: CallRecord, other: CallRecord | Carried['fields']): string[] {
  const fields: Carried['fields'] = { ...other };
  return Object.entries(made).flatMap(([field, value]) => (isSame(value, fields[field]) ? [] : [field]));
}

function isSame(a: unknown, b: unknown): boolean {
  if (typeof b === 'string' && b.startsWith('redacted(')) return true;
  if (!isObject(a) || !isObject(b)) return a === b;
  return Object.keys({ ...a, ...b }).every((key) => isSame(a[key], b[key]));
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
