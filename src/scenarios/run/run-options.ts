/** What a run is asked for: target, scenarios' settings, reports, and who listens. */
import type { TargetCommands } from '../../probe/targets/commands.js';
import type { ForeignSettings } from '../../probe/targets/target.js';
import type { Privacy } from '../../trace/redaction/privacy.js';
import type { RunListener } from './listener.js';

export interface RunOptions {
  readonly version: string;
  /** `bundled` or a WebSocket URL. */
  readonly target: string;
  readonly defects: readonly string[];
  /** The user's commands for process faults of a server that runs elsewhere. */
  readonly commands?: TargetCommands;
  /** IPv4 address of this machine for media; default loopback. */
  readonly mediaAddress?: string | undefined;
  /** The settings of a target with another protocol than callsync.v1. */
  readonly foreign?: ForeignSettings;
  /** The seed of all random draws; `abc:3` begins with the third repetition. */
  readonly seed: string;
  readonly workers: number;
  /** Overrides each scenario's number of repetitions. */
  readonly repeat: number | null;
  /** Further attempts for a repetition that did not pass. */
  readonly retries: number;
  /** Stops after the first failure. */
  readonly bail: boolean;
  /** How long to wait for a target that goes away in the middle of the run, in milliseconds; 0 stops at once. */
  readonly targetWaitMs?: number;
  /** Folder for traces; null keeps none. */
  readonly out: string | null;
  readonly signal: AbortSignal;
  readonly listener: RunListener;
  /** Flags of the replay command besides file and seed, such as `--defect drop-answer`. */
  readonly replayFlags: string;
  /** Asserts everything, whatever the target declares as its limits. */
  readonly ignoreLimits?: boolean;
  /** Shared with the reporters of this run; without it, traces are still redacted. */
  readonly privacy?: Privacy;
}
