/** Input and result of one repetition. */
import type { Clock, MediaHost } from '../../probe/runtime/ports.js';
import type { Target } from '../../probe/targets/target.js';
import type { Subscriber } from '../../trace/bus.js';
import type { RunEnd, TraceEvent } from '../../trace/event.js';
import type { Privacy } from '../../trace/redaction/privacy.js';
import type { Scenario } from '../language/plan.js';
import type { AgentResult } from './result.js';

export interface RepetitionOptions {
  readonly scenario: Scenario;
  readonly repetition: number;
  /** How often it ran before in this run: leftovers at a server that stays up must not affect it. */
  readonly playedBefore?: number;
  readonly seed: string;
  readonly target: Target;
  readonly media: MediaHost | null;
  readonly defects: readonly string[];
  readonly clock: Clock;
  readonly versions: Readonly<Record<string, string>>;
  readonly replay: string;
  /** Aborted by the user: the repetition is stopped. */
  readonly signal: AbortSignal;
  /** Aborted when the media process died; its reason is a sentence. */
  readonly fault: AbortSignal | null;
  readonly onEvent: Subscriber | null;
  /** The recorder: `full` (default), or `none` if only the live events are needed. */
  readonly record?: 'full' | 'none';
  readonly privacy?: Privacy;
  /** Everything is asserted, whatever the target declares as its limits. */
  readonly ignoreLimits?: boolean;
}

export interface RepetitionOutcome {
  readonly trace: readonly TraceEvent[];
  readonly end: RunEnd['status'];
  readonly message: string | null;
  /** Whether its steps had begun: without a log-in the repetition proves nothing. */
  readonly hasBegun: boolean;
  readonly durationMs: number;
  /** What each device showed when the run was quiescent, before the tear-down. */
  readonly agents: Readonly<Record<string, AgentResult>>;
}
