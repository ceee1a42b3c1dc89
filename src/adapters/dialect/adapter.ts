/** A dialect as an adapter: where it connects, the HTTP requests before that, and a session for each device. */
import { type Adapter, type AdapterAgent, defineAdapter, type HttpRequest, type HttpResponse } from '../../probe/adapter/port.js';
import { SECRET_NAME } from '../../probe/adapter/secret-names.js';
import { createRng } from '../../protocol/rng.js';
import { Addresses } from './addresses.js';
import { agentValues, groupOf, member, outsideValue, partOf, roleOf, scopeOf, unknownRole, wallOf } from './agent-values.js';
import type { Dialect } from './dialect.js';
import { environmentValues, missingNeed } from './needs.js';
import { requestOf } from './requests.js';
import { required } from './required.js';
import { DialectSession } from './session.js';
import { SOCKET_IO_PATH, socketIoQuery } from './socket-io.js';
import { take } from './taking.js';
import { fill, type Scope } from './template.js';

export function adapterOf(dialect: Dialect): Adapter {
  const wall = wallOf({});
  const addresses = new Addresses();
  return defineAdapter({
    name: dialect.name,
    doc: dialect.about,
    traits: dialect.traits,
    identify: (user, who) => String(agentValues(dialect, { user, ...who }, null, wall).get('id') ?? user),
    roleOf: (user, { credentials }) => roleOf(dialect, { user, run: '', credentials }),
    groupOf: (user, who) => groupOf(dialect, { user, ...who }, wall),
    prepare: (agent, http) => prepare(dialect, agent, http),
    connect(agent, prepared) {
      const scope = agentScope(dialect, agent, prepared);
      const { connect } = dialect;
      const base = connect.url === null ? agent.url : String(required(connect.url, scope));
      if (!URL.canParse(base)) throw new Error(`${dialect.file} connect.url: "${base.slice(0, 80)}" is not a URL`);
      const url = new URL(base);
      if (connect.path !== null || dialect.transport === 'socket.io') url.pathname = connect.path ?? SOCKET_IO_PATH;
      const query = fill(connect.query, scope) as Record<string, unknown>;
      if (dialect.transport === 'socket.io') Object.assign(query, socketIoQuery(connect.isPolling));
      for (const [name, value] of Object.entries(query))
        url.searchParams.set(name, typeof value === 'string' ? value : JSON.stringify(value));
      const headers = Object.entries(fill(connect.headers, scope) as Record<string, unknown>);
      return {
        url: url.href,
        subprotocols: connect.subprotocols,
        isPolling: connect.isPolling,
        headers: Object.fromEntries(headers.map(([name, value]) => [name, String(value)])),
      };
    },
    session: (agent, prepared) => new DialectSession(dialect, agent, prepared, addresses),
  });
}

/** Values of the agent before there is a connection. */
function agentScope(dialect: Dialect, agent: AdapterAgent, prepared: Readonly<Record<string, unknown>>): Scope {
  const wall = wallOf(agent);
  const values = agentValues(dialect, agent, agent.url, wall);
  for (const [name, value] of values) if (typeof value === 'string' && SECRET_NAME.test(name)) agent.secret?.(value);
  return scopeOf({ rng: createRng(`${agent.run} ${agent.user} connect`), wall, counters: new Map() }, (path) => {
    const [scope = '', name = '', ...rest] = path;
    if (scope === 'agent') return member(prepared[`agent.${name}`] ?? values.get(name), rest);
    if (scope === 'connection') return member(prepared[name], rest);
    return outsideValue(dialect, agent, agent.url, path);
  });
}

/** The HTTP requests in order, each with the values taken from the previous ones. Rejects with a sentence that names the place. */
async function prepare(
  dialect: Dialect,
  agent: AdapterAgent,
  http: (request: HttpRequest) => Promise<HttpResponse>,
): Promise<Record<string, unknown>> {
  const unknown = unknownRole(dialect, agent);
  if (unknown !== null) throw new Error(unknown);
  askForNeeds(dialect, agent);
  const captured: Record<string, unknown> = {};
  for (const step of dialect.before) {
    const scope = agentScope(dialect, agent, captured);
    const answer = await http(requestOf(step, scope)).catch((error: unknown) => {
      throw new Error(`${error instanceof Error ? error.message : String(error)} (${step.place})`);
    });
    if (!step.isRight(answer.status)) throw new Error(`the server answered ${answer.status} to ${step.method} (${step.place})`);
    const { values, missing } = take(step.take, answer, scope);
    const [first] = missing;
    if (first !== undefined) throw new Error(first.message);
    for (const [name, value] of values) {
      captured[name.startsWith('agent.') ? name : (name.split('.')[1] ?? name)] = value;
      if (typeof value === 'string' && SECRET_NAME.test(name)) agent.secret?.(value);
    }
  }
  return captured;
}

/** Checks that all outside values exist. Throws an Error with a sentence. */
function askForNeeds(dialect: Dialect, agent: AdapterAgent): void {
  const scope = agentScope(dialect, agent, {});
  const role = roleOf(dialect, agent);
  const part = partOf(dialect, agent);
  const own = (['login', 'relogin'] as const).filter((key) => part[key] !== dialect.common[key]);
  const missing = missingNeed(dialect.needs, { user: agent.user, role, own }, scope);
  if (missing !== null) throw new Error(missing);
  for (const value of environmentValues(dialect.needs, scope)) agent.secret?.(value);
}
