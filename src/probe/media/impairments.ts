/** The impairments of all devices of a relay, and their lines. */
import { createImpairedLink, type ImpairedLink } from '../../faults/media/impaired-link.js';
import type { Impairment, ImpairmentCounters } from '../../faults/media/impairment.js';
import { DIRECTIONS, type Direction, type PacketFlow } from '../../faults/media/media-fault.js';
import type { Millis } from '../../protocol/machine.js';
import { createPacketQueue, type Deliver, type LineClock, type PacketQueue } from './packet-queue.js';

/** One device's part of the path of one flow, in one direction. */
export interface ImpairedLine {
  /** Takes a packet that arrived at `at`, now or a little ago. */
  push(bytes: Uint8Array, at: Millis, flow: PacketFlow): void;
  /** Drops waiting packets. */
  close(): void;
}

export interface Impairments {
  /** Replaces the device's impairment; returns the counters of the previous one. */
  impair(device: string, impairment: Impairment | null): ImpairmentCounters;
  counters(device: string): ImpairmentCounters;
  /** A line of the device. `rebind` is called with every packet: whether its flow has to come from a new port. */
  line(device: string, direction: Direction, deliver: Deliver, rebind: (rebinds: boolean) => void): ImpairedLine;
}

interface Link {
  readonly impaired: ImpairedLink;
  readonly queues: Set<PacketQueue>;
  overflowed: number;
}
type Links = { readonly [D in Direction]: Link };

/** Without impairments. */
export function createImpairments(clock: LineClock): Impairments {
  const devices = new Map<string, Links>();

  const linksOf = (device: string): Links => {
    const links = devices.get(device) ?? { upstream: createLink('upstream'), downstream: createLink('downstream') };
    devices.set(device, links);
    return links;
  };

  const counters = (device: string): ImpairmentCounters => {
    const links = devices.get(device);
    const both = links === undefined ? [] : DIRECTIONS.map((direction) => links[direction]);
    return {
      faults: both.flatMap(({ impaired }) => impaired.counters()),
      overflowed: both.reduce((sum, { overflowed }) => sum + overflowed, 0),
    };
  };

  /** Removes a device without lines and faults, so that a long run with many devices does not grow. */
  const forget = (device: string): void => {
    const links = devices.get(device);
    if (links === undefined) return;
    const idle = DIRECTIONS.every((direction) => links[direction].queues.size === 0 && links[direction].impaired.pass === null);
    if (idle) devices.delete(device);
  };

  return {
    impair(device, impairment) {
      const before = counters(device);
      const links = linksOf(device);
      const now = clock.now();
      for (const direction of DIRECTIONS) {
        const link = links[direction];
        if (link.impaired.impair(impairment, now)) for (const queue of link.queues) queue.release();
        if (link.impaired.pass === null) link.overflowed = 0;
      }
      forget(device);
      return before;
    },
    counters,
    line(device, direction, deliver, rebind) {
      const link = linksOf(device)[direction];
      const queue = createPacketQueue(clock, deliver);
      link.queues.add(queue);
      return {
        push(bytes, at, flow) {
          const { pass } = link.impaired;
          if (pass === null) {
            rebind(false);
            return deliver(bytes, at);
          }
          for (const packet of pass({ bytes, at, readyAt: null, flow, rebinds: false })) {
            rebind(packet.rebinds);
            if (!queue.add(packet.bytes, packet.at)) link.overflowed += 1;
          }
        },
        close() {
          queue.close();
          link.queues.delete(queue);
          forget(device);
        },
      };
    },
  };
}

function createLink(direction: Direction): Link {
  return { impaired: createImpairedLink(direction), queues: new Set(), overflowed: 0 };
}
