/** The agents and devices of a scenario at a step, and the resolution of names in steps. */
import type { Address } from '../../protocol/address.js';
import { parseTarget } from './grammar.js';
import type { AgentPlan } from './plan.js';
import { type Path, quote, type Report } from './problem.js';
import { STEP_WORDS } from './schema.js';
import { didYouMean, nearest } from './words.js';

/** Agents by name with the devices known so far; `open` steps add to them. */
export interface Cast {
  readonly devices: ReadonlyMap<string, readonly string[]>;
  /** Agents without a client of their own; they have no devices. */
  readonly hostile: ReadonlySet<string>;
}

/** The cast at the beginning of a scenario. */
export function castOf(agents: readonly AgentPlan[], hostile: readonly string[] = []): Cast {
  return { devices: new Map(agents.map((agent) => [agent.name, agent.devices])), hostile: new Set(hostile) };
}

/** The cast after devices were opened. */
export function withOpened(cast: Cast, opened: readonly Address[]): Cast {
  const devices = new Map(cast.devices);
  for (const { user, device } of opened) {
    const known = devices.get(user) ?? [];
    if (!known.includes(device)) devices.set(user, [...known, device]);
  }
  return { ...cast, devices };
}

/** Whether a name, or the agent in a device's name, is a hostile agent. */
export function isHostile(cast: Cast, name: string): boolean {
  return cast.hostile.has(parseTarget(name)?.agent ?? name);
}

/** The one device that `name` selects. Null after a report if it is unknown or ambiguous; `opens` may name a new one. */
export function actingDevice(cast: Cast, name: string, opens: boolean, path: Path, report: Report): Address | null {
  if (name === 'both' || name === 'all') {
    report(path, 'key', `${quote(name)} cannot act, it is a group for "expect"`, 'name one agent per step, or use "together"');
    return null;
  }
  const found = lookUp(cast, name, STEP_WORDS, path, 'key', report);
  if (found === null) return null;
  const { agent, device, devices } = found;
  if (device !== null) {
    if (!opens && !devices.includes(device)) return undeclared(agent, device, devices, path, 'key', report);
    return { user: agent, device };
  }
  const [only] = devices;
  if (only !== undefined && devices.length === 1) return { user: agent, device: only };
  report(path, 'key', `${agent} has devices ${devices.join(', ')}`, `write ${orList(devices.map((one) => `${agent}.${one}`))}`);
  return null;
}

/** All devices that `name` (`both`, `all`, `bob`, `bob.phone`) selects in an expectation. Null after a report. */
export function shownDevices(
  cast: Cast,
  name: string,
  path: Path,
  words: readonly string[],
  report: Report,
): readonly Address[] | null {
  if (name === 'both' || name === 'all') {
    if (name === 'both' && cast.devices.size !== 2) {
      report(
        path,
        'key',
        `"both" needs exactly two agents${cast.hostile.size > 0 ? ' that are not hostile' : ''}, and there are ${cast.devices.size}`,
        'write all, or name them',
      );
      return null;
    }
    return [...cast.devices].flatMap(([user, devices]) => devices.map((device) => ({ user, device })));
  }
  const found = lookUp(cast, name, ['both', 'all', ...words], path, 'key', report);
  if (found === null) return null;
  const { agent, device, devices } = found;
  if (device === null) return devices.map((one) => ({ user: agent, device: one }));
  return devices.includes(device) ? [{ user: agent, device }] : undeclared(agent, device, devices, path, 'key', report);
}

/** The one device in a value: an end of a media path, or of a link. Null after a report. */
export function namedDevice(cast: Cast, name: string, path: Path, report: Report): Address | null {
  const found = lookUp(cast, name, [], path, 'value', report);
  if (found === null) return null;
  const { agent, device, devices } = found;
  if (device !== null)
    return devices.includes(device) ? { user: agent, device } : undeclared(agent, device, devices, path, 'value', report);
  const [only] = devices;
  if (only !== undefined && devices.length === 1) return { user: agent, device: only };
  report(path, 'value', `${agent} has devices ${devices.join(', ')}`, `write ${orList(devices.map((one) => `${agent}.${one}`))}`);
  return null;
}

/** The user, and the device if given, in a value or a key. Null after a report. */
export function namedUser(
  cast: Cast,
  name: string,
  path: Path,
  report: Report,
  at: 'key' | 'value' = 'value',
): { user: string; device: string | null } | null {
  const found = lookUp(cast, name, [], path, at, report);
  if (found === null) return null;
  const { agent, device, devices } = found;
  if (device !== null && !devices.includes(device)) return undeclared(agent, device, devices, path, at, report);
  return { user: agent, device };
}

interface Found {
  readonly agent: string;
  readonly device: string | null;
  readonly devices: readonly string[];
}

function lookUp(
  cast: Cast,
  name: string,
  words: readonly string[],
  path: Path,
  at: 'key' | 'value',
  report: Report,
): Found | null {
  const target = parseTarget(name);
  const devices = target === null ? undefined : cast.devices.get(target.agent);
  if (target !== null && devices !== undefined) return { ...target, devices };
  if (isHostile(cast, name)) {
    report(path, at, `${quote(target?.agent ?? name)} is a hostile agent and has no client`, 'name an agent that is not hostile');
    return null;
  }
  const agents = [...cast.devices.keys(), ...cast.hostile];
  const wanted = target?.agent ?? name;
  // A misspelt keyword and an unknown agent look the same; the nearer one is suggested.
  const word = target?.device === null || target === null ? nearest(wanted, words) : null;
  const agent = nearest(wanted, agents);
  if (word !== null && agent === null) report(path, at, `unknown key ${quote(name)}`, `did you mean ${quote(word)}?`);
  else if (agent === null && target === null)
    report(path, at, `unknown key ${quote(name)}`, didYouMean(name, [...agents, ...words]));
  else report(path, at, `unknown agent ${quote(wanted)}`, agentHint(cast, wanted));
  return null;
}

/** Suggests the nearest agent, or lists all agents. */
export function agentHint(cast: Cast, name: string): string {
  const agents = [...cast.devices.keys(), ...cast.hostile];
  const near = nearest(name, agents);
  return near === null ? `agents: ${agents.join(', ')}` : `did you mean ${quote(near)}?`;
}

function undeclared(
  agent: string,
  device: string,
  devices: readonly string[],
  path: Path,
  at: 'key' | 'value',
  report: Report,
): null {
  const near = nearest(device, devices);
  const name = `${agent}.${device}`;
  const hint =
    near === null
      ? `declare it under agents, or add ${quote(`${name}: open`)} as an earlier step`
      : `did you mean ${quote(`${agent}.${near}`)}?`;
  report(path, at, `${agent} has no device ${quote(device)} at this point`, hint);
  return null;
}

function orList(words: readonly string[]): string {
  return words.length < 3 ? words.join(' or ') : `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`;
}
