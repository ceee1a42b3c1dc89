/** The impairment of a device's media as plain data: faults with their parameters, and what each of them has done. */
import type { FaultParameter, ParameterType, ParameterValues } from '../fault.js';
import { MEDIA_FAULTS } from './index.js';
import { DIRECTIONS, type Direction, type MediaFault, type StageCounters } from './media-fault.js';

/** One fault of an impairment. */
export interface ImpairmentFault {
  /** Names the fault within the run. Its random draws depend on this and on the seed only. */
  readonly id: string;
  /** A name of MEDIA_FAULTS. */
  readonly fault: string;
  readonly direction: Direction | 'both';
  /** Every parameter except optional ones; numbers in milliseconds, shares of 0-1, bytes, bytes per second. */
  readonly values: ParameterValues;
}

/** All current faults of a device's media. Their order does not matter. */
export interface Impairment {
  readonly seed: string;
  readonly faults: readonly ImpairmentFault[];
}

/** What one fault has done in one direction. */
export interface FaultCounters {
  readonly id: string;
  readonly fault: string;
  readonly direction: Direction;
  readonly counters: StageCounters;
}

/** What the faults of a device have done since each began. */
export interface ImpairmentCounters {
  readonly faults: readonly FaultCounters[];
  /** Packets lost because the relay's own queue was full: a limit of the probe, not part of a fault. */
  readonly overflowed: number;
}

/** Maximum number of faults of one device at a time. */
export const IMPAIRMENT_FAULTS_MAX = 32;
const TEXT_CHARS_MAX = 200;

/** The media fault of that name, or null. */
export function mediaFault(name: string): MediaFault | null {
  return MEDIA_FAULTS.find((fault) => fault.name === name) ?? null;
}

/** Whether a fault took effect in this direction. False for a name that is not in the registry. */
export function tookEffect({ fault, counters }: Pick<FaultCounters, 'fault' | 'counters'>): boolean {
  return mediaFault(fault)?.effects.some((name) => counters[name] > 0) ?? false;
}

/** What is wrong with an impairment from another process, or null. Never throws. */
export function impairmentProblem(value: unknown): string | null {
  if (!isRecord(value) || !isText(value['seed']) || !Array.isArray(value['faults'])) return 'an impairment has a seed and faults';
  const faults: readonly unknown[] = value['faults'];
  if (faults.length > IMPAIRMENT_FAULTS_MAX)
    return `${faults.length} media faults of one device, at most ${IMPAIRMENT_FAULTS_MAX}`;
  const ids = new Set<unknown>();
  for (const fault of faults) {
    const problem = faultProblem(fault);
    if (problem !== null) return problem;
    const id = isRecord(fault) ? fault['id'] : null;
    if (ids.has(id)) return `two media faults have the id ${id}`;
    ids.add(id);
  }
  return null;
}

function faultProblem(value: unknown): string | null {
  if (!isRecord(value) || !isText(value['id']) || !isText(value['fault']) || !isRecord(value['values'])) {
    return 'a media fault has an id, a name and values';
  }
  const fault = mediaFault(value['fault']);
  if (fault === null) return `no media fault is called ${value['fault']}`;
  const direction = value['direction'];
  const known = DIRECTIONS.some((each) => each === direction);
  if (direction !== 'both' && !known) return `${fault.name}: a direction is upstream, downstream or both`;
  if (known && !fault.directions.some((each) => each === direction)) return `${fault.name} acts ${fault.directions.join()} only`;
  const values = value['values'];
  const stray = Object.keys(values).find((name) => !fault.parameters.some((parameter) => parameter.name === name));
  if (stray !== undefined) return `${fault.name} has no parameter ${stray}`;
  const wrong = fault.parameters.find((parameter) => !fits(parameter, values[parameter.name]));
  return wrong === undefined ? null : `${fault.name}: the parameter ${wrong.name} is missing or out of range`;
}

function fits(parameter: FaultParameter, value: unknown): boolean {
  if (value === undefined) return parameter.default === '';
  const { type } = parameter;
  if (type.type === 'word') return type.words.some((word) => word === value);
  const [min, max] = boundsOf(type);
  return typeof value === 'number' && value >= min && value <= max;
}

/** The range of a parameter of a media fault, both ends included. */
function boundsOf(type: ParameterType): readonly [min: number, max: number] {
  switch (type.type) {
    case 'share':
      return [0, 1];
    case 'duration':
      return [type.msMin ?? 0, type.msMax ?? Number.MAX_SAFE_INTEGER];
    case 'size':
      return [type.bytesMin ?? 0, type.bytesMax ?? Number.MAX_SAFE_INTEGER];
    case 'rate':
      return [1, Number.MAX_SAFE_INTEGER];
    case 'count':
    case 'number':
      return [type.min, type.max];
    default:
      return [Number.NaN, Number.NaN];
  }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value.length > 0 && value.length <= TEXT_CHARS_MAX;
}
