/** The trace as text: one event a line (JSON Lines), written with a stable order of keys and read without ever throwing. */
import { TRACE_SCHEMA, type TraceEvent } from './event.js';
import { misfit } from './field.js';
import { ALL_FIELDS, EVENT_TYPES, type EventFields, fieldsOf, STAMP } from './fields.js';
import { createUpgrade, OLD_SCHEMA } from './upgrade.js';

export const JSONL_LIMITS = {
  /** Longest line in characters: a frame of the largest size, escaped, with room to spare. */
  lineCharsMax: 512 * 1024,
  /** Problems that are listed one by one; further ones are counted in a last entry. */
  problemsMax: 100,
} as const;

/** Where each key stands in a line, by the fields of its event. */
const orderOf = (names: readonly string[]): ReadonlyMap<string, number> => new Map(names.map((name, index) => [name, index]));
const NO_ORDER = orderOf([...Object.keys(STAMP), 'type']);
const ORDER = new Map(ALL_FIELDS.map(([, fields]) => [fields as EventFields | null, orderOf(Object.keys(fields.whole))]));

/** Something in a trace's text that could not be used. `line` counts from 1; 0 stands for the text as a whole. */
export interface TraceProblem {
  readonly line: number;
  readonly message: string;
}

export interface DecodedTrace {
  readonly events: TraceEvent[];
  readonly problems: TraceProblem[];
}

/**
 * One event as one line without its line end. Keys come in the order `n at wall node cause type`, then the event's own
 * fields in the order of the format, then any others by name; `at` has microseconds. Characters that break lines or
 * steer terminals are escaped. A frame that cannot be written, or makes the line too long, is replaced by a note.
 */
export function encodeEvent(event: TraceEvent): string {
  const line = tryEncode(event);
  if (line !== null && line.length <= JSONL_LIMITS.lineCharsMax) return line;
  const note = line === null ? 'omitted(not JSON)' : `omitted(chars=${line.length})`;
  const slim: Record<string, unknown> = { ...event };
  for (const bulky of ['frame', 'data', 'versions']) if (bulky in slim) slim[bulky] = bulky === 'frame' ? note : { note };
  const short = tryEncode(slim);
  if (short !== null && short.length <= JSONL_LIMITS.lineCharsMax) return short;
  const { n, at, wall, node, cause } = event;
  return escapeControls(
    JSON.stringify({ n, at, wall, node, cause, type: 'log', level: 'error', message: `event ${event.type} ${note}`, data: {} }),
  );
}

/** A whole trace as text; every line ends with a line feed. */
export function encodeTrace(events: readonly TraceEvent[]): string {
  return events.map((event) => `${encodeEvent(event)}\n`).join('');
}

/**
 * Reads a trace. Never throws: a line that is no event is a problem with its number and the rest is kept. One of the version
 * before is upgraded; one of another schema yields no events at all, since the same words may mean something else there.
 */
export function decodeTrace(text: string): DecodedTrace {
  const events: TraceEvent[] = [];
  const decoder = createDecoder((event) => events.push(event));
  let start = text.charCodeAt(0) === 0xfeff ? 1 : 0;
  while (start < text.length && !decoder.isForeign()) {
    const stop = text.indexOf('\n', start);
    const end = stop === -1 ? text.length : stop;
    decoder.line(text, start, end, stop !== -1);
    start = end + 1;
  }
  const problems = decoder.finish();
  return { events: decoder.isForeign() ? [] : events, problems };
}

/** Reads a trace line by line, for one that does not come as a whole. */
export interface TraceDecoder {
  /** The next line, from `start` to `end` of a text, without its line end; `isComplete` where it has one. */
  line(text: string, start: number, end: number, isComplete: boolean): void;
  /** Whether it turned out to be of another schema: what was handed on before means nothing, and what follows is not read. */
  isForeign(): boolean;
  /** All problems, when no line is to come any more. */
  finish(): TraceProblem[];
}

/** A decoder that hands every event to `take`. */
export function createDecoder(take: (event: TraceEvent) => void): TraceDecoder {
  const problems: TraceProblem[] = [];
  let untold = 0;
  let number = 0;
  let last = 0;
  let first: TraceEvent | null = null;
  let foreign: TraceProblem | null = null;
  let upgrade: ReturnType<typeof createUpgrade> | null = null;
  const tell = (line: number, message: string): void => {
    if (problems.length < JSONL_LIMITS.problemsMax) problems.push({ line, message });
    else untold++;
  };
  return {
    line(text, start, end, isComplete) {
      number++;
      const value = foreign === null ? parseLine(text, start, end) : null;
      if (value !== null && !('problem' in value) && schemaOf(value.event) === OLD_SCHEMA) upgrade = createUpgrade();
      const decoded = value === null || 'problem' in value ? value : decode(upgrade?.(value.event) ?? value.event);
      if (decoded === null) return;
      if ('schema' in decoded) {
        const message = `schema ${quote(decoded.schema)} is not known, this version reads ${TRACE_SCHEMA}: use the call-probe that wrote it`;
        foreign = { line: number, message };
        return;
      }
      if ('problem' in decoded) {
        const { problem } = decoded;
        return tell(number, isComplete ? problem : `${problem}; it is the last line and has no end: the writer was interrupted`);
      }
      const { n, cause } = decoded.event;
      if (n <= last) return tell(number, `event ${n} comes after event ${last}: numbers have to grow`);
      if (n !== last + 1) tell(number, `event ${n} comes after event ${last}: ${n - last - 1} missing`);
      if (cause !== null && cause >= n)
        tell(number, `event ${n} names event ${cause} as its cause, which did not come before it`);
      last = n;
      first ??= decoded.event;
      take(decoded.event);
    },
    isForeign: () => foreign !== null,
    finish() {
      if (foreign !== null) return [foreign];
      if (first === null) tell(0, 'no event could be read');
      else if (first.type !== 'run' || first.phase !== 'begin') tell(0, 'the first event is not the beginning of a run');
      if (untold > 0) problems.push({ line: 0, message: `${untold} further problems are not listed` });
      return problems;
    },
  };
}

type Fields = Readonly<Record<string, unknown>>;
type DecodedLine = { readonly event: TraceEvent } | { readonly problem: string } | { readonly schema: string };

/** Null stands for a line with nothing on it. */
function parseLine(text: string, start: number, end: number): { readonly event: Fields } | { readonly problem: string } | null {
  if (end - start > JSONL_LIMITS.lineCharsMax) {
    return { problem: `the line has ${end - start} characters, more than the ${JSONL_LIMITS.lineCharsMax} allowed` };
  }
  const line = text.slice(start, end).trim();
  if (line === '') return null;
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    // The engine's own message would quote the line, which may hold what must not be shown; the number says where.
    return { problem: 'the line is not JSON' };
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return { problem: 'the line is not a JSON object' };
  return { event: value as Fields };
}

/** The schema that the first event of a trace names; null for any other event. */
function schemaOf({ type, phase, schema }: Fields): string | null {
  return type === 'run' && phase === 'begin' && typeof schema === 'string' ? schema : null;
}

function decode(event: Fields): DecodedLine {
  const schema = schemaOf(event);
  if (schema !== null && schema !== TRACE_SCHEMA) return { schema };
  const fields = fieldsOf(event);
  if (fields === null) return { problem: `event type ${quote(event['type'])} is not known; known are ${EVENT_TYPES.join(' ')}` };
  const wrong = misfit(event, STAMP) ?? misfit(event, fields.body);
  return wrong === null ? { event: event as unknown as TraceEvent } : { problem: `${quote(event['type'])} event: ${wrong}` };
}

function tryEncode(event: object): string | null {
  try {
    return escapeControls(JSON.stringify(ordered(event as Readonly<Record<string, unknown>>)));
  } catch {
    // A cycle or a big integer in a frame that came from outside: the caller writes the event without it.
    return null;
  }
}

/** An event with its keys in the order of a line, and its instant in microseconds. One that was just redacted is so already. */
function ordered(event: Readonly<Record<string, unknown>>): object {
  const order = ORDER.get(fieldsOf(event)) ?? NO_ORDER;
  const at = typeof event['at'] === 'number' ? Math.round(event['at'] * 1000) / 1000 : event['at'];
  const names = Object.keys(event);
  if (at === event['at'] && isInOrder(names, order)) return event;
  const rank = (name: string): number => order.get(name) ?? order.size;
  names.sort((a, b) => rank(a) - rank(b) || (a < b ? -1 : 1));
  return Object.fromEntries(names.map((name) => [name, name === 'at' ? at : event[name]]));
}

function isInOrder(names: readonly string[], order: ReadonlyMap<string, number>): boolean {
  let last = -1;
  for (const name of names) {
    const rank = order.get(name);
    if (rank === undefined || rank < last) return false;
    last = rank;
  }
  return true;
}

const STEERING = /[\u007f-\u009f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff]/g;

/** JSON.stringify escapes C0; DEL, C1, line separators, the byte order mark and the marks that turn text round are left to us. */
function escapeControls(json: string): string {
  return json.replace(STEERING, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

function quote(value: unknown): string {
  return typeof value === 'string'
    ? escapeControls(JSON.stringify(value.slice(0, 80)))
    : `(${value === null ? 'null' : typeof value})`;
}
