/** What goes into a foreign client and what comes out: plain values, so that sockets and tests drive the same machine. */
import type { Address } from '../../protocol/address.js';
import type { Rng } from '../../protocol/rng.js';
import type { MediaEvent, ViewEvent } from '../../trace/event.js';
import type { MediaCommand, Verb } from '../agent/io.js';
import type { MediaReport } from '../ports.js';
import type { CallBook } from './call-book.js';
import type { AdapterSession, Outgoing, Traits } from './port.js';

export interface ClientOptions {
  readonly address: Address;
  readonly traits: Traits;
  /** Called once for each life of the app. */
  readonly makeSession: () => AdapterSession;
  readonly book: CallBook;
  readonly rng: Rng;
  /** Whether the scenario carries media and the target can. */
  readonly media: boolean;
}

export type ClientInput =
  | { readonly type: 'act'; readonly verb: Verb; readonly callee?: string; readonly media?: boolean }
  | { readonly type: 'opened'; readonly conn: number }
  | { readonly type: 'closed'; readonly conn: number; readonly code: number; readonly reason: string }
  | { readonly type: 'message'; readonly conn: number; readonly text: string }
  | { readonly type: 'media'; readonly call: string; readonly report: MediaReport }
  | { readonly type: 'tick' };

export type ClientEffect =
  | {
      readonly type: 'op';
      readonly op: Verb;
      readonly peer: string | null;
      readonly call: string | null;
      readonly group?: readonly string[];
    }
  | { readonly type: 'connect'; readonly conn: number }
  | { readonly type: 'disconnect'; readonly conn: number; readonly how: 'close' | 'break' }
  /** `call` is the id in the trace. */
  | { readonly type: 'transmit'; readonly conn: number; readonly message: Outgoing; readonly call: string | null }
  | { readonly type: 'shown'; readonly view: ViewEvent }
  | { readonly type: 'violation'; readonly code: string; readonly message: string; readonly call: string | null }
  | {
      readonly type: 'log';
      readonly level: 'info' | 'warn';
      readonly message: string;
      readonly data: Readonly<Record<string, unknown>>;
    }
  | ({ readonly type: 'media'; readonly call: string } & MediaCommand)
  | { readonly type: 'media-state'; readonly event: MediaEvent };

/** What the preflight asks of a client. */
export interface LoginState {
  readonly isOnline: boolean;
  /** Why the last log-in failed, or null. */
  readonly failure: string | null;
}
