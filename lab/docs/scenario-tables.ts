/** The tables of the language's documentation, generated from the schema and the registries. */
import * as z from 'zod';
import { FAULTS } from '../../src/faults/index.js';
import { TRIGGER_EVENTS } from '../../src/faults/trigger.js';
import type { ViewState } from '../../src/protocol/call.js';
import { VIEW_STATES } from '../../src/protocol/call.js';
import { VIEW_END_REASONS, type ViewEndReason } from '../../src/protocol/reasons.js';
import { DURATION_UNITS, formatDuration } from '../../src/scenarios/language/duration.js';
import { PLAIN_ACTIONS, RESERVED_NAMES } from '../../src/scenarios/language/grammar.js';
import { HOSTILE_SAYS, HOSTILE_WORDS, PLACEHOLDERS } from '../../src/scenarios/language/hostile-words.js';
import { LANGUAGE_DEFAULTS as DEFAULTS, LANGUAGE_LIMITS as LIMITS } from '../../src/scenarios/language/limits.js';
import { type JsonSchema, scenarioJsonSchema, TIMINGS } from '../../src/scenarios/language/schema.js';
import { WHEN_SCHEMAS } from '../../src/scenarios/language/schema-faults.js';
import { isPlainMap } from '../../src/scenarios/language/tree.js';
import { markdownTable as table } from './markdown-table.js';

const STATE_DOCS: Readonly<Record<ViewState, string>> = {
  idle: 'not in any call',
  inviting: 'the caller has called, and no device of the callee rings yet',
  ringing: 'a device of the callee rings, and the caller shows it',
  connected: 'the call was answered; the timer runs',
  ended: 'the call is over, with a reason',
};

const REASON_DOCS: Readonly<Record<ViewEndReason, string>> = {
  hangup: 'a side hung up after the call was connected',
  cancelled: 'the caller gave up before the answer',
  rejected: 'the callee declined',
  busy: 'the callee is in another call',
  missed: 'no device answered in time',
  unreachable: 'no device of the callee could ring',
  'peer-lost': 'all devices of a side were offline for longer than their grace',
  'media-failed': 'the media set-up failed, or the media broke',
  'server-error': 'the server could not continue',
  'answered-elsewhere': 'another device of the same user answered',
  'rejected-elsewhere': 'another device of the same user declined',
};

/** An example of each top-level key; meaning, defaults and limits come from the schema. */
const KEY_EXAMPLES: Readonly<Record<string, string>> = {
  name: 'name: callee declines',
  description: 'description: why it matters',
  tags: 'tags: [core, races]',
  agents: 'agents: { alice: {}, bob: { devices: [phone, laptop] } }',
  repeat: 'repeat: 20',
  timeout: 'timeout: 60s',
  media: 'media: none',
  needs: 'needs: [restart-server]',
  server: 'server: { ring-timeout: 1s }',
  checks: 'checks: { timer-skew: { max: 100ms } }',
  network: 'network: { alice: { signaling: { latency: 120ms } } }',
  steps: 'steps: [ alice: call bob ]',
};

/** Every generated section by its name, as Markdown. */
export function referenceSections(): Readonly<Record<string, string>> {
  return {
    keys: keysTable(),
    agents: membersTable(['agents', '*']),
    server: membersTable(['server']),
    checks: checksTable(),
    actions: table(
      ['action', 'meaning', 'also written'],
      [
        ['`call NAME`', 'the agent calls another agent, and all devices of that agent ring', ''],
        ...PLAIN_ACTIONS.map(({ verb, aliases, doc }) => [`\`${verb}\``, doc, aliases.map((alias) => `\`${alias}\``).join(', ')]),
      ],
    ),
    hostile: table(
      ['a hostile agent', 'meaning'],
      [
        ...HOSTILE_WORDS.map(({ word, doc }) => [`\`${word}\``, doc]),
        ...HOSTILE_SAYS.map(({ example, doc }) => [`\`${example}\``, doc]),
      ],
    ),
    placeholders: table(
      ['in a message', 'stands for'],
      PLACEHOLDERS.map(({ name, doc }) => [`\`${name}\``, doc]),
    ),
    states: table(
      ['state', 'what the device shows'],
      VIEW_STATES.map((state) => [`\`${state}\``, STATE_DOCS[state]]),
    ),
    reasons: table(
      ['reason', 'why the call ended'],
      VIEW_END_REASONS.map((reason) => [`\`ended(${reason})\``, REASON_DOCS[reason]]),
    ),
    faults: faultTable(),
    when: whenTable(),
    moments: table(
      ['message', '`sends`: the device writes', '`receives`: the device reads', 'also written'],
      TRIGGER_EVENTS.map(({ word, aliases, sends, receives, reason }) => [
        `\`${word}\``,
        sends === null ? 'never' : `\`${sends}\``,
        `\`${receives}\`${reason === null ? '' : ` with the reason ${reason}`}`,
        aliases.map((alias) => `\`${alias}\``).join(', '),
      ]),
    ),
    timings: table(
      ['timing', 'measures'],
      Object.entries(TIMINGS).map(([name, doc]) => [`\`${name}\``, doc]),
    ),
    units: table(
      ['unit', 'milliseconds'],
      Object.entries(DURATION_UNITS).map(([unit, ms]) => [`\`${unit}\``, String(ms)]),
    ),
    'reserved-names': `${RESERVED_NAMES.map((name) => `\`${name}\``).join(', ')}.`,
    limits: limitsTable(),
  };
}

/** A line for each fault; docs/faults.md describes them in full. */
function faultTable(): string {
  return table(
    ['layer', 'fault', 'example'],
    FAULTS.map(({ name, layer, example }) => [layer, `\`${name}\``, `\`${example}\``]),
  );
}

/** Keys that all faults share. */
function whenTable(): string {
  const rows = Object.entries(WHEN_SCHEMAS).map(([name, schema]) => [`\`${name}\``, describedBy(schema)]);
  return table(['key', 'meaning'], rows);
}

/** The description of a schema. */
function describedBy(schema: z.ZodType): string {
  return String(z.toJSONSchema(schema, { io: 'input' }).description ?? '');
}

function keysTable(): string {
  const schema = schemaAt([]);
  const required = Array.isArray(schema['required']) ? schema['required'] : [];
  const rows = Object.entries(propertiesOf(schema)).map(([name, part]) => [
    `\`${name}\``,
    String(part['description'] ?? ''),
    required.includes(name) ? 'required' : defaultOf(part),
    limitsOf(part),
    KEY_EXAMPLES[name] === undefined ? '' : `\`${KEY_EXAMPLES[name]}\``,
  ]);
  return table(['key', 'meaning', 'default', 'limits', 'example'], rows);
}

function membersTable(path: readonly string[]): string {
  const rows = Object.entries(propertiesOf(schemaAt(path))).map(([name, part]) => [
    `\`${name}\``,
    String(part['description'] ?? ''),
    defaultOf(part),
    limitsOf(part),
  ]);
  return table(['key', 'meaning', 'default', 'limits'], rows);
}

/** The limits by their path; all timings have the same, so they share one row. */
function checksTable(): string {
  const [timing] = Object.keys(TIMINGS);
  const rows = (schema: JsonSchema, path: readonly string[]): string[][] =>
    Object.entries(propertiesOf(schema)).flatMap(([name, part]) => {
      if (path.at(-1) === 'latency' && name !== timing) return [];
      const here = [...path, name === timing ? 'TIMING' : name];
      const below = rows(part, here);
      if (below.length > 0) return below;
      const about = path.at(-1) === 'TIMING' ? 'a timing of the table below' : String(schema['description'] ?? '');
      return [
        [
          `\`${here.join('.')}\``,
          `${about}: ${String(part['description'] ?? '').toLowerCase()}`,
          limitsOf(part) || 'a percentage, 0%-100%',
        ],
      ];
    });
  return table(['key', 'meaning', 'limits'], rows(schemaAt(['checks']), []));
}

function limitsTable(): string {
  const count = (n: number): string => String(n).replace(/\B(?=(\d{3})+$)/g, ',');
  return table(
    ['what', 'limit'],
    [
      ['size of a file', `${count(LIMITS.fileBytesMax)} bytes of UTF-8`],
      ['values in a file, aliases expanded', count(LIMITS.valuesMax)],
      ['nesting', `${LIMITS.depthMax} levels`],
      ['agents', `1-${LIMITS.agentsMax}`],
      ['devices of an agent', `1-${LIMITS.devicesMax}`],
      ['steps in a file, nested ones included', `1-${LIMITS.stepsMax}`],
      ['steps of one repetition, `repeat` unrolled', count(LIMITS.unrolledStepsMax)],
      ['`times` and `repeat` of a hostile agent', `1-${count(LIMITS.hostileTimesMax)}`],
      ['a message of a hostile agent', `at most ${count(LIMITS.hostileCharsMax)} characters`],
      ['`within`', `at most ${formatDuration(LIMITS.withinMsMax)}, default ${formatDuration(DEFAULTS.withinMs)}`],
      ['`wait`', `at most ${formatDuration(LIMITS.waitMsMax)}`],
      ['any other duration', `at most ${formatDuration(LIMITS.durationMsMax)}`],
    ],
  );
}

/** The part of the scenario's schema at a path; `*` is any name. */
function schemaAt(path: readonly string[]): JsonSchema {
  let schema: unknown = scenarioJsonSchema()['else'];
  for (const part of path) {
    if (!isPlainMap(schema)) break;
    schema = part === '*' ? schema['additionalProperties'] : propertiesOf(schema)[part];
  }
  const choices: unknown = isPlainMap(schema) ? schema['anyOf'] : undefined;
  if (Array.isArray(choices)) schema = choices.find((choice) => isPlainMap(choice) && 'properties' in choice);
  return isPlainMap(schema) ? schema : {};
}

function propertiesOf(schema: JsonSchema): Readonly<Record<string, JsonSchema>> {
  const properties = schema['properties'];
  return isPlainMap(properties) ? (properties as Record<string, JsonSchema>) : {};
}

function defaultOf(part: JsonSchema): string {
  const value = part['default'];
  if (value === undefined) return '';
  return `\`${Array.isArray(value) ? `[${value.join(', ')}]` : String(value)}\``;
}

function limitsOf(part: JsonSchema): string {
  const range = (low: unknown, high: unknown, unit: string): string =>
    low === undefined ? `at most ${String(high)}${unit}` : `${String(low)}-${String(high)}${unit}`;
  if (Array.isArray(part['enum'])) return part['enum'].map((value) => `\`${String(value)}\``).join(', ');
  if (part['x-max'] !== undefined) return `a duration, ${range(part['x-min'], part['x-max'], '')}`;
  if (part['maximum'] !== undefined) return range(part['minimum'], part['maximum'], '');
  if (part['maxLength'] !== undefined) return range(part['minLength'], part['maxLength'], ' characters');
  if (part['maxItems'] !== undefined) return range(part['minItems'], part['maxItems'], ' entries');
  if (part['maxProperties'] !== undefined) return range(part['minProperties'], part['maxProperties'], ' names');
  return '';
}
