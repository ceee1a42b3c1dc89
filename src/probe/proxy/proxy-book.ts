/** Several proxies by name, as toxiproxy's API makes, changes and removes them. */
import { LINK_FAULTS } from '../../faults/link/index.js';
import type { Toxic } from '../../faults/link/toxic.js';
import { formatEndpoint, parseEndpoint } from './endpoint.js';
import { PROXY_LIMITS } from './limits.js';
import { type Endpoint, type LinkProxy, type ProxyEvent, startProxy } from './proxy.js';
import { ApiProblem, type Json, type ToxicJson, toxicJson } from './toxiproxy-json.js';

/** A proxy in the API's format. */
export interface ProxyJson {
  readonly name: string;
  readonly listen: string;
  readonly upstream: string;
  readonly enabled: boolean;
  readonly toxics: readonly ToxicJson[];
}

/** The fields of a proxy in a request. */
interface Wanted {
  readonly listen: Endpoint;
  readonly upstream: Endpoint;
  readonly isEnabled: boolean;
}

interface Entry {
  readonly proxy: LinkProxy;
  readonly upstream: Endpoint;
}

export interface BookOptions {
  readonly seed: string;
  readonly on: (proxy: string, event: ProxyEvent) => void;
}

const DOWN = 'down';

export class ProxyBook {
  readonly #options: BookOptions;
  readonly #entries = new Map<string, Entry>();

  constructor(options: BookOptions) {
    this.#options = options;
  }

  get names(): string[] {
    return [...this.#entries.keys()];
  }

  /** Throws an ApiProblem if it does not exist. */
  proxy(name: string): LinkProxy {
    return this.#entry(name).proxy;
  }

  json(name: string): ProxyJson {
    const { proxy, upstream } = this.#entry(name);
    return {
      name,
      listen: formatEndpoint(proxy),
      upstream: formatEndpoint(upstream),
      enabled: !proxy.toxics.some(({ fault }) => fault.isDown),
      toxics: proxy.toxics.filter(({ fault }) => !fault.isDown).map(toxicJson),
    };
  }

  /** Starts a proxy. Rejects with the system's error if it cannot listen. */
  async start(name: string, listen: Endpoint, upstream: Endpoint, toxics: readonly Toxic[]): Promise<LinkProxy> {
    const { seed, on } = this.#options;
    const proxy = await startProxy({ listen, upstream, seed: `${seed}/${name}`, toxics, on: (event) => on(name, event) });
    this.#entries.set(name, { proxy, upstream });
    return proxy;
  }

  async create(body: Json): Promise<ProxyJson> {
    const name = nameOf(body);
    if (this.#entries.has(name)) throw new ApiProblem('proxy already exists', 409);
    await this.#add(name, wanted(body));
    return this.json(name);
  }

  /** Changes the given fields of a proxy. Another endpoint gets a new listener with the same toxics. */
  async update(name: string, body: Json): Promise<ProxyJson> {
    const before = this.json(name);
    await this.#change(name, wanted({ ...before, toxics: undefined, ...body }));
    return this.json(name);
  }

  /** Creates these proxies; an unchanged existing one keeps its toxics. */
  async populate(bodies: readonly Json[]): Promise<ProxyJson[]> {
    const named = bodies.map((body) => [nameOf(body), wanted(body)] as const);
    for (const [name, want] of named) {
      if (this.#entries.has(name) && this.#isSamePlace(name, want)) await this.#change(name, want);
      else {
        await this.#drop(name);
        await this.#add(name, want);
      }
    }
    return named.map(([name]) => this.json(name));
  }

  async remove(name: string): Promise<void> {
    this.#entry(name);
    await this.#drop(name);
  }

  /** Removes all toxics and enables all proxies. */
  async reset(): Promise<void> {
    await Promise.all([...this.#entries.values()].map(({ proxy }) => proxy.setToxics([])));
  }

  async close(): Promise<void> {
    await Promise.all(this.names.map((name) => this.#drop(name)));
  }

  async #add(name: string, { listen, upstream, isEnabled }: Wanted): Promise<void> {
    if (this.#entries.size >= PROXY_LIMITS.proxiesMax) throw new ApiProblem(`at most ${PROXY_LIMITS.proxiesMax} proxies`, 400);
    await this.start(name, listen, upstream, isEnabled ? [] : [down()]);
  }

  async #change(name: string, want: Wanted): Promise<void> {
    const { proxy } = this.#entry(name);
    const toxics = [...proxy.toxics.filter(({ fault }) => !fault.isDown), ...(want.isEnabled ? [] : [down()])];
    if (this.#isSamePlace(name, want)) return proxy.setToxics(toxics);
    await this.#drop(name);
    await this.start(name, want.listen, want.upstream, toxics);
  }

  async #drop(name: string): Promise<void> {
    const entry = this.#entries.get(name);
    this.#entries.delete(name);
    await entry?.proxy.close();
  }

  #isSamePlace(name: string, { listen, upstream }: Wanted): boolean {
    const before = this.json(name);
    // Port 0 means any port: the current one is fine.
    const isSameListen = listen.port === 0 ? listen.host === this.proxy(name).host : before.listen === formatEndpoint(listen);
    return isSameListen && before.upstream === formatEndpoint(upstream);
  }

  #entry(name: string): Entry {
    const entry = this.#entries.get(name);
    if (entry === undefined) throw new ApiProblem('proxy not found', 404);
    return entry;
  }
}

function down(): Toxic {
  const fault = LINK_FAULTS.find(({ isDown }) => isDown);
  if (fault === undefined) throw new Error('no link fault takes a proxy down');
  return { name: DOWN, fault, values: {}, stream: 'both', toxicity: 1 };
}

function nameOf({ name }: Json): string {
  if (name === undefined || name === '') throw new ApiProblem('missing required field: name', 400);
  if (typeof name === 'string' && name.length <= 200) return name;
  throw new ApiProblem('bad request body: name is not a short text', 400);
}

function wanted(body: Json): Wanted {
  const { listen = '', upstream, enabled } = body;
  if (upstream === undefined || upstream === '') throw new ApiProblem('missing required field: upstream', 400);
  if (enabled !== undefined && enabled !== null && typeof enabled !== 'boolean')
    throw new ApiProblem('bad request body: enabled is neither true nor false', 400);
  return {
    listen: placeOf('listen', listen === '' ? ':0' : listen),
    upstream: placeOf('upstream', upstream),
    isEnabled: enabled !== false,
  };
}

function placeOf(key: string, text: unknown): Endpoint {
  const place = typeof text === 'string' ? parseEndpoint(text) : null;
  if (place === null) throw new ApiProblem(`bad request body: ${key} is not host:port`, 400);
  return place;
}
