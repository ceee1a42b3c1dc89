/** Breaks something in a message, as a hostile client would: bytes, its end, a field of it. Drawn from a seed, bounded in size. */
import type { Rng } from '../protocol/rng.js';

/** A broken message, and a summary of what was broken. */
export interface Mutation {
  readonly text: string;
  readonly summary: string;
}

/** Longest text that a mutation adds, in characters. */
const ADDED_CHARS_MAX = 2_000;

const STRAY_CHARS = ['\u0000', '\u0007', '"', '{', '}', '[', ']', ',', ':', '\\', '\ud800', '\u202e', '\ufeff', 'é', '9'];
const STRAY_TEXTS = [
  '',
  '__proto__',
  'constructor',
  '../../etc/passwd',
  "' OR 1=1 --",
  '\u0000',
  '💥',
  'x'.repeat(ADDED_CHARS_MAX),
];
const STRAY_NUMBERS = [-1, 0, 0.5, 1e308, 2 ** 53, -(2 ** 31)];

interface Field {
  readonly parent: Record<string, unknown>;
  readonly key: string;
  readonly path: string;
}

/**
 * The message with one thing broken; never the same text as before. In a text without a JSON object only bytes are broken. With `nth`
 * the first ones leave out one field each, so that none is missed.
 */
export function mutated(text: string, rng: Rng, nth: number | null = null): Mutation {
  const omission = nth === null ? null : omitted(text, nth);
  if (omission !== null) return omission;
  const bytes = [cutOff, strayBytes, doubled];
  const ways = documentOf(text) === null ? bytes : [...bytes, without, otherType, otherValue, otherValue, nested, extra];
  const mutation = pick(ways, rng)(text, rng);
  return mutation.text === text ? { text: `${text}}`, summary: 'one extra brace' } : mutation;
}

/** The message without its nth field; null if it has fewer. */
function omitted(text: string, nth: number): Mutation | null {
  const document = documentOf(text);
  const field = document?.fields[nth];
  if (document === null || field === undefined) return null;
  delete field.parent[field.key];
  return { text: document.text(), summary: `${field.path} removed` };
}

function cutOff(text: string, rng: Rng): Mutation {
  const at = rng.below(Math.max(1, text.length));
  return { text: text.slice(0, at), summary: `cut off after ${at} characters` };
}

function strayBytes(text: string, rng: Rng): Mutation {
  const count = 1 + rng.below(4);
  let result = text;
  for (let i = 0; i < count; i++) {
    const at = rng.below(result.length + 1);
    result = result.slice(0, at) + pick(STRAY_CHARS, rng) + result.slice(at + rng.below(2));
  }
  return { text: result, summary: `${count} stray characters` };
}

function doubled(text: string, rng: Rng): Mutation {
  const at = rng.below(text.length + 1);
  const part = text.slice(at, at + 1 + rng.below(ADDED_CHARS_MAX));
  return { text: text.slice(0, at) + part + text.slice(at), summary: `${part.length} characters duplicated` };
}

function without(text: string, rng: Rng): Mutation {
  return atField(text, rng, 'removed', ({ parent, key }) => {
    delete parent[key];
  });
}

function otherType(text: string, rng: Rng): Mutation {
  return atField(text, rng, 'of another type', ({ parent, key }) => {
    const value = parent[key];
    const others: unknown[] = [null, true, [], {}, [value], typeof value === 'string' ? 7 : '7'];
    parent[key] = pick(others, rng);
  });
}

function otherValue(text: string, rng: Rng): Mutation {
  return atField(text, rng, 'changed', ({ parent, key }) => {
    parent[key] = typeof parent[key] === 'number' ? pick(STRAY_NUMBERS, rng) : pick(STRAY_TEXTS, rng);
  });
}

function nested(text: string, rng: Rng): Mutation {
  const depth = 2 + rng.below(200);
  return atField(text, rng, `nested ${depth} deep`, ({ parent, key }) => {
    let value = parent[key];
    for (let i = 0; i < depth; i++) value = [value];
    parent[key] = value;
  });
}

function extra(text: string, rng: Rng): Mutation {
  // Written by hand: a JavaScript object holds neither a duplicate key nor `__proto__` as a plain one.
  const key = pick(['type', 'seq', 'call', '__proto__', 'constructor', 'x'], rng);
  const at = text.lastIndexOf('}');
  const added = `,${JSON.stringify(key)}:${JSON.stringify(pick(STRAY_TEXTS, rng))}`;
  return { text: `${text.slice(0, at)}${added}${text.slice(at)}`, summary: `${key} added` };
}

/** Changes one random field of a message, at any depth. */
function atField(text: string, rng: Rng, summary: string, change: (field: Field) => void): Mutation {
  const document = documentOf(text);
  const field = document?.fields[rng.below(Math.max(1, document.fields.length))];
  if (document === null || field === undefined) return cutOff(text, rng);
  change(field);
  return { text: document.text(), summary: `${field.path} ${summary}` };
}

function fieldsOf(value: unknown, path: string): Field[] {
  if (Array.isArray(value)) return value.flatMap((part, index) => fieldsOf(part, `${path}[${index}]`));
  if (!isObject(value)) return [];
  return Object.entries(value).flatMap(([key, part]) => {
    const here = path === '' ? key : `${path}.${key}`;
    return [{ parent: value, key, path: here }, ...fieldsOf(part, here)];
  });
}

/** A JSON document with at least one field, and how to write it again: Socket.IO puts numbers and a namespace before it. */
interface Document {
  readonly fields: readonly Field[];
  text(): string;
}

function documentOf(text: string): Document | null {
  const prefix = /^\d+(?:\/[^,[{]*,)?\d*(?=[[{])/.exec(text)?.[0] ?? '';
  try {
    const value: unknown = JSON.parse(text.slice(prefix.length));
    const fields = fieldsOf(value, '');
    return fields.length === 0 ? null : { fields, text: () => prefix + JSON.stringify(value) };
  } catch {
    return null;
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function pick<T>(choices: readonly T[], rng: Rng): T {
  return choices[rng.below(choices.length)] as T;
}
