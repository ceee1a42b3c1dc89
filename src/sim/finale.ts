/**
 * The end of every run: all users hang up, and nothing may remain. Then two users call each other again, and a second time while
 * one of them gets no socket.
 */
import { endingFor } from '../protocol/actions.js';
import { disagreement } from './convergence.js';
import type { DeviceNode, World } from './world.js';

/** How long each part of the last call may take over links without faults. */
const PART_MS = 3_000;

export function finale(world: World): void {
  endAll(world);
  callAgain(world);
}

function endAll(world: World): void {
  for (const { device, agent } of world.present) {
    const { side, view } = agent.shown;
    if (view.state !== 'idle' && view.state !== 'ended') world.act(device, endingFor(view.state, side));
  }
  let wrong = disagreement(world.scene());
  const isClean = (): boolean => {
    const { liveCalls, busyUsers } = world.hub.census();
    wrong = disagreement(world.scene());
    return liveCalls === 0 && busyUsers === 0 && wrong === null;
  };
  if (world.until(isClean, world.quietMs, 200)) return;
  if (wrong !== null) world.report(wrong.invariant, `${wrong.message}, after all have hung up`);
  const { liveCalls } = world.hub.census();
  const busy = world.hub.busyUsers().join(' ');
  world.report('clean-end', `${liveCalls} calls are live and ${busy || 'no user'} is busy after all have hung up`);
}

function callAgain(world: World): void {
  const [caller] = world.present;
  const callee = world.present.find(({ device }) => device.user !== caller?.device.user);
  if (caller === undefined || callee === undefined) return;
  talk(world, caller, callee);
  confirmed(world, callee, caller);
  world.act(caller.device, 'hang up');
  expect(world, callee, 'ended');
  expect(world, caller, 'ended');
  confirmed(world, caller, callee);
  talk(world, caller, callee);
  world.loseSocket(caller.device);
  world.act(callee.device, 'hang up');
  const { fallbackMs, fetchMs, refetchMs } = world.waits;
  const isSent = (): boolean => caller.agent.shown.view.state === 'ended' && caller.agent.shown.version !== null;
  if (!world.until(isSent, fallbackMs + refetchMs + 2 * fetchMs, 100))
    world.report('fallback', `${caller.device.name} gets no socket and does not learn by HTTP that its call is over`);
}

function talk(world: World, caller: DeviceNode, callee: DeviceNode): void {
  world.act(caller.device, 'call', callee.device.user);
  expect(world, callee, 'ringing');
  expect(world, caller, 'ringing');
  world.act(callee.device, 'accept');
  expect(world, caller, 'connected');
  expect(world, callee, 'connected');
}

function expect(world: World, { device, agent }: DeviceNode, state: string): void {
  if (world.until(() => agent.shown.view.state === state, PART_MS, 100)) return;
  world.report('fresh-call', `${device.name} does not reach ${state} in a call after the end`);
}

/** The device that made the current version of the call learns that the other one applied it. */
function confirmed(world: World, { device, agent }: DeviceNode, other: DeviceNode): void {
  const { call, version } = agent.shown;
  if (call === null || version === null) return;
  if (world.until(() => world.waiting.isConfirmed(device, call, version, other.device), PART_MS, 100)) return;
  world.report('fresh-call', `${device.name} is not notified that ${other.device.name} has applied version ${version}`);
}
