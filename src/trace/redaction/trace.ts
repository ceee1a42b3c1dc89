/** A trace that may leave the machine: every field by an allow-list, names as the rest of the run has them. */
import type { CallRecord } from '../../protocol/call.js';
import type {
  AdapterNote,
  BodyOf,
  BodyType,
  CarriedDigest,
  MarkEvent,
  MediaEvent,
  RunBegin,
  RunEnd,
  Stamp,
  StruckMessage,
  TraceEvent,
} from '../event.js';
import { redactFrame } from '../redact.js';
import type { Names } from './names.js';
import { copyOf, type Fields, id, keep, listOf, mapOf, orNull, type Rule, shaped, word } from './rules.js';

const text: Rule = (value, names) => (typeof value === 'string' ? names.text(value) : null);
const node: Rule = (value, names) => (typeof value === 'string' ? names.address(value) : null);
const person: Rule = (value, names) => (typeof value === 'string' ? names.person(value) : null);
const call: Rule = orNull((value, names) => (typeof value === 'string' ? names.call(value) : null));

const address = shaped<{ user: string; device: string | null }>({ user: person, device: orNull(id) });
const record = shaped<CallRecord>({
  id: call,
  version: keep,
  phase: word,
  caller: address,
  callee: address,
  invitedAt: keep,
  ringingAt: keep,
  answeredAt: keep,
  endedAt: keep,
  reason: word,
  endedBy: orNull(address),
});
/** Frames were redacted when they were recorded; what is left to do is to call people by their stand-ins. */
const frame: Rule = (value, names) => renameIn(value, names, 0);
const data: Rule = (value, names) => dataOf(value, '', names, 0);

/** Limits by check and name: numbers, however deep. */
const limits: Rule = (value, names) => (typeof value === 'object' ? mapOf(limits, word)(value, names) : keep(value, names));

const STAMP: Fields<Stamp> = { n: keep, at: keep, wall: keep, node, cause: keep };
const begin: Fields<RunBegin> = {
  type: word,
  phase: word,
  schema: keep,
  scenario: text,
  file: (value, names) => (typeof value === 'string' ? names.path(value) : null),
  seed: id,
  repetition: keep,
  target: (value, names) => (typeof value === 'string' ? names.target(value) : null),
  defects: listOf(word),
  devices: listOf(node),
  roles: mapOf(word),
  versions: mapOf(id),
  replay: (value, names) => (typeof value === 'string' ? names.command(value) : null),
  serverVisible: keep,
  media: word,
  redacted: keep,
  checks: limits,
  adapter: shaped<AdapterNote>({ name: id, relaysAsIs: keep, limits: listOf(word) }),
};
const end: Fields<RunEnd> = { type: word, phase: word, status: word, message: text };
const struck = shaped<StruckMessage>({ dropped: keep, dir: word, kind: id, call, bytes: keep, digest: id });
const stats = shaped<NonNullable<MediaEvent['stats']>>({
  packetsSent: keep,
  packetsReceived: keep,
  packetsLost: keep,
  duplicates: keep,
  reordered: keep,
  jitterMs: keep,
  delayMsP50: keep,
  delayMsMax: keep,
});

const BODIES: { readonly [T in BodyType]: Fields<BodyOf<T>> } = {
  mark: {
    type: word,
    name: word,
    path: text,
    text,
    ok: keep,
    actual: text,
    lateMs: keep,
    wants: shaped<NonNullable<MarkEvent['wants']>>({ states: listOf(word), media: listOf(word) }),
  },
  action: { type: word, action: word, refused: text, peer: orNull(person), call, group: listOf(person) },
  wire: {
    type: word,
    dir: word,
    link: node,
    conn: keep,
    kind: id,
    call,
    seq: keep,
    bytes: keep,
    digest: id,
    frame,
    name: text,
    reason: word,
    carries: listOf(shaped<CarriedDigest>({ what: word, digest: id })),
  },
  fault: {
    type: word,
    fault: text,
    layer: word,
    act: word,
    target: keep,
    message: text,
    absence: word,
    struck: orNull(struck),
  },
  record: { type: word, call, version: keep, phase: word, record },
  media: {
    type: word,
    call,
    state: word,
    stage: word,
    setupStalled: keep,
    stats: orNull(stats),
    message: text,
  },
  timer: { type: word, call, elapsedMs: keep },
  state: { type: word, call, version: keep, state: word, reason: word, timerStartedAt: keep },
  applied: { type: word, call, version: keep, device: node },
  unsent: { type: word, link: node, conn: keep, kind: word, call, why: word },
  conn: { type: word, link: node, conn: keep, state: word, code: keep, reason: text, error: text, by: word },
  session: { type: word, device: node, state: word, text },
  refused: { type: word, call, device: node, command: word, why: word },
  http: { type: word, method: word, path: text, status: keep, durationMs: keep, call, message: text },
  health: { type: word, state: word, error: text },
  'not-applied': { type: word, call, version: keep, side: word, afterMs: keep },
  violation: { type: word, code: id, message: text, call },
  lag: { type: word, lateMs: keep },
  log: { type: word, level: word, message: text, data },
};

/** One event, as `redactTrace` would have it. What names it alone is learned from it; earlier sentences do not know them. */
export function redactEvent(event: TraceEvent, names: Names): TraceEvent {
  const body = event.type === 'run' ? (event.phase === 'begin' ? begin : end) : BODIES[event.type];
  return copyOf(event, { ...STAMP, ...body }, names) as unknown as TraceEvent;
}

/**
 * A copy of a trace that may be shown to strangers. Frames keep what they were recorded with, or are redacted now when
 * the trace says that they were not. Redacting twice with the same names changes nothing.
 */
export function redactTrace(trace: readonly TraceEvent[], names: Names): TraceEvent[] {
  learnNames(trace, names);
  const first = trace[0];
  const isRaw = first?.type === 'run' && first.phase === 'begin' && first.redacted === false;
  return trace.map((event, index): TraceEvent => {
    const copy = redactEvent(event, names);
    if (!isRaw) return copy;
    if (index === 0) return { ...copy, redacted: true } as TraceEvent;
    if (event.type !== 'wire' || event.frame === undefined) return copy;
    return { ...copy, frame: renameIn(redactFrame(event.frame, names.pseudonyms), names, 0) } as TraceEvent;
  });
}

/** Takes note of everybody that a trace names in a field of its own, so that sentences before that are found out, too. */
export function learnNames(trace: readonly TraceEvent[], names: Names): void {
  for (const event of trace) {
    names.address(event.node);
    if ('call' in event && event.call !== null) names.call(event.call);
    if (event.type === 'action') for (const user of [event.peer, ...(event.group ?? [])]) if (user !== null) names.person(user);
    if (event.type === 'record') for (const { user } of [event.record.caller, event.record.callee]) names.person(user);
    if (event.type !== 'run' || event.phase !== 'begin') continue;
    for (const device of event.devices) names.address(device);
    names.target(event.target);
  }
}

/** The trace as whoever sits at the machine knows it: real names in place of their stand-ins. Secrets stay away. */
export function revealTrace(trace: readonly TraceEvent[], names: Names): TraceEvent[] {
  return trace.map((event) => walk(event, (value) => names.reveal(value), 0) as TraceEvent);
}

function renameIn(value: unknown, names: Names, depth: number): unknown {
  return walk(value, (found, key) => (key === 'user' ? names.person(found) : names.rename(found)), depth);
}

const DEPTH_MAX = 20;

function walk(value: unknown, change: (text: string, key: string) => string, depth: number, key = ''): unknown {
  if (typeof value === 'string') return change(value, key);
  if (typeof value !== 'object' || value === null) return value;
  if (depth >= DEPTH_MAX) return 'redacted(too deep)';
  if (Array.isArray(value)) return value.map((member: unknown) => walk(member, change, depth + 1, key));
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [change(name, ''), walk(member, change, depth + 1, name)]),
  );
}

/** Particulars of a log: numbers and truth stay, texts are searched, a few levels deep. */
function dataOf(value: unknown, key: string, names: Names, depth: number): unknown {
  if (typeof value === 'string') return /^(link|device|node)$/.test(key) ? names.address(value) : names.text(value);
  if (typeof value !== 'object' || value === null) return value;
  if (depth >= 4) return 'redacted(too deep)';
  if (Array.isArray(value)) return value.slice(0, 512).map((member: unknown) => dataOf(member, key, names, depth + 1));
  const entries = Object.entries(value).slice(0, 512);
  return Object.fromEntries(entries.map(([name, member]) => [names.text(name), dataOf(member, name, names, depth + 1)]));
}
