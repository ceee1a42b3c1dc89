/** A configured link fault: its values, the streams that it affects, and the share of connections that it hits. */
import type { ParameterValues, Stream } from '../fault.js';
import type { LinkFault } from './link-fault.js';

/** Direction of bytes: `upstream` from the client to the server. */
export const DIRECTIONS = ['upstream', 'downstream'] as const;
export type Direction = (typeof DIRECTIONS)[number];

export interface Toxic {
  /** Unique in its list. */
  readonly name: string;
  readonly fault: LinkFault;
  /** Every parameter of the fault, defaults included. */
  readonly values: ParameterValues;
  readonly stream: Stream;
  /** The share of connections that it hits, drawn once per connection; 0-1. */
  readonly toxicity: number;
}

/** Whether the toxic acts in the direction, on the connections that it hits. */
export function isOn(toxic: Toxic, direction: Direction): boolean {
  return toxic.stream === 'both' || toxic.stream === direction;
}

/** Whether both are equal, so that replacing one by the other changes nothing. */
export function isSame(a: Toxic, b: Toxic): boolean {
  const names = Object.keys(a.values);
  return (
    a.name === b.name &&
    a.fault === b.fault &&
    a.stream === b.stream &&
    a.toxicity === b.toxicity &&
    names.length === Object.keys(b.values).length &&
    names.every((name) => a.values[name] === b.values[name])
  );
}
