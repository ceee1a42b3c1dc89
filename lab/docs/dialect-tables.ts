/** The dialect language as tables for the documents, generated from its schemas. */
import * as z from 'zod';
import { FUNCTIONS } from '../../src/adapters/dialect/functions.js';
import { INCOMING_KIND, OUTGOING_KIND } from '../../src/adapters/dialect/kinds.js';
import { BUILT_IN, SCOPES, TAKEN } from '../../src/adapters/dialect/names.js';
import {
  behaviourSchema,
  DIALECT_ACTIONS,
  dialectSchema,
  errorSchema,
  expectSchema,
  httpSchema,
  MEANINGS,
  type Meaning,
  mediaSchema,
  replySchema,
  roleSchema,
  ruleSchema,
  stepSchema,
  takeValueSchema,
  togetherSchema,
} from '../../src/adapters/dialect/schema.js';
import { DECLARED_LIMITS } from '../../src/probe/adapter/port.js';
import { VIEW_END_REASONS } from '../../src/protocol/reasons.js';

const MEANING_WORDS: Readonly<Record<Meaning, string>> = {
  incoming: 'a call for this user',
  'still-ringing':
    'a call is already ringing, for a device that joins late or restarts; changes nothing if the call is known, also if it was declined',
  ringing: 'the other side is ringing',
  accepted: 'the other side answered; at the callee: the server accepted the answer',
  ended: 'the call is over; the reason (rejected, cancelled or hangup) follows from the state, unless `reason` is taken',
  description: 'a separate session description',
  candidate: 'an ICE candidate; null, an empty text or an object without one means end of candidates',
  'call-id': 'only takes the id of a call that this side made',
  ping: 'needs an answer, see `reply`',
  error: 'the server reports an error; during the log-in, the log-in fails',
  nothing: 'a known message without a meaning, for example one that is only taken from',
};

const DEED_WORDS: Readonly<Record<(typeof DIALECT_ACTIONS)[number], string>> = {
  call: 'a user calls',
  accept: 'a user answers',
  reject: 'a user declines',
  cancel: 'the caller gives up while it rings',
  'hang up': 'a user ends the call',
  ring: "the callee's app reports that it rings, as soon as the call arrives",
  describe: 'a separate session description',
  candidate: 'an ICE candidate',
};

/** Sections of docs/adapters.md by name. */
export function dialectSections(): Record<string, string> {
  const { roles: _roles, ...top } = dialectSchema.shape;
  return {
    top: keysTable(z.strictObject(top)),
    connect: keysTable(dialectSchema.shape.connect),
    step: keysTable(stepSchema),
    reply: keysTable(replySchema),
    expect: keysTable(expectSchema),
    error: keysTable(errorSchema),
    transactions: keysTable(dialectSchema.shape.transactions),
    rule: keysTable(ruleSchema),
    together: keysTable(togetherSchema),
    take: keysTable(takeValueSchema),
    http: keysTable(httpSchema),
    media: keysTable(mediaSchema),
    calls: keysTable(dialectSchema.shape.calls),
    keepalive: keysTable(dialectSchema.shape.keepalive),
    bydesign: keysTable(behaviourSchema),
    role: keysTable(roleSchema),
    actions: table(
      ['action', 'when', 'kind of its last message'],
      DIALECT_ACTIONS.map((name) => [code(name), DEED_WORDS[name], OUTGOING_KIND[name].map(code).join(', ')]),
    ),
    meanings: table(
      ['meaning', 'what happened', 'kind'],
      [
        ...MEANINGS.map((word) => [code(word), MEANING_WORDS[word], INCOMING_KIND[word].map(code).join(', ')]),
        [VIEW_END_REASONS.map(code).join(', '), 'the call is over, for this reason', code('event.ended')],
      ],
    ),
    hides: DECLARED_LIMITS.map(code).join(', '),
    names: table(
      ['name', 'value'],
      Object.entries(BUILT_IN).map(([name, what]) => [code(`\${${name}}`), what]),
    ),
    scopes: table(
      ['scope', 'remembers'],
      Object.entries(SCOPES).map(([name, what]) => [code(`${name}.x`), what]),
    ),
    taken: table(
      ['name', 'value for the probe'],
      Object.entries(TAKEN).map(([name, what]) => [code(name), what]),
    ),
    functions: table(
      ['function', 'yields'],
      FUNCTIONS.map(({ name, args, doc }) => [code(`${name}(${args})`), doc]),
    ),
  };
}

function keysTable(schema: z.core.$ZodType): string {
  const shape = shapeOf(schema);
  return table(
    ['key', 'what', ''],
    Object.entries(shape).map(([key, value]) => [code(key), descriptionOf(value) ?? '', wordsOf(value)]),
  );
}

/** The keys of an object, also of an optional one or of one of several forms. */
function shapeOf(schema: z.core.$ZodType): Readonly<Record<string, z.core.$ZodType>> {
  if (schema instanceof z.ZodExactOptional || schema instanceof z.ZodOptional) return shapeOf(schema.unwrap());
  if (schema instanceof z.ZodUnion) return Object.assign({}, ...schema.options.map(shapeOf)) as Record<string, z.core.$ZodType>;
  return schema instanceof z.ZodObject ? schema.shape : {};
}

function descriptionOf(schema: z.core.$ZodType): string | undefined {
  const own = z.globalRegistry.get(schema)?.description;
  if (own !== undefined) return own;
  if (schema instanceof z.ZodPipe) return descriptionOf(schema.in);
  return schema instanceof z.ZodExactOptional || schema instanceof z.ZodOptional ? descriptionOf(schema.unwrap()) : undefined;
}

/** How a value is written. */
function wordsOf(schema: z.core.$ZodType): string {
  if (schema instanceof z.ZodExactOptional || schema instanceof z.ZodOptional) return wordsOf(schema.unwrap());
  if (schema instanceof z.ZodEnum) return schema.options.map((word) => code(String(word))).join(', ');
  if (schema instanceof z.ZodLiteral) return [...schema.values].map((word) => code(String(word))).join(', ');
  if (schema instanceof z.ZodUnion) return [...new Set(schema.options.map(wordsOf))].join(' or ');
  if (schema instanceof z.ZodArray) return `a list${wordsOf(schema.element) === '' ? '' : ` of ${wordsOf(schema.element)}`}`;
  if (schema instanceof z.ZodRecord || schema instanceof z.ZodObject) return 'a map';
  if (schema instanceof z.ZodPipe) return 'a duration';
  if (schema instanceof z.ZodBoolean) return '`true` or `false`';
  if (schema instanceof z.ZodNumber) return 'a number';
  return schema instanceof z.ZodString ? 'text' : '';
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), `|${head.map(() => '---|').join('')}`, ...rows.map(line)].join('\n');
}

function code(text: string): string {
  return `\`${text}\``;
}
