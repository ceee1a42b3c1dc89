/** A running device, as scenarios see it: the same for every target. */

import type { Shown } from '../../client/replica.js';
import type { LinkScript } from '../../faults/connection/connection-fault.js';
import type { UserAction } from '../../protocol/actions.js';
import type { Address } from '../../protocol/address.js';
import type { Millis } from '../../protocol/machine.js';
import type { LinkRun, LinkTold } from '../links/link.js';
import type { MessageRule } from '../links/message-filter.js';
import type { DeviceClock } from '../runtime/device-clock.js';

/** Whether a device is meant to be reachable, and is. */
export type Presence = 'online' | 'offline' | 'away';

export interface Device {
  readonly address: Address;
  act(verb: UserAction, options?: { callee?: string; media?: boolean }): void;
  shown(): Shown;
  presence(): Presence;
  isQuiet(): boolean;
  mediaState(): string;
  /** Begins a fault of the signaling link, of which the application is not told; the result heals it. */
  disturb(script: LinkScript, told: LinkTold): Pick<LinkRun, 'heal'>;
  /** Puts a fault of single messages to work; the result takes it away. */
  intercept(rule: MessageRule): () => void;
  /** The device stands still, as after SIGSTOP, or goes on. */
  pause(isPaused: boolean): void;
  /** The application dies and forgets everything, without a word or after a close frame; `act('open')` starts it again. */
  die(how: 'crash' | 'close'): void;
  /** Sets the wall clock of the device, or changes how fast its clocks run. */
  readonly clock: Pick<DeviceClock, 'jump' | 'skew'>;
  /** Puts what the call timer reads at `now` into the trace, when one runs. */
  sampleTimer(now: Millis): void;
  /** Ends socket and media; nothing is recorded afterwards. */
  stop(): void;
}
