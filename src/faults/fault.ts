/** What a fault is: something that the probe does to the world on purpose, by name, with what it acts on. */
import type { Millis } from '../protocol/machine.js';
import { type Absence, FAULT_LAYERS, type FaultLayer } from '../trace/event.js';

export const LAYERS = FAULT_LAYERS;
export type Layer = FaultLayer;

/** How a parameter is written, and within which bounds; what a rule gets of it is named behind the arrow. */
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
  /** `5s`, `-5s` -> milliseconds; the sign says which way. */
  | { readonly type: 'shift'; readonly msMax: Millis }
  | { readonly type: 'word'; readonly words: readonly string[] }
  | { readonly type: 'text'; readonly charsMax: number }
  /** Whose message, and which: `bob sends accept`. Read by the loader into what the message has to be like. */
  | { readonly type: 'message' }
  /** Fields of a message by their path, and what to put there: `{ record.phase: ringing }`. */
  | { readonly type: 'fields' };

/** A parameter as a rule gets it. */
export type ParameterValue = number | string | Readonly<Record<string, unknown>>;
export type ParameterValues = Readonly<Record<string, ParameterValue>>;

/** One thing that a scenario says of a fault. */
export interface FaultParameter {
  readonly name: string;
  readonly doc: string;
  readonly type: ParameterType;
  /** As it would be written when a scenario leaves it out; null where it has to be given, `''` where it may be missing. */
  readonly default: string | null;
}

/** Directions of a link as its device sees them: upstream is what the device sends. */
export const STREAMS = ['both', 'upstream', 'downstream'] as const;
export type Stream = (typeof STREAMS)[number];

/** A fault as the registry holds it. Those of a layer add what carries it out. */
export interface FaultKind {
  /** The key that a scenario names it by, and the name under which trace events tell of it. */
  readonly name: string;
  /** One sentence for `call-probe list faults` and the documents. */
  readonly doc: string;
  readonly layer: Layer;
  /** The ability that a target has to have for it, or null where every target will do. */
  readonly needs: string | null;
  /** Set where the server's process ends and its calls must not: only then is the bundled server run on a durable store. */
  readonly needsDurability?: true;
  /** What a hit keeps devices from. */
  readonly absence: Absence;
  /** The first is the value of its own key; the others stand beside it. What all faults share (`on`, `for`, ...) is not listed. */
  readonly parameters: readonly FaultParameter[];
  /** How a scenario writes it. */
  readonly example: string;
  /** What is wrong with parameters that are right each by itself, in a sentence; null when nothing is. */
  refuses?(values: ParameterValues): string | null;
}

/** The number behind a parameter; the loader has made sure that it is one. Throws for one that is not there: a bug of the probe. */
export function numberOf(values: ParameterValues, name: string): number {
  const value = values[name];
  if (typeof value !== 'number') throw new Error(`parameter ${name} is not a number`);
  return value;
}

/** The text behind a parameter, as `numberOf`. */
export function textOf(values: ParameterValues, name: string): string {
  const value = values[name];
  if (typeof value !== 'string') throw new Error(`parameter ${name} is not a text`);
  return value;
}
