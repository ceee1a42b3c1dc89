/** Runs packets through the stages of media faults, at instants that the test chooses. */
import type { ParameterValues } from '../../../src/faults/fault.js';
import { type Impairment, type ImpairmentFault, mediaFault } from '../../../src/faults/media/impairment.js';
import { chainOf, type MediaPacket, type PacketFlow, type PacketStage } from '../../../src/faults/media/media-fault.js';
import { createRng } from '../../../src/protocol/rng.js';

const UNITS: Readonly<Record<string, number>> = { '%': 0.01, ms: 1, B: 1, '': 1 };

/** The values of a fault as the loader gives them: defaults where nothing is said. */
export function valuesOf(name: string, given: ParameterValues = {}): ParameterValues {
  const parameters = mediaFault(name)?.parameters ?? [];
  const defaults = parameters.filter((each) => each.default !== null && each.default !== '');
  const read = (text: string): number | string => {
    const [, number, unit] = /^(\d+)(%|ms|B|)$/.exec(text) ?? [];
    return number === undefined ? text : Number(number) * (UNITS[unit ?? ''] ?? Number.NaN);
  };
  return { ...Object.fromEntries(defaults.map((each) => [each.name, read(each.default ?? '')])), ...given };
}

/** One fault of the media of a device, as an impairment has it. */
export function faultOf(
  fault: string,
  values: ParameterValues = {},
  direction: ImpairmentFault['direction'] = 'both',
): ImpairmentFault {
  return { id: fault, fault, direction, values: valuesOf(fault, values) };
}

export function impairment(...faults: readonly ImpairmentFault[]): Impairment {
  return { seed: 'a seed', faults };
}

/** A stage of that fault, by default begun at 0 with one seed for all. */
export function stageOf(name: string, given: ParameterValues, seed = 'a seed', since = 0): PacketStage {
  const fault = mediaFault(name);
  if (fault === null) throw new Error(`no media fault is called ${name}`);
  return fault.stage(valuesOf(name, given), { rng: createRng(seed), since });
}

export interface Arrival {
  readonly index: number;
  readonly cameAt: number;
  readonly packet: MediaPacket;
}

export const FLOW: PacketFlow = { since: -1 };

/** Packets of `size` bytes, one every `everyMs` from 0, and what came out, in the order of its instants. */
export function run(stages: readonly PacketStage[], count: number, everyMs = 20, size = 100, flow: PacketFlow = FLOW): Arrival[] {
  const pass = chainOf(stages);
  const out: Arrival[] = [];
  for (let index = 0; index < count; index++) {
    const bytes = new Uint8Array(size).fill(index % 256);
    const cameAt = index * everyMs;
    for (const packet of pass({ bytes, at: cameAt, readyAt: null, flow, rebinds: false })) out.push({ index, cameAt, packet });
  }
  return out.sort((a, b) => a.packet.at - b.packet.at);
}

export const indexesOf = (arrivals: readonly Arrival[]): number[] => arrivals.map(({ index }) => index);
export const delaysOf = (arrivals: readonly Arrival[]): number[] => arrivals.map(({ cameAt, packet }) => packet.at - cameAt);
export const meanOf = (figures: readonly number[]): number => figures.reduce((sum, each) => sum + each, 0) / figures.length;
export const medianOf = (figures: readonly number[]): number =>
  [...figures].sort((a, b) => a - b)[figures.length >> 1] ?? Number.NaN;
