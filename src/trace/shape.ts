/** Which fields each trace event has, in the order in which a line shows them, and what a reader accepts in them. */
import { USER_ACTIONS } from '../protocol/actions.js';
import { PHASES, VIEW_STATES } from '../protocol/call.js';
import { MEDIA_STATES } from '../protocol/media.js';
import { MESSAGE_KINDS } from '../protocol/message-kinds.js';
import { END_REASONS, VIEW_END_REASONS } from '../protocol/reasons.js';
import {
  ABSENCES,
  type BodyOf,
  type BodyType,
  CONN_STATES,
  FAULT_LAYERS,
  NODE_ROLES,
  RUN_ENDS,
  type RunBegin,
  type RunEnd,
  SESSION_STATES,
  type Stamp,
  TRACE_SCHEMA,
  type TraceEvent,
  UNSENT_REASONS,
} from './event.js';

/** Says whether a decoded JSON value fits; `wants` is what a problem report names. */
export interface Shape {
  readonly wants: string;
  readonly optional?: true;
  fits(value: unknown): boolean;
}

const isText = (value: unknown): value is string => typeof value === 'string';
const isNumber = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value);
const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && Number(value) >= 0;
const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const text: Shape = { wants: 'a string', fits: isText };
const number: Shape = { wants: 'a number', fits: isNumber };
const count: Shape = { wants: 'a whole number, not negative', fits: isCount };
const flag: Shape = { wants: 'true or false', fits: (value) => typeof value === 'boolean' };
const texts: Shape = { wants: 'a list of strings', fits: (value) => Array.isArray(value) && value.every(isText) };
const textMap: Shape = { wants: 'an object of strings', fits: (value) => isObject(value) && Object.values(value).every(isText) };
const object: Shape = { wants: 'an object', fits: isObject };
const anything: Shape = { wants: 'anything', optional: true, fits: () => true };
const numberOrAbsent: Shape = { ...number, optional: true };

const oneOf = (values: readonly string[]): Shape => ({
  wants: `one of ${values.join(' ')}`,
  fits: (value) => isText(value) && values.includes(value),
});
const orNull = (shape: Shape): Shape => ({
  wants: `${shape.wants} or null`,
  fits: (value) => value === null || shape.fits(value),
});
const fields = (wants: string, shapes: Readonly<Record<string, Shape>>): Shape => ({
  wants,
  fits: (value) => isObject(value) && misfit(value, shapes) === null,
});

const address = fields('an address {user, device}', { user: text, device: text });
const record = fields('a call record', {
  id: text,
  version: count,
  phase: oneOf(PHASES),
  caller: address,
  callee: fields('a callee', { user: text, device: orNull(text) }),
  invitedAt: number,
  ringingAt: orNull(number),
  answeredAt: orNull(number),
  endedAt: orNull(number),
  reason: orNull(oneOf(END_REASONS)),
  endedBy: orNull(address),
});
const stats = fields('media figures', {
  packetsSent: count,
  packetsReceived: count,
  packetsLost: number,
  duplicates: count,
  reordered: count,
  jitterMs: number,
  delayMsP50: orNull(number),
  delayMsMax: orNull(number),
});

type Fields<Event> = { readonly [K in Exclude<keyof Event, 'type'>]-?: Shape };

export const STAMP: { readonly [K in keyof Stamp]: Shape } = {
  n: { wants: 'a whole number from 1', fits: (value) => isCount(value) && value > 0 },
  at: number,
  wall: number,
  node: text,
  cause: orNull(count),
};

const begin: Fields<RunBegin> = {
  phase: oneOf(['begin']),
  schema: oneOf([TRACE_SCHEMA]),
  scenario: text,
  file: orNull(text),
  seed: text,
  repetition: count,
  target: text,
  defects: texts,
  devices: texts,
  roles: {
    wants: 'an object of node roles',
    fits: (value) =>
      isObject(value) && Object.values(value).every((one) => isText(one) && NODE_ROLES.some((role) => role === one)),
  },
  versions: textMap,
  replay: text,
  serverVisible: flag,
  media: oneOf(['audio', 'none']),
  adapter: { ...fields('an adapter', { name: text, relaysAsIs: flag, limits: texts }), optional: true },
  redacted: { ...flag, optional: true },
  checks: { ...object, optional: true },
};
const end: Fields<RunEnd> = {
  phase: oneOf(['end']),
  status: oneOf(RUN_ENDS),
  message: orNull(text),
};
const carried = fields('a digest', { what: oneOf(['offer', 'answer', 'candidate']), digest: text });

const BODIES: { readonly [T in BodyType]: Fields<BodyOf<T>> } = {
  mark: {
    name: oneOf(['step', 'expect', 'quiesce', 'quiesced', 'teardown', 'torn-down', 'redial', 'redialed', 'skipped-steps']),
    path: orNull(text),
    text,
    ok: orNull(flag),
    actual: orNull(text),
    lateMs: numberOrAbsent,
    wants: { ...fields('states', { states: texts, media: texts }), optional: true },
  },
  action: {
    action: oneOf(USER_ACTIONS),
    peer: orNull(text),
    call: orNull(text),
    group: { ...texts, optional: true },
    refused: { ...text, optional: true },
  },
  wire: {
    dir: oneOf(['out', 'in']),
    link: text,
    conn: count,
    kind: oneOf(MESSAGE_KINDS),
    call: orNull(text),
    seq: orNull(count),
    bytes: count,
    digest: text,
    frame: anything,
    name: { ...text, optional: true },
    reason: { ...oneOf(VIEW_END_REASONS), optional: true },
    carries: {
      wants: 'a list of digests',
      optional: true,
      fits: (value) => Array.isArray(value) && value.every((one) => carried.fits(one)),
    },
  },
  fault: {
    fault: text,
    layer: orNull(oneOf(FAULT_LAYERS)),
    act: oneOf(['armed', 'hit', 'healed']),
    target: orNull(count),
    message: text,
    absence: orNull(oneOf(ABSENCES)),
    struck: orNull(object),
  },
  record: { call: text, version: count, phase: oneOf(PHASES), record },
  media: {
    call: text,
    state: oneOf(MEDIA_STATES),
    stage: orNull(oneOf(['ice', 'dtls', 'rtp'])),
    setupStalled: flag,
    stats: orNull(stats),
    message: orNull(text),
  },
  timer: { call: text, elapsedMs: number },
  state: {
    call: orNull(text),
    version: orNull(count),
    state: oneOf(VIEW_STATES),
    reason: orNull(oneOf(VIEW_END_REASONS)),
    timerStartedAt: orNull(number),
  },
  applied: { call: text, version: count, device: text },
  unsent: { link: text, conn: count, kind: oneOf(MESSAGE_KINDS), call: orNull(text), why: oneOf(UNSENT_REASONS) },
  conn: {
    link: text,
    conn: count,
    state: oneOf(CONN_STATES),
    code: orNull(count),
    reason: text,
    error: orNull(text),
    by: orNull(oneOf(['self', 'peer', 'fault'])),
  },
  session: { device: text, state: oneOf(SESSION_STATES), text: orNull(text) },
  refused: { call: text, device: text, command: text, why: text },
  http: { method: text, path: text, status: orNull(count), durationMs: number, call: orNull(text), message: text },
  health: { state: oneOf(['gone', 'busy']), error: text },
  'not-applied': {
    call: text,
    version: count,
    side: oneOf(['caller', 'callee']),
    afterMs: number,
  },
  violation: { code: text, message: text, call: orNull(text) },
  lag: { lateMs: number },
  log: {
    level: oneOf(['debug', 'info', 'warn', 'error']),
    message: text,
    data: object,
  },
};

/** Every event type that this version knows. */
export const EVENT_TYPES: readonly TraceEvent['type'][] = ['run', ...(Object.keys(BODIES) as BodyType[])];

/** Every field of every event, for the documents and their test: type -> names in their order. */
export function fieldNames(): ReadonlyMap<TraceEvent['type'], readonly string[]> {
  const run = [...new Set([...Object.keys(begin), ...Object.keys(end)])];
  return new Map(EVENT_TYPES.map((type) => [type, type === 'run' ? run : Object.keys(BODIES[type])]));
}

/** The fields of an event after the stamp and its type, in their order; null for a type that is not known. */
export function bodyOf(event: Readonly<Record<string, unknown>>): Readonly<Record<string, Shape>> | null {
  const { type } = event;
  if (type === 'run') return event['phase'] === 'end' ? end : begin;
  return isText(type) && Object.hasOwn(BODIES, type) ? BODIES[type as keyof typeof BODIES] : null;
}

/** What is wrong with the first field of `value` that does not fit, or null when all do. Further fields are welcome. */
export function misfit(value: Readonly<Record<string, unknown>>, shapes: Readonly<Record<string, Shape>>): string | null {
  for (const [name, shape] of Object.entries(shapes)) {
    const held = Object.hasOwn(value, name) ? value[name] : undefined;
    if (held === undefined ? shape.optional !== true : !shape.fits(held)) return `"${name}" has to be ${shape.wants}`;
  }
  return null;
}
