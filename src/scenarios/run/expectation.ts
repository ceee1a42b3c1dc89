/** Compares the states of devices with an expectation, and formats them: pure. */
import { type Address, addressOf } from '../../protocol/address.js';
import type { View } from '../../protocol/call.js';
import type { ViewEndReason } from '../../protocol/reasons.js';
import type { Scenario, StateExpectation, StateSpec } from '../language/plan.js';

/** `connected`, `ended(hangup)`: a view in the scenario language. */
export function viewText(view: Pick<View, 'state' | 'reason'>): string {
  return view.state === 'ended' && view.reason !== null ? `ended(${view.reason})` : view.state;
}

/** Whether one alternative holds for all devices: `connected | ended(cancelled)` does not allow one of each. */
export function isMet(expectation: StateExpectation, viewAt: (device: Address) => View, stand: Substitutes = {}): boolean {
  return expectation.anyOf.some((spec) => expectation.devices.every((device) => matches(spec, viewAt(device), stand)));
}

/** End reasons that a target cannot distinguish, as declared: these count as the expected one. */
export type Substitutes = Readonly<Partial<Record<ViewEndReason, readonly ViewEndReason[]>>>;

function matches(spec: StateSpec, view: View, stand: Substitutes): boolean {
  if (view.state !== spec.state) return false;
  if (spec.reason === null || view.reason === spec.reason) return true;
  return view.reason !== null && stand[spec.reason]?.includes(view.reason) === true;
}

/** `alice=ringing bob=connected`: every device of the expectations once, `bob.phone` if bob has several. */
export function actualText(
  expectations: readonly StateExpectation[],
  scenario: Scenario,
  viewAt: (device: Address) => View,
): string {
  const devices = new Map(expectations.flatMap(({ devices }) => devices).map((device) => [addressOf(device), device]));
  return [...devices.values()].map((device) => `${labelOf(device, scenario)}=${viewText(viewAt(device))}`).join(' ');
}

/** `bob`, or `bob.phone` if bob has several devices. */
export function labelOf(device: Address, scenario: Scenario): string {
  const agent = scenario.agents.find(({ name }) => name === device.user);
  const isOnly = agent?.devices.length === 1 && agent.devices[0] === device.device;
  return isOnly ? device.user : `${device.user}.${device.device}`;
}
