/** Turns a `fault` step into its plan: the form by its target, names resolved to devices, every problem reported. */
import { CLOCK_FAULTS } from '../../faults/clock/index.js';
import { CONNECTION_FAULTS } from '../../faults/connection/index.js';
import type { FaultKind, Layer, ParameterValue, Stream } from '../../faults/fault.js';
import { LINK_FAULTS } from '../../faults/link/index.js';
import { MEDIA_FAULTS } from '../../faults/media/index.js';
import { MESSAGE_FAULTS } from '../../faults/message/index.js';
import { PROCESS_FAULTS } from '../../faults/process/index.js';
import { SERVER_FAULTS, serverWord } from '../../faults/server/index.js';
import type { Trigger } from '../../faults/trigger.js';
import { namedDevice, namedUser } from './cast.js';
import { type StepContext, sentence } from './context.js';
import { triggerAt } from './fault-moment.js';
import { resolveWhen } from './fault-when.js';
import type { NamedLink } from './fault-words.js';
import { validate } from './issues.js';
import type { FaultPart, FaultStep, FaultTarget, MessageMatch, PlannedFault } from './plan.js';
import { type Path, quote } from './problem.js';
import {
  deviceText,
  linkText,
  MATCH_SCHEMAS,
  parameterSchema,
  streamSchema,
  toxicitySchema,
  WHEN_KEYS,
} from './schema-faults.js';
import { inLine, isPlainMap, kindOf, type PlainMap } from './tree.js';
import { didYouMean } from './words.js';

const FORMS =
  'write fault: { link: alice.signaling, disconnect: 1s }, fault: { drop: bob sends accept } or fault: { server: restart }';

/** A form of a fault: its target, and the faults for it. */
interface Form {
  readonly key: 'link' | 'agent' | 'clock' | 'server' | null;
  readonly what: string;
  readonly kinds: readonly FaultKind[];
  /** Keys besides those of the faults themselves and the timing keys. */
  readonly more: readonly string[];
}

const SIGNALING: Form = {
  key: 'link',
  what: 'a signaling link',
  kinds: [...CONNECTION_FAULTS, ...LINK_FAULTS],
  more: ['stream', 'toxicity'],
};
const MEDIA: Form = { key: 'link', what: 'a media link', kinds: MEDIA_FAULTS, more: ['stream'] };
const AGENT: Form = { key: 'agent', what: 'an agent', kinds: PROCESS_FAULTS, more: [] };
const CLOCK: Form = { key: 'clock', what: 'a clock', kinds: CLOCK_FAULTS, more: [] };
const SERVER: Form = { key: 'server', what: 'the server', kinds: SERVER_FAULTS, more: [] };
const MESSAGE: Form = { key: null, what: 'a message', kinds: MESSAGE_FAULTS, more: Object.keys(MATCH_SCHEMAS) };

/** The layers on which several faults of one step act together. */
const COMBINED: readonly Layer[] = ['link', 'media'];

/** The keys of a fault by their names in the language: toxiproxy's `half_open` is `half-open` here. */
type Keys = ReadonlyMap<string, string>;

/** The source of a fault. */
interface Given {
  readonly context: StepContext;
  readonly value: PlainMap;
  readonly keys: Keys;
  readonly at: Path;
}

/** Resolves the value of a `fault` step. Null after a report. `at` is the path of the value. */
export function resolveFault(context: StepContext, value: unknown, path: Path, at: Path = [...path, 'fault']): FaultStep | null {
  const { report } = context;
  if (!isPlainMap(value)) {
    report(at, 'value', `"fault" is a map of its target and its parameters, not ${kindOf(value)}`, FORMS);
    return null;
  }
  const keys = new Map(Object.keys(value).map((key) => [key.replaceAll('_', '-'), key]));
  const given: Given = { context, value, keys, at };
  const form = formOf(given);
  if (form === null) return null;
  const fault = resolvePlanned(given, form);
  const when = resolveWhen(context, value, at, fault);
  if (fault === null || when === null) return null;
  return { ...sentence(path, `fault: ${told(value)}`), kind: 'fault', fault, when };
}

/** The target of a fault determines its form. */
function formOf({ context, value, keys, at }: Given): Form | null {
  const { report } = context;
  const targets = (['link', 'agent', 'clock', 'server'] as const).filter((key) => keys.has(key));
  const [first, second] = targets;
  if (first !== undefined && second !== undefined) {
    report([...at, second], 'key', `"${first}" and "${second}" in one "fault"`, 'write each as a separate step');
    return null;
  }
  if (first === 'agent') return AGENT;
  if (first === 'clock') return CLOCK;
  if (first === 'server') return SERVER;
  if (first === 'link') return isMedia(value['link']) ? MEDIA : SIGNALING;
  if (MESSAGE.kinds.some(({ name }) => keys.has(name))) return MESSAGE;
  const targetless = [SIGNALING, AGENT, CLOCK].find(({ kinds }) => kinds.some(({ name }) => keys.has(name)));
  if (targetless !== undefined) {
    report(
      at,
      'key',
      `"fault" has no target`,
      `add ${targetless.key}: ${targetless.key === 'link' ? 'alice.signaling' : 'alice'}`,
    );
    return null;
  }
  report(at, 'value', '"fault" has no target', FORMS);
  const known = ['link', 'agent', 'clock', 'server', ...MESSAGE.kinds.map(({ name }) => name), ...WHEN_KEYS];
  for (const key of Object.keys(value))
    if (!known.includes(key)) report([...at, key], 'key', `unknown key ${quote(key)}`, didYouMean(key, known));
  return null;
}

function isMedia(link: unknown): boolean {
  return typeof link === 'string' && link.endsWith('.media');
}

function resolvePlanned(given: Given, form: Form): PlannedFault | null {
  const target = form.key === null ? null : targetOf(given, form);
  const kinds = kindsOf(given, form);
  if (kinds === null) return null;
  const isKnown = refuseUnknown(given, form, kinds);
  const parts = kinds.map((kind) => partOf(given, kind));
  const stream = streamOf(given, kinds);
  const toxicity = toxicityOf(given, kinds);
  const match = form === MESSAGE ? matchOf(given, kinds[0]) : null;
  const [first] = kinds;
  const acted: FaultTarget | null = form === MESSAGE ? (match === null ? null : { on: 'messages', match }) : target;
  if (first === undefined || acted === null || stream === null || toxicity === null || !isKnown) return null;
  const whole = parts.filter((part) => part !== null);
  return whole.length < parts.length ? null : { layer: first.layer, parts: whole, target: acted, stream, toxicity };
}

/** The target of the fault. Null after a report. */
function targetOf({ context, value, at }: Given, form: Form): FaultTarget | null {
  const { cast, report } = context;
  if (form === SERVER) return { on: 'server' };
  const key = form.key ?? '';
  const where = [...at, key];
  if (form === MEDIA && context.media === 'none') {
    report(where, 'value', 'this scenario has no media', 'remove "media: none" at the top of the file');
    return null;
  }
  if (form === SIGNALING || form === MEDIA) {
    const link: NamedLink | null = validate(linkText, value[key], where, report);
    const device = link === null || cast === null ? null : namedDevice(cast, link.device, where, report);
    return link === null || device === null ? null : { on: link.plane, device };
  }
  const name = validate(deviceText, value[key], where, report);
  const device = name === null || cast === null ? null : namedDevice(cast, name, where, report);
  return device === null ? null : { on: form === AGENT ? 'agent' : 'clock', device };
}

/** The faults of a step. Null after a report: none, or more than one if only one is allowed. */
function kindsOf({ context, value, keys, at }: Given, form: Form): readonly FaultKind[] | null {
  const { report } = context;
  if (form === SERVER) {
    const word = value['server'];
    const words = SERVER_FAULTS.map(serverWord);
    const kind =
      typeof word === 'string' ? SERVER_FAULTS.find((one) => serverWord(one) === word.replaceAll('_', '-')) : undefined;
    if (kind !== undefined) return [kind];
    if (typeof word === 'string') report([...at, 'server'], 'value', `unknown value ${quote(word)}`, didYouMean(word, words));
    else report([...at, 'server'], 'value', `unknown value ${kindOf(word)}`, `write ${words.join(' or ')}`);
    return null;
  }
  const named = form.kinds.filter(({ name }) => keys.has(name));
  const [first, second] = named;
  if (first === undefined) {
    const words = form.kinds.map(({ name }) => name);
    report(at, 'key', `"fault" does not name a fault of ${form.what}`, `one of: ${words.join(', ')}`);
    const known = [...words, form.key ?? '', ...form.more, ...WHEN_KEYS];
    for (const [name, key] of keys)
      if (!known.includes(name)) report([...at, key], 'key', `unknown key ${quote(key)}`, didYouMean(name, known));
    return null;
  }
  const together = named.every(({ layer }) => layer === first.layer && COMBINED.includes(layer));
  if (second !== undefined && !together) {
    report(
      [...at, keys.get(second.name) ?? second.name],
      'key',
      `"${first.name}" and "${second.name}" in one "fault"`,
      'write each as a separate step',
    );
    return null;
  }
  return named;
}

/** Reports keys that the faults of the step do not have. */
function refuseUnknown({ context, keys, at }: Given, form: Form, kinds: readonly FaultKind[]): boolean {
  const own = kinds.flatMap(({ parameters }) => parameters.map(({ name }) => name));
  const known: string[] = [...(form.key === null ? [] : [form.key]), ...own, ...form.more, ...WHEN_KEYS];
  const unknown = [...keys].filter(([name]) => !known.includes(name));
  for (const [name, key] of unknown) {
    const owner = form.kinds.find(({ parameters }) => parameters.some((parameter) => parameter.name === name));
    if (owner === undefined) context.report([...at, key], 'key', `unknown key ${quote(key)}`, didYouMean(name, known));
    else
      context.report([...at, key], 'key', `${quote(key)} belongs to ${quote(owner.name)}`, `add ${owner.name}: ${owner.example}`);
  }
  return unknown.length === 0;
}

/** One fault with its parameters. Null after a report. */
function partOf({ context, value, keys, at }: Given, kind: FaultKind): FaultPart | null {
  const { report } = context;
  const values: Record<string, ParameterValue> = {};
  let isWhole = true;
  for (const parameter of kind.parameters) {
    const { name, type } = parameter;
    const key = keys.get(name);
    if (key === undefined && parameter.default === null) {
      report(at, 'key', `missing key "${name}"`, `${parameter.doc}: ${kind.example}`);
      isWhole = false;
    }
    const isLeftOut = key === undefined && (parameter.default === null || (parameter.default === '' && type.type !== 'text'));
    if (type.type === 'message' || isLeftOut) continue;
    const written = key === undefined ? defaultOf(kind, name) : value[key];
    const read = validate(parameterSchema(parameter), written, [...at, key ?? name], report);
    if (read === null) isWhole = false;
    else values[name] = read as ParameterValue;
  }
  if (!isWhole) return null;
  const refused = kind.refuses?.(values) ?? null;
  if (refused === null) return { name: kind.name, values };
  report(at, 'value', refused, kind.example);
  return null;
}

/** A default as a YAML value: counts are numbers, everything else is text. */
function defaultOf(kind: FaultKind, name: string): unknown {
  const parameter = kind.parameters.find((one) => one.name === name);
  return parameter?.type.type === 'count' ? Number(parameter.default) : parameter?.default;
}

function streamOf({ context, value, keys, at }: Given, kinds: readonly FaultKind[]): Stream | null {
  const key = keys.get('stream');
  if (key === undefined) return 'both';
  const stream = validate(streamSchema, value[key], [...at, key], context.report);
  const wrong = MEDIA_FAULTS.find(
    (kind) => kinds.includes(kind) && stream !== null && stream !== 'both' && !kind.directions.includes(stream),
  );
  if (wrong === undefined) return stream;
  context.report([...at, key], 'value', `"${wrong.name}" acts ${wrong.directions.join(', ')} only`, `remove "stream"`);
  return null;
}

/** The share of a link's connections that it hits; only link faults have it. Null after a report. */
function toxicityOf({ context, value, keys, at }: Given, kinds: readonly FaultKind[]): number | null {
  const key = keys.get('toxicity');
  if (key === undefined) return 1;
  if (kinds.some(({ layer }) => layer === 'link')) return validate(toxicitySchema, value[key], [...at, key], context.report);
  context.report(
    [...at, key],
    'key',
    '"toxicity" is for faults of the link below the connection, such as latency',
    'use probability',
  );
  return null;
}

/** The messages that a message fault strikes. Null after a report. */
function matchOf({ context, value, at }: Given, kind: FaultKind | undefined): MessageMatch | null {
  const { cast, report } = context;
  const own = kind?.parameters[0];
  if (own === undefined) return null;
  const where = [...at, own.name];
  const trigger = triggerAt(context, validate(parameterSchema(own), value[own.name], where, report) as Trigger | null, where);
  const call = 'call' in value ? validate(MATCH_SCHEMAS.call, value['call'], [...at, 'call'], report) : undefined;
  const name = 'from' in value ? validate(MATCH_SCHEMAS.from, value['from'], [...at, 'from'], report) : undefined;
  if (trigger === null || call === null || name === null || cast === null) return null;
  const from = name === undefined ? undefined : namedUser(cast, name, [...at, 'from'], report);
  return from === null ? null : { trigger, from: from ?? null, call: call ?? null };
}

/** The step as one line of text. */
function told(value: PlainMap): string {
  return Object.entries(value)
    .map(([key, part]) => `${key} ${inLine(part)}`)
    .join(', ');
}
