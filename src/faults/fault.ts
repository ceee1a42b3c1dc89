/** What a fault is: a disturbance that the probe causes on purpose, with a name and the layer that it acts on. */
import type { Millis } from '../protocol/machine.js';
import { type Absence, FAULT_LAYERS, type FaultLayer } from '../trace/event.js';

export const LAYERS = FAULT_LAYERS;
export type Layer = FaultLayer;

/** How a parameter is written, and its bounds. The arrow shows the value that a rule receives. */
export type ParameterType =
  /** `250ms`, `2s` -> milliseconds. */
  | { readonly type: 'duration'; readonly msMin?: Millis; readonly msMax?: Millis }
  /** `20%` -> 0-1. */
  | { readonly type: 'share' }
  /** `10KB/s`, `64kbit/s` -> bytes per second. */
  | { readonly type: 'rate' }
  /** `512B`, `4KB` -> bytes. */
  | { readonly type: 'size'; readonly bytesMin?: number; readonly bytesMax?: number }
  /** A whole number. */
  | { readonly type: 'count'; readonly min: number; readonly max: number }
  /** A number with a unit of its own, such as `100ppm` -> the number. */
  | { readonly type: 'number'; readonly unit: string; readonly min: number; readonly max: number }
  /** `5s`, `-5s` -> milliseconds; the sign is the direction. */
  | { readonly type: 'shift'; readonly msMax: Millis }
  | { readonly type: 'word'; readonly words: readonly string[] }
  | { readonly type: 'text'; readonly charsMax: number }
  /** Whose message, and which: `bob sends accept`. The loader turns it into a message filter. */
  | { readonly type: 'message' }
  /** Fields of a message by their path, with new values: `{ record.phase: ringing }`. */
  | { readonly type: 'fields' };

/** A parameter as a rule gets it. */
export type ParameterValue = number | string | Readonly<Record<string, unknown>>;
export type ParameterValues = Readonly<Record<string, ParameterValue>>;

/** One parameter of a fault in a scenario. */
export interface FaultParameter {
  readonly name: string;
  readonly doc: string;
  readonly type: ParameterType;
  /** The value as written when a scenario leaves it out; null if it is required, `''` if it may be missing. */
  readonly default: string | null;
}

/** Directions of a link as its device sees them: upstream is what the device sends. */
export const STREAMS = ['both', 'upstream', 'downstream'] as const;
export type Stream = (typeof STREAMS)[number];

/** A fault in the registry. Each layer adds how it is applied. */
export interface FaultKind {
  /** Its key in scenarios and its name in trace events. */
  readonly name: string;
  /** One sentence for `call-probe list faults` and the documents. */
  readonly doc: string;
  readonly layer: Layer;
  /** The ability that it needs of a target, or null if it works with every target. */
  readonly needs: string | null;
  /** Set if the server's process ends and its calls must not: only then does the bundled server use a durable store. */
  readonly needsDurability?: true;
  /** Whether a hit cuts devices off. */
  readonly absence: Absence;
  /** The first is the value of its own key; the others are keys beside it. Keys that all faults share (`on`, `for`, ...) are not listed. */
  readonly parameters: readonly FaultParameter[];
  /** An example for documents. */
  readonly example: string;
  /** Why a combination of valid parameters is invalid, as a sentence; null if it is valid. */
  refuses?(values: ParameterValues): string | null;
}

/** The number of a parameter; the loader has validated it. Throws if it is missing: a bug of the probe. */
export function numberOf(values: ParameterValues, name: string): number {
  const value = values[name];
  if (typeof value !== 'number') throw new Error(`parameter ${name} is not a number`);
  return value;
}

/** The text of a parameter, as `numberOf`. */
export function textOf(values: ParameterValues, name: string): string {
  const value = values[name];
  if (typeof value !== 'string') throw new Error(`parameter ${name} is not a text`);
  return value;
}
