/** A trace that may leave the machine: every field by its row in the table, names as the rest of the run has them. */
import type { TraceEvent } from './event.js';
import { copier } from './field.js';
import { ALL_FIELDS, fieldsOf } from './fields.js';
import { encodeTrace } from './jsonl.js';
import { redactFrame } from './redaction/frame.js';
import type { Names } from './redaction/names.js';
import type { Privacy } from './redaction/privacy.js';

const COPIERS = new Map(ALL_FIELDS.map(([, fields]) => [fields, copier(fields.whole)]));

/** One event as it may be published. What names it alone is learned from it; earlier sentences do not know them. */
export function redactEvent(event: TraceEvent, names: Names): TraceEvent {
  const fields = fieldsOf(event);
  const copy = fields === null ? undefined : COPIERS.get(fields);
  // Every type of the union has a row, and every row yields a value of its field's type.
  if (copy === undefined) throw new Error('an event of an unknown type');
  return copy(event, names) as unknown as TraceEvent;
}

/**
 * A copy of a trace that may be shown to strangers. What it names, and what its frames reveal of secrets, is learned first: the
 * sentences before that are clean as well. Each frame is redacted once, however many events hold it. Twice changes nothing.
 */
export function redactTrace(trace: readonly TraceEvent[], names: Names): TraceEvent[] {
  learnNames(trace, names);
  const own = names.forTrace();
  for (const event of trace) if (event.type === 'wire' && event.frame !== undefined) redactFrame(event.frame, own);
  const [first, ...rest] = trace;
  if (first === undefined) return [];
  const isRaw = first.type === 'run' && first.phase === 'begin' && first.redacted === false;
  return [isRaw ? { ...first, redacted: true } : first, ...rest].map((event) => redactEvent(event, own));
}

/** A trace as text, redacted, or as it is. Whoever publishes it has it searched. */
export function traceText(trace: readonly TraceEvent[], { redaction, names }: Pick<Privacy, 'redaction' | 'names'>): string {
  return encodeTrace(redaction === 'off' ? trace : redactTrace(trace, names));
}

/**
 * Takes note of everybody that a trace names in a field of its own, so that sentences before that are found out, too. People
 * come before calls, whose ids may hold their names.
 */
export function learnNames(trace: readonly TraceEvent[], names: Names): void {
  const address = ifText((text) => names.address(text));
  const person = ifText((text) => names.person(text));
  const call = ifText((text) => names.call(text));
  for (const event of trace) {
    if (event.type === 'run' && event.phase === 'begin') {
      if (Array.isArray(event.devices)) event.devices.forEach(ifText((text) => names.participant(text)));
      ifText((text) => names.target(text))(event.target);
    }
    address(event.node);
  }
  for (const event of trace) {
    if (event.type === 'action') {
      person(event.peer);
      if (Array.isArray(event.group)) event.group.forEach(person);
    }
    if (event.type === 'record') for (const party of [event.record?.caller, event.record?.callee]) person(party?.user);
    if ('call' in event) call(event.call);
  }
}

/** Fields of a trace from elsewhere may hold anything. */
function ifText(take: (text: string) => unknown): (value: unknown) => void {
  return (value) => {
    if (typeof value === 'string') take(value);
  };
}

/** The trace as whoever sits at the machine knows it: real names in place of their stand-ins. Secrets stay away. */
export function revealTrace(trace: readonly TraceEvent[], names: Names): TraceEvent[] {
  return trace.map((event) => revealed(event, names, 0) as TraceEvent);
}

const DEPTH_MAX = 20;

function revealed(value: unknown, names: Names, depth: number): unknown {
  if (typeof value === 'string') return names.reveal(value);
  if (typeof value !== 'object' || value === null) return value;
  if (depth >= DEPTH_MAX) return 'redacted(too deep)';
  if (Array.isArray(value)) return value.map((member: unknown) => revealed(member, names, depth + 1));
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [names.reveal(name), revealed(member, names, depth + 1)]),
  );
}
