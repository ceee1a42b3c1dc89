/** A running device, with the same interface for every target. */

import type { Shown } from '../../client/replica.js';
import type { LinkScript } from '../../faults/connection/connection-fault.js';
import type { UserAction } from '../../protocol/actions.js';
import type { Address } from '../../protocol/address.js';
import type { Millis } from '../../protocol/machine.js';
import type { LinkReport, LinkRun } from '../links/link.js';
import type { MessageRule } from '../links/message-filter.js';
import type { DeviceClock } from '../runtime/device-clock.js';

/** Whether a device is online, temporarily disconnected, or taken offline. */
export type Presence = 'online' | 'offline' | 'away';

export interface Device {
  readonly address: Address;
  act(verb: UserAction, options?: { callee?: string; media?: boolean; isForced?: boolean }): void;
  shown(): Shown;
  presence(): Presence;
  isQuiet(): boolean;
  mediaState(): string;
  /** Begins a fault of the signaling link without the application's knowledge; the result heals it. */
  disturb(script: LinkScript, report: LinkReport): Pick<LinkRun, 'heal'>;
  /** Adds a message fault; the result removes it. */
  intercept(rule: MessageRule): () => void;
  /** Pauses the device, as SIGSTOP does, or resumes it. */
  pause(isPaused: boolean): void;
  /** The application ends and loses its state, without or with a close frame; `act('open')` starts it again. */
  die(how: 'crash' | 'close'): void;
  /** Sets the wall clock of the device, or changes the speed of its clocks. */
  readonly clock: Pick<DeviceClock, 'jump' | 'skew'>;
  /**
   * Asks the other end of the connection for a receipt, which is published; `answered` is called then. False where nobody can be
   * asked: the device is not online, or its connection is disturbed.
   */
  ask(answered: () => void): boolean;
  /** Publishes the call timer at `now`, if one runs. */
  sampleTimer(now: Millis): void;
  /** Ends socket and media; publishes nothing afterwards. */
  stop(): void;
}
