/** A toxic as a flag: `latency=100ms,jitter=20ms,stream=downstream,toxicity=50%,name=far`. */
import type { FaultParameter, ParameterValue } from '../faults/fault.js';
import { STREAMS, type Stream } from '../faults/fault.js';
import { LINK_FAULTS } from '../faults/link/index.js';
import type { LinkFault } from '../faults/link/link-fault.js';
import type { Toxic } from '../faults/link/toxic.js';
import { parseDuration, parsePercent, type Read } from '../scenarios/language/duration.js';
import { parseRate, parseSize } from '../scenarios/language/fault-values.js';
import { quote } from '../scenarios/language/problem.js';
import { didYouMean } from '../scenarios/language/words.js';
import { UsageError } from './exit.js';

/** Parameters that every toxic has besides its own. */
const COMMON = ['stream', 'toxicity', 'name'] as const;
const SIZE_BYTES_MAX = 1e9;

/** Reads one flag. Underscores count as hyphens, as in toxiproxy's names. Throws a UsageError with the place and the problem. */
export function parseToxic(text: string): Toxic {
  const given = pairsOf(text);
  const [first = ''] = given.keys();
  const fault = LINK_FAULTS.find(({ name }) => name === first);
  if (fault === undefined) {
    const names = LINK_FAULTS.map(({ name }) => name);
    throw wrong(text, `unknown toxic ${quote(first)}; ${didYouMean(first, names)}`);
  }
  const known = [...fault.parameters.map(({ name }) => name), ...COMMON];
  for (const key of given.keys())
    if (!known.includes(key)) throw wrong(text, `${fault.name} has no ${quote(key)}; ${didYouMean(key, known)}`);
  const stream = wordOf(text, 'stream', given.get('stream') ?? 'both', STREAMS) as Stream;
  const toxicity = readingOf(text, 'toxicity', parsePercent(given.get('toxicity') ?? '100%'));
  const values = Object.fromEntries(fault.parameters.map((parameter) => [parameter.name, parameterOf(text, parameter, given)]));
  const problem = fault.refuses?.(values) ?? null;
  if (problem !== null) throw wrong(text, problem);
  const name = given.get('name') || (stream === 'both' ? fault.name : `${fault.name}_${stream}`);
  return { name, fault, values, stream, toxicity };
}

/** A toxic as it is written, without the common parameters. */
export function formatToxic(fault: LinkFault, text: string): string {
  return [...pairsOf(text)]
    .filter(([key]) => !(COMMON as readonly string[]).includes(key))
    .map(([key, value]) => (value === '' && key === fault.name ? key : `${key}=${value}`))
    .join(' ');
}

/** The keys in order, the toxic's own first; its value may be missing. */
function pairsOf(text: string): Map<string, string> {
  const pairs = new Map<string, string>();
  for (const part of text.slice(0, 1_000).split(',')) {
    const [key = '', ...value] = part.split('=');
    const name = key.trim().replaceAll('_', '-');
    if (pairs.has(name)) throw wrong(text, `duplicate ${quote(name)}`);
    pairs.set(name, value.join('=').trim());
  }
  return pairs;
}

function parameterOf(text: string, parameter: FaultParameter, given: ReadonlyMap<string, string>): ParameterValue {
  const { name, type, default: initial } = parameter;
  const written = given.get(name) || initial;
  if (written === null || written === '') throw wrong(text, `${name} has no value; write ${name}=${exampleOf(parameter)}`);
  switch (type.type) {
    case 'duration':
      return readingOf(text, name, parseDuration(written, type.msMin, type.msMax));
    case 'share':
      return readingOf(text, name, parsePercent(written));
    case 'rate':
      return readingOf(text, name, parseRate(written));
    case 'size':
      return readingOf(text, name, parseSize(written, type.bytesMin ?? 1, type.bytesMax ?? SIZE_BYTES_MAX));
    case 'word':
      return wordOf(text, name, written, type.words);
    default:
      throw new Error(`a toxic has a parameter of type ${type.type}, which a flag cannot set`);
  }
}

function exampleOf({ type }: FaultParameter): string {
  switch (type.type) {
    case 'share':
      return '5%';
    case 'rate':
      return '64KB/s';
    case 'size':
      return '512B';
    default:
      return '100ms';
  }
}

function wordOf(text: string, key: string, value: string, words: readonly string[]): string {
  if (words.includes(value)) return value;
  throw wrong(text, `${key} cannot be ${quote(value)}; ${didYouMean(value, words)}`);
}

function readingOf(text: string, key: string, read: Read<number>): number {
  if (read.ok) return read.value;
  throw wrong(text, `${key}: ${read.message}; ${read.hint}`);
}

function wrong(text: string, message: string): UsageError {
  return new UsageError(`--toxic ${quote(text.slice(0, 120))}: ${message}`);
}
