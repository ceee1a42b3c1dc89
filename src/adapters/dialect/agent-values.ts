/** The state of one agent of a dialect: the values of its `agent` part, its counters, and the values that it keeps. */

import type { AdapterAgent } from '../../probe/adapter/port.js';
import { systemClock } from '../../probe/runtime/clock.js';
import { createRng } from '../../protocol/rng.js';
import { quote } from '../../scenarios/language/problem.js';
import { didYouMean } from '../../scenarios/language/words.js';
import type { Dialect, Part } from './dialect.js';
import { callFunction, type FunctionWorld, make } from './functions.js';
import { fill, type Scope } from './template.js';

/** The identity of an agent, which its values depend on: the same for all of its devices. */
interface Who {
  readonly user: string;
  readonly run: string;
  readonly credentials: Readonly<Record<string, string>>;
}

/** The wall clock of a device, which faults may move; without a device the system's. */
export function wallOf(agent: Pick<AdapterAgent, 'wall'>): () => number {
  return () => agent.wall?.() ?? systemClock.wall();
}

/**
 * The values of the `agent` part, in order. Random values follow from the run and the user, so that a caller of this user computes
 * the same id.
 */
export function agentValues(dialect: Dialect, who: Who, url: string | null, wall: () => number): Map<string, unknown> {
  const values = new Map<string, unknown>();
  const world: FunctionWorld = { rng: createRng(`${who.run} ${who.user}`), wall, counters: new Map() };
  const scope = scopeOf(
    world,
    (path) =>
      outsideValue(dialect, who, url, path) ??
      (path[0] === 'agent' ? member(values.get(path[1] ?? ''), path.slice(2)) : undefined),
  );
  values.set('id', who.user);
  for (const [name, template] of dialect.agent) values.set(name, fill(template, scope));
  return values;
}

/** Outside values: identity, target, environment and credentials. */
export function outsideValue(
  dialect: Dialect,
  who: Who & { readonly device?: string },
  url: string | null,
  path: readonly string[],
): unknown {
  const [scope, ...rest] = path;
  const name = rest.join('.');
  switch (scope) {
    case 'user':
    case 'run':
    case 'device':
      return rest.length > 0 ? undefined : who[scope];
    case 'role':
      return roleOf(dialect, who) ?? undefined;
    case 'env':
      return process.env[name];
    case 'credentials':
      return Object.hasOwn(who.credentials, name) ? who.credentials[name] : undefined;
    case 'target':
      return url === null || !URL.canParse(url) ? undefined : targetValue(new URL(url), name);
    default:
      return undefined;
  }
}

function targetValue(url: URL, name: string): string | undefined {
  if (name === 'url') return url.href;
  if (name === 'host') return url.host;
  return name === 'http' ? `${url.protocol === 'wss:' ? 'https:' : 'http:'}//${url.host}` : undefined;
}

/** The role of a user: the one that lists the user, otherwise the one of the credentials. */
export function roleOf(dialect: Dialect, { user, credentials }: Who): string | null {
  for (const [role, { users }] of dialect.roles) if (users.includes(user)) return role;
  const given = credentials['role'];
  return given !== undefined && dialect.roles.has(given) ? given : null;
}

/** The target's name of a user's group; null if the user is called directly. */
export function groupOf(dialect: Dialect, who: Who, wall: () => number): string | null {
  const role = roleOf(dialect, who);
  const group = (role === null ? undefined : dialect.roles.get(role))?.group ?? null;
  if (group === null) return null;
  const values = agentValues(dialect, who, null, wall);
  const world: FunctionWorld = { rng: createRng(who.run), wall, counters: new Map() };
  const value = (path: readonly string[]): unknown =>
    path[0] === 'agent' ? member(values.get(path[1] ?? ''), path.slice(2)) : outsideValue(dialect, who, null, path);
  const filled = fill(group, scopeOf(world, value));
  return filled === undefined ? null : String(filled);
}

/** A sentence about a role in the credentials that the dialect does not have; null if there is none. */
export function unknownRole(dialect: Dialect, { user, credentials }: Who): string | null {
  const given = credentials['role'];
  if (given === undefined || given === '' || dialect.roles.size === 0 || dialect.roles.has(given)) return null;
  const hint = didYouMean(given, [...dialect.roles.keys()]);
  return `the credentials of ${user} have the role ${quote(given)}, which ${dialect.file} does not have; ${hint}`;
}

export function partOf(dialect: Dialect, agent: AdapterAgent): Part {
  const role = roleOf(dialect, agent);
  return (role === null ? undefined : dialect.roles.get(role)) ?? dialect.common;
}

/** A scope with the functions of the language. */
export function scopeOf(world: FunctionWorld, value: (path: readonly string[]) => unknown): Scope {
  return {
    value,
    call: (name, args) => callFunction(name, args, world),
    make: (how, from) => make(how, from, world),
  };
}

/** A member of a stored value, by its own keys only. */
export function member(value: unknown, path: readonly string[]): unknown {
  let here = value;
  for (const key of path) {
    if (typeof here !== 'object' || here === null || !Object.hasOwn(here, key)) return undefined;
    here = (here as Record<string, unknown>)[key];
  }
  return here;
}
