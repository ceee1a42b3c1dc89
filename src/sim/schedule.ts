/**
 * The schedule of a run: a plain list of user actions and faults, drawn before the run, so that it can be shrunk. Every fault
 * contains its own end: a list with any part removed is a schedule again.
 */

import type { UserAction } from '../protocol/actions.js';
import type { Millis } from '../protocol/machine.js';
import type { Rng } from '../protocol/rng.js';
import { choose, type SimDevice, type Swarm } from './swarm.js';

/** How a connection breaks: closed at both ends, or silent in both directions or one. */
export type Cut = 'closed' | 'dead' | 'up' | 'down';

/** Disturbance of all links for a time: three probabilities, and the maximum delay of a late frame. */
export interface Disturbance {
  readonly loss: number;
  readonly duplicate: number;
  readonly late: number;
  readonly lateMsMax: Millis;
}

export type StepBody =
  | { readonly do: 'act'; readonly device: string; readonly verb: UserAction; readonly callee: string | null }
  | { readonly do: 'disturbance'; readonly disturbance: Disturbance; readonly forMs: Millis }
  | { readonly do: 'cut'; readonly device: string; readonly how: Cut }
  /** New connections of the device fail; with `sockets` only WebSockets. */
  | { readonly do: 'refuse'; readonly device: string; readonly what: 'all' | 'sockets'; readonly forMs: Millis }
  /** The process of the device crashes; `announced`: its connection closes, otherwise it only goes silent. Null: it never restarts. */
  | { readonly do: 'crash'; readonly device: string; readonly announced: boolean; readonly forMs: Millis | null }
  /** The server crashes after this many effects of the next input that changes a call, or of any input after half a second. */
  | { readonly do: 'crash-server'; readonly afterEffects: number; readonly announced: boolean; readonly forMs: Millis }
  /** A process handles nothing for a while; `device` null is the server. */
  | { readonly do: 'pause'; readonly device: string | null; readonly forMs: Millis };

export type Step = { readonly at: Millis } & StepBody;

/** All devices open within this time; the stories begin after it. */
export const OPENING_MS = 1_000;

export function drawSchedule(swarm: Swarm, rng: Rng): Step[] {
  const steps: Step[] = [];
  drawStories(swarm, rng.fork('stories'), steps);
  const lengthMs = Math.max(...steps.map(({ at }) => at), OPENING_MS) - OPENING_MS + 1;
  drawNoise(swarm, rng.fork('noise'), lengthMs, steps);
  drawFaults(swarm, rng.fork('faults'), lengthMs, steps);
  return steps
    .map((step, n) => ({ step, n }))
    .sort((a, b) => a.step.at - b.step.at || a.n - b.n)
    .map(({ step }) => step);
}

/** A step half as strong (shorter, rarer, earlier), or null if it cannot be weaker. */
export function weaker(step: Step): Step | null {
  switch (step.do) {
    case 'act':
    case 'cut':
      return null;
    case 'disturbance': {
      const { loss, duplicate, late, lateMsMax } = step.disturbance;
      if (step.forMs <= 50) return null;
      return { ...step, forMs: half(step.forMs), disturbance: { loss, duplicate, late, lateMsMax: half(lateMsMax) } };
    }
    case 'crash-server':
      if (step.forMs <= 10 && step.afterEffects === 0) return null;
      return { ...step, forMs: half(step.forMs), afterEffects: Math.floor(step.afterEffects / 2) };
    default:
      return step.forMs === null || step.forMs <= 10 ? null : { ...step, forMs: half(step.forMs) };
  }
}

const half = (value: number): number => Math.floor(value / 2);

/** A step as one line. */
export function stepText(step: Step): string {
  const at = `${(step.at / 1000).toFixed(3).padStart(8)} s  `;
  switch (step.do) {
    case 'act':
      return `${at}${step.device}: ${step.verb}${step.callee === null ? '' : ` ${step.callee}`}`;
    case 'disturbance': {
      const { loss, duplicate, late, lateMsMax } = step.disturbance;
      const percent = (p: number): string => `${Math.round(p * 100)} %`;
      return `${at}disturbance for ${step.forMs} ms: ${percent(loss)} lost, ${percent(duplicate)} duplicated, ${percent(late)} up to ${lateMsMax} ms late`;
    }
    case 'cut':
      return `${at}${step.device}: connection ${{ closed: 'breaks', dead: 'is silent in both directions', up: 'is silent upstream', down: 'is silent downstream' }[step.how]}`;
    case 'refuse':
      return `${at}${step.device}: no new ${step.what === 'all' ? 'connection' : 'socket'} for ${step.forMs} ms`;
    case 'crash':
      return `${at}${step.device}: ${step.announced ? 'crashes' : 'vanishes silently'}${step.forMs === null ? ' for good' : `, back after ${step.forMs} ms`}`;
    case 'crash-server':
      return `${at}server: ${step.announced ? 'crashes' : 'vanishes'} after effect ${step.afterEffects} of an input, back after ${step.forMs} ms`;
    case 'pause':
      return `${at}${step.device ?? 'server'}: is paused for ${step.forMs} ms`;
  }
}

/** A call with its actions; races are drawn on purpose. */
function drawStories({ devices, stories, gapMs, waits, faults }: Swarm, rng: Rng, steps: Step[]): void {
  let startAt = OPENING_MS;
  const freeAt = new Map<string, Millis>();
  for (let story = 0; story < stories; story++) {
    const caller = pick(rng, devices);
    const callees = devices.filter(({ user }) => user !== caller.user);
    const callee = pick(rng, callees);
    // Most stories wait until their users have finished the previous one, so that most invitations become calls.
    const users = [caller.user, callee.user];
    if (rng.below(10) > 0) startAt = Math.max(startAt, ...users.map((user) => freeAt.get(user) ?? 0));
    startAt += rng.below(2 * gapMs);
    const act = (at: Millis, device: SimDevice, verb: UserAction, other: string | null = null): void => {
      steps.push({ at, do: 'act', device: device.name, verb, callee: other });
    };
    const nearly = (at: Millis): Millis => at + rng.below(2 * (caller.delayMs + callee.delayMs) + 2);
    act(startAt, caller, 'call', callee.user);
    if (faults.cuts > 0 && rng.below(12) === 0) {
      // The invitation arrives, its result does not, and the device may stay offline for longer than its grace.
      const at = nearly(startAt);
      steps.push({ at, do: 'cut', device: caller.name, how: 'closed' });
      steps.push({
        at,
        do: 'refuse',
        device: caller.name,
        what: choose(rng, ['all', 'sockets']),
        forMs: rng.below(1.5 * waits.graceMs),
      });
    }
    if (rng.below(10) === 0) act(nearly(startAt), callee, 'call', caller.user);
    const isLong = rng.below(4) === 0;
    const answerAt =
      startAt + 3 * (caller.delayMs + callee.delayMs) + rng.below(isLong ? Math.min(8_000, 1.2 * waits.ringMs) : 300);
    const endAt = answerAt + rng.below(choose(rng, [50, 500, 500, 4_000]));
    const fate = rng.below(20);
    if (fate < 13) {
      act(answerAt, callee, 'accept');
      const other = pick(rng, callees);
      if (other.user === callee.user && rng.below(2) === 0) act(nearly(answerAt), other, rng.below(3) > 0 ? 'accept' : 'reject');
      if (rng.below(8) === 0) act(nearly(answerAt), caller, 'cancel');
      if (rng.below(8) === 0) act(nearly(answerAt), callee, 'accept');
      const [first, second] = rng.below(2) === 0 ? [caller, callee] : [callee, caller];
      if (fate < 12) act(endAt, first, 'hang up');
      if (rng.below(8) === 0) act(nearly(endAt), second, 'hang up');
    } else if (fate < 15) {
      act(answerAt, callee, 'reject');
      if (rng.below(4) === 0) act(nearly(answerAt), caller, 'cancel');
    } else if (fate < 18) act(answerAt, caller, 'cancel');
    const settledAt = (fate < 12 ? endAt : answerAt) + 2 * (caller.delayMs + callee.delayMs);
    for (const user of users) freeAt.set(user, Math.max(freeAt.get(user) ?? 0, settledAt));
  }
}

const NOISE: readonly [UserAction, ...UserAction[]] = [
  'call',
  'accept',
  'accept',
  'reject',
  'cancel',
  'hang up',
  'go offline',
  'come back',
  'come back',
];

function drawNoise({ devices, noise }: Swarm, rng: Rng, lengthMs: Millis, steps: Step[]): void {
  for (let n = 0; n < noise; n++) {
    const device = pick(rng, devices);
    const verb = choose(rng, NOISE);
    const at = OPENING_MS + rng.below(lengthMs);
    steps.push({ at, do: 'act', device: device.name, verb, callee: verb === 'call' ? pick(rng, devices).user : null });
  }
}

function drawFaults({ devices, faults, waits }: Swarm, rng: Rng, lengthMs: Millis, steps: Step[]): void {
  const at = (): Millis => OPENING_MS / 2 + rng.below(lengthMs + 500);
  const device = (): string => pick(rng, devices).name;
  const shortOrLong = (longMs: Millis): Millis => 1 + rng.below(rng.below(3) === 0 ? longMs : 400);
  const times = (count: number, draw: () => StepBody): void => {
    for (let n = 0; n < count; n++) steps.push({ at: at(), ...draw() });
  };
  const { lossMax, duplicateMax, lateMax, lateMsMax } = faults;
  times(faults.spells, () => ({
    do: 'disturbance',
    disturbance: {
      loss: rng.next() * lossMax,
      duplicate: rng.next() * duplicateMax,
      late: rng.next() * lateMax,
      lateMsMax,
    },
    forMs: 200 + rng.below(8_000),
  }));
  times(faults.cuts, () => ({ do: 'cut', device: device(), how: 'closed' }));
  times(faults.halfOpen, () => ({ do: 'cut', device: device(), how: choose(rng, ['dead', 'up', 'down']) }));
  times(faults.refusals, () => ({
    do: 'refuse',
    device: device(),
    what: choose(rng, ['all', 'sockets']),
    forMs: shortOrLong(1.5 * Math.max(waits.graceMs, waits.giveUpMs)),
  }));
  times(faults.deviceCrashes, () => ({
    do: 'crash',
    device: device(),
    announced: rng.below(2) === 0,
    forMs: shortOrLong(1.5 * waits.graceMs),
  }));
  times(faults.serverCrashes, () => ({
    do: 'crash-server',
    afterEffects: rng.below(8),
    announced: rng.below(3) > 0,
    forMs: shortOrLong(5_000),
  }));
  times(faults.devicePauses, () => ({ do: 'pause', device: device(), forMs: shortOrLong(waits.silentMs) }));
  times(faults.serverPauses, () => ({ do: 'pause', device: null, forMs: shortOrLong(6_000) }));
  times(faults.gone, () => ({ do: 'crash', device: device(), announced: rng.below(2) === 0, forMs: null }));
}

function pick<T>(rng: Rng, choices: readonly T[]): T {
  const choice = choices[rng.below(choices.length)];
  if (choice === undefined) throw new Error('the simulator drew from an empty list');
  return choice;
}
