/** The functions of templates: ids, counters, times, encodings and tokens. Random values come from the agent's own generator. */
import { createHmac } from 'node:crypto';
import { drawId, type Rng } from '../../protocol/rng.js';
import { parseDuration } from '../../scenarios/language/duration.js';

/** A template function, for the checks and the documents. */
interface TemplateFunction {
  readonly name: string;
  readonly args: string;
  readonly doc: string;
  readonly argsMin: number;
  readonly argsMax: number;
}

export const FUNCTIONS: readonly TemplateFunction[] = [
  { name: 'uuid', args: '', doc: 'a UUID, version 4', argsMin: 0, argsMax: 0 },
  { name: 'random', args: 'n', doc: 'n random letters and digits (default 16)', argsMin: 0, argsMax: 1 },
  { name: 'number', args: 'max', doc: 'a random integer below max (default 2^31)', argsMin: 0, argsMax: 1 },
  {
    name: 'counter',
    args: "'name'",
    doc: 'counts up from 1, separately for each name and agent',
    argsMin: 0,
    argsMax: 1,
  },
  { name: 'now', args: '', doc: 'milliseconds since the epoch', argsMin: 0, argsMax: 0 },
  { name: 'seconds', args: '', doc: 'seconds since the epoch', argsMin: 0, argsMax: 0 },
  { name: 'iso', args: '', doc: 'the time as ISO 8601', argsMin: 0, argsMax: 0 },
  { name: 'json', args: 'value', doc: 'the value as JSON text', argsMin: 1, argsMax: 1 },
  { name: 'base64', args: 'text, ...', doc: 'the concatenated texts as base64', argsMin: 1, argsMax: 8 },
  { name: 'lower', args: 'text', doc: 'the text in lower case', argsMin: 1, argsMax: 1 },
  { name: 'upper', args: 'text', doc: 'the text in upper case', argsMin: 1, argsMax: 1 },
  {
    name: 'env',
    args: "'TOKEN_', upper(user)",
    doc: 'the environment variable whose name is the concatenation of the texts',
    argsMin: 1,
    argsMax: 8,
  },
  { name: 'or', args: 'value, ...', doc: 'the first value that exists', argsMin: 1, argsMax: 8 },
];

export interface FunctionWorld {
  readonly rng: Rng;
  /** Milliseconds since the epoch. */
  wall(): number;
  readonly counters: Map<string, number>;
}

/** Calls a function; undefined if an argument is. */
export function callFunction(name: string, args: readonly unknown[], { rng, wall, counters }: FunctionWorld): unknown {
  const text = (): string | undefined => (args[0] === undefined ? undefined : String(args[0]));
  switch (name) {
    case 'uuid':
      return uuid(rng);
    case 'random': {
      const length = clamp(args[0], 16, 256);
      return drawId(rng, Math.ceil(length / 7)).slice(0, length);
    }
    case 'number':
      return rng.below(clamp(args[0], 2 ** 31, Number.MAX_SAFE_INTEGER));
    case 'counter': {
      const key = String(args[0] ?? '');
      const next = (counters.get(key) ?? 0) + 1;
      counters.set(key, next);
      return next;
    }
    case 'now':
      return Math.floor(wall());
    case 'seconds':
      return Math.floor(wall() / 1_000);
    case 'iso':
      return new Date(wall()).toISOString();
    case 'json':
      return args[0] === undefined ? undefined : JSON.stringify(args[0]);
    case 'base64':
      return args.includes(undefined) ? undefined : Buffer.from(args.map(String).join('')).toString('base64');
    case 'lower':
      return text()?.toLowerCase();
    case 'upper':
      return text()?.toUpperCase();
    case 'env':
      return args.includes(undefined) ? undefined : process.env[args.map(String).join('')];
    case 'or':
      return args.find((arg) => arg !== undefined && arg !== null && arg !== '');
    default:
      return undefined;
  }
}

/** The value of a map with a single `$` key. */
export function make(how: string, value: unknown, { wall }: FunctionWorld): unknown {
  switch (how) {
    case '$json':
      return JSON.stringify(value);
    case '$base64':
      return Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64');
    case '$jwt':
      return jwt(value, Math.floor(wall() / 1_000));
    default:
      return value;
  }
}

/** A token signed with HS256 (RFC 7519, RFC 7518 section 3.2). */
function jwt(value: unknown, nowSeconds: number): string | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { secret, claims = {}, expires = '1h' } = value as { secret?: unknown; claims?: object; expires?: unknown };
  const lasts = parseDuration(expires);
  const seconds = lasts.ok ? Math.ceil(lasts.value / 1_000) : 3_600;
  const part = (json: object): string => Buffer.from(JSON.stringify(json)).toString('base64url');
  const body = `${part({ alg: 'HS256', typ: 'JWT' })}.${part({ iat: nowSeconds, exp: nowSeconds + seconds, ...claims })}`;
  return `${body}.${createHmac('sha256', String(secret)).update(body).digest('base64url')}`;
}

function uuid(rng: Rng): string {
  const hex = Array.from({ length: 32 }, () => rng.below(16).toString(16));
  hex[12] = '4';
  hex[16] = (8 + rng.below(4)).toString(16);
  const text = hex.join('');
  return [text.slice(0, 8), text.slice(8, 12), text.slice(12, 16), text.slice(16, 20), text.slice(20)].join('-');
}

function clamp(value: unknown, standard: number, max: number): number {
  const number = Number(value ?? standard);
  return Number.isFinite(number) ? Math.max(1, Math.min(max, Math.floor(number))) : standard;
}
