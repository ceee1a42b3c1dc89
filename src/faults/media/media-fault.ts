/** What a media fault is: a stage on the path of the packets of one device, in one direction. */
import type { Millis } from '../../protocol/machine.js';
import type { Rng } from '../../protocol/rng.js';
import type { FaultKind, ParameterValues } from '../fault.js';

/** As in toxiproxy: `upstream` is what the device sends, `downstream` what it receives. */
export const DIRECTIONS = ['upstream', 'downstream'] as const;
export type Direction = (typeof DIRECTIONS)[number];

/** All packets between two ends, in both directions, as a firewall or a NAT tracks them. */
export interface PacketFlow {
  /** When its first packet arrived. */
  readonly since: Millis;
}

/** A packet in transit. Times are on the relay's clock. */
export interface MediaPacket {
  readonly bytes: Uint8Array;
  /** When it reaches the next stage, or leaves the last one. Never earlier than it arrived. */
  readonly at: Millis;
  /** When it would arrive without added latency; null if none was added. */
  readonly readyAt: Millis | null;
  readonly flow: PacketFlow;
  /** Its flow has to come from another port than before. */
  readonly rebinds: boolean;
}

/** What a stage did since it began, in packets, except `rebound`. */
export interface StageCounters {
  /** Passed on, changed or not, without copies that the stage made. */
  readonly passed: number;
  readonly dropped: number;
  /** Dropped because the stage's own queue was full. */
  readonly overflowed: number;
  readonly delayed: number;
  readonly duplicated: number;
  /** Arrives before an earlier packet of the same flow. */
  readonly reordered: number;
  readonly corrupted: number;
  /** Flows that got a new port. */
  readonly rebound: number;
}
export type CounterName = keyof StageCounters;
export type Tally = { -readonly [N in CounterName]: number };

/** One active fault, with its own state. */
export interface PacketStage {
  /** What happens to a packet: an empty list drops it, several entries duplicate it. A flow's packets come in order of `at`, unless a latency comes before. */
  pass(packet: MediaPacket): readonly MediaPacket[];
  counters(): StageCounters;
}

/** What a stage needs besides its parameters. */
export interface StageContext {
  /** Its own generator. */
  readonly rng: Rng;
  /** When the fault began. */
  readonly since: Millis;
}

/** A media fault in the registry. Its position there is its position among the stages. */
export interface MediaFault extends FaultKind {
  readonly layer: 'media';
  /** Directions in which it can act; others are refused. */
  readonly directions: readonly Direction[];
  /** Whether packets wait because of it and have to be released when it is over. */
  readonly holds: boolean;
  /** If none of these counters has moved, the fault never took effect. */
  readonly effects: readonly CounterName[];
  /** A new stage. Throws for parameters of the wrong type: a bug of the probe. */
  stage(values: ParameterValues, context: StageContext): PacketStage;
}

/** Counters at zero. */
export function createTally(): Tally {
  return { passed: 0, dropped: 0, overflowed: 0, delayed: 0, duplicated: 0, reordered: 0, corrupted: 0, rebound: 0 };
}

/** The stages in sequence: each gets the output of the one before. Without stages everything passes unchanged. */
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

/** A stage that only drops the packets that `drops` selects. */
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
