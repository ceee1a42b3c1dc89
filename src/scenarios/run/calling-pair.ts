/** Who calls whom when a run wants one more call: at a target with roles not everybody can call, and not everybody can answer. */
import { traitsFor } from '../../probe/adapter/port.js';
import type { Device } from '../../probe/device/device.js';
import type { ForeignSettings } from '../../probe/targets/target.js';
import type { View } from '../../protocol/call.js';
import type { AgentPlan } from '../language/plan.js';

/** Users by name: who calls, whom, and who else is called with him because the target calls their group. */
interface CallingPair {
  readonly caller: string;
  readonly callee: string;
  readonly party: readonly string[];
}

/** The first agent that can call, and the first other one that can answer; null where there is no such pair. */
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
  return { caller, callee, party: group === null ? [] : names.filter((name) => name !== callee && groupOf(name) === group) };
}

/** Whether the call of `caller` stands so at all of its devices. Of a group it is the target's choice whom it rings, and nobody may ring on. */
export function standsAt(caller: Device, callees: readonly Device[], party: readonly Device[], state: View['state']): boolean {
  const { call } = caller.shown();
  const shows = (device: Device): boolean => device.shown().view.state === state && device.shown().call === call;
  if (!shows(caller)) return false;
  if (party.length === 0) return callees.every(shows);
  const all = [...callees, ...party];
  return state === 'ringing' ? all.some(shows) : all.every((device) => shows(device) || device.shown().call !== call);
}
