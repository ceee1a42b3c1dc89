/** What must hold once faults are over and the run is quiescent: all agree, and nothing is left over. */
import type { Agent } from '../client/agent.js';
import { type CallRecord, viewOf } from '../protocol/call.js';
import type { Millis } from '../protocol/machine.js';
import type { Hub } from '../server/hub/hub.js';
import type { InvariantName } from './invariants.js';
import type { Safety } from './safety.js';
import type { SimDevice } from './swarm.js';

/** What the checks of a quiescent world need. */
export interface Scene {
  readonly hub: Hub;
  readonly safety: Safety;
  readonly devices: readonly {
    readonly device: SimDevice;
    readonly agent: Agent;
    readonly isGone: boolean;
    readonly time: Millis;
  }[];
  /** The server's clock. */
  readonly time: Millis;
  unread(device: SimDevice): number;
}

export interface Disagreement {
  readonly invariant: InvariantName;
  readonly message: string;
}

/** How far timers may differ whose clocks were compared over a link without faults. */
const SKEW_MS_MAX = 1;

/** The first check that does not hold, or null. */
export function disagreement(scene: Scene): Disagreement | null {
  return serverDisagreement(scene) ?? deviceDisagreement(scene) ?? partyDisagreement(scene);
}

function serverDisagreement({ hub, safety, devices }: Scene): Disagreement | null {
  const { live, calls } = safety;
  const census = hub.census();
  if (census.liveCalls !== live.size) return no('agreement', `the server counts ${census.liveCalls} live calls of ${live.size}`);
  const present = devices.filter(({ isGone }) => !isGone).length;
  if (census.connections !== present)
    return no('agreement', `the server has ${census.connections} connections of ${present} devices`);
  const busy = new Set<string>();
  for (const { caller, callee } of live.values()) busy.add(caller.user).add(callee.user);
  const held = hub.busyUsers();
  if (held.length !== busy.size || held.some((user) => !busy.has(user))) {
    return no('agreement', `busy for the server: ${held.join(' ')}; with a live call: ${[...busy].join(' ')}`);
  }
  for (const { latest, isForgotten } of calls.values()) {
    const record = isForgotten ? null : hub.read(latest.id, latest.caller.user);
    if (!isForgotten && record?.version !== latest.version) {
      return no('agreement', `the server has version ${record?.version} of ${latest.id}, it sent ${latest.version}`);
    }
  }
  const { undelivered } = hub.holdings();
  return undelivered > 0 ? no('drained', `${undelivered} frames of the server are undelivered`) : null;
}

function deviceDisagreement({ hub, safety, devices, time, unread }: Scene): Disagreement | null {
  for (const { device, agent, isGone, time: deviceTime } of devices) {
    if (isGone) continue;
    const { name } = device;
    if (agent.presence !== 'online') return no('agreement', `${name} is ${agent.presence}`);
    if (!agent.isQuiet) return no('drained', `${name} has a command without a result, or frames to deliver`);
    if (unread(device) > 0) return no('drained', `${unread(device)} commands of ${name} never reached the server`);
    if (agent.unconfirmed > 0) return no('applied-reported', `${name} does not know whether the other side applied its action`);
    const { call, version, view } = agent.shown;
    const record = call === null ? null : hub.read(call, device.user);
    if (record === null) {
      if (view.state !== 'idle' && view.state !== 'ended') {
        return no('agreement', `${name} shows ${view.state} of ${call}, which the server does not have`);
      }
    } else {
      const right = viewOf(record, device);
      const isRight = right.state === view.state && right.reason === view.reason;
      if (record.version !== version || !isRight) {
        return no(
          'agreement',
          `${name} shows ${view.state} of ${call} version ${version}; the server has ${right.state}, version ${record.version}`,
        );
      }
    }
    for (const record of safety.live.values()) {
      const { state } = viewOf(record, device);
      if (state !== 'idle' && state !== 'ended' && call !== record.id) {
        return no('agreement', `${name} shows nothing of ${record.id}, which is ${state}`);
      }
    }
    const timer = agent.timer(deviceTime);
    const answeredAt = record?.answeredAt ?? null;
    if (timer === null || answeredAt === null) continue;
    const skewMs = timer.elapsedMs - (time - answeredAt);
    if (Math.abs(skewMs) > SKEW_MS_MAX) return no('timer-skew', `the call timer of ${name} is off by ${Math.round(skewMs)} ms`);
  }
  return null;
}

/** A call needs its caller and its callee: the device that answered, or any device before the answer. */
function partyDisagreement({ safety, devices }: Scene): Disagreement | null {
  const isHere = (user: string, device: string | null): boolean =>
    devices.some((entry) => !entry.isGone && entry.device.user === user && (device === null || entry.device.device === device));
  for (const record of safety.live.values()) {
    const missing = partiesOf(record).find(([user, device]) => !isHere(user, device));
    if (missing !== undefined)
      return no('vanished', `${record.id} is ${record.phase} although ${missing.join('/')} is gone for good`);
  }
  return null;
}

function partiesOf({ caller, callee }: CallRecord): [string, string | null][] {
  return [
    [caller.user, caller.device],
    [callee.user, callee.device],
  ];
}

function no(invariant: InvariantName, message: string): Disagreement {
  return { invariant, message };
}
