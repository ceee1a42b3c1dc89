/** One direction of a device's media link: its active stages, which change while packets pass. */
import type { Millis } from '../../protocol/machine.js';
import { createRng } from '../../protocol/rng.js';
import type { FaultCounters, Impairment, ImpairmentFault } from './impairment.js';
import { MEDIA_FAULTS } from './index.js';
import { chainOf, type Direction, type MediaFault, type PacketStage } from './media-fault.js';

export interface ImpairedLink {
  /** What happens to a packet; null without faults, so that it costs nothing. */
  readonly pass: PacketStage['pass'] | null;
  /**
   * Replaces the previous faults. Faults with the same id, parameters and seed continue unchanged. Returns whether waiting packets
   * have to be released because the fault that held them is over.
   */
  impair(impairment: Impairment | null, now: Millis): boolean;
  counters(): readonly FaultCounters[];
}

interface AtWork {
  readonly entry: ImpairmentFault;
  /** Identifies a fault that continues. */
  readonly key: string;
  readonly fault: MediaFault;
  readonly stage: PacketStage;
}

/** A link without faults. */
export function createImpairedLink(direction: Direction): ImpairedLink {
  let atWork: readonly AtWork[] = [];
  let pass: PacketStage['pass'] | null = null;

  const begin = (fault: MediaFault, entry: ImpairmentFault, seed: string, now: Millis): AtWork => {
    const key = JSON.stringify([seed, entry.id, fault.name, Object.entries(entry.values).sort()]);
    const before = atWork.find((each) => each.key === key);
    if (before !== undefined) return before;
    const rng = createRng(seed).fork(entry.id).fork(direction);
    return { entry, key, fault, stage: fault.stage(entry.values, { rng, since: now }) };
  };

  return {
    get pass() {
      return pass;
    },
    impair(impairment, now) {
      const entries = impairment?.faults.filter((entry) => entry.direction === 'both' || entry.direction === direction) ?? [];
      const next = MEDIA_FAULTS.filter((fault) => fault.directions.includes(direction)).flatMap((fault) =>
        entries.filter((entry) => entry.fault === fault.name).map((entry) => begin(fault, entry, impairment?.seed ?? '', now)),
      );
      const releases = atWork.some((each) => each.fault.holds && !next.includes(each));
      atWork = next;
      pass = next.length === 0 ? null : chainOf(next.map(({ stage }) => stage));
      return releases;
    },
    counters: () =>
      atWork.map(({ entry, fault, stage }) => ({ id: entry.id, fault: fault.name, direction, counters: stage.counters() })),
  };
}
