/**
 * The options of one run, drawn from its seed: the participants, the active faults and their strength. Most runs have a few
 * kinds of faults and not all of them, since a permanent fault hides what another one would show (A. Groce et al., Swarm Testing, ISSTA 2012).
 */
import { WAITS, type Waits } from '../protocol/limits.js';
import type { Millis } from '../protocol/machine.js';
import type { Rng } from '../protocol/rng.js';

export interface SimDevice {
  readonly name: string;
  readonly user: string;
  readonly device: string;
  /** One way, between this device and the server. */
  readonly delayMs: Millis;
  /** The device's clock minus the world's clock. */
  readonly skewMs: Millis;
}

/** The number of faults of each kind in a schedule, and the maximum disturbance of links. */
export interface FaultPlan {
  readonly spells: number;
  readonly lossMax: number;
  readonly duplicateMax: number;
  readonly lateMax: number;
  readonly lateMsMax: Millis;
  readonly cuts: number;
  readonly halfOpen: number;
  readonly refusals: number;
  readonly deviceCrashes: number;
  readonly serverCrashes: number;
  readonly devicePauses: number;
  readonly serverPauses: number;
  /** Devices that vanish for good. */
  readonly gone: number;
}

export interface Swarm {
  readonly devices: readonly SimDevice[];
  readonly waits: Waits;
  /** Number of calls that users start. */
  readonly stories: number;
  /** Mean time between two of them. */
  readonly gapMs: Millis;
  /** User actions outside of stories. */
  readonly noise: number;
  readonly faults: FaultPlan;
}

const USERS = ['alice', 'bob', 'carol', 'dave', 'erin'] as const;
const DEVICES = ['phone', 'laptop', 'tablet'] as const;

export function drawSwarm(rng: Rng): Swarm {
  const users = USERS.slice(0, 2 + rng.below(4));
  const isSkewed = rng.below(2) === 0;
  const farMs = choose(rng, [5, 40, 40, 200]);
  const devices = users.flatMap((user) =>
    DEVICES.slice(0, choose(rng, [1, 1, 1, 1, 2, 3])).map((device) => ({
      name: `${user}/${device}`,
      user,
      device,
      delayMs: 1 + rng.below(farMs),
      skewMs: isSkewed ? rng.below(20_000_000) : 0,
    })),
  );
  return {
    devices,
    waits: drawWaits(rng),
    stories: 16 + rng.below(48),
    gapMs: choose(rng, [20, 100, 250, 1_000]),
    noise: choose(rng, [0, 0, 10, 30]),
    faults: drawFaults(rng),
  };
}

export function choose<T>(rng: Rng, choices: readonly [T, ...T[]]): T {
  return choices[rng.below(choices.length)] ?? choices[0];
}

/** Half of the runs keep the product's waits; in the others waits are short, so that many calls time out. */
function drawWaits(rng: Rng): Waits {
  if (rng.below(2) === 0) return WAITS;
  return {
    ...WAITS,
    inviteMs: choose(rng, [WAITS.inviteMs, 2_000, 500]),
    ringMs: choose(rng, [WAITS.ringMs, 5_000, 1_000]),
    graceMs: choose(rng, [WAITS.graceMs, 3_000, 500]),
    endedMs: choose(rng, [WAITS.endedMs, 20_000]),
    fallbackMs: choose(rng, [WAITS.fallbackMs, 300]),
    giveUpMs: choose(rng, [WAITS.giveUpMs, 6_000, 3_500]),
    appliedMs: choose(rng, [WAITS.appliedMs, 1_000]),
    commandMs: choose(rng, [WAITS.commandMs, WAITS.commandMs, 2_000]),
  };
}

function drawFaults(rng: Rng): FaultPlan {
  const sometimes = (max: number): number => (rng.below(3) === 0 ? 1 + rng.below(max) : 0);
  const strength = (max: number): number => (rng.below(2) === 0 ? rng.next() * max : 0);
  return {
    spells: rng.below(2) === 0 ? 1 + rng.below(4) : 0,
    lossMax: strength(0.4),
    duplicateMax: strength(0.4),
    lateMax: strength(0.5),
    lateMsMax: choose(rng, [50, 400, 2_000]),
    cuts: sometimes(6),
    halfOpen: sometimes(4),
    refusals: sometimes(3),
    deviceCrashes: sometimes(5),
    serverCrashes: sometimes(3),
    devicePauses: sometimes(4),
    serverPauses: sometimes(2),
    gone: rng.below(4) === 0 ? 1 : 0,
  };
}
