/** Compares the declared limits of a target with the needs of a scenario: a scenario that needs more is skipped with the reason. */

import { formatTrigger, RAW_NAME, TRIGGER_EVENTS, type Trigger } from '../../faults/trigger.js';
import type { Adapter, DeclaredLimit, Traits } from '../../probe/adapter/port.js';
import type { Credentials, ForeignSettings } from '../../probe/targets/target.js';
import { isCallAction } from '../../protocol/actions.js';
import type { ViewEndReason } from '../../protocol/reasons.js';
import { faultsOf, type Scenario, type StateSpec, type Step } from '../language/plan.js';
import { lateJoinIn } from './late-join.js';
import { LIMIT_TEXTS, type LimitCode } from './limits/codes.js';

/** End reasons that a target with this limit does not report. */
const NEEDED_FOR: Readonly<Partial<Record<ViewEndReason, DeclaredLimit>>> = {
  busy: 'busy',
  unreachable: 'offline',
  missed: 'server-timeout',
  'peer-lost': 'peer-lost',
  rejected: 'reject',
  'answered-elsewhere': 'other-devices',
  'rejected-elsewhere': 'other-devices',
};

/** Why a scenario cannot run at a target; `limit` is the declared limit behind it, or null where nothing could be tried at all. */
export interface Unmet {
  readonly why: string;
  readonly limit: LimitCode | null;
}

/** Why a scenario cannot run at such a target, with the YAML path; null if it can. */
export function unmetLimits(
  scenario: Scenario,
  traits: Traits,
  roleOf: (user: string) => string | null = () => null,
): string | null {
  return unmet(scenario, traits, roleOf)?.why ?? null;
}

function unmet(scenario: Scenario, traits: Traits, roleOf: (user: string) => string | null): Unmet | null {
  const steps = flat(scenario.steps);
  return (
    because(first(steps, (step) => missingVerb(step, traits, roleOf))) ??
    because(first(steps, (step) => missingMedia(step, traits))) ??
    hiddenReason(steps, traits) ??
    because(severalDevices(scenario, steps, traits), 'one-device') ??
    because(glare(steps, traits), 'glare') ??
    because(lateJoin(scenario, steps, traits), 'late-join') ??
    because(first(faultsOf(scenario), (step) => unknownMoment(step, traits))) ??
    because(first(steps, (step) => unknownCount(step, traits))) ??
    because(first(faultsOf(scenario), unknownField))
  );
}

function because(why: string | null, limit: LimitCode | null = null): Unmet | null {
  return why === null ? null : { why, limit };
}

/** The same for the users of a target with their credentials, which may contain roles. */
export function unmetAt({ adapter, credentials }: ForeignSettings, scenario: Scenario): Unmet | null {
  const roleOf = (user: string): string | null => adapter.roleOf(user, { credentials: credentials.get(user) ?? {} });
  return unmet(scenario, adapter.traits, roleOf) ?? noAccess(scenario, adapter, credentials);
}

/** A hostile agent logs in as its own user, which a target with accounts has to know. */
function noAccess({ hostile }: Scenario, adapter: Adapter, credentials: Credentials): Unmet | null {
  for (const user of hostile) {
    const row = credentials.get(user);
    if (credentials.size > 0 && row === undefined) return because(`agents.${user}: it has no row in --credentials`);
    const own = { credentials: row ?? {} };
    if (Object.keys(adapter.traits.roles).length > 0 && adapter.roleOf(user, own) === null)
      return because(`agents.${user}: it has none of the roles of this target`);
    if (adapter.groupOf(user, { run: '', ...own }) !== null)
      return because(`agents.${user}: it is one of a group that is called`);
  }
  return null;
}

function missingVerb(step: Step, traits: Traits, roleOf: (user: string) => string | null): string | null {
  if (step.kind !== 'action') return null;
  const { verb } = step.action;
  if (!isCallAction(verb)) return null;
  const why = (reason: string | undefined): string => (reason === undefined ? '' : `: ${reason}`);
  if (!traits.verbs.includes(verb)) return `the target has no "${verb}"${why(traits.missing[verb])}`;
  const { user } = step.device;
  const role = roleOf(user);
  const own = role === null ? undefined : traits.roles[role];
  if (own === undefined || own.verbs.includes(verb)) return null;
  return `${user} has the role "${role}", which has no "${verb}"${why(own.missing[verb])}`;
}

function missingMedia(step: Step, { media }: Traits): string | null {
  return step.kind === 'expect-media' && media === null ? 'this target has no media' : null;
}

function hiddenReason(steps: readonly Step[], traits: Traits): Unmet | null {
  for (const step of steps) {
    if (step.kind !== 'expect') continue;
    for (const { anyOf } of step.expectations) {
      const [limit = null, ...others] = anyOf.map((spec) => hiddenBehind(spec, traits));
      if (limit !== null && !others.includes(null)) return { why: `${step.path}: declared limit: ${LIMIT_TEXTS[limit]}`, limit };
    }
  }
  return null;
}

function hiddenBehind({ reason }: StateSpec, { hides, reasons }: Traits): DeclaredLimit | null {
  const needed = reason === null ? undefined : NEEDED_FOR[reason];
  if (needed === undefined || reason === null || !hides.includes(needed)) return null;
  return reasons[reason] === undefined ? needed : null;
}

function severalDevices(scenario: Scenario, steps: readonly Step[], { devices }: Traits): string | null {
  if (devices === 'many') return null;
  const several = scenario.agents.find((agent) => agent.devices.length > 1);
  if (several !== undefined) return `agents.${several.name} has several devices, but this target allows one device per user`;
  const users = new Map(scenario.agents.map(({ name, devices: own }) => [name, own[0]]));
  return first(steps, (step) => {
    if (step.kind !== 'action' || step.action.verb !== 'open') return null;
    const { user, device } = step.device;
    return users.get(user) === device ? null : `${user} opens a second device, but this target allows one device per user`;
  });
}

function glare(steps: readonly Step[], { hides }: Traits): string | null {
  if (!hides.includes('glare')) return null;
  return first(steps, (step) => {
    if (step.kind !== 'together') return null;
    const calls = step.steps.filter((inner) => inner.kind === 'action' && inner.action.verb === 'call');
    return calls.length > 1 ? `declared limit: ${LIMIT_TEXTS.glare}` : null;
  });
}

function lateJoin(scenario: Scenario, steps: readonly Step[], { hides }: Traits): string | null {
  const needed = hides.includes('late-join') ? lateJoinIn(scenario, steps) : null;
  return needed === null ? null : `${needed.path}: declared limit: ${LIMIT_TEXTS['late-join']}, and ${needed.who} is one`;
}

/** A moment that cannot occur would leave the run unknown. */
function unknownMoment(step: ReturnType<typeof faultsOf>[number], { kinds }: Traits): string | null {
  if (kinds === null) return null;
  const { fault, when } = step;
  const struck = fault.target.on === 'messages' ? [fault.target.match.trigger] : [];
  for (const trigger of [when.on, when.until, ...struck]) {
    if (trigger === null || exists(trigger, kinds)) continue;
    return `waits for "${trigger.user} ${trigger.verb} ${trigger.event}", but this target has no such message`;
  }
  return null;
}

function unknownCount(step: Step, { kinds }: Traits): string | null {
  if (kinds === null || step.kind !== 'expect-count') return null;
  const unknown = step.counts.find(({ trigger }) => !exists(trigger, kinds));
  return unknown === undefined ? null : `counts "${formatTrigger(unknown.trigger)}", but this target has no such message`;
}

/** Records exist only in callsync.v1: a rewrite of one would change nothing at another target, and prove nothing. */
function unknownField({ fault }: ReturnType<typeof faultsOf>[number]): string | null {
  for (const { name, values } of fault.parts) {
    const set = values['set'];
    if (name !== 'rewrite' || typeof set !== 'object') continue;
    const field = Object.keys(set).find((path) => path.split('.')[0] === 'record');
    if (field !== undefined) return `sets "${field}", a field of callsync.v1, but this target has no such messages`;
  }
  return null;
}

function exists({ verb, event }: Trigger, kinds: NonNullable<Traits['kinds']>): boolean {
  if (event === 'anything' || RAW_NAME.test(event)) return true;
  const wanted = TRIGGER_EVENTS.find(({ word }) => word === event)?.[verb] ?? event;
  return kinds[verb].some((kind) => kind === wanted || kind.startsWith(`${wanted}.`));
}

function flat(steps: readonly Step[]): Step[] {
  return steps.flatMap((step) => (step.kind === 'together' || step.kind === 'repeat' ? [step, ...flat(step.steps)] : [step]));
}

function first<S extends { readonly path: string }>(steps: readonly S[], why: (step: S) => string | null): string | null {
  for (const step of steps) {
    const reason = why(step);
    if (reason !== null) return `${step.path}: ${reason}`;
  }
  return null;
}
