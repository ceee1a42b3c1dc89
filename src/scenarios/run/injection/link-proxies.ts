/** The TCP proxies in front of devices with link faults, one per device. */
import { LINK_FAULTS } from '../../../faults/link/index.js';
import type { Toxic } from '../../../faults/link/toxic.js';
import type { Via } from '../../../probe/links/transport.js';
import { type Endpoint, type LinkProxy, type ProxyEvent, startProxy, type ToxicCount } from '../../../probe/proxy/proxy.js';
import { type Address, addressOf } from '../../../protocol/address.js';
import type { PlannedFault, Scenario } from '../../language/plan.js';
import { faultsOf } from '../../language/plan.js';

/** Called when a toxic takes effect on a connection for the first time. */
export type OnEffect = (event: Extract<ProxyEvent, { type: 'hit' }>) => void;

export class LinkProxies {
  readonly #proxies = new Map<string, LinkProxy>();
  readonly #listeners = new Map<string, OnEffect>();
  #toxics = 0;

  /** Starts the proxies of a scenario, in front of the server at `url`. Rejects with the system's error if one cannot listen. */
  async start(scenario: Scenario, url: string, seed: string): Promise<void> {
    const devices = new Set(
      faultsOf(scenario).flatMap(({ fault }) =>
        fault.layer === 'link' && fault.target.on === 'signaling' ? [addressOf(fault.target.device)] : [],
      ),
    );
    for (const device of devices) {
      const on = (event: ProxyEvent): void => {
        if (event.type === 'hit') this.#listeners.get(event.toxic)?.(event);
      };
      const listen = { host: '127.0.0.1', port: 0 };
      this.#proxies.set(device, await startProxy({ listen, upstream: endpointOf(url), seed: `${seed} ${device}`, on }));
    }
  }

  /** The proxy address of a device; undefined without a proxy. */
  viaOf(device: Address): Via | undefined {
    const proxy = this.#proxies.get(addressOf(device));
    return proxy === undefined ? undefined : { host: proxy.host, port: proxy.port };
  }

  /** Adds the parts of a fault to the proxy of a device. The result removes them again and returns their counters. */
  add(device: Address, { parts, stream, toxicity }: PlannedFault, tookEffect: OnEffect): () => readonly ToxicCount[] {
    const proxy = this.#proxies.get(addressOf(device));
    if (proxy === undefined) throw new Error(`${addressOf(device)} has no proxy`);
    const toxics = parts.map(({ name, values }): Toxic => {
      const fault = LINK_FAULTS.find((kind) => kind.name === name);
      if (fault === undefined) throw new Error(`no link fault is called ${name}`);
      return { name: `${name}-${++this.#toxics}`, fault, values, stream, toxicity };
    });
    for (const toxic of toxics) {
      this.#listeners.set(toxic.name, tookEffect);
      void proxy.addToxic(toxic);
    }
    const names = new Set(toxics.map(({ name }) => name));
    return () => {
      for (const name of names) {
        this.#listeners.delete(name);
        void proxy.removeToxic(name);
      }
      return proxy.counters().filter(({ toxic }) => names.has(toxic));
    };
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#proxies.values()].map((proxy) => proxy.close()));
    this.#proxies.clear();
  }
}

/** Host and port of a WebSocket URL. */
function endpointOf(url: string): Endpoint {
  const { protocol, hostname, port } = new URL(url);
  return { host: hostname.replace(/^\[|\]$/g, ''), port: port === '' ? (protocol === 'wss:' ? 443 : 80) : Number(port) };
}
