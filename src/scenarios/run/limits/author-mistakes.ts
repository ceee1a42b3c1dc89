/** Expectations that nothing in the scenario can bring about, such as `ended(hangup)` where nobody hangs up: pure. */
import type { Traits } from '../../../probe/adapter/port.js';
import { ACTIONS, ENDING_ACTIONS, type EndingAction, isEndingAction, presenceOf } from '../../../protocol/actions.js';
import type { Scenario, StateSpec, Step } from '../../language/plan.js';

type AppTraits = Pick<Traits, 'callerRingMs' | 'serverRingMs' | 'secondCall'>;

/** What has happened up to a step. */
interface Past {
  /** What ended calls so far, by user whose call it may have been. */
  readonly ends: Map<string, Set<EndingAction>>;
  calls: number;
  isAccepted: boolean;
  /** Something that may end a call by any reason: a lost connection, a changed message, a hostile agent. */
  isDisturbed: boolean;
}

/**
 * What is wrong with expectations of an end that no step causes, by the YAML path of the step. It is no proof that the expectation
 * cannot hold: only one that does not hold is the mistake of its author, and not a failure of the server.
 */
export function authorMistakes(scenario: Scenario, traits: AppTraits | null): ReadonlyMap<string, string> {
  const mistakes = new Map<string, string>();
  const users = scenario.agents.map(({ name }) => name);
  const past: Past = {
    ends: new Map(users.map((user) => [user, new Set()])),
    calls: 0,
    isAccepted: false,
    isDisturbed: scenario.hostile.length > 0 || scenario.network.length > 0,
  };
  const visit = (steps: readonly Step[]): void => {
    for (const step of steps) {
      if (step.kind === 'together' || step.kind === 'repeat') {
        // Two crossing calls: the server decides what becomes of them.
        if (step.kind === 'together' && step.steps.filter(isCall).length > 1) past.isDisturbed = true;
        visit(step.steps);
      } else if (step.kind === 'expect') {
        if (past.isDisturbed) continue;
        for (const { anyOf, devices, label } of step.expectations) {
          const missing = anyOf.map((spec) => missingFor(spec, devices, past, scenario, traits));
          const [first] = missing;
          if (first == null || missing.includes(null)) continue;
          const wanted = anyOf.map(({ reason }) => `ended(${reason})`).join(' | ');
          mistakes.set(
            step.path,
            `${label}: ${wanted} is expected, but no step before it has the action "${first}": add one, or expect what the call shows without it`,
          );
        }
      } else note(step, past);
    }
  };
  visit(scenario.steps);
  return mistakes;
}

function isCall(step: Step): boolean {
  return step.kind === 'action' && step.action.verb === 'call';
}

function note(step: Step, past: Past): void {
  if (step.kind === 'fault') {
    const { layer, parts } = step.fault;
    if (layer !== 'media' && (layer !== 'message' || parts.some(({ name }) => name === 'rewrite' || name === 'corrupt')))
      past.isDisturbed = true;
  }
  if (step.kind !== 'action') return;
  const { action, device } = step;
  if (presenceOf(action.verb) !== null) past.isDisturbed = true;
  if (action.verb === 'accept') past.isAccepted = true;
  if (isEndingAction(action.verb)) for (const done of past.ends.values()) done.add(action.verb);
  if (action.verb !== 'call') return;
  past.calls += 1;
  // A new call has not ended yet, whatever ended the one before.
  past.ends.get(device.user)?.clear();
  past.ends.get(action.callee)?.clear();
}

/** The action that would have to come first; null if the state can be reached without one more step. */
function missingFor(
  { state, reason }: StateSpec,
  devices: readonly { readonly user: string }[],
  { ends, calls, isAccepted }: Past,
  scenario: Scenario,
  traits: AppTraits | null,
): EndingAction | null {
  const action = ENDING_ACTIONS.find((one) => ACTIONS[one].ends === reason);
  if (state !== 'ended' || action === undefined || calls === 0) return null;
  if (devices.some(({ user }) => ends.get(user)?.has(action) !== false)) return null;
  // A time-out of the ringing may be shown as any of these ends.
  const timesOut = scenario.server.ringMs !== undefined || traits?.serverRingMs != null || traits?.callerRingMs != null;
  if (timesOut && !isAccepted) return null;
  // An app may decline a second call, or leave the first one for it.
  if (calls > 1 && traits !== null && traits.secondCall !== 'ignore') return null;
  return action;
}
