/** A signaling server under test, as the runner sees it: address, tokens, trace events and abilities. */

import type { RestartSignal } from '../../faults/server/restart-server.js';
import type { Waits } from '../../protocol/limits.js';
import type { ServerTraceEvent } from '../../server/listen.js';
import type { LiveEvent } from '../../trace/bus.js';
import type { Adapter } from '../adapter/port.js';
import type { SocketSettings } from '../links/transport.js';
import type { TargetHealth } from './health-check.js';

/** Rows of credentials by user. */
export type Credentials = ReadonlyMap<string, Readonly<Record<string, string>>>;

/** The user's settings for a foreign target besides its URL. */
export interface ForeignSettings {
  readonly adapter: Adapter;
  readonly socket: SocketSettings;
  readonly credentials: Credentials;
  /** False with `--no-receipts`: nothing is sent that the target's own app would not send. Absent means true. */
  readonly receipts?: boolean;
  /** Receives what the user should know of the target before the run, as a sentence. */
  readonly notice?: (text: string) => void;
}

/** Abilities of a target beyond calls; scenarios that need more are skipped with the reason. */
export type Capability = 'server-trace' | 'server-waits' | 'restart-server' | 'pause-server' | 'slow-handler';

/** One restart of a server. */
export interface Restarted {
  /** Null if unknown. */
  readonly pid: number | null;
  /** The replaced process. */
  readonly formerPid: number | null;
  /** From the signal until it listens again, in milliseconds. */
  readonly downMs: number;
}

export interface TargetReset {
  readonly waits: Partial<Waits>;
  readonly seed: string;
  /** Whether calls have to survive a restart, if the probe decides that. */
  readonly isDurable: boolean;
  /** Receives the server's own trace events, if the target has them; null if they are not needed. */
  readonly trace: ((events: readonly ServerTraceEvent[]) => void) | null;
}

export interface Target {
  /** `bundled`, or the URL without its query. */
  readonly name: string;
  readonly url: string;
  /** Separates the ids of this run from earlier ones at a server that stays up; empty for a new server. */
  readonly salt: string;
  readonly capabilities: ReadonlySet<Capability>;
  /** Set for a target with an adapter: its devices are the probe's foreign clients. */
  readonly foreign?: ForeignSettings;
  /** Prepares the next repetition. */
  reset(options: TargetReset): Promise<void>;
  token(user: string): Promise<string>;
  /** Waits until everything that the server recorded has arrived. */
  settle(): Promise<void>;
  /**
   * Ends the server's process with a signal and starts another one on the same port, with the same settings and the same store.
   * `begun` is called right before. Rejects with a TargetError if it is not possible, or if the server does not restart.
   */
  restart(signal: RestartSignal, begun: (formerPid: number | null) => void): Promise<Restarted>;
  /** Pauses the server's process (SIGSTOP), or resumes it. Rejects with a TargetError if it is not possible. */
  pause(isPaused: boolean): Promise<void>;
  /** Delays the server's handling of each frame by `ms`, in order; 0 ends it. Rejects with a TargetError if it is not possible. */
  slowHandler(ms: number): Promise<void>;
  /** Makes a health check, without logging in; absent for a target whose end the probe notices itself. */
  checkHealth?(): Promise<TargetHealth>;
  /** Logs in once and disconnects; returns null, or a sentence about the failure. Goes with `checkHealth`. */
  logIn?(): Promise<string | null>;
  /** Why the target cannot continue, or null. */
  fault(): string | null;
  /**
   * Whether its process ended because of its own error, and not because of a request or a signal from outside. Absent if the target
   * does not know.
   */
  readonly diedByItself?: () => boolean;
  /** Aborted with that reason at once, by targets that notice it themselves; the running repetition is stopped. */
  readonly broken?: AbortSignal;
  stop(): Promise<void>;
}

/** The target cannot be used: nothing ran. The message names it and the next step. */
export class TargetError extends Error {
  override readonly name = 'TargetError';
}

/** The target went away while the probe logged in. What was exchanged is the evidence. */
export class TargetGoneError extends TargetError {
  constructor(
    message: string,
    readonly target: Pick<Target, 'name' | 'capabilities' | 'foreign'>,
    readonly events: readonly LiveEvent[],
    /** Secrets in these events. */
    readonly secrets: readonly string[],
  ) {
    super(message);
  }
}
