/** One further call between two users after a scenario: it has to ring, to be answered and to end like any other. */
import type { Device } from '../../probe/device/device.js';
import type { View } from '../../protocol/call.js';
import { standsAt } from './calling-pair.js';
import { RUNNER_WAITS } from './runner-waits.js';
import type { Watch } from './watch.js';

export interface RedialOptions {
  readonly watch: Watch;
  /** What all devices show. */
  readonly everyView: () => string;
  /** Whether the call is answered; otherwise its caller cancels it while it rings. */
  readonly answers: boolean;
  /** Whether the server may still hold an earlier call: then it may turn this one away, and it is made again later. */
  readonly mayBeHeld: () => boolean;
}

/** Whether the call went as it should, and what devices showed where it did not, or at its end. */
export interface Redialed {
  readonly ok: boolean;
  readonly actual: string;
}

/** Makes the call from the first of `callers` to `callees`; `party` are further devices that the target may ring in their place. */
export async function callAgain(...args: Parameters<typeof callOnce>): Promise<Redialed> {
  const [{ watch }] = args;
  let result = await callOnce(...args);
  // A server that ends a call with its connection may take a while to notice.
  while (result === 'turned-away' && (await watch.pause(AGAIN_MS))) result = await callOnce(...args);
  return result === 'turned-away' ? { ok: false, actual: args[0].everyView() } : result;
}

/** How long until the next attempt where a server may still hold an earlier call, in milliseconds. */
const AGAIN_MS = 250;

async function callOnce(
  options: RedialOptions,
  [caller]: readonly Device[],
  callees: readonly Device[],
  party: readonly Device[],
): Promise<Redialed | 'turned-away'> {
  const { watch, everyView } = options;
  const [callee] = callees;
  if (caller === undefined || callee === undefined) return { ok: true, actual: everyView() };
  const before = caller.shown().call;
  const within = (isMet: () => boolean): Promise<boolean> => watch.until(isMet, RUNNER_WAITS.redialMs);
  const all = (state: View['state']) => (): boolean => standsAt(caller, callees, party, state) && caller.shown().call !== before;
  const shows = (device: Device, state: View['state']): boolean =>
    device.shown().view.state === state && device.shown().call === caller.shown().call;
  caller.act('call', { callee: callee.address.user, media: false });
  const isTurnedAway = (): boolean => {
    const { call, view } = caller.shown();
    return (
      options.mayBeHeld() &&
      call !== before &&
      view.state === 'ended' &&
      (view.reason === 'busy' || view.reason === 'unreachable')
    );
  };
  await within(() => all('ringing')() || isTurnedAway());
  if (isTurnedAway()) return 'turned-away';
  const rang = all('ringing')();
  if (!rang || !options.answers) {
    const actual = everyView();
    caller.act('cancel');
    const ended = await within(all('ended'));
    return { ok: rang && ended, actual: rang ? everyView() : actual };
  }
  const answering = [...callees, ...party].find((device) => shows(device, 'ringing')) ?? callee;
  answering.act('accept', { media: false });
  const connected = await within(() => shows(caller, 'connected') && shows(answering, 'connected'));
  const actual = everyView();
  // A side that is not connected has nothing to hang up: it gives up or declines.
  if (shows(caller, 'connected')) caller.act('hang up');
  else caller.act('cancel');
  if (!connected && shows(answering, 'connected')) answering.act('hang up');
  const isOver = (device: Device): boolean => !shows(device, 'connected') && !shows(device, 'ringing');
  const ended = await within(() => [caller, ...callees, ...party].every(isOver));
  return { ok: connected && ended, actual: connected ? everyView() : actual };
}
