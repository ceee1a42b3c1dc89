/** What a run tells of its target beside results: that it went away or let nobody in, how the waiting goes, and how it ended. Plain data. */

import type { LastMessage } from '../../../judge/history/outage.js';
import type { Millis } from '../../../protocol/machine.js';

/** The target went away in the middle of a run. */
export interface TargetOutage {
  /** When its connections ended, ISO 8601. */
  readonly at: string;
  /** The same in milliseconds since the run began. */
  readonly afterMs: Millis;
  /** The scenario that was running, or was about to. */
  readonly scenario: string;
  readonly file: string | null;
  readonly repetition: number;
  /** Milliseconds into that repetition; null when its steps had not begun: then it is not charged with it, and runs again. */
  readonly intoMs: Millis | null;
  /** The scenario that ended last before, where the one above had not begun; else null. */
  readonly ended: string | null;
  /** What knocking at the target gave. */
  readonly error: string;
  /** Messages of agents right before, the last one last. */
  readonly last: readonly LastMessage[];
  /** From its end until somebody could log in again, in milliseconds; null while, or when, nobody could. */
  readonly awayMs: Millis | null;
}

export type TargetNews =
  | { readonly what: 'gone'; readonly outage: TargetOutage }
  /** It is there and lets nobody in; `error` says how. */
  | { readonly what: 'busy'; readonly at: string; readonly scenario: string; readonly error: string }
  /** Nothing runs until it is back, or the time is over. */
  | { readonly what: 'waiting'; readonly elapsedMs: Millis; readonly waitMs: Millis; readonly error: string }
  | { readonly what: 'back'; readonly awayMs: Millis }
  /** The rest is not run. */
  | { readonly what: 'given-up'; readonly reason: string };
