/** A TCP proxy with toxiproxy's toxics, for any TCP client. */
import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { noCounts, type ToxicCounters } from '../../faults/link/link-fault.js';
import { DIRECTIONS, type Direction, isOn, type Toxic } from '../../faults/link/toxic.js';
import type { Millis } from '../../protocol/machine.js';
import { createRng } from '../../protocol/rng.js';
import { systemClock } from '../runtime/clock.js';
import { type Ending, ProxyConnection, type StreamBytes } from './connection.js';
import { PROXY_LIMITS } from './limits.js';

export interface Endpoint {
  readonly host: string;
  readonly port: number;
}

/** Events of a proxy. */
export type ProxyEvent =
  | { readonly type: 'opened'; readonly connection: number; readonly from: string }
  | {
      readonly type: 'closed';
      readonly connection: number;
      readonly from: string;
      readonly how: Ending;
      /** The error of a socket, such as `ECONNREFUSED`. */
      readonly error: string | null;
      readonly ms: Millis;
      readonly upstream: StreamBytes;
      readonly downstream: StreamBytes;
      /** Names of the toxics that took effect on it. */
      readonly toxics: readonly string[];
    }
  /** A toxic took effect on a direction of a connection for the first time. */
  | {
      readonly type: 'hit';
      readonly connection: number;
      readonly toxic: string;
      readonly fault: string;
      readonly stream: Direction;
    }
  /** A connection over `connectionsMax` was reset. */
  | { readonly type: 'refused'; readonly from: string }
  /** The port cannot be bound again; it keeps trying. */
  | { readonly type: 'not-listening'; readonly error: string };

/** The counters of a toxic in one direction since the proxy started. */
export interface ToxicCount extends ToxicCounters {
  readonly toxic: string;
  readonly fault: string;
  readonly stream: Direction;
}

export interface ConnectionState {
  readonly connection: number;
  readonly from: string;
  readonly openedAt: Millis;
  readonly upstream: StreamBytes;
  readonly downstream: StreamBytes;
}

export interface LinkProxy {
  readonly host: string;
  readonly port: number;
  readonly toxics: readonly Toxic[];
  /**
   * Sets the toxics, in this order, for all connections; unchanged ones continue. They act when this returns; the promise is for the
   * listener, which `down` closes and reopens. Throws a RangeError for a duplicate name, or for too many.
   */
  setToxics(toxics: readonly Toxic[]): Promise<void>;
  /** Adds one behind the others, or replaces the one with its name. */
  addToxic(toxic: Toxic): Promise<void>;
  /** Removes one; false if there is none of this name. */
  removeToxic(name: string): Promise<boolean>;
  connections(): readonly ConnectionState[];
  counters(): readonly ToxicCount[];
  /** Stops listening and ends all connections; all have reported their end when this resolves. */
  close(): Promise<void>;
}

export interface ProxyOptions {
  readonly listen: Endpoint;
  readonly upstream: Endpoint;
  /** The seed of all random draws: the same connections and bytes give the same result. */
  readonly seed: string;
  readonly toxics?: readonly Toxic[];
  readonly on?: (event: ProxyEvent) => void;
}

interface Open {
  readonly connection: ProxyConnection;
  readonly from: string;
  readonly openedAt: Millis;
}

/** Starts a proxy. Rejects with the system's error (`EADDRINUSE`, `EACCES`, ...) if it cannot listen; the upstream is not contacted. */
export async function startProxy(options: ProxyOptions): Promise<LinkProxy> {
  const proxy = new RunningProxy(options);
  await proxy.start();
  return proxy;
}

/** Throws a RangeError for duplicate names or too many toxics. */
export function checkToxics(toxics: readonly Toxic[]): void {
  if (toxics.length > PROXY_LIMITS.toxicsMax) throw new RangeError(`${toxics.length} toxics, at most ${PROXY_LIMITS.toxicsMax}`);
  const twice = toxics.find(({ name }, index) => toxics.findIndex((other) => other.name === name) < index);
  if (twice !== undefined) throw new RangeError(`two toxics have the name ${twice.name}`);
}

class RunningProxy implements LinkProxy {
  readonly #options: ProxyOptions;
  readonly #tell: (event: ProxyEvent) => void;
  readonly #open = new Map<number, Open>();
  readonly #counters = new Map<string, ToxicCount>();
  #toxics: readonly Toxic[] = [];
  #server: Server | null = null;
  #port: number;
  #number = 0;
  #isClosed = false;
  /** Called when the last connection is gone. */
  #empty: () => void = () => undefined;
  /** The listener's changes, in sequence. */
  #listening: Promise<void> = Promise.resolve();

  constructor(options: ProxyOptions) {
    this.#options = options;
    this.#tell = options.on ?? (() => undefined);
    this.#port = options.listen.port;
    checkToxics(options.toxics ?? []);
  }

  async start(): Promise<void> {
    // Even if it starts with `down`, the port is bound once to learn whether it is free, and which one it is.
    this.#server = await this.#listen();
    await this.setToxics(this.#options.toxics ?? []);
  }

  get host(): string {
    return this.#options.listen.host;
  }

  get port(): number {
    return this.#port;
  }

  get toxics(): readonly Toxic[] {
    return this.#toxics;
  }

  setToxics(toxics: readonly Toxic[]): Promise<void> {
    checkToxics(toxics);
    this.#toxics = [...toxics];
    for (const { connection } of this.#open.values()) connection.arrange(this.#toxics);
    if (this.#isDown) this.#stopListening();
    this.#listening = this.#listening.then(() => this.#listenAsNeeded());
    return this.#listening;
  }

  addToxic(toxic: Toxic): Promise<void> {
    const isKnown = this.#toxics.some(({ name }) => name === toxic.name);
    return this.setToxics(
      isKnown ? this.#toxics.map((known) => (known.name === toxic.name ? toxic : known)) : [...this.#toxics, toxic],
    );
  }

  async removeToxic(name: string): Promise<boolean> {
    const left = this.#toxics.filter((toxic) => toxic.name !== name);
    if (left.length === this.#toxics.length) return false;
    await this.setToxics(left);
    return true;
  }

  connections(): readonly ConnectionState[] {
    return [...this.#open].map(([number, { connection, from, openedAt }]) => ({
      connection: number,
      from,
      openedAt,
      upstream: connection.bytes('upstream'),
      downstream: connection.bytes('downstream'),
    }));
  }

  counters(): readonly ToxicCount[] {
    for (const toxic of this.#toxics) for (const stream of DIRECTIONS) if (isOn(toxic, stream)) this.#countersOf(toxic, stream);
    return [...this.#counters.values()].map((counters) => ({ ...counters }));
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#stopListening();
    const gone = new Promise<void>((resolve) => {
      this.#empty = resolve;
    });
    for (const { connection } of [...this.#open.values()]) connection.destroy('proxy-closed');
    const isEmpty = this.#open.size === 0 ? null : gone;
    // A destroyed socket has been seen not to report its end; nobody has to wait for what is gone.
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, PROXY_LIMITS.closeMs);
      const done = (): void => {
        clearTimeout(timer);
        resolve();
      };
      Promise.all([isEmpty, this.#listening]).then(done, done);
    });
  }

  get #isDown(): boolean {
    return this.#toxics.some(({ fault }) => fault.isDown);
  }

  #stopListening(): void {
    this.#server?.close();
    this.#server = null;
  }

  async #listenAsNeeded(): Promise<void> {
    let isReported = false;
    while (!this.#isClosed && !this.#isDown && this.#server === null) {
      try {
        const server = await this.#listen();
        if (this.#isClosed || this.#isDown) server.close();
        else this.#server = server;
      } catch (error) {
        if (!isReported) this.#tell({ type: 'not-listening', error: codeOf(error) });
        isReported = true;
        await new Promise((resolve) => setTimeout(resolve, PROXY_LIMITS.listenRetryMs));
      }
    }
  }

  async #listen(): Promise<Server> {
    const server = createServer({ allowHalfOpen: true, noDelay: true }, (client) => this.#accept(client));
    const listening = once(server, 'listening');
    server.listen(this.#port, this.#options.listen.host);
    await listening;
    server.on('error', (error) => this.#tell({ type: 'not-listening', error: codeOf(error) }));
    const address = server.address();
    if (address !== null && typeof address === 'object') this.#port = address.port;
    return server;
  }

  #accept(client: Socket): void {
    const from = `${client.remoteAddress ?? '?'}:${client.remotePort ?? '?'}`;
    if (this.#isClosed || this.#isDown || this.#open.size >= PROXY_LIMITS.connectionsMax) {
      client.on('error', () => undefined);
      client.resetAndDestroy();
      this.#tell({ type: 'refused', from });
      return;
    }
    this.#number += 1;
    const number = this.#number;
    const openedAt = systemClock.now();
    const active = new Set<string>();
    const rng = createRng(this.#options.seed).fork(`connection ${number}`);
    const upstream = connect({ ...this.#options.upstream, allowHalfOpen: true });
    const connection = new ProxyConnection(client, upstream, {
      now: () => systemClock.now(),
      acts: ({ name, toxicity }) => toxicity >= 1 || rng.fork(`toxicity of ${name}`).next() < toxicity,
      begin: (toxic, stream) => {
        const counters = this.#countersOf(toxic, stream);
        const setup = { values: toxic.values, rng: rng.fork(`${toxic.name} ${stream}`), counters, now: systemClock.now() };
        return { toxic, counters, stage: toxic.fault.begin(setup) };
      },
      tookEffect: ({ name, fault }, stream) => {
        active.add(name);
        this.#tell({ type: 'hit', connection: number, toxic: name, fault: fault.name, stream });
      },
      ended: (how, error) => {
        this.#open.delete(number);
        const ms = systemClock.now() - openedAt;
        const [up, down] = [connection.bytes('upstream'), connection.bytes('downstream')];
        this.#tell({
          type: 'closed',
          connection: number,
          from,
          how,
          error,
          ms,
          upstream: up,
          downstream: down,
          toxics: [...active],
        });
        if (this.#open.size === 0) this.#empty();
      },
    });
    this.#open.set(number, { connection, from, openedAt });
    this.#tell({ type: 'opened', connection: number, from });
    connection.arrange(this.#toxics);
  }

  #countersOf({ name, fault }: Toxic, stream: Direction): ToxicCount {
    const key = `${name} ${stream}`;
    const known = this.#counters.get(key);
    if (known?.fault === fault.name) return known;
    const counters: ToxicCount = { toxic: name, fault: fault.name, stream, ...noCounts() };
    this.#counters.set(key, counters);
    return counters;
  }
}

function codeOf(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  return code ?? message;
}
