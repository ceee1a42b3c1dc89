/** Scenarios with a decline at a target where one does not end the call for all: pure. */
import type { Traits } from '../../../probe/adapter/port.js';
import { type Address, addressOf } from '../../../protocol/address.js';
import type { Scenario, StateExpectation, StateSpec, Step } from '../../language/plan.js';

type Decline = Traits['decline'];

/** How long whoever keeps ringing has to do so before it is looked at, in milliseconds. */
const SETTLE_MS = 500;

/**
 * The scenario as such a target has to play it: after a decline that does not count yet, whoever was to show the call declined keeps
 * ringing instead. So the declaration itself is checked. Unchanged where a decline ends the call at once.
 */
export function atItsDeclines(scenario: Scenario, decline: Decline): Scenario {
  if (decline === 'ends-call') return scenario;
  const devices = new Map(
    scenario.agents.map(({ name, devices: own }) => [name, new Set(own.map((device) => addressOf({ user: name, device })))]),
  );
  /** Devices that have declined the present call. */
  const declined = new Set<string>();
  const counts = (user: string): boolean =>
    decline === 'once-all' && [...(devices.get(user) ?? [])].every((device) => declined.has(device));
  const adapted = (step: Step): readonly Step[] => {
    switch (step.kind) {
      case 'together':
      case 'repeat':
        return [{ ...step, steps: step.steps.flatMap(adapted) }];
      case 'action': {
        const { verb } = step.action;
        if (verb === 'call' || verb === 'accept') declined.clear();
        if (verb === 'open') devices.get(step.device.user)?.add(addressOf(step.device));
        if (verb === 'reject') declined.add(addressOf(step.device));
        return [step];
      }
      case 'expect': {
        const users = new Set([...declined].map((device) => device.split('/', 1)[0] ?? device));
        if (users.size === 0 || [...users].some(counts)) return [step];
        const expectations = step.expectations.flatMap((expectation) => withoutDecline(expectation, declined));
        if (expectations.every((one, index) => one === step.expectations[index])) return [step];
        const { path } = step;
        const text = `${step.text}, here ${textOf(expectations)}: the decline does not count yet`;
        // They ring already: what would end it has to have the time to arrive.
        return [
          { kind: 'wait', path, ms: SETTLE_MS, text: `wait ${SETTLE_MS}ms, for what a decline would cause` },
          { ...step, expectations, text, limit: `decline-${decline}` },
        ];
      }
      default:
        return [step];
    }
  };
  return { ...scenario, steps: scenario.steps.flatMap(adapted) };
}

/** The expectation for those that have declined, and for the others, who have not been notified. */
function withoutDecline(expectation: StateExpectation, declined: ReadonlySet<string>): StateExpectation[] {
  const { anyOf, devices } = expectation;
  const isEnd = ({ reason }: StateSpec): boolean => reason === 'rejected' || reason === 'rejected-elsewhere';
  if (!anyOf.some(isEnd)) return [expectation];
  const has = (device: Address): boolean => declined.has(addressOf(device));
  const others = devices.filter((device) => !has(device));
  if (others.length === 0) return [expectation];
  const own = devices.filter(has);
  const rings = anyOf.map((spec): StateSpec => (isEnd(spec) ? { state: 'ringing', reason: null } : spec));
  const name = ({ user, device }: Address): string => `${user}.${device}`;
  return [
    ...(own.length === 0 ? [] : [{ ...expectation, label: own.map(name).join(' '), devices: own }]),
    { label: others.length === devices.length ? expectation.label : others.map(name).join(' '), devices: others, anyOf: rings },
  ];
}

function textOf(expectations: readonly StateExpectation[]): string {
  const words = ({ state, reason }: StateSpec): string => (reason === null ? state : `${state}(${reason})`);
  return expectations.map(({ label, anyOf }) => `${label}: ${anyOf.map(words).join(' | ')}`).join(', ');
}
