/** Faults of a device's signaling connection: each is a script of acts on its link, which the link's owner carries out. */
import type { Millis } from '../../protocol/machine.js';
import type { FaultKind, ParameterValues, Stream } from '../fault.js';

/** How a connection ends: without a word (FIN of the system), by TCP RST, or with a close frame. */
export type Break =
  | { readonly how: 'silent' | 'reset' }
  | { readonly how: 'close'; readonly code: number; readonly reason: string };

/** One act on the link of a device. */
export type LinkAct =
  /** The connection ends at both ends. */
  | ({ readonly do: 'break' } & Break)
  /** From here on no connection can be made, until `allow`. */
  | { readonly do: 'refuse' }
  | { readonly do: 'allow' }
  /** What is written to the connection that is there goes nowhere, and nothing is read from it. It stays open. */
  | { readonly do: 'swallow'; readonly stream: Stream }
  /** The device is told that its connection is gone; the socket stays open and silent, and the server hears nothing. */
  | { readonly do: 'abandon' }
  /** Sockets that were abandoned close. */
  | { readonly do: 'close-abandoned' }
  /** From here on a connection takes that much longer to open; 0 ends it. */
  | { readonly do: 'slow-handshake'; readonly ms: Millis }
  | { readonly do: 'wait'; readonly ms: Millis }
  /** Waits until the device has read something on a connection that it opened after this. */
  | { readonly do: 'wait-greeted' }
  /** Waits until the fault is healed. */
  | { readonly do: 'stay' };

/** What happens from the beginning of the fault on, and what undoes the rest of it whenever it is over. */
export interface LinkScript {
  readonly acts: readonly LinkAct[];
  readonly undo: readonly LinkAct[];
}

export interface ConnectionFault extends FaultKind {
  readonly layer: 'connection';
  script(values: ParameterValues, stream: Stream): LinkScript;
}

/** How long a script waits, not counting waits for the device; null when it waits to be healed. */
export function scriptMs({ acts }: LinkScript): Millis | null {
  if (acts.some((act) => act.do === 'stay')) return null;
  return acts.reduce((sum, act) => sum + (act.do === 'wait' ? act.ms : 0), 0);
}
