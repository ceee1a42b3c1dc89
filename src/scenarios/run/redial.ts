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
}

/** Whether the call went as it should, and what devices showed where it did not, or at its end. */
export interface Redialed {
  readonly ok: boolean;
  readonly actual: string;
}

/** Makes the call from the first of `callers` to `callees`; `party` are further devices that the target may ring in their place. */
export async function callAgain(
  options: RedialOptions,
  [caller]: readonly Device[],
  callees: readonly Device[],
  party: readonly Device[],
): Promise<Redialed> {
  const { watch, everyView } = options;
  const [callee] = callees;
  if (caller === undefined || callee === undefined) return { ok: true, actual: everyView() };
  const before = caller.shown().call;
  const within = (isMet: () => boolean): Promise<boolean> => watch.until(isMet, RUNNER_WAITS.redialMs);
  const all = (state: View['state']) => (): boolean => standsAt(caller, callees, party, state) && caller.shown().call !== before;
  const shows = (device: Device, state: View['state']): boolean =>
    device.shown().view.state === state && device.shown().call === caller.shown().call;
  caller.act('call', { callee: callee.address.user, media: false });
  const rang = await within(all('ringing'));
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
