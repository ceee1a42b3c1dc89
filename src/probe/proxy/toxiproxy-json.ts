/** Converts toxics between toxiproxy's names and units and ours. */
import type { ParameterValues } from '../../faults/fault.js';
import { LINK_FAULTS } from '../../faults/link/index.js';
import type { LinkFault } from '../../faults/link/link-fault.js';
import type { Toxic } from '../../faults/link/toxic.js';

/** One attribute: its name there and here, the factor between the units, and its default. */
interface Attribute {
  readonly name: string;
  readonly parameter: string;
  readonly factor: number;
  readonly default: number;
  readonly max?: number;
}

const MAX = 1e12;
const of = (name: string, parameter: string, factor = 1): Attribute => ({ name, parameter, factor, default: 0 });

/** Every type of toxiproxy that is a toxic here. `down` is not one: it is `enabled: false` of a proxy. */
const TYPES: Readonly<Record<string, { readonly fault: string; readonly attributes: readonly Attribute[] }>> = {
  latency: { fault: 'latency', attributes: [of('latency', 'latency'), of('jitter', 'jitter')] },
  bandwidth: { fault: 'bandwidth', attributes: [of('rate', 'bandwidth', 1_000)] },
  slow_close: { fault: 'slow-close', attributes: [of('delay', 'slow-close')] },
  timeout: { fault: 'timeout', attributes: [of('timeout', 'timeout')] },
  reset_peer: { fault: 'reset-peer', attributes: [of('timeout', 'reset-peer')] },
  slicer: {
    fault: 'slicer',
    attributes: [of('average_size', 'slicer'), of('size_variation', 'size-variation'), of('delay', 'delay', 1 / 1_000)],
  },
  limit_data: { fault: 'limit-data', attributes: [of('bytes', 'limit-data')] },
  packet_loss: {
    fault: 'loss',
    attributes: [
      { name: 'loss_rate', parameter: 'loss', factor: 1, default: 0.1, max: 1 },
      { name: 'correlation', parameter: 'correlation', factor: 1, default: 0, max: 1 },
    ],
  },
};

/** A toxic in the API's format. */
export interface ToxicJson {
  readonly name: string;
  readonly type: string;
  readonly stream: string;
  readonly toxicity: number;
  readonly attributes: Readonly<Record<string, number>>;
}

/** The problem of a request, with toxiproxy's HTTP status. */
export class ApiProblem extends Error {
  override readonly name = 'ApiProblem';
  constructor(
    message: string,
    readonly status: number,
  ) {
    super(message);
  }
}

export type Json = Readonly<Record<string, unknown>>;

/** Our toxic in toxiproxy's format. */
export function toxicJson({ name, fault, values, stream, toxicity }: Toxic): ToxicJson {
  const [type, known] = Object.entries(TYPES).find(([, { fault: own }]) => own === fault.name) ?? [fault.name, null];
  const attributes = (known?.attributes ?? []).map(
    ({ name: own, parameter, factor }) => [own, rounded(Number(values[parameter]) / factor)] as const,
  );
  return { name, type, stream, toxicity, attributes: Object.fromEntries(attributes) };
}

/** Reads the body of a request that creates a toxic. Throws an ApiProblem. */
export function readToxic(body: Json): Toxic {
  const stream = body['stream'] ?? 'downstream';
  if (stream !== 'upstream' && stream !== 'downstream')
    throw new ApiProblem('stream was invalid, can be either upstream or downstream', 400);
  const { type } = body;
  if (typeof type !== 'string' || !Object.hasOwn(TYPES, type)) throw new ApiProblem('invalid toxic type', 400);
  const given = body['name'] ?? '';
  if (typeof given !== 'string' || given.length > 200) throw new ApiProblem('bad request body: name is not a short text', 400);
  const name = given === '' ? `${type}_${stream}` : given;
  return { name, fault: faultOf(type), values: valuesOf(type, body['attributes'], {}), stream, toxicity: toxicityOf(body, 1) };
}

/** A toxic with the changes of a request body. Throws an ApiProblem. */
export function changeToxic(toxic: Toxic, body: Json): Toxic {
  const { type, attributes } = toxicJson(toxic);
  return { ...toxic, values: valuesOf(type, body['attributes'], attributes), toxicity: toxicityOf(body, toxic.toxicity) };
}

function faultOf(type: string): LinkFault {
  const fault = LINK_FAULTS.find(({ name }) => name === TYPES[type]?.fault);
  if (fault === undefined) throw new Error(`toxiproxy's ${type} is not a link fault here`);
  return fault;
}

function valuesOf(type: string, given: unknown, before: Readonly<Record<string, number>>): ParameterValues {
  if (given !== undefined && given !== null && !isJson(given))
    throw new ApiProblem('bad request body: attributes is not an object', 400);
  const attributes = TYPES[type]?.attributes ?? [];
  const values = attributes.map(({ name, parameter, factor, default: initial, max = MAX }) => {
    const value = (isJson(given) ? given[name] : undefined) ?? before[name] ?? initial;
    const isWhole = max === 1 || Number.isInteger(value);
    if (typeof value !== 'number' || !isWhole || !(value <= max))
      throw new ApiProblem(`bad request body: ${name} is not a ${max === 1 ? 'number from 0 to 1' : 'whole number'}`, 400);
    return [parameter, Math.max(0, value) * factor] as const;
  });
  return Object.fromEntries(values);
}

function toxicityOf(body: Json, before: number): number {
  const toxicity = body['toxicity'] ?? before;
  if (typeof toxicity === 'number' && toxicity >= 0 && toxicity <= 1) return toxicity;
  throw new ApiProblem('bad request body: toxicity is not a number from 0 to 1', 400);
}

/** Whether a value is an object of JSON. */
export function isJson(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Rounds away floating-point noise of the factors. */
function rounded(value: number): number {
  return Math.round(value * 1e6) / 1e6;
}
