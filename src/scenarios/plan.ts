/** A scenario after the edge: closed types, durations in milliseconds, names resolved to devices. Nothing is stringly below this. */
import type { CheckOptions } from '../checkers/checker.js';
import { type Fault, needOf } from '../faults/index.js';
import type { Trigger } from '../faults/trigger.js';
import type { Address } from '../protocol/address.js';
import type { ViewState } from '../protocol/call.js';
import type { ViewEndReason } from '../protocol/reasons.js';

/** One alternative of an expectation: a state, for `ended` with a reason where one is asked for. */
export interface StateSpec {
  readonly state: ViewState;
  readonly reason: ViewEndReason | null;
}

/** What the devices behind one name (`both`, `bob`, `bob.phone`) are expected to show: any of the alternatives, all the same one. */
export interface StateExpectation {
  /** As written: `both`, `bob.phone`. */
  readonly label: string;
  readonly devices: readonly Address[];
  readonly anyOf: readonly StateSpec[];
}

export type Action =
  | { readonly verb: 'call'; readonly callee: string }
  | { readonly verb: 'accept' | 'reject' | 'cancel' | 'hang up' | 'go offline' | 'come back' | 'open' | 'crash' };

interface StepBase {
  /** YAML path, such as `steps[2]` or `steps[2].together[0]`. */
  readonly path: string;
  /** The step as one line of text, as a person would read it aloud. */
  readonly text: string;
}
/** A fault from here on, or at a moment to come. */
export type FaultStep = StepBase & { readonly kind: 'fault'; readonly fault: Fault; readonly trigger: Trigger | null };

export type Step =
  | FaultStep
  | (StepBase &
      (
        | { readonly kind: 'action'; readonly device: Address; readonly action: Action }
        | { readonly kind: 'expect'; readonly expectations: readonly StateExpectation[]; readonly withinMs: number }
        | {
            readonly kind: 'expect-media';
            readonly state: 'flowing' | 'idle';
            readonly devices: readonly Address[];
            readonly withinMs: number;
          }
        | { readonly kind: 'wait'; readonly ms: number }
        | { readonly kind: 'together'; readonly steps: readonly Step[] }
        | { readonly kind: 'repeat'; readonly times: number; readonly steps: readonly Step[] }
      ));

export interface AgentPlan {
  readonly name: string;
  /** Devices that are there from the beginning; at least one. */
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
  /** Path as given by the user, or null for a scenario given as an object. */
  readonly file: string | null;
  readonly tags: readonly string[];
  readonly agents: readonly AgentPlan[];
  readonly repeat: number;
  readonly timeoutMs: number;
  readonly media: 'audio' | 'none';
  readonly needs: readonly string[];
  readonly server: ServerOptions;
  readonly checks: CheckOptions;
  readonly steps: readonly Step[];
}

/** Every device that the scenario ever has: the agents' own, and those that `open` adds. In the order of the file. */
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

/** The abilities that a target needs: those that the file names, and those of its faults. */
export function needsOf(scenario: Scenario): string[] {
  const implied = (steps: readonly Step[]): string[] =>
    steps.flatMap((step) => {
      if (step.kind === 'together' || step.kind === 'repeat') return implied(step.steps);
      const need = step.kind === 'fault' ? needOf(step.fault) : null;
      return need === null ? [] : [need];
    });
  return [...new Set([...scenario.needs, ...implied(scenario.steps)])];
}
