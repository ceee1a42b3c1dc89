/** What a media fault is: a kind of fault that becomes a stage on the way of the packets of one device, in one direction. */
import type { Millis } from '../../protocol/machine.js';
import type { Rng } from '../../protocol/rng.js';
import type { FaultKind, ParameterValues } from '../fault.js';

/** As toxiproxy says it: `upstream` is what the device sends, `downstream` what it gets. */
export const DIRECTIONS = ['upstream', 'downstream'] as const;
export type Direction = (typeof DIRECTIONS)[number];

/** All packets between two ends, both ways, as a firewall or a NAT keeps track of them. */
export interface PacketFlow {
  /** When its first packet came. */
  readonly since: Millis;
}

/** A packet on its way. The instants lie on the clock of the relay. */
export interface MediaPacket {
  readonly bytes: Uint8Array;
  /** When it gets to the next stage, or out of the last. Never earlier than it came. */
  readonly at: Millis;
  /** When it would be there without the latency that was added; null while none was. */
  readonly readyAt: Millis | null;
  readonly flow: PacketFlow;
  /** Its flow has to come from another port than it did at first. */
  readonly rebinds: boolean;
}

/** What a stage did since it began, in packets but for `rebound`. */
export interface StageCounters {
  /** Let on, changed or not; copies that the stage made are not counted. */
  readonly passed: number;
  readonly dropped: number;
  /** Dropped for want of room in the stage's own queue. */
  readonly overflowed: number;
  readonly delayed: number;
  readonly duplicated: number;
  /** Will be there before one that came earlier on the same flow. */
  readonly reordered: number;
  readonly corrupted: number;
  /** Flows that got a new port. */
  readonly rebound: number;
}
export type CounterName = keyof StageCounters;
export type Tally = { -readonly [N in CounterName]: number };

/** One fault at work, with a memory of its own. */
export interface PacketStage {
  /** What becomes of a packet: none drops it, several duplicate it. A flow's packets come in order of `at`, but for latency before it. */
  pass(packet: MediaPacket): readonly MediaPacket[];
  counters(): StageCounters;
}

/** What a stage is made of, besides its parameters. */
export interface StageContext {
  /** Its own generator: nobody else draws from it. */
  readonly rng: Rng;
  /** When the fault began. */
  readonly since: Millis;
}

/** A media fault as the registry holds it. Its place there is its place among the stages. */
export interface MediaFault extends FaultKind {
  readonly layer: 'media';
  /** Where it can act; a direction that is not listed is refused. */
  readonly directions: readonly Direction[];
  /** Whether packets wait because of it, so that they have to be let go when it is over. */
  readonly holds: boolean;
  /** The counters of which at least one must have moved, or the fault never did anything. */
  readonly bites: readonly CounterName[];
  /** A stage that has seen nothing. Throws for parameters of the wrong type: a bug of the probe. */
  stage(values: ParameterValues, context: StageContext): PacketStage;
}

/** Counters at zero. */
export function createTally(): Tally {
  return { passed: 0, dropped: 0, overflowed: 0, delayed: 0, duplicated: 0, reordered: 0, corrupted: 0, rebound: 0 };
}

/** The stages one behind the other: each gets what the one before it lets on. No stages let everything pass as it is. */
export function chainOf(stages: readonly PacketStage[]): PacketStage['pass'] {
  return (packet) => {
    let packets: readonly MediaPacket[] = [packet];
    for (const stage of stages) {
      const [only] = packets;
      if (only === undefined) break;
      packets = packets.length === 1 ? stage.pass(only) : packets.flatMap((each) => stage.pass(each));
    }
    return packets;
  };
}

/** A stage that drops the packets that `drops` picks, and does nothing else. */
export function droppingStage(drops: (packet: MediaPacket) => boolean): PacketStage {
  const tally = createTally();
  return {
    pass(packet) {
      if (drops(packet)) {
        tally.dropped += 1;
        return [];
      }
      tally.passed += 1;
      return [packet];
    },
    counters: () => ({ ...tally }),
  };
}
