/** Receiver-side figures of one RTP stream: loss, duplicates, order, jitter and one-way delay, and whether it flows. */
import type { Millis } from '../../protocol/machine.js';
import type { MediaStats } from '../../protocol/media.js';
import { createDelayHistogram } from './delay-histogram.js';
import { OPUS_CLOCK_HZ, type RtpPacket } from './rtp.js';

/** Packets after which a stream counts as flowing. */
export const FLOWING_PACKETS = 5;
/** Silence after which a flowing stream counts as stalled. */
export const STALLED_MS = 1_000;

const SEQUENCE_MOD = 65_536;
/** A jump forward of this many packets or more is a restart, not loss (RFC 3550 A.1). */
const DROPOUT_MAX = 3_000;
/** A packet this far behind the newest, or further, is a restart and not reordering (RFC 3550 A.1). */
const MISORDER_MAX = 100;
/** How many numbers behind the newest are kept to distinguish duplicates from late packets; a power of two above MISORDER_MAX. */
const WINDOW = 128;
/** One-way delays outside this range mean that the sender's clock is not ours (another machine). */
const DELAY_MS_MIN = -5;
const DELAY_MS_MAX = 60_000;

/** The stream began to flow, stalled, or resumed; `at` is when it happened, not when it was detected. */
export interface FlowChange {
  readonly kind: 'flowing' | 'stalled' | 'resumed';
  readonly at: Millis;
}

/** Receiver-side figures; `packetsSent` belongs to the other direction and is added by the owner. */
export type ReceiverFigures = Omit<MediaStats, 'packetsSent'>;

export interface Receiver {
  /** Adds a packet that arrived at `at`; times must not go backwards. */
  receive(packet: RtpPacket, at: Millis): FlowChange | null;
  /** Detects silence. */
  tick(now: Millis): FlowChange | null;
  figures(): ReceiverFigures;
}

/** One continuous run of numbers of one source. `first` and `newest` are extended by the cycles of the 16-bit number. */
interface Run {
  readonly ssrc: number;
  first: number;
  newest: number;
  unique: number;
  /** The number that would confirm a restart (RFC 3550 A.1 `bad_seq`), or null. */
  restartAt: number | null;
  readonly seen: Float64Array;
}

/** A new receiver. `clockHz` is the rate of the RTP timestamp. */
export function createReceiver(clockHz: number = OPUS_CLOCK_HZ): Receiver {
  const delays = createDelayHistogram();
  let run: Run | null = null;
  let lostBefore = 0;
  let received = 0;
  let duplicates = 0;
  let reordered = 0;
  let jitterTicks = 0;
  let last: { readonly at: Millis; readonly timestamp: number; readonly ssrc: number } | null = null;
  let state: 'waiting' | 'flowing' | 'stalled' = 'waiting';
  let lastAt: Millis = 0;

  const startRun = (ssrc: number, sequence: number): Run => {
    if (run !== null) lostBefore += lostIn(run);
    const seen = new Float64Array(WINDOW).fill(-1);
    return { ssrc, first: sequence, newest: sequence - 1, unique: 0, restartAt: null, seen };
  };

  /** Records the packet's number; false if the packet may indicate a restart. */
  const place = (packet: RtpPacket): boolean => {
    // The first run starts one cycle up, so that packets from before its first number do not become negative.
    if (run === null || run.ssrc !== packet.ssrc) run = startRun(packet.ssrc, SEQUENCE_MOD + packet.sequence);
    const ahead = (packet.sequence - (run.newest % SEQUENCE_MOD) + SEQUENCE_MOD) % SEQUENCE_MOD;
    const behind = SEQUENCE_MOD - ahead;
    if (ahead >= DROPOUT_MAX && behind >= MISORDER_MAX) {
      if (run.restartAt !== packet.sequence) {
        run.restartAt = (packet.sequence + 1) % SEQUENCE_MOD;
        return false;
      }
      run = startRun(packet.ssrc, SEQUENCE_MOD + packet.sequence);
      count(run, run.first);
      return true;
    }
    run.restartAt = null;
    count(run, ahead < DROPOUT_MAX ? run.newest + ahead : run.newest - behind);
    return true;
  };

  const count = (into: Run, extended: number): void => {
    const slot = extended % WINDOW;
    if (into.seen[slot] === extended) {
      duplicates += 1;
      return;
    }
    into.seen[slot] = extended;
    into.unique += 1;
    if (extended < into.newest) reordered += 1;
    into.first = Math.min(into.first, extended);
    into.newest = Math.max(into.newest, extended);
  };

  /** RFC 3550 section 6.4.1 and A.8, on differences so that the 32-bit timestamp may wrap. */
  const updateJitter = (packet: RtpPacket, at: Millis): void => {
    if (last !== null && last.ssrc === packet.ssrc) {
      const arrivalTicks = ((at - last.at) * clockHz) / 1000;
      const difference = Math.abs(arrivalTicks - ((packet.timestamp - last.timestamp) | 0));
      jitterTicks += (difference - jitterTicks) / 16;
    }
    last = { at, timestamp: packet.timestamp, ssrc: packet.ssrc };
  };

  return {
    receive(packet, at) {
      if (!place(packet)) return null;
      received += 1;
      updateJitter(packet, at);
      if (packet.sentAtUs !== null) {
        const delayMs = at - packet.sentAtUs / 1000;
        if (delayMs >= DELAY_MS_MIN && delayMs <= DELAY_MS_MAX) delays.add(delayMs);
      }
      lastAt = at;
      if (state === 'flowing') return null;
      if (state === 'waiting' && received < FLOWING_PACKETS) return null;
      const kind = state === 'waiting' ? 'flowing' : 'resumed';
      state = 'flowing';
      return { kind, at };
    },
    tick(now) {
      if (state !== 'flowing' || now - lastAt < STALLED_MS) return null;
      state = 'stalled';
      return { kind: 'stalled', at: lastAt + STALLED_MS };
    },
    figures: () => ({
      packetsReceived: received,
      packetsLost: lostBefore + (run === null ? 0 : lostIn(run)),
      duplicates,
      reordered,
      jitterMs: (jitterTicks / clockHz) * 1000,
      delayMsP50: delays.quantile(0.5),
      delayMsMax: delays.max(),
    }),
  };
}

/** Expected minus received numbers (RFC 3550 A.3, without duplicates, which could hide loss). */
function lostIn(run: Run): number {
  return run.newest - run.first + 1 - run.unique;
}
