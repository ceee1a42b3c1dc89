/** What a field of a trace event is: what a reader accepts in it, and what of it may leave the machine, in one row. */
import type { Names } from './redaction/names.js';
import * as rules from './redaction/rules.js';

export interface Field {
  /** What a report of a problem says that the field has to be. */
  readonly wants: string;
  readonly optional?: true;
  /** Whether a decoded JSON value fits. */
  fits(value: unknown): boolean;
  /** What may be published of a value. */
  readonly rule: rules.Rule;
  /** The same for people, for the documents. */
  readonly shows: string;
  /** The words of a closed list; the fields of an object. */
  readonly words?: readonly string[];
  readonly inner?: Readonly<Record<string, Field>>;
}

/** A field for every key of a type, so that the compiler asks for one when a key is added. */
export type FieldsOf<T> = { readonly [K in keyof T]-?: Field };
export type Fields = Readonly<Record<string, Field>>;

const isText = (value: unknown): value is string => typeof value === 'string';
const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** A value of which nothing is a secret as long as it fits. */
function plain(wants: string, fits: (value: unknown) => boolean, shows = 'numbers and truth values, as they are'): Field {
  return { wants, fits, shows, rule: (value) => (fits(value) ? value : rules.unlisted(value)) };
}

export const number = plain('a number', (value) => typeof value === 'number' && Number.isFinite(value));
export const count = plain('a whole number, not negative', (value) => Number.isSafeInteger(value) && Number(value) >= 0);
export const ordinal = plain('a whole number from 1', (value) => Number.isSafeInteger(value) && Number(value) > 0);
export const flag = plain('true or false', (value) => typeof value === 'boolean');

/** A word of a closed list. */
export function oneOf(words: readonly string[]): Field {
  const known: ReadonlySet<unknown> = new Set(words);
  const field = plain(`one of ${words.join(' ')}`, (value) => known.has(value), 'words of a closed list, as they are');
  return { ...field, words };
}

/** An instant of the run, with microseconds. */
export const instant: Field = {
  ...number,
  rule: (value) => (typeof value === 'number' ? Math.round(value * 1000) / 1000 : rules.unlisted(value)),
};

const textBy = (rule: rules.Rule, shows: string): Field => ({ wants: 'a string', fits: isText, rule, shows });

/** The title that whoever runs the probe gave to a scenario. */
export const title = textBy(rules.text, 'your own words, without names of agents, contacts, hosts and secrets');
/** What a target wrote, or a sentence that holds it: the worst is assumed. */
export const foreign = textBy(rules.foreign, 'a sentence: common words and short numbers; any other word becomes `word-1`');
/** A name that a target, an adapter or the probe gave to something. */
export const label = textBy(rules.label, 'a name made of common words; any other becomes `message-1`');
export const id = textBy(rules.id, 'a short text of letters and digits, without names and secrets');
export const node = textBy(rules.node, 'an address: roles and devices of the scenario; others become `user-1`, `device-1`');
export const participant = textBy(rules.participant, node.shows);
export const person = textBy(rules.person, 'a role as it is; anybody else becomes `user-1`');
export const device = textBy(rules.device, 'devices of the scenario, and common words; others become `device-1`');
export const call = textBy(rules.call, 'ids that the probe made; others become `call-1`');
export const path = textBy(rules.path, 'your own words, without names of agents, contacts, hosts, secrets and your home folder');
export const command = textBy(rules.command, 'the command, without names, hosts, secrets and commands of your own');
export const target = textBy(rules.target, '`bundled`, or a URL with `host-1.name` for its host');
/** A digest as the probe makes them. */
export const digest = textBy(
  (value, names) => (isText(value) && !/^[0-9a-f]{16}$/.test(value) ? names.label(value) : rules.keep(value, names)),
  'digests, as they are',
);

export function orNull(field: Field): Field {
  const { rule } = field;
  return {
    ...field,
    wants: `${field.wants} or null`,
    fits: (value) => value === null || field.fits(value),
    rule: (value, names) => (value === null || value === undefined ? null : rule(value, names)),
  };
}

export const optional = (field: Field): Field => ({ ...field, optional: true });

export function listOf(field: Field, wants = 'a list of strings'): Field {
  return {
    ...field,
    wants,
    fits: (value) => Array.isArray(value) && value.every((member) => field.fits(member)),
    rule: rules.listOf(field.rule),
  };
}

/** An object whose keys are not known beforehand. */
export function mapOf(field: Field, wants: string, key: rules.Rule = rules.label): Field {
  return {
    ...field,
    wants,
    fits: (value) => isObject(value) && Object.values(value).every((member) => field.fits(member)),
    rule: rules.mapOf(field.rule, key),
  };
}

/** An object of these fields. */
export function shaped<T>(wants: string, fields: FieldsOf<T>): Field {
  const copy = copier(fields);
  return {
    wants,
    fits: (value) => isObject(value) && misfit(value, fields) === null,
    shows: 'an object: each of its fields by a row of its own',
    inner: fields,
    rule: (value, names) => (isObject(value) ? copy(value, names) : null),
  };
}

/** Particulars, a few levels deep: truth and short numbers stay, texts are those of a stranger. */
export const particulars: Field = {
  wants: 'an object',
  fits: isObject,
  shows: 'particulars: short numbers and truth values, common words',
  rule: (value, names) => particularsOf(value, '', names, 0),
};

const PARTICULARS = { depthMax: 4, membersMax: 512, numberMax: 9_999_999 } as const;

const particularsOf = (value: unknown, key: string, names: Names, depth: number): unknown => {
  if (isText(value)) {
    if (/^(link|device|node)$/.test(key)) return names.address(value);
    return key === 'call' ? names.call(value) : names.foreign(value);
  }
  if (typeof value === 'number') return Math.abs(value) <= PARTICULARS.numberMax ? value : 'redacted(number)';
  if (typeof value !== 'object' || value === null) return rules.unlisted(value);
  if (depth >= PARTICULARS.depthMax) return 'redacted(too deep)';
  if (Array.isArray(value))
    return value.slice(0, PARTICULARS.membersMax).map((member: unknown) => particularsOf(member, key, names, depth + 1));
  const entries = Object.entries(value).slice(0, PARTICULARS.membersMax);
  return Object.fromEntries(entries.map(([name, member]) => [names.key(name), particularsOf(member, name, names, depth + 1)]));
};

/** A copy of an object by its fields, in their order. What has no field is left out. */
export function copier(fields: Fields): (value: object, names: Names) => Record<string, unknown> {
  const rows = Object.entries(fields).map(([name, { rule }]) => [name, rule] as const);
  return (value, names) => {
    const source: Readonly<Record<string, unknown>> = { ...value };
    const copy: Record<string, unknown> = {};
    for (const [name, rule] of rows) {
      const held = source[name];
      if (held !== undefined) copy[name] = held === null ? null : rule(held, names);
    }
    return copy;
  };
}

/** What is wrong with the first field of `value` that does not fit, or null when all do. Further fields are welcome. */
export function misfit(value: Readonly<Record<string, unknown>>, fields: Fields): string | null {
  for (const [name, field] of Object.entries(fields)) {
    const held = Object.hasOwn(value, name) ? value[name] : undefined;
    if (held === undefined ? field.optional !== true : !field.fits(held)) return `"${name}" has to be ${field.wants}`;
  }
  return null;
}
