/** A signaling server under test, as the runner sees it: where it is, who may log in, and what it lets the probe see. */

import type { RestartSignal } from '../../faults/server/restart-server.js';
import type { Waits } from '../../protocol/limits.js';
import type { ServerTraceEvent } from '../../server/listen.js';
import type { Adapter } from '../adapter/port.js';
import type { SocketSettings } from '../links/transport.js';
import type { Contact } from './knock.js';

/** Rows of credentials by user. */
export type Credentials = ReadonlyMap<string, Readonly<Record<string, string>>>;

/** What the user said about a foreign target beside its URL. */
export interface ForeignSettings {
  readonly adapter: Adapter;
  readonly socket: SocketSettings;
  readonly credentials: Credentials;
}

/** What a target can do beyond calls; scenarios that need more are skipped with the reason. */
export type Capability = 'server-trace' | 'server-waits' | 'restart-server' | 'pause-server' | 'slow-handler';

/** One restart of a server, told when its process has ended and when the next one listens. */
export interface Restarted {
  /** Null where the target does not tell. */
  readonly pid: number | null;
  /** Process that it took the place of. */
  readonly formerPid: number | null;
  /** From the signal until it listens again, in milliseconds. */
  readonly downMs: number;
}

export interface TargetReset {
  readonly waits: Partial<Waits>;
  readonly seed: string;
  /** Whether calls have to survive a restart, where that is for the probe to say. */
  readonly isDurable: boolean;
  /** Takes the server's own trace events, where the target shows them; null where nobody wants them. */
  readonly trace: ((events: readonly ServerTraceEvent[]) => void) | null;
}

export interface Target {
  /** `bundled`, or the URL without its query. */
  readonly name: string;
  readonly url: string;
  /** Keeps the ids that this run draws apart from those of earlier ones, which a server that goes on may know; empty for one that does not. */
  readonly salt: string;
  readonly capabilities: ReadonlySet<Capability>;
  /** Set where the target is spoken to by an adapter: its devices are the probe's foreign clients. */
  readonly foreign?: ForeignSettings;
  /** Makes ready for the next repetition. */
  reset(options: TargetReset): Promise<void>;
  token(user: string): Promise<string>;
  /** Waits until everything that the server recorded has arrived. */
  settle(): Promise<void>;
  /**
   * Ends the server's process with a signal and starts another one in its place, on the same port, with the same settings and
   * the same store. `begun` is called right before. Rejects with a TargetError when it can't, or does not come up again.
   */
  restart(signal: RestartSignal, begun: (formerPid: number | null) => void): Promise<Restarted>;
  /** Stops the server's process (SIGSTOP), or lets it go on. Rejects with a TargetError when it can't. */
  pause(isPaused: boolean): Promise<void>;
  /** Lets the server handle each frame only after `ms`, in order; 0 ends it. Rejects with a TargetError when it can't. */
  slowHandler(ms: number): Promise<void>;
  /** Whether it takes connections, seen without logging in; left out by a target whose end the probe is told of. */
  knock?(): Promise<Contact>;
  /** Logs in once and leaves; null when that worked, else what went wrong in words. Goes with `knock`. */
  logIn?(): Promise<string | null>;
  /** Why the target can't go on, or null. */
  fault(): string | null;
  /**
   * Whether that is the end of a process which nobody asked to end: an error of its own, and not an order or a signal from
   * outside. Targets that can't tell leave it out.
   */
  readonly diedByItself?: () => boolean;
  /** Aborted with that reason at once, by targets that notice by themselves; the repetition that runs is cut short. */
  readonly broken?: AbortSignal;
  stop(): Promise<void>;
}

/** The target can't be used: nothing ran. The message names it and says what to do next. */
export class TargetError extends Error {
  override readonly name = 'TargetError';
}
