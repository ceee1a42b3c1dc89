/** Messages with both of their ends: what one end of a link wrote and the other end read, resends and copies of the same one put together. */
import type { CallRecord } from '../../protocol/call.js';
import type { EventOf } from '../../trace/event.js';
import { groupBy, listIn } from '../../trace/grouping.js';
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

/** One direction of a link, while its messages are put together. */
interface Lane extends Pick<Message, 'device' | 'direction' | 'link'> {
  readonly messages: Growing[];
  /** By number and session; those without a number that were not read yet by their digest. */
  readonly numbered: Map<string, Growing>;
  readonly unread: Map<string, Growing[]>;
  /** By call. */
  readonly about: Map<string, Growing[]>;
}

/** The messages of a trace. Linear in its length. */
export const messagesOf = perHistory((history): Messages => {
  const lanes = new Map<string, Lane>();
  const byWire = new Map<number, Growing>();
  const sessions = new Map<string, string>();
  for (const wire of history.wires) {
    const { link, node, n } = wire;
    const direction = isDown(history, wire) ? 'down' : 'up';
    const end = `${node} ${link}`;
    if (wire.kind === 'welcome') sessions.set(end, textIn(wire.frame, 'session') ?? '');
    const key = `${direction} ${link}`;
    const lane = lanes.get(key) ?? newLane(wire, direction);
    lanes.set(key, lane);
    const message = joined(lane, wire, sessions.get(end) ?? '', byWire);
    byWire.set(n, message);
    for (const call of direction === 'up' ? [] : callsIn(history, wire)) {
      const own = listIn(lane.about, call);
      if (!own.includes(message)) own.push(message);
    }
  }
  const all = [...lanes.values()];
  const byDevice = (direction: Message['direction']): ReadonlyMap<string, readonly Message[]> => {
    const messages = all.flatMap((lane) => (lane.direction === direction ? lane.messages : []));
    return groupBy(messages, ({ device }) => device);
  };
  const about = (device: string, call: string): readonly Message[] =>
    all.flatMap((lane) => (lane.device === device ? (lane.about.get(call) ?? []) : []));
  return { up: byDevice('up'), down: byDevice('down'), of: (n) => byWire.get(n), about };
});

function newLane(wire: Wire, direction: Lane['direction']): Lane {
  const maps = { numbered: new Map(), unread: new Map(), about: new Map() };
  return { device: deviceOf(wire), direction, link: wire.link, messages: [], ...maps };
}

/** The message that a frame belongs to: that of the frame that led to it, of its number, of its text, or a new one. */
function joined(lane: Lane, wire: Wire, session: string, byWire: ReadonlyMap<number, Growing>): Growing {
  const { device, direction, link, messages, numbered, unread } = lane;
  const { seq, dir, digest } = wire;
  const key = seq === null ? null : `${seq} ${session}`;
  const behind = dir === 'in' && wire.cause !== null ? byWire.get(wire.cause) : undefined;
  let message = behind?.direction === direction && behind.device === device ? behind : numbered.get(key ?? '');
  if (message === undefined && dir === 'in' && key === null) message = unread.get(digest)?.shift();
  if (message === undefined) {
    message = { device, link, direction, seq, session, writes: [], reads: [] };
    messages.push(message);
  }
  if (key !== null && !numbered.has(key)) numbered.set(key, message);
  (dir === 'out' ? message.writes : message.reads).push(wire);
  if (dir === 'out' && key === null) listIn(unread, digest).push(message);
  return message;
}

/** The calls that a frame may be about. */
function callsIn(history: History, wire: Wire): string[] {
  const calls = carriedBy(wire).map(({ id }) => id);
  if (wire.call !== null) calls.push(wire.call);
  const cause = causeOf(history, wire);
  if (cause?.type === 'record') calls.push(cause.call);
  return calls;
}

/** Everything that a device read, message by message. */
export function readsOf(history: History, device: string): Wire[] {
  return (messagesOf(history).down.get(device) ?? []).flatMap(({ reads }) => reads);
}

const NOTHING: readonly Carried[] = [];

/** The records that a frame carries: those of an event, a result or a welcome. */
export function carriedBy({ frame }: Pick<Wire, 'frame'>): readonly Carried[] {
  if (!isObject(frame)) return NOTHING;
  const { record, calls } = frame;
  if (Array.isArray(calls)) return [record, ...calls].flatMap(carried);
  return record === undefined ? NOTHING : carried(record);
}

function carried(record: unknown): readonly Carried[] {
  if (!isObject(record)) return NOTHING;
  const { id, version } = record;
  return typeof id === 'string' && typeof version === 'number' ? [{ id, version, fields: record }] : NOTHING;
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
  const before: Carried['fields'] = { ...made };
  return Object.keys(before).filter((field) => !isSame(before[field], fields[field]));
}

function isSame(a: unknown, b: unknown): boolean {
  if (a === b || (typeof b === 'string' && b.startsWith('redacted('))) return true;
  if (!isObject(a) || !isObject(b)) return false;
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every((key) => isSame(a[key], b[key]));
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
