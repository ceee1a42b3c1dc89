/** What one repetition takes, and what it yields. */
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
  /** How often it was played before in this run: what that left at a server that goes on must not meet it. */
  readonly playedBefore?: number;
  readonly seed: string;
  readonly target: Target;
  readonly media: MediaHost | null;
  readonly defects: readonly string[];
  readonly clock: Clock;
  readonly versions: Readonly<Record<string, string>>;
  readonly replay: string;
  /** Aborted by the user: the repetition is cut short. */
  readonly signal: AbortSignal;
  /** Aborted when the media process died; its reason is a sentence. */
  readonly fault: AbortSignal | null;
  readonly onEvent: Subscriber | null;
  /** What is kept of it: `full`, or nothing at all, where somebody else judges by the events. Left out, `full`. */
  readonly record?: 'full' | 'none';
  readonly privacy?: Privacy;
}

export interface RepetitionOutcome {
  readonly trace: readonly TraceEvent[];
  readonly end: RunEnd['status'];
  readonly message: string | null;
  /** Whether its steps had begun: one that nobody could log in for says nothing of its scenario. */
  readonly hasBegun: boolean;
  readonly durationMs: number;
  /** What each device showed when the system had come to rest, before the tear-down. */
  readonly agents: Readonly<Record<string, AgentResult>>;
}
