/** Toxics in virtual time: bytes go in at instants, and what comes out is kept with its instant. */
import type { ParameterValues } from '../../../src/faults/fault.js';
import { LinkChain } from '../../../src/faults/link/chain.js';
import { LINK_FAULTS } from '../../../src/faults/link/index.js';
import { type LinkFault, type LinkFlow, noCounts, type ToxicCounters } from '../../../src/faults/link/link-fault.js';
import type { Toxic } from '../../../src/faults/link/toxic.js';
import { createRng } from '../../../src/protocol/rng.js';

export interface Out {
  readonly at: number;
  readonly flow: LinkFlow;
}

export const faultNamed = (name: string): LinkFault => {
  const fault = LINK_FAULTS.find((known) => known.name === name);
  if (fault === undefined) throw new Error(`no link fault is called ${name}`);
  return fault;
};

/** A toxic for certain, on both streams. */
export const toxicOf = (fault: LinkFault, values: ParameterValues, name = fault.name): Toxic => ({
  name,
  fault,
  values,
  stream: 'both',
  toxicity: 1,
});

/** Bytes that differ from place to place, so that one that is lost, doubled or moved shows. */
export function pattern(length: number, from = 0): Uint8Array {
  return Uint8Array.from({ length }, (_, index) => ((from + index) * 31 + ((from + index) >> 8)) & 255);
}

/** One direction of a connection. */
export class Stream {
  now = 0;
  readonly out: Out[] = [];
  readonly tookEffect: string[] = [];
  readonly counters = new Map<string, ToxicCounters>();
  readonly chain = new LinkChain(({ name }) => this.tookEffect.push(name));
  readonly #seed: string;

  constructor(toxics: readonly Toxic[], seed = 'stream') {
    this.#seed = seed;
    this.set(...toxics);
  }

  /** Makes these the toxics. */
  set(...toxics: readonly Toxic[]): void {
    const begin = (toxic: Toxic) => {
      const counters = this.counters.get(toxic.name) ?? noCounts();
      this.counters.set(toxic.name, counters);
      const rng = createRng(this.#seed).fork(toxic.name);
      const stage = toxic.fault.begin({ values: toxic.values, rng, counters, now: this.now });
      return { toxic, counters, stage };
    };
    this.#keep(this.chain.arrange(toxics, begin, this.now));
    this.#keep(this.chain.tick(this.now));
  }

  push(bytes: Uint8Array): void {
    this.#keep(this.chain.handle({ type: 'data', bytes }, this.now));
  }

  tell(type: 'end' | 'close' | 'reset'): void {
    this.#keep(this.chain.handle({ type }, this.now));
  }

  /** Lets time pass, instant by instant, as the stages ask for it. */
  run(ms: number): void {
    const until = this.now + ms;
    for (let at = this.chain.deadline(); at !== null && at <= until; at = this.chain.deadline()) {
      this.now = Math.max(this.now, at);
      this.#keep(this.chain.tick(this.now));
    }
    this.now = until;
  }

  /** All bytes that came out. */
  get bytes(): Uint8Array {
    const pieces = this.pieces;
    const all = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, 0));
    let at = 0;
    for (const piece of pieces) {
      all.set(piece, at);
      at += piece.length;
    }
    return all;
  }

  get pieces(): Uint8Array[] {
    return this.out.flatMap(({ flow }) => (flow.type === 'data' ? [flow.bytes] : []));
  }

  /** What came out but data, with its instant: `end@100`. */
  get marks(): string[] {
    return this.out.flatMap(({ at, flow }) => (flow.type === 'data' ? [] : [`${flow.type}@${at}`]));
  }

  get instants(): number[] {
    return this.out.map(({ at }) => at);
  }

  #keep(flows: readonly LinkFlow[]): void {
    for (const flow of flows) this.out.push({ at: this.now, flow });
  }
}

/** Whether both are the same bytes. */
export function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, index) => byte === b[index]);
}
