/** Makes a trace of live events: one order, one numbering, digests, and causes that run through the wire. Pure. */
import { digest } from '../protocol/rng.js';
import type { LiveEvent, LiveWire } from './bus.js';
import { roleOf, type Stamp, type TraceEvent, type WireEvent } from './event.js';

/** What is the same for every message with the same text: its digest and its content. Both ends of a link see the same one. */
interface Read {
  readonly sum: string;
  readonly frame: unknown;
}

/** Events in order of time, numbered from 1. Causes and targets of faults follow; those of events that were not kept become null. */
export function assemble(live: readonly LiveEvent[]): TraceEvent[] {
  const events = [...live].sort((a, b) => rank(a) - rank(b) || a.at - b.at || a.n - b.n);
  const [first] = events;
  const begin = first?.type === 'run' && first.phase === 'begin' ? first : null;
  const numbers = new Map(events.map(({ n }, index) => [n, index + 1]));
  const read = reader();
  const written = new Map<string, number[]>();
  const numberOf = (n: number | null): number | null => (n === null ? null : (numbers.get(n) ?? null));
  return events.map((event, index): TraceEvent => {
    const n = index + 1;
    const cause = numberOf(event.cause);
    if (event.type === 'fault') return Object.assign({}, event, { n, cause, target: numberOf(event.target) });
    if (event.type === 'receipt')
      return Object.assign({}, event, { n, cause, covers: event.covers.flatMap((one) => numberOf(one) ?? []) });
    if (event.type !== 'wire') return Object.assign({}, event, { n, cause });
    const isDown = (roleOf(begin, event.node) === 'server') === (event.dir === 'out');
    const key = `${event.link} ${isDown} ${event.text}`;
    if (event.dir === 'in') return wireOf(event, read, n, cause ?? written.get(key)?.shift() ?? null);
    const before = written.get(key);
    if (before === undefined) written.set(key, [n]);
    else before.push(n);
    return wireOf(event, read, n, cause);
  });
}

/** One live event as a trace would hold it, with its provisional number. */
export function traceEventOf(event: LiveEvent): TraceEvent {
  return event.type === 'wire' ? wireOf(event, reader(), event.n, event.cause) : event;
}

function wireOf(live: Stamp & LiveWire, read: Reader, n: number, cause: number | null): Stamp & WireEvent {
  const { at, wall, node, type, dir, link, conn, kind, call, seq, bytes, name, reason, refusal, carries } = live;
  const { sum, frame } = read(live.text, live.frame);
  // Written out: with a spread in front, V8 adds each of these fields by itself.
  const stamp = { n, at, wall, node, cause, type, dir, link, conn, kind, call, seq, bytes, digest: sum, frame };
  const wire: Mutable<Stamp & WireEvent> = stamp;
  if (name !== undefined) wire.name = name;
  if (reason !== undefined) wire.reason = reason;
  if (refusal !== undefined) wire.refusal = refusal;
  if (carries !== undefined) wire.carries = carries.map(({ what, text }) => ({ what, digest: digest(text) }));
  return wire;
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** Reads a message; `frame` is its content where the shell knew it. */
type Reader = (text: string, frame: unknown) => Read;

function reader(): Reader {
  const known = new Map<string, Read>();
  return (text, given) => {
    const read = known.get(text) ?? { sum: digest(text), frame: given ?? parsed(text) };
    known.set(text, read);
    return read;
  };
}

/** A message that is no JSON stands for itself. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** The beginning of the run stays first and its end last, whatever time late reports from other processes carry. */
function rank(event: LiveEvent): number {
  if (event.type !== 'run') return 1;
  return event.phase === 'begin' ? 0 : 2;
}
