/** Whether a scenario needs a device that joins late, or restarts, to learn of an existing call. */
import { isCallAction, isEndingAction, presenceOf } from '../../protocol/actions.js';
import type { Address } from '../../protocol/address.js';
import { addressOf } from '../../protocol/address.js';
import type { Scenario, Step } from '../language/plan.js';

/** Faults after which the app of a device has lost its state. */
const FORGETTING: readonly string[] = ['crash', 'restart'];

/** The step that needs it, with its device; null for a scenario that does not. */
export function lateJoinIn({ agents }: Scenario, steps: readonly Step[]): { readonly path: string; readonly who: string } | null {
  const away = new Set<string>();
  /** Devices that do not know of the existing call. */
  const unaware = new Set<string>();
  const devices = new Map(agents.map(({ name, devices: own }) => [name, own.map((device) => addressOf({ user: name, device }))]));
  const struckLater = new Set<string>();
  let isLive = false;
  const forgets = (device: string): void => {
    if (isLive) unaware.add(device);
  };
  for (const step of steps) {
    if (
      step.kind === 'fault' &&
      step.fault.target.on === 'agent' &&
      step.fault.parts.some(({ name }) => FORGETTING.includes(name))
    ) {
      const doomed = addressOf(step.fault.target.device);
      // A fault with a moment strikes during a call.
      if (step.when.on !== null && !isLive) struckLater.add(doomed);
      forgets(doomed);
    }
    const needy = needs(step).find((device) => isLive && unaware.has(addressOf(device)));
    if (needy !== undefined) return { path: step.path, who: needy.user };
    if (step.kind !== 'action') continue;
    const device = addressOf(step.device);
    const { verb } = step.action;
    if (verb === 'call') {
      isLive = true;
      unaware.clear();
      for (const one of struckLater) unaware.add(one);
      struckLater.clear();
      for (const one of devices.get(step.action.callee) ?? []) if (away.has(one)) unaware.add(one);
    }
    if (verb === 'crash' || verb === 'open') forgets(device);
    if (presenceOf(verb) === 'off') away.add(device);
    if (presenceOf(verb) === 'on') away.delete(device);
    if (isEndingAction(verb)) isLive = false;
  }
  return null;
}

/** Devices that have to know of the call for this step: those that act on it, and those that have to show it. */
function needs(step: Step): readonly Address[] {
  if (step.kind === 'action') return isCallAction(step.action.verb) && step.action.verb !== 'call' ? [step.device] : [];
  if (step.kind !== 'expect') return [];
  return step.expectations.flatMap(({ anyOf, devices }) =>
    anyOf.every(({ state }) => state === 'ringing' || state === 'connected') ? devices : [],
  );
}
