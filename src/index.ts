/** The programming interface: run a scenario from code and get the typed result. */
import { randomBytes } from 'node:crypto';
import { loadAdapter } from './adapters/load.js';
import { VERSION } from './cli/version.js';
import type { Adapter } from './probe/adapter/port.js';
import { multiplex } from './reporters/multiplexer.js';
import { loadScenarios, parseScenario } from './scenarios/language/load.js';
import { withoutMedia } from './scenarios/language/without-media.js';
import { defectProblem } from './scenarios/run/defects.js';
import type { RunListener } from './scenarios/run/listener.js';
import { replayFlagsOf } from './scenarios/run/replay.js';
import type { ScenarioResult } from './scenarios/run/result.js';
import { runScenarios } from './scenarios/run/run.js';

export type { CheckResult, Finding, Verdict } from './judge/checkers/checker.js';
export {
  type Adapter,
  type AdapterAgent,
  type AdapterDefinition,
  type AdapterSession,
  type AdapterVerb,
  type CallHandle,
  type Carried,
  type ConnectionSpec,
  defineAdapter,
  type HttpRequest,
  type HttpResponse,
  type MediaTraits,
  type MessageMeaning,
  type MessageMeaning as Heard,
  type Outgoing,
  type Reading,
  type SessionAction,
  type SessionAction as Deed,
  type SessionEffect,
  type SessionInput,
  STANDARD_TRAITS,
  type Traits,
} from './probe/adapter/port.js';
export type { IceCandidate, SessionDescription } from './protocol/media.js';
export { ScenarioProblems } from './scenarios/language/problem.js';
export type { RunListener } from './scenarios/run/listener.js';
export type { TargetEvent, TargetEvent as TargetNews, TargetOutage } from './scenarios/run/outage/target-event.js';
export type {
  AgentResult,
  CheckEntry,
  Diagnosis,
  LimitResult,
  RepetitionResult,
  RunFinding,
  RunReport,
  ScenarioResult,
  Status,
  TimingSummary,
} from './scenarios/run/result.js';
export type { TraceEvent } from './trace/event.js';

export interface RunScenarioOptions {
  /** `bundled` (default) or a WebSocket URL. */
  readonly target?: string;
  /** The adapter: a name, the path of a dialect or a module, or an adapter object; default `callsync`. */
  readonly adapter?: string | Adapter;
  /** Rows of credentials by user, for an adapter that needs them. */
  readonly credentials?: Readonly<Record<string, Readonly<Record<string, string>>>>;
  readonly defects?: readonly string[];
  readonly seed?: string;
  readonly repeat?: number;
  /** `none` leaves the steps, faults and limits of media out. */
  readonly media?: 'audio' | 'none';
  /** Folder for traces; without it none are kept. */
  readonly out?: string;
  /** Asserts everything, whatever the target declares as its limits. */
  readonly ignoreLimits?: boolean;
  readonly signal?: AbortSignal;
  readonly listener?: RunListener;
}

/**
 * Runs one scenario: the path of a YAML file, or the same content as an object. Resolves to its result whether it passed
 * or not. Rejects with ScenarioProblems if the scenario is invalid, with a TargetError if the target is unreachable, and with an
 * error of the listener once the run has ended.
 */
export async function runScenario(scenario: string | object, options: RunScenarioOptions = {}): Promise<ScenarioResult> {
  const target = options.target ?? 'bundled';
  const defects = options.defects ?? [];
  const problem = defectProblem(defects, target);
  if (problem !== null) throw new RangeError(problem);
  const plan = typeof scenario === 'string' ? loadScenarios([scenario]).scenarios[0] : parseScenario(scenario);
  if (plan === undefined) throw new RangeError(`${String(scenario)} has no scenario`);
  const { adapter: wanted = 'callsync', credentials = {} } = options;
  const adapter = typeof wanted === 'string' ? await loadAdapter(wanted) : wanted;
  const listener = multiplex([{ name: 'listener', reporter: options.listener ?? {} }]);
  const report = await runScenarios([options.media === 'none' ? withoutMedia(plan) : plan], {
    version: VERSION,
    target,
    defects,
    ...(adapter === null ? {} : { foreign: { adapter, socket: {}, credentials: new Map(Object.entries(credentials)) } }),
    seed: options.seed ?? randomBytes(4).toString('hex'),
    workers: 1,
    repeat: options.repeat ?? null,
    retries: 0,
    bail: false,
    out: options.out ?? null,
    signal: options.signal ?? new AbortController().signal,
    listener,
    ignoreLimits: options.ignoreLimits === true,
    replayFlags: replayFlagsOf(target, defects, {}, typeof wanted === 'string' ? wanted : wanted.name),
  });
  const fault = listener.faults()[0];
  if (fault !== undefined) throw fault.error;
  const result = report.scenarios[0];
  if (result === undefined) throw new Error('the run yielded no result');
  return result;
}
