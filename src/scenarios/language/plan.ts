/** A parsed scenario: closed types, durations in milliseconds, names resolved to devices. */

import type { FaultKind, Layer, ParameterValues, Stream } from '../../faults/fault.js';
import { faultNamed } from '../../faults/index.js';
import type { Trigger } from '../../faults/trigger.js';
import type { CheckOptions } from '../../judge/checkers/checker.js';
import type { UserAction } from '../../protocol/actions.js';
import type { Address } from '../../protocol/address.js';
import type { ViewState } from '../../protocol/call.js';
import type { ViewEndReason } from '../../protocol/reasons.js';
import type { ConnectionSpec, ForgedAction, HostileProtocolName, HostileWord } from './hostile-words.js';

/** One alternative of an expectation: a state, for `ended` with a reason if one is expected. */
export interface StateSpec {
  readonly state: ViewState;
  readonly reason: ViewEndReason | null;
}

/** The expected states of the devices of one name (`both`, `bob`, `bob.phone`): all show the same alternative. */
export interface StateExpectation {
  /** As written: `both`, `bob.phone`. */
  readonly label: string;
  readonly devices: readonly Address[];
  readonly anyOf: readonly StateSpec[];
}

export type Action =
  | { readonly verb: 'call'; readonly callee: string }
  | { readonly verb: Exclude<UserAction, 'call'>; readonly isForced?: true };

interface StepBase {
  /** YAML path, such as `steps[2]` or `steps[2].together[0]`. */
  readonly path: string;
  /** The step as one line of text. */
  readonly text: string;
  /** The declared limit of the target because of which it is not as the file has it; absent without one. */
  readonly limit?: string;
}
/** One fault of the registry with its parsed parameters. */
export interface FaultPart {
  readonly name: string;
  readonly values: ParameterValues;
}

/** Further filters of the messages that a fault strikes. */
export interface MessageMatch {
  readonly trigger: Trigger;
  /** Only messages that this user, or this device, caused. */
  readonly from: { readonly user: string; readonly device: string | null } | null;
  /** Only messages of this call of the repetition, counted from 1. */
  readonly call: number | null;
}

export type FaultTarget =
  | { readonly on: 'messages'; readonly match: MessageMatch }
  | { readonly on: 'signaling' | 'media' | 'agent' | 'clock'; readonly device: Address }
  | { readonly on: 'server' };

/** A fault of a scenario, or on links and media several that act together. */
export interface PlannedFault {
  readonly layer: Layer;
  readonly parts: readonly FaultPart[];
  readonly target: FaultTarget;
  readonly stream: Stream;
  /** The share of a link's connections that it hits, drawn once per connection; 0-1. */
  readonly toxicity: number;
}

/** When a fault begins, how often it strikes and how long it lasts. */
export interface When {
  readonly on: Trigger | null;
  /** Ends it. */
  readonly until: Trigger | null;
  /** The nth moment, or message, counts. */
  readonly nth: number;
  readonly afterMs: number;
  /** Counted from the first step; null: from its own step. */
  readonly atMs: number | null;
  readonly forMs: number | null;
  readonly everyMs: number | null;
  /** How often it strikes, or begins, at most; null for no limit. */
  readonly times: number | null;
  /** 0-1; null for always. */
  readonly probability: number | null;
  /** Whether it is healed before the run is judged. */
  readonly heals: boolean;
}

export const AT_ONCE: When = {
  on: null,
  until: null,
  nth: 1,
  afterMs: 0,
  atMs: null,
  forMs: null,
  everyMs: null,
  times: null,
  probability: null,
  heals: true,
};

/** A fault from this step on, or at a later moment. */
export type FaultStep = StepBase & { readonly kind: 'fault'; readonly fault: PlannedFault; readonly when: When };

/** What a step `heal` ends: everything, the faults of a link, of an agent's devices or clocks, or of the server. */
export type Healed =
  | { readonly what: 'all' | 'server' }
  | { readonly what: 'signaling' | 'media'; readonly device: Address }
  | { readonly what: 'agent'; readonly user: string; readonly device: string | null };

/** An action of a hostile agent. A message is text, or a map whose placeholders are filled in when it is sent. */
export type HostileAct =
  | { readonly do: HostileWord }
  | { readonly do: 'send'; readonly message: string | Readonly<Record<string, unknown>>; readonly times: number }
  | { readonly do: 'replay' | 'mutate'; readonly trigger: Trigger; readonly times: number }
  | { readonly do: 'repeat'; readonly times: number }
  /** A message of that action in the target's own protocol, in the nth call of the others; null: in the latest call. */
  | {
      readonly do: 'forge';
      readonly action: ForgedAction;
      readonly callee: string | null;
      readonly nth: number | null;
      readonly times: number;
    };

/** How often a message is expected, since the repetition began. */
export interface CountExpectation {
  readonly trigger: Trigger;
  readonly times: number;
}

export interface ConnectionExpectation {
  readonly agent: string;
  readonly anyOf: readonly ConnectionSpec[];
}

export type Step =
  | FaultStep
  | (StepBase &
      (
        | { readonly kind: 'action'; readonly device: Address; readonly action: Action }
        | { readonly kind: 'expect'; readonly expectations: readonly StateExpectation[]; readonly withinMs: number }
        | {
            readonly kind: 'expect-media';
            readonly state: 'flowing' | 'stalled' | 'idle';
            readonly devices: readonly Address[];
            readonly withinMs: number;
          }
        | { readonly kind: 'expect-count'; readonly counts: readonly CountExpectation[]; readonly withinMs: number }
        | { readonly kind: 'heal'; readonly healed: Healed }
        | { readonly kind: 'hostile'; readonly agent: string; readonly act: HostileAct }
        | {
            readonly kind: 'expect-hostile';
            readonly expectations: readonly ConnectionExpectation[];
            /** The protocol whose targets it holds for; null for all targets. */
            readonly only: HostileProtocolName | null;
            readonly withinMs: number;
          }
        | { readonly kind: 'wait'; readonly ms: number }
        | { readonly kind: 'together'; readonly steps: readonly Step[] }
        | { readonly kind: 'repeat'; readonly times: number; readonly steps: readonly Step[] }
      ));

/** A step that waits until a condition holds. */
export type ExpectStep = Extract<Step, { readonly withinMs: number }>;

export interface AgentPlan {
  readonly name: string;
  /** Devices that exist from the start; at least one. */
  readonly devices: readonly string[];
}

/** Limits of the bundled server that a scenario may shorten; with another target such a scenario is skipped. */
export interface ServerOptions {
  readonly ringMs?: number;
  readonly inviteMs?: number;
  readonly graceMs?: number;
}

export interface Scenario {
  readonly name: string;
  /** Path as given by the user, or null for a scenario from an object. */
  readonly file: string | null;
  /** Lines of the file, by YAML path: of `name` and of every step. Empty for a scenario from an object. */
  readonly lines: Readonly<Record<string, number>>;
  readonly tags: readonly string[];
  readonly agents: readonly AgentPlan[];
  /** Agents without a client, by name: they send what their steps contain. Never among `agents`. */
  readonly hostile: readonly string[];
  readonly repeat: number;
  readonly timeoutMs: number;
  readonly media: 'audio' | 'none';
  readonly needs: readonly string[];
  readonly server: ServerOptions;
  readonly checks: CheckOptions;
  /** Faults of links that are active from the start. */
  readonly network: readonly FaultStep[];
  readonly steps: readonly Step[];
}

/** Every device of the scenario: those of the agents, and those that `open` adds. In the order of the file. */
export function devicesOf(scenario: Scenario): Address[] {
  const seen = new Map<string, Address>();
  const add = (device: Address): void => {
    seen.set(`${device.user}/${device.device}`, device);
  };
  for (const agent of scenario.agents) for (const device of agent.devices) add({ user: agent.name, device });
  const visit = (steps: readonly Step[]): void => {
    for (const step of steps) {
      if (step.kind === 'action' && step.action.verb === 'open') add(step.device);
      if (step.kind === 'together' || step.kind === 'repeat') visit(step.steps);
    }
  };
  visit(scenario.steps);
  return [...seen.values()];
}

/** Number of users that log in before anything runs, as a check. */
const PREFLIGHT_USERS_MAX = 4;

/** The first few users of some scenarios, in their order. */
export function usersOf(scenarios: readonly Scenario[]): string[] {
  const users = new Set(scenarios.flatMap(({ agents }) => agents.map(({ name }) => name)));
  return [...users].slice(0, PREFLIGHT_USERS_MAX);
}

/** Every fault of a scenario: those of its network, then those of its steps. */
export function faultsOf(scenario: Scenario): FaultStep[] {
  const within = (steps: readonly Step[]): FaultStep[] =>
    steps.flatMap((step) => {
      if (step.kind === 'together' || step.kind === 'repeat') return within(step.steps);
      return step.kind === 'fault' ? [step] : [];
    });
  return [...scenario.network, ...within(scenario.steps)];
}

/** An ability that a target needs, and the place in the scenario that needs it. */
export interface Need {
  readonly need: string;
  /** YAML path, such as `needs[0]` or `steps[2].fault`. */
  readonly path: string;
}

/** The abilities that a target needs: those in the file, and those of its faults. */
export function needsOf(scenario: Scenario): Need[] {
  const named = scenario.needs.map((need, index) => ({ need, path: `needs[${index}]` }));
  const implied = kindsOf(scenario).flatMap(({ kind, path }) =>
    kind.needs === null ? [] : [{ need: kind.needs, path: `${path}.fault` }],
  );
  return [...named, ...implied];
}

/** Whether calls have to survive the end of the server's process, because a fault of the scenario ends it. */
export function needsDurability(scenario: Scenario): boolean {
  return kindsOf(scenario).some(({ kind }) => kind.needsDurability === true);
}

/** The registry entries of the scenario's faults, with their places. */
function kindsOf(scenario: Scenario): { readonly kind: FaultKind; readonly path: string }[] {
  return faultsOf(scenario).flatMap(({ fault, path }) =>
    fault.parts.flatMap(({ name }) => {
      const kind = faultNamed(name, fault.layer);
      return kind === null ? [] : [{ kind, path }];
    }),
  );
}
