/** The one table of trace events: their fields in the order of a line, with what a reader accepts and what may be published. */
import { USER_ACTIONS } from '../protocol/actions.js';
import { type CallRecord, PHASES, VIEW_STATES } from '../protocol/call.js';
import { MEDIA_STATES, type MediaStats } from '../protocol/media.js';
import { MESSAGE_KINDS } from '../protocol/message-kinds.js';
import { END_REASONS, VIEW_END_REASONS } from '../protocol/reasons.js';
import {
  ABSENCES,
  type AdapterNote,
  type BodyOf,
  type BodyType,
  type CarriedDigest,
  CONN_STATES,
  FAULT_LAYERS,
  type MarkEvent,
  NODE_ROLES,
  RECEIPT_MEANS,
  RUN_ENDS,
  type RunBegin,
  type RunEnd,
  SESSION_STATES,
  type Stamp,
  type StruckMessage,
  TRACE_SCHEMA,
  type TraceEvent,
  UNSENT_REASONS,
} from './event.js';
import {
  call,
  command,
  count,
  device,
  digest,
  type Field,
  type Fields,
  type FieldsOf,
  flag,
  foreign,
  id,
  instant,
  label,
  listOf,
  mapOf,
  node,
  number,
  oneOf,
  optional,
  ordinal,
  orNull,
  participant,
  particulars,
  path,
  person,
  shaped,
  target,
  title,
} from './field.js';
import { redactFrame } from './redaction/frame.js';
import * as rules from './redaction/rules.js';

type Body<Event> = FieldsOf<Omit<Event, 'type'>>;

const address = shaped<CallRecord['caller']>('an address {user, device}', { user: person, device });
const record = shaped<CallRecord>('a call record', {
  id: call,
  version: count,
  phase: oneOf(PHASES),
  caller: address,
  callee: shaped<CallRecord['callee']>('a callee', { user: person, device: orNull(device) }),
  invitedAt: number,
  ringingAt: orNull(number),
  answeredAt: orNull(number),
  endedAt: orNull(number),
  reason: orNull(oneOf(END_REASONS)),
  endedBy: orNull(address),
});
const stats = shaped<MediaStats>('media figures', {
  packetsSent: count,
  packetsReceived: count,
  packetsLost: number,
  duplicates: count,
  reordered: count,
  jitterMs: number,
  delayMsP50: orNull(number),
  delayMsMax: orNull(number),
});
const struck = shaped<StruckMessage>('a message', {
  dropped: flag,
  dir: oneOf(['out', 'in']),
  kind: oneOf(MESSAGE_KINDS),
  call: orNull(call),
  bytes: count,
  digest,
});
const carried = shaped<CarriedDigest>('a digest', { what: oneOf(['offer', 'answer', 'candidate']), digest });
/** As it is on the wire; published by an allow-list of its own. */
const frame: Field = {
  wants: 'anything',
  optional: true,
  fits: () => true,
  rule: redactFrame,
  shows: 'the message, by the keys of the next table',
};
/** Limits by check and name: numbers, however deep. */
const limits: rules.Rule = (value, names) =>
  typeof value === 'object' ? rules.mapOf(limits, rules.label)(value, names) : number.rule(value, names);

export const STAMP: FieldsOf<Stamp> = { n: ordinal, at: instant, wall: number, node, cause: orNull(count) };

const begin: Body<RunBegin> = {
  phase: oneOf(['begin']),
  schema: oneOf([TRACE_SCHEMA]),
  scenario: title,
  file: orNull(path),
  seed: id,
  repetition: count,
  target,
  defects: listOf(label),
  devices: listOf(participant),
  roles: mapOf(oneOf(NODE_ROLES), 'an object of node roles', rules.node),
  versions: mapOf(id, 'an object of strings'),
  replay: command,
  serverVisible: flag,
  media: oneOf(['audio', 'none']),
  adapter: optional(shaped<AdapterNote>('an adapter', { name: label, relaysAsIs: flag, limits: listOf(label) })),
  redacted: optional(flag),
  checks: { ...particulars, optional: true, rule: limits, shows: 'numbers, under names made of common words' },
};
const end: Body<RunEnd> = { phase: oneOf(['end']), status: oneOf(RUN_ENDS), message: orNull(foreign) };

const BODIES: { readonly [T in BodyType]: Body<BodyOf<T>> } = {
  mark: {
    name: oneOf(['step', 'expect', 'quiesce', 'quiesced', 'teardown', 'torn-down', 'redial', 'redialed', 'skipped-steps']),
    path: orNull(foreign),
    text: foreign,
    ok: orNull(flag),
    actual: orNull(foreign),
    lateMs: optional(number),
    mistake: optional(foreign),
    limit: optional(label),
    wants: optional(
      shaped<NonNullable<MarkEvent['wants']>>('states', {
        states: listOf(oneOf(VIEW_STATES)),
        media: listOf(oneOf(MEDIA_STATES)),
      }),
    ),
  },
  action: {
    action: oneOf(USER_ACTIONS),
    peer: orNull(person),
    call: orNull(call),
    group: optional(listOf(person)),
    refused: optional(foreign),
  },
  wire: {
    dir: oneOf(['out', 'in']),
    link: node,
    conn: count,
    kind: oneOf(MESSAGE_KINDS),
    call: orNull(call),
    seq: orNull(count),
    bytes: count,
    digest,
    frame,
    name: optional(label),
    reason: optional(oneOf(VIEW_END_REASONS)),
    refusal: optional(foreign),
    carries: optional(listOf(carried, 'a list of digests')),
  },
  fault: {
    fault: label,
    layer: orNull(oneOf(FAULT_LAYERS)),
    act: oneOf(['armed', 'hit', 'healed']),
    target: orNull(count),
    message: foreign,
    absence: orNull(oneOf(ABSENCES)),
    struck: orNull(struck),
  },
  record: { call, version: count, phase: oneOf(PHASES), record },
  media: {
    call,
    state: oneOf(MEDIA_STATES),
    stage: orNull(oneOf(['ice', 'dtls', 'rtp'])),
    setupStalled: flag,
    stats: orNull(stats),
    message: orNull(foreign),
  },
  timer: { call, elapsedMs: number },
  state: {
    call: orNull(call),
    version: orNull(count),
    state: oneOf(VIEW_STATES),
    reason: orNull(oneOf(VIEW_END_REASONS)),
    timerStartedAt: orNull(number),
  },
  applied: { call, version: count, device: node },
  unsent: { link: node, conn: count, kind: oneOf(MESSAGE_KINDS), call: orNull(call), why: oneOf(UNSENT_REASONS) },
  conn: {
    link: node,
    conn: count,
    state: oneOf(CONN_STATES),
    code: orNull(count),
    reason: foreign,
    error: orNull(foreign),
    by: orNull(oneOf(['self', 'peer', 'fault'])),
  },
  receipt: { link: node, conn: count, by: oneOf(RECEIPT_MEANS), covers: listOf(ordinal), askedAt: number },
  session: { device: node, state: oneOf(SESSION_STATES), text: orNull(foreign) },
  refused: { call, device: node, command: label, why: foreign },
  http: { method: label, path: foreign, status: orNull(count), durationMs: number, call: orNull(call), message: foreign },
  health: { state: oneOf(['gone', 'busy']), error: foreign },
  'not-applied': { call, version: count, side: oneOf(['caller', 'callee']), afterMs: number },
  violation: { code: label, message: foreign, call: orNull(call) },
  lag: { lateMs: number },
  log: { level: oneOf(['debug', 'info', 'warn', 'error']), message: foreign, data: particulars },
};

/** Every event type that this version knows. */
export const EVENT_TYPES: readonly TraceEvent['type'][] = ['run', ...(Object.keys(BODIES) as BodyType[])];
const TYPE = oneOf(EVENT_TYPES);

/** What stands in an event, in the order of a line. */
export interface EventFields {
  readonly body: Fields;
  /** With the stamp and the type. */
  readonly whole: Fields;
}
const withBody = (body: Fields): EventFields => ({ body, whole: { ...STAMP, type: TYPE, ...body } });
const BEGIN = withBody(begin);
const END = withBody(end);
const TYPES = (Object.keys(BODIES) as BodyType[]).map((type) => [type, withBody(BODIES[type])] as const);
const BY_TYPE: ReadonlyMap<unknown, EventFields> = new Map(TYPES);

/** The fields of an event, or null for a type that is not known. */
export function fieldsOf(event: { readonly type?: unknown; readonly phase?: unknown }): EventFields | null {
  if (event.type === 'run') return event.phase === 'end' ? END : BEGIN;
  return BY_TYPE.get(event.type) ?? null;
}

/** Every kind of event with its fields. */
export const ALL_FIELDS: readonly (readonly [type: TraceEvent['type'], fields: EventFields])[] = [
  ['run', BEGIN],
  ['run', END],
  ...TYPES,
];
