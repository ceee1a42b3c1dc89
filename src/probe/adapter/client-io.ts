/** What goes into a foreign client and what comes out: plain values, so that sockets and tests drive the same machine. */

import type { DeviceEffect, DeviceInput } from '../../client/ports.js';
import type { Address } from '../../protocol/address.js';
import type { Rng } from '../../protocol/rng.js';
import type { StateEvent } from '../../trace/event.js';
import type { CallBook } from './call-book.js';
import type { AdapterSession, HttpRequest, HttpResponse, Outgoing, Traits } from './port.js';

export interface ClientOptions {
  readonly address: Address;
  readonly traits: Traits;
  /** Called once for each start of the app. */
  readonly makeSession: () => AdapterSession;
  readonly book: CallBook;
  readonly rng: Rng;
  /** Whether the scenario has media and the target supports it. */
  readonly media: boolean;
}

/** Inputs of a client, besides those of every device. */
export type OwnInput =
  | { readonly type: 'message'; readonly conn: number; readonly text: string }
  | { readonly type: 'response'; readonly id: number; readonly response: HttpResponse | null; readonly error: string | null };

export type ClientInput = DeviceInput | OwnInput;

export type ClientEffect =
  | DeviceEffect
  /** `call` is the id in the trace. */
  | { readonly type: 'transmit'; readonly conn: number; readonly message: Outgoing; readonly call: string | null }
  /** An HTTP request; `id` names its answer. */
  | {
      readonly type: 'request';
      readonly conn: number;
      readonly id: number;
      readonly request: HttpRequest;
      readonly message: Outgoing;
      readonly call: string | null;
    }
  | { readonly type: 'shown'; readonly view: StateEvent };

/** The log-in state, for the preflight check. */
export interface LoginState {
  readonly isOnline: boolean;
  /** Why the last log-in failed, or null. */
  readonly failure: string | null;
}
