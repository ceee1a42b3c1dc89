/** Faults of a device's signaling connection: each is a script of acts on its link, which the link's owner performs. */
import type { Millis } from '../../protocol/machine.js';
import type { FaultKind, ParameterValues, Stream } from '../fault.js';

/** How a connection ends: without a close frame (FIN of the system), by TCP RST, or with a close frame. */
export type Break =
  | { readonly how: 'silent' | 'reset' }
  | { readonly how: 'close'; readonly code: number; readonly reason: string };

/** One act on the link of a device. */
export type LinkAct =
  /** The connection ends at both ends. */
  | ({ readonly do: 'break' } & Break)
  /** No connection can be opened until `allow`. */
  | { readonly do: 'refuse' }
  | { readonly do: 'allow' }
  /** Data written to the current connection is discarded, and nothing is read from it. It stays open. */
  | { readonly do: 'swallow'; readonly stream: Stream }
  /** The device sees its connection close; the socket stays open and silent, and the server notices nothing. */
  | { readonly do: 'abandon' }
  /** Abandoned sockets close. */
  | { readonly do: 'close-abandoned' }
  /** Connections take that much longer to open; 0 ends it. */
  | { readonly do: 'slow-handshake'; readonly ms: Millis }
  | { readonly do: 'wait'; readonly ms: Millis }
  /** Waits until the device has read something on a connection opened after this act. */
  | { readonly do: 'wait-registered' }
  /** Waits until the fault is healed. */
  | { readonly do: 'stay' };

/** The acts from the start of the fault, and the acts that undo it when it is over. */
export interface LinkScript {
  readonly acts: readonly LinkAct[];
  readonly undo: readonly LinkAct[];
}

export interface ConnectionFault extends FaultKind {
  readonly layer: 'connection';
  script(values: ParameterValues, stream: Stream): LinkScript;
}

/** How long a script waits, without waits for the device; null if it waits until it is healed. */
export function scriptMs({ acts }: LinkScript): Millis | null {
  if (acts.some((act) => act.do === 'stay')) return null;
  return acts.reduce((sum, act) => sum + (act.do === 'wait' ? act.ms : 0), 0);
}
