/** Turns issues of zod into problems with a hint. */
import * as z from 'zod';
import { type FileWords, SCENARIO_WORDS } from './file-words.js';
import { type Path, quote, type Report } from './problem.js';
import { twoLines } from './schema-words.js';
import { isPlainMap, kindOf } from './tree.js';
import { didYouMean } from './words.js';

/** Validates a part of a file. Returns the parsed value, or null after reporting every problem below `path`. */
export function validate<T>(
  schema: z.ZodType<T>,
  value: unknown,
  path: Path,
  report: Report,
  words: FileWords = SCENARIO_WORDS,
): T | null {
  const result = schema.safeParse(value, { error: (issue) => sentenceOf(issue, words), reportInput: true });
  if (result.success) return result.data;
  for (const issue of result.error.issues) reportIssue(schema, issue, path, report, words);
  return null;
}

function reportIssue(schema: z.ZodType, issue: z.core.$ZodIssue, base: Path, report: Report, words: FileWords): void {
  const below = issue.path.filter((part) => typeof part !== 'symbol');
  const path = [...base, ...below];
  const key = below.at(-1);
  if (issue.code === 'unrecognized_keys') {
    const known = keysAt(schema, below);
    for (const unknown of issue.keys)
      report([...path, unknown], 'key', `unknown key ${quote(unknown)}`, didYouMean(unknown, known));
    return;
  }
  if (issue.code === 'invalid_type' && issue.input === undefined) {
    missingKey(path.slice(0, -1), String(key), report, words);
    return;
  }
  // A union with its own message explains it better than its forms do.
  if (issue.code === 'invalid_union' && issue.message === 'Invalid input') return reportUnion(schema, issue, path, report, words);
  const isKey = issue.code === 'invalid_key';
  const text = isKey ? (issue.issues[0]?.message ?? issue.message) : issue.message;
  const [message = text, hint = null] = text.split('\n');
  report(path, isKey ? 'key' : 'value', message, hint);
}

/** Reports the problem of the form that was meant, by its kind; otherwise lists all forms. */
function reportUnion(schema: z.ZodType, issue: z.core.$ZodIssueInvalidUnion, path: Path, report: Report, words: FileWords): void {
  const isOther = (one: z.core.$ZodIssue): boolean =>
    one.path.length === 0 && (one.code === 'invalid_type' || one.code === 'invalid_value');
  const meant = issue.errors.filter((issues) => !issues.some(isOther));
  const below = issue.path.filter((part) => typeof part !== 'symbol');
  const base = path.slice(0, path.length - below.length);
  const [only] = meant;
  if (only !== undefined && meant.length === 1) {
    for (const one of only) reportIssue(schema, { ...one, path: [...issue.path, ...one.path] }, base, report, words);
    return;
  }
  const forms = issue.errors.flatMap(([first]) =>
    first?.code === 'invalid_value' ? first.values.map(String) : first?.code === 'invalid_type' ? [formOf(first)] : [],
  );
  const given = typeof issue.input === 'string' ? quote(issue.input) : kindOf(issue.input);
  // A custom message, such as that of an invalid duration, is used as it is.
  const said = issue.errors.flat().find(({ code, message }) => code === 'custom' || message.includes('\n'))?.message;
  const [message = '', hint = null] =
    typeof issue.input === 'string' && said !== undefined && forms.length < issue.errors.length ? said.split('\n') : [];
  if (message !== '') report(path, 'value', message, hint);
  else report(path, 'value', `unknown value ${given}`, forms.length === 0 ? null : `write ${[...new Set(forms)].join(' or ')}`);
}

function formOf({ expected }: z.core.$ZodIssueInvalidType): string {
  return WANTED[expected]?.what ?? expected;
}

/** Reports that a map lacks a required key. */
export function missingKey(path: Path, key: string, report: Report, { examples }: FileWords = SCENARIO_WORDS): void {
  const example = examples[key] ?? `write ${key}: with a value`;
  report(path, 'key', `missing key ${quote(key)}`, `it is required: ${example}`);
}

/** Messages for issues without a message in the schema. */
function sentenceOf(issue: z.core.$ZodRawIssue, { map }: FileWords): string | undefined {
  switch (issue.code) {
    case 'invalid_type': {
      if (issue.input === undefined) return undefined;
      const wanted = WANTED[issue.expected] ?? { what: issue.expected, hint: '' };
      const hint = issue.expected === 'record' ? `write keys and values: ${map}` : wanted.hint;
      return twoLines(`must be ${wanted.what}, not ${kindOf(issue.input)}`, hint);
    }
    case 'too_small':
    case 'too_big': {
      const small = issue.code === 'too_small';
      const bound = small ? issue.minimum : issue.maximum;
      const unit =
        issue.origin === 'string' ? ' characters' : issue.origin === 'array' ? (Number(bound) === 1 ? ' entry' : ' entries') : '';
      const exact = 'exact' in issue && issue.exact === true;
      const what =
        issue.origin === 'string' || issue.origin === 'array'
          ? small
            ? 'too short'
            : 'too long'
          : small
            ? 'too small'
            : 'too large';
      return twoLines(what, `${exact ? 'exactly' : small ? 'at least' : 'at most'} ${bound}${unit}`);
    }
    case 'invalid_value': {
      const values = issue.values.map(String);
      const given = typeof issue.input === 'string' ? quote(issue.input) : kindOf(issue.input);
      return twoLines(
        `unknown value ${given}`,
        typeof issue.input === 'string' ? didYouMean(issue.input, values) : `write ${values.join(' or ')}`,
      );
    }
    case 'invalid_format':
      return twoLines(`${quote(String(issue.input))} is not a single plain word`, 'use letters, digits, "-", "_" and "."');
    default:
      return undefined;
  }
}

const WANTED: Readonly<Record<string, { readonly what: string; readonly hint: string }>> = {
  string: { what: 'text', hint: 'put it in quotes if it is meant as text' },
  int: { what: 'a whole number', hint: 'write a number such as 3' },
  number: { what: 'a number', hint: 'write a number such as 3' },
  array: { what: 'a list', hint: 'write a list: [one, two]' },
  object: { what: 'a map', hint: 'write keys and values: { key: value }' },
  record: { what: 'a map', hint: '' },
};

/** The keys of a schema at a path below it. */
function keysAt(schema: z.core.$ZodType, path: Path): string[] {
  const [part, ...rest] = path;
  if (schema instanceof z.ZodExactOptional || schema instanceof z.ZodNullable || schema instanceof z.ZodOptional) {
    return keysAt(schema.unwrap(), path);
  }
  if (schema instanceof z.ZodObject) {
    if (part === undefined) return Object.keys(schema.shape);
    const shape: unknown = schema.shape;
    const next: unknown = isPlainMap(shape) ? shape[String(part)] : undefined;
    return next instanceof z.ZodType ? keysAt(next, rest) : [];
  }
  if (schema instanceof z.ZodArray) return keysAt(schema.element, rest);
  if (schema instanceof z.ZodUnion) return [...new Set(schema.options.flatMap((option) => keysAt(option, path)))];
  if (schema instanceof z.ZodRecord) {
    if (part !== undefined) return keysAt(schema.valueType, rest);
    return schema.keyType instanceof z.ZodEnum ? schema.keyType.options.map(String) : [];
  }
  return [];
}
