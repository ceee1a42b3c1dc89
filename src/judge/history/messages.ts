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
interface Lane {
  readonly messages: Growing[];
  /** By session and number. */
  readonly numbered: Map<string, Map<number, Growing>>;
  /** By digest, those without a number that were not read yet. */
  readonly unread: Map<string, Growing[]>;
}

interface Link {
  readonly device: string;
  readonly lanes: Readonly<Record<Message['direction'], Lane>>;
  /** By node, the session that it knows of. */
  readonly sessions: Map<string, string>;
  /** By call, the messages to the device. */
  readonly about: Map<string, Growing[]>;
}

/** The messages of a trace. Linear in its length. */
export const messagesOf = perHistory((history): Messages => {
  const links = new Map<string, Link>();
  const byWire = new Map<number, Growing>();
  for (const wire of history.wires) {
    const link = links.get(wire.link) ?? newLink(wire);
    links.set(wire.link, link);
    if (wire.kind === 'welcome') link.sessions.set(wire.node, textIn(wire.frame, 'session') ?? '');
    const direction = isDown(history, wire) ? 'down' : 'up';
    const message = joined(link, direction, wire, byWire);
    byWire.set(wire.n, message);
    if (direction === 'up') continue;
    for (const call of callsIn(history, wire)) {
      const own = listIn(link.about, call);
      if (!own.includes(message)) own.push(message);
    }
  }
  const all = [...links.values()];
  const byDevice = (direction: Message['direction']): ReadonlyMap<string, readonly Message[]> => {
    const used = all.filter(({ lanes }) => lanes[direction].messages.length > 0);
    return new Map(
      [...groupBy(used, ({ device }) => device)].map(([device, own]) => [
        device,
        own.flatMap(({ lanes }) => lanes[direction].messages),
      ]),
    );
  };
  return {
    up: byDevice('up'),
    down: byDevice('down'),
    of: (n) => byWire.get(n),
    about: (device, call) => all.flatMap((link) => (link.device === device ? (link.about.get(call) ?? []) : [])),
  };
});

function newLink(wire: Wire): Link {
  const lane = (): Lane => ({ messages: [], numbered: new Map(), unread: new Map() });
  return { device: deviceOf(wire), lanes: { up: lane(), down: lane() }, sessions: new Map(), about: new Map() };
}

/** The message that a frame belongs to: that of the frame that led to it, of its number, of its text, or a new one. */
function joined(
  { device, lanes, sessions }: Link,
  direction: Message['direction'],
  wire: Wire,
  byWire: ReadonlyMap<number, Growing>,
): Growing {
  const { messages, numbered, unread } = lanes[direction];
  const { seq, dir, digest } = wire;
  const session = sessions.get(wire.node) ?? '';
  const numbers = seq === null ? null : (numbered.get(session) ?? new Map<number, Growing>());
  if (numbers !== null) numbered.set(session, numbers);
  const behind = dir === 'in' && wire.cause !== null ? byWire.get(wire.cause) : undefined;
  let message = behind?.direction === direction && behind.device === device ? behind : numbers?.get(seq ?? 0);
  if (message === undefined && dir === 'in' && numbers === null) message = unread.get(digest)?.shift();
  if (message === undefined) {
    message = { device, link: wire.link, direction, seq, session, writes: [], reads: [] };
    messages.push(message);
  }
  if (numbers !== null && !numbers.has(seq ?? 0)) numbers.set(seq ?? 0, message);
  (dir === 'out' ? message.writes : message.reads).push(wire);
  if (dir === 'out' && numbers === null) listIn(unread, digest).push(message);
  return message;
}

/** The calls that a frame may be about. */
function callsIn(history: History, wire: Wire): string[] {
  const cause = causeOf(history, wire);
  const calls = [wire.call, cause?.type === 'record' ? cause.call : null, ...carriedBy(wire).map(({ id }) => id)];
  return calls.filter((call) => call !== null);
}

/** Everything that a device read, message by message. */
export function readsOf(history: History, device: string): Wire[] {
  return (messagesOf(history).down.get(device) ?? []).flatMap(({ reads }) => reads);
}

const NOTHING: readonly Carried[] = [];
/** What frames were found to carry: rules ask again and again. */
const carriedIn = new WeakMap<object, readonly Carried[]>();

/** The records that a frame carries: those of an event, a result or a welcome. */
export function carriedBy({ frame }: Pick<Wire, 'frame'>): readonly Carried[] {
  if (!isObject(frame)) return NOTHING;
  const known = carriedIn.get(frame) ?? recordsIn(frame);
  carriedIn.set(frame, known);
  return known;
}

function recordsIn(frame: Readonly<Record<string, unknown>>): readonly Carried[] {
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
