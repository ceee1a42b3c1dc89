/** The end of every run: all hang up, nothing may be left; then two users who were in it call each other once more. */
import { disagreement } from './convergence.js';
import type { SimDevice } from './swarm.js';
import type { World } from './world.js';

/** How long each part of the last call may take over calm links. */
const PART_MS = 3_000;

export function finale(world: World): void {
  endAll(world);
  callAgain(world);
}

function endAll(world: World): void {
  for (const { device, agent } of world.present) {
    const { side, view } = agent.shown;
    if (view.state === 'connected') world.act(device, 'hang up');
    else if (view.state === 'inviting' || view.state === 'ringing') world.act(device, side === 'caller' ? 'cancel' : 'reject');
  }
  let wrong = disagreement(world.scene());
  const isClean = (): boolean => {
    const { liveCalls, busyUsers } = world.hub.census();
    wrong = disagreement(world.scene());
    return liveCalls === 0 && busyUsers.length === 0 && wrong === null;
  };
  if (world.until(isClean, world.quietMs, 200)) return;
  if (wrong !== null) world.tell(wrong.invariant, `${wrong.message}, after all have hung up`);
  const { liveCalls, busyUsers } = world.hub.census();
  world.tell('clean-end', `${liveCalls} calls are live and ${busyUsers.join(' ') || 'nobody'} is busy after all have hung up`);
}

function callAgain(world: World): void {
  const [caller] = world.present;
  const callee = world.present.find(({ device }) => device.user !== caller?.device.user);
  if (caller === undefined || callee === undefined) return;
  const shows = (name: string, ...states: string[]): boolean =>
    world.until(
      () => states.includes(world.present.find(({ device }) => device.name === name)?.agent.shown.view.state ?? ''),
      PART_MS,
      100,
    );
  const expect = (device: SimDevice, state: string): void => {
    if (!shows(device.name, state)) world.tell('fresh-call', `${device.name} does not come to ${state} in a call after the end`);
  };
  world.act(caller.device, 'call', callee.device.user);
  expect(callee.device, 'ringing');
  expect(caller.device, 'ringing');
  world.act(callee.device, 'accept');
  expect(caller.device, 'connected');
  expect(callee.device, 'connected');
  world.act(caller.device, 'hang up');
  expect(callee.device, 'ended');
  expect(caller.device, 'ended');
}
