/** The ports of the probe: what its pure agents need from outside. The shells implement them; tests replace them. */
import type { MediaReport } from '../../client/ports.js';
import type { Impairment, ImpairmentCounters } from '../../faults/media/impairment.js';
import type { Millis } from '../../protocol/machine.js';
import type { IceCandidate, SessionDescription } from '../../protocol/media.js';

/** The only source of time of the live probe. `now` is monotonic and comparable between processes of this machine. */
export interface Clock {
  now(): Millis;
  /** Milliseconds since the epoch. */
  wall(): number;
}

/** The media of one device in one call. Methods never throw; after `close` they do nothing. */
export interface MediaSession {
  /** Makes an offer (the caller's side); the answer side is started by `remoteDescription` with an offer. */
  offer(): void;
  remoteDescription(description: SessionDescription): void;
  remoteCandidate(candidate: IceCandidate): void;
  /** Stops sending, reports `closed` with the last figures, frees everything. */
  close(): void;
}

/** A process that carries media for agents. */
export interface MediaHost {
  /** Process id while it runs, else null. */
  readonly pid: number | null;
  /** Starts the media of `device` (`alice/phone`) in `call`; `sink` is called once per report, never re-entrantly. */
  open(device: string, call: string, sink: (report: MediaReport) => void): MediaSession;
  /**
   * Replaces the impairment of the media of `device` in its current and future calls; null heals it. Faults with the same id,
   * parameters and seed as before continue, counters included. Resolves when it is active, with the counters of the previous
   * faults, or with none if the process is gone. Rejects with an Error for an invalid impairment.
   */
  impair(device: string, impairment: Impairment | null): Promise<ImpairmentCounters>;
  /** The counters of the active faults of `device`. Never rejects. */
  impairmentCounters(device: string): Promise<ImpairmentCounters>;
  /** Called once if the process crashes or stops answering; every open session is gone then. */
  onFault(listener: (message: string) => void): void;
  /** Ends the process: asks first, kills after a bounded time. */
  stop(): Promise<void>;
}
