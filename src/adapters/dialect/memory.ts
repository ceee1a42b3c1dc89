/** The stored values of a session: of its agent, its connection and each call. Finds the call of a message. */
import { type AdapterAgent, type CallHandle, type SessionEffect, WRONG_MAPPING } from '../../probe/adapter/port.js';
import type { Addresses } from './addresses.js';
import { agentValues, member, outsideValue, scopeOf } from './agent-values.js';
import type { Dialect } from './dialect.js';
import type { FunctionWorld } from './functions.js';
import type { SessionCall } from './meaning.js';
import type { Taken } from './taking.js';
import { fill, type Scope } from './template.js';

/** Maximum number of calls in a session. */
const CALLS_MAX = 64;

/** Values of one message or one action. */
export type Locals = ReadonlyMap<string, unknown>;

const NO_LOCALS: Locals = new Map();

/** Finds the call when a value of it is needed. */
type CallFinder = () => SessionCall | null;

export class Memory {
  readonly #world: FunctionWorld;
  readonly #agent: Map<string, unknown>;
  readonly #connection = new Map<string, unknown>();
  readonly #calls: SessionCall[] = [];

  constructor(
    readonly dialect: Dialect,
    readonly agent: AdapterAgent,
    readonly prepared: () => Readonly<Record<string, unknown>>,
    readonly addresses: Addresses,
    readonly emit: (effect: SessionEffect) => void,
    wall: () => number,
  ) {
    this.#world = { rng: agent.rng, wall, counters: new Map() };
    this.#agent = agentValues(dialect, agent, agent.url, wall);
  }

  /** The connection has ended. */
  forgetConnection(): void {
    this.#connection.clear();
  }

  /** The scope for templates and conditions; `used` is called with the first part of each name. A call may be looked up lazily. */
  scope(
    call: SessionCall | null | CallFinder,
    locals: Locals = NO_LOCALS,
    used: (name: string) => void = () => undefined,
  ): Scope {
    const find: CallFinder = typeof call === 'function' ? call : () => call;
    return scopeOf(this.#world, (path) => {
      used(path[0] ?? '');
      return this.#value(path, find, locals);
    });
  }

  add(call: SessionCall): void {
    this.#calls.push(call);
    if (this.#calls.length > CALLS_MAX) this.#calls.shift();
  }

  /** The call of a message: by its id, otherwise by its sender, otherwise the live call; null if there is none. */
  callOf(wire: string | null, from: string | null): SessionCall | null {
    if (wire !== null) return this.#calls.findLast((call) => call.wire === wire) ?? null;
    const live = this.#calls.filter((call) => call.isLive);
    if (from === null) return live.at(-1) ?? null;
    const user = this.agent.userAt(from);
    const group = user === null ? null : (this.agent.groupOf?.(user) ?? null);
    return (
      live.findLast((call) => call.address === from || (user !== null && call.peer === user)) ??
      // Until one has answered, any user of a called group may be the sender.
      live.findLast((call) => call.group !== null && (call.group === from || (call.address === null && call.group === group))) ??
      null
    );
  }

  /** Whether a message says that it is of another user of the run than the other side of the call that it is about. */
  isOfStranger(wire: string | null, from: string | null): boolean {
    const user = from === null ? null : this.agent.userAt(from);
    if (user === null || user === this.agent.user) return false;
    if (wire === null) return this.callOf(null, from) === null;
    const call = this.callOf(wire, null);
    return call !== null && call.group === null && call.peer !== null && call.peer !== user && call.address !== from;
  }

  /** The latest live outgoing call without an id on the wire. */
  unnamed(): SessionCall | null {
    return this.#calls.findLast(({ isLive, side, wire }) => isLive && side === 'caller' && wire === null) ?? null;
  }

  /** The entry of a call of the probe; a new one gets an id if the caller makes the id. */
  callFor(handle: CallHandle, isNew: boolean): SessionCall {
    const known = this.#calls.findLast(({ key }) => key === handle.key);
    if (known !== undefined) return known;
    const { key, id, peer, side } = handle;
    const group = side === 'caller' && peer !== null ? (this.agent.groupOf?.(peer) ?? null) : null;
    const call: SessionCall = { key, probeId: id, wire: null, address: null, peer, group, side, values: new Map(), isLive: true };
    this.add(call);
    const { from, make } = this.dialect.callId;
    if (isNew && from === 'caller') this.#named(call, make === null ? id : String(fill(make, this.scope(call))));
    return call;
  }

  /** Stores taken values in their scopes; reports required values that were missing. */
  remember({ values, missing }: Taken, call: SessionCall | null): void {
    for (const { message, isProven } of missing) {
      this.emit({ type: 'violation', code: isProven ? 'field-missing' : WRONG_MAPPING, message, key: call?.key ?? null });
    }
    for (const [name, value] of values) {
      const [scope = '', key = ''] = name.split('.');
      if (name === 'agent.id') {
        this.#agent.set('id', value);
        this.addresses.know(this.agent.run, value);
        this.emit({ type: 'known-as', address: String(value) });
      } else if (name === 'call.id') {
        // With its type, for templates: a server that numbers its calls expects a number.
        call?.values.set('id', value);
        if (call !== null) this.#named(call, String(value));
      } else if (name === 'peer.id') {
        if (call !== null) this.answeredBy(call, String(value));
      } else if (scope === 'agent') this.#agent.set(key, value);
      else if (scope === 'connection') this.#connection.set(key, value);
      else if (scope === 'call') call?.values.set(key, value);
    }
  }

  /** Sets the other side of a call. */
  answeredBy(call: SessionCall, address: string): void {
    call.address = address;
    call.peer = this.agent.userAt(address) ?? call.peer;
  }

  #named(call: SessionCall, wire: string): void {
    if (call.wire === wire) return;
    call.wire ??= wire;
    this.emit({ type: 'heard', heard: { event: 'named', key: call.key, wire } });
  }

  #value(path: readonly string[], find: CallFinder, locals: Locals): unknown {
    const [scope = '', name = '', ...rest] = path;
    const whole = path.join('.');
    if (locals.has(whole)) return locals.get(whole);
    switch (scope) {
      case 'agent':
        return member(this.#agent.get(name), rest);
      case 'connection':
        return member(this.#connection.get(name) ?? this.prepared()[name], rest);
      case 'peer':
        return this.#peerValue(find(), name);
      case 'call':
        return callValue(find(), name, rest);
      case 'description':
        return member(locals.get(scope), path.slice(1));
      default:
        return outsideValue(this.dialect, this.agent, this.agent.url, path);
    }
  }

  #peerValue(call: SessionCall | null, name: string): unknown {
    if (call === null) return undefined;
    const { address, peer, group } = call;
    if (name === 'user') return peer ?? undefined;
    if (name === 'group') return group ?? undefined;
    const said = address ?? group ?? (peer === null ? undefined : this.agent.addressOf(peer));
    return said === undefined ? undefined : this.addresses.typed(this.agent.run, said);
  }
}

function callValue(call: SessionCall | null, name: string, rest: readonly string[]): unknown {
  if (call === null) return undefined;
  if (name === 'id') return call.values.get('id') ?? call.wire ?? undefined;
  if (name === 'probeId') return call.probeId;
  return name === 'side' ? call.side : member(call.values.get(name), rest);
}
