/** Events about the target of a run: it went away or is overloaded, the run waits, the wait ended. Plain data. */

import type { LastMessage } from '../../../judge/history/outage.js';
import type { Millis } from '../../../protocol/machine.js';

/** The target went away in the middle of a run. */
export interface TargetOutage {
  /** When its connections ended, ISO 8601. */
  readonly at: string;
  /** The same in milliseconds since the run began. */
  readonly afterMs: Millis;
  /** The running scenario, or the next one. */
  readonly scenario: string;
  readonly file: string | null;
  readonly repetition: number;
  /** Milliseconds into that repetition; null if its steps had not begun: then it is not charged, and runs again. */
  readonly intoMs: Millis | null;
  /** The previous scenario, if the running one had not begun; otherwise null. */
  readonly ended: string | null;
  /** The result of the health check. */
  readonly error: string;
  /** Messages of agents right before, the latest one last. */
  readonly last: readonly LastMessage[];
  /** From its end until a log-in succeeded again, in milliseconds; null while, or if, none did. */
  readonly awayMs: Millis | null;
}

export type TargetEvent =
  | { readonly what: 'gone'; readonly outage: TargetOutage }
  /** It is there but refuses log-ins; `error` has the details. */
  | { readonly what: 'busy'; readonly at: string; readonly scenario: string; readonly error: string }
  /** The run waits until it is back, or the time is over. */
  | { readonly what: 'waiting'; readonly elapsedMs: Millis; readonly waitMs: Millis; readonly error: string }
  | { readonly what: 'back'; readonly awayMs: Millis }
  /** The rest is not run. */
  | { readonly what: 'given-up'; readonly reason: string };
