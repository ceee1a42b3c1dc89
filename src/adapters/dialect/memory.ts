/** The stored values of a session: of its agent, its connection and each call. Finds the call of a message. */
import { type AdapterAgent, type CallHandle, type SessionEffect, WRONG_MAPPING } from '../../probe/adapter/port.js';
import { VIEW_END_REASONS } from '../../protocol/reasons.js';
import type { Addresses } from './addresses.js';
import { agentValues, member, outsideValue, scopeOf, wallOf } from './agent-values.js';
import type { Dialect, Rule } from './dialect.js';
import type { FunctionWorld } from './functions.js';
import type { SessionCall } from './meaning.js';
import { type NoValue, required } from './required.js';
import type { Taken } from './taking.js';
import type { Scope } from './template.js';

/** Maximum number of calls in a session. */
const CALLS_MAX = 64;

/** Meanings of messages that may name a call of this side for the first time. */
const STARTS: Rule['means'] = ['call-id', 'ringing', 'accepted'];
const NAMING: Rule['means'] = [...STARTS, 'ended', ...VIEW_END_REASONS];

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
  /** Number of the connection. */
  #number = 0;
  #arrivals = 0;

  constructor(
    readonly dialect: Dialect,
    readonly agent: AdapterAgent,
    readonly prepared: () => Readonly<Record<string, unknown>>,
    readonly addresses: Addresses,
    readonly emit: (effect: SessionEffect) => void,
  ) {
    const wall = wallOf(agent);
    this.#world = { rng: agent.rng, wall, counters: new Map() };
    this.#agent = agentValues(dialect, agent, agent.url, wall);
  }

  /** A connection has opened, with what the requests before it have given. */
  connected(): void {
    this.#number++;
    const given = Object.entries(this.prepared()).filter(([name]) => name.startsWith('agent.'));
    this.remember({ values: new Map(given), missing: [] }, null);
  }

  /** The connection has ended. */
  forgetConnection(): void {
    this.#connection.clear();
    // The app has ended its calls: the next incoming one is another one.
    if (this.dialect.traits.lostConnection === 'ends-call') for (const call of this.#calls) call.isLive = false;
    if (this.dialect.callId.scope === 'server') return;
    for (const call of this.#calls) if (!call.isLive) call.wire = null;
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

  /** A new incoming call. */
  arrived(call: SessionCall): void {
    this.#arrivals++;
    this.#add(call);
  }

  /** The key of a new incoming call: its id on the wire, unless it has none, or an earlier call had the same. */
  keyFor(wire: string | null): string {
    const isFree = wire !== null && this.#calls.every(({ key }) => key !== wire);
    return isFree ? wire : `in-${this.#arrivals + 1}`;
  }

  #add(call: SessionCall): void {
    call.connection = this.#number;
    this.#calls.push(call);
    if (this.#calls.length > CALLS_MAX) this.#calls.shift();
  }

  /**
   * The call of a message with these meanings. An id that is not known yet may be that of this side's own call, which has none so
   * far; so may one that an earlier connection has used for a call that is over.
   */
  callAbout(means: Rule['means'], wire: string | null, from: string | null): SessionCall | null {
    const known = this.callOf(wire, from);
    const isOld = known !== null && !known.isLive && known.connection < this.#number;
    if (known !== null && !(isOld && means.some((word) => STARTS.includes(word)))) return known;
    const unnamed = this.#unnamed();
    if (means.includes('call-id')) return unnamed.at(-1) ?? known;
    const [only] = unnamed;
    const isNaming = this.dialect.callId.from === 'server' && wire !== null && means.some((word) => NAMING.includes(word));
    if (!isNaming || only === undefined || unnamed.length > 1) return known;
    return from === null || this.#isWith(only, from) ? only : known;
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

  /** The live outgoing calls without an id on the wire. */
  #unnamed(): SessionCall[] {
    return this.#calls.filter(({ isLive, side, wire }) => isLive && side === 'caller' && wire === null);
  }

  #isWith({ address, peer, group }: SessionCall, from: string): boolean {
    const user = this.agent.userAt(from);
    if (address === from || (user !== null && peer === user)) return true;
    // Until one has answered, any user of a called group may be the sender.
    return group !== null && (group === from || (address === null && user !== null && this.agent.groupOf?.(user) === group));
  }

  /** Whether a message says that it is of another user of the run than the other side of the call that it is about. */
  isOfStranger(wire: string | null, from: string | null): boolean {
    const user = from === null ? null : this.agent.userAt(from);
    if (user === null || user === this.agent.user) return false;
    // What comes late from the other side of a call that is over is late, and not strange.
    if (wire === null)
      return this.callOf(null, from) === null && !this.#calls.some(({ peer, address }) => peer === user || address === from);
    const call = this.callOf(wire, null);
    return call !== null && call.group === null && call.peer !== null && call.peer !== user && call.address !== from;
  }

  /** The entry of a call of the probe; a new one gets an id if the caller makes the id. */
  callFor(handle: CallHandle, isNew: boolean): SessionCall {
    const known = this.#calls.findLast(({ key }) => key === handle.key);
    if (known !== undefined) return known;
    const { key, id, peer, side } = handle;
    const group = side === 'caller' && peer !== null ? (this.agent.groupOf?.(peer) ?? null) : null;
    const call: SessionCall = {
      key,
      probeId: id,
      wire: null,
      address: null,
      peer,
      group,
      side,
      values: new Map(),
      isLive: true,
      connection: 0,
    };
    this.#add(call);
    const { from, make } = this.dialect.callId;
    if (isNew && from === 'caller') this.#named(call, make === null ? id : String(required(make, this.scope(call))));
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

  /** Reports a template without a value. */
  lacks({ message, isProven }: NoValue, call: SessionCall | null): void {
    this.emit({ type: 'violation', code: isProven ? 'field-missing' : WRONG_MAPPING, message, key: call?.key ?? null });
  }

  /** Sets the other side of a call. */
  answeredBy(call: SessionCall, address: string): void {
    call.address = address;
    call.peer = this.agent.userAt(address) ?? call.peer;
  }

  #named(call: SessionCall, wire: string): void {
    if (call.wire === wire) return;
    if (call.wire === null) {
      call.wire = wire;
      call.connection = this.#number;
    }
    if (this.dialect.callId.scope === 'server') this.emit({ type: 'heard', heard: { event: 'named', key: call.key, wire } });
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
