/** The caller and callee of the redial: at a target with roles not every user can call, or answer. */
import { traitsFor } from '../../probe/adapter/port.js';
import type { Device } from '../../probe/device/device.js';
import type { ForeignSettings } from '../../probe/targets/target.js';
import type { View } from '../../protocol/call.js';
import type { AgentPlan } from '../language/plan.js';

/** Caller, callee, and the other users that are called because the target calls their group. */
interface CallingPair {
  readonly caller: string;
  readonly callee: string;
  readonly party: readonly string[];
  /** Whether the callee can call back, and the caller answer. */
  readonly isMutual: boolean;
}

/** The first agent that can call, and the first other one that can answer; null without such a pair. */
export function callingPair(agents: readonly AgentPlan[], foreign: ForeignSettings | undefined): CallingPair | null {
  const names = agents.map(({ name }) => name);
  const credentialsOf = (name: string): Readonly<Record<string, string>> => foreign?.credentials.get(name) ?? {};
  const can = (name: string, verb: 'call' | 'accept'): boolean =>
    foreign === undefined || traitsFor(foreign.adapter, name, credentialsOf(name)).verbs.includes(verb);
  const groupOf = (name: string): string | null =>
    foreign?.adapter.groupOf(name, { run: '', credentials: credentialsOf(name) }) ?? null;
  const caller = names.find((name) => can(name, 'call'));
  const callee = names.find((name) => name !== caller && can(name, 'accept'));
  if (caller === undefined || callee === undefined) return null;
  const group = groupOf(callee);
  const isMutual = can(callee, 'call') && can(caller, 'accept') && group === null && groupOf(caller) === null;
  return {
    caller,
    callee,
    isMutual,
    party: group === null ? [] : names.filter((name) => name !== callee && groupOf(name) === group),
  };
}

/** Whether all devices of the pair show this state. In a group the target chooses whom it rings, and no user may keep ringing. */
export function standsAt(caller: Device, callees: readonly Device[], party: readonly Device[], state: View['state']): boolean {
  const { call } = caller.shown();
  const shows = (device: Device): boolean => device.shown().view.state === state && device.shown().call === call;
  if (!shows(caller)) return false;
  if (party.length === 0) return callees.every(shows);
  const all = [...callees, ...party];
  return state === 'ringing' ? all.some(shows) : all.every((device) => shows(device) || device.shown().call !== call);
}
