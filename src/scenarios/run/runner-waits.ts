/** The runner's own waits, besides those of scenarios. */
import { RECONNECT } from '../../protocol/backoff.js';

/** Waits of the runner itself, in milliseconds. */
export const RUNNER_WAITS = {
  onlineMs: 5_000,
  /** Over a network that the scenario degrades. */
  onlineImpairedMs: 20_000,
  /** After faults: the longest back-off of a client, and time to log in. */
  returnMs: RECONNECT.maxMs + 3_000,
  quiesceMs: 2_000,
  quietMs: 40,
  teardownMs: 2_000,
  redialMs: 2_000,
  /** For the answers to pings. */
  receiptMs: 500,
  timerSampleMs: 100,
  /** For a target that went away to come back: about the time of a redeploy. */
  targetWaitMs: 30_000,
} as const;
