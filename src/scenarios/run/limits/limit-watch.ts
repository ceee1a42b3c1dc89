/**
 * Follows a repetition at a target with declared limits: which calls a broken connection ended, and whether the probe took away a
 * message that nobody sends again. It knows the bus only.
 */
import { losesMessage } from '../../../faults/message/index.js';
import { presenceOf } from '../../../protocol/actions.js';
import { type Address, addressOf } from '../../../protocol/address.js';
import type { Millis } from '../../../protocol/machine.js';
import type { Bus, LiveEvent } from '../../../trace/bus.js';
import type { LimitCode } from './codes.js';

interface WatchedCall {
  readonly users: ReadonlySet<string>;
  /** Devices that show it live. */
  readonly live: Set<string>;
}

export interface LimitWatchOptions {
  readonly bus: Bus;
  readonly now: () => Millis;
  readonly limits: readonly LimitCode[];
  /** How long the server may take to notify the other side of a lost connection, and the reasons that it may give. */
  readonly peerLostMs: Millis;
  readonly peerLostReasons: readonly string[];
}

/** Faults of these layers can end a connection. One of a single message can as well, if it damages the message. */
const ENDS_CONNECTIONS: readonly string[] = ['connection', 'link', 'process', 'clock', 'server'];

const userOf = (node: string): string => node.split('/', 1)[0] ?? node;

export class LimitWatch {
  readonly #options: LimitWatchOptions;
  readonly #calls = new Map<string, WatchedCall>();
  /** The call that each device showed last. */
  readonly #last = new Map<string, string>();
  /** What can break connections now: active faults by the number of their hit, and absent devices by name. */
  readonly #faults = new Map<number, string>();
  readonly #struck = new Set<string>();
  /** Calls that lost a connection, and when. */
  readonly #lost = new Map<string, Millis>();
  #isMessageLost = false;

  constructor(options: LimitWatchOptions) {
    this.#options = options;
    if (options.limits.length > 0) options.bus.subscribe((event) => this.#look(event));
  }

  /** Whether a message was taken away, or damaged, and nobody promises to send it again. */
  get isMessageLost(): boolean {
    return this.#isMessageLost;
  }

  /** Whether a call that lost a connection is still shown somewhere. */
  get isEnding(): boolean {
    return [...this.#lost.keys()].some((call) => !this.#isOver(call));
  }

  /** Whether a call lost a connection, so that the server may hold it for a while. */
  get hasLostCall(): boolean {
    return this.#lost.size > 0;
  }

  /** For how long the server may still hold such a call, in milliseconds. */
  get graceMs(): Millis {
    const since = Math.max(...this.#lost.values());
    return Math.max(0, since + this.#options.peerLostMs - this.#options.now());
  }

  /** Whether a device was in a call that ended with a connection, and has no other one: its app has no button for that call any more. */
  hasLost(device: Address): boolean {
    const last = this.#last.get(addressOf(device));
    return last !== undefined && this.#lost.has(last) && this.#calls.get(last)?.live.has(addressOf(device)) !== true;
  }

  /** Whether these devices were in calls that ended with a connection, and are in no other one. */
  haveLost(devices: readonly Address[]): boolean {
    const users = new Set(devices.map(({ user }) => user));
    const own = [...this.#lost.keys()].filter((call) => [...users].some((user) => this.#calls.get(call)?.users.has(user)));
    if (own.length === 0 || !own.every((call) => this.#isOver(call))) return false;
    return devices.every((device) => {
      const last = this.#last.get(addressOf(device));
      return last === undefined || this.#lost.has(last);
    });
  }

  #isOver(call: string): boolean {
    return this.#calls.get(call)?.live.size === 0;
  }

  #look(event: LiveEvent): void {
    const { node } = event;
    switch (event.type) {
      case 'action':
        if (event.action === 'call' && event.call !== null && event.peer !== null && event.refused === undefined)
          this.#calls.set(event.call, { users: new Set([userOf(node), event.peer, ...(event.group ?? [])]), live: new Set() });
        if (presenceOf(event.action) === 'off') this.#struck.add(node);
        // The app is gone, and its connection with it, although the end of that may be seen last.
        if (event.action === 'crash') this.#lose(node);
        return;
      case 'state':
        return this.#showed(node, event);
      case 'fault':
        return this.#fault(event);
      case 'conn':
        if (event.state === 'closed' && this.#isStruck(node)) this.#lose(node);
        // Back again: what ends this connection later is not the probe's doing.
        if (event.state === 'opened' && ![...this.#faults.values()].includes(node)) this.#struck.delete(node);
        return;
      default:
    }
  }

  #showed(device: string, { call, state, reason }: Extract<LiveEvent, { type: 'state' }>): void {
    const isOver = state === 'idle' || state === 'ended';
    const shown = this.#calls.get(call ?? '');
    // The server noticed first: the connection of the other side may look alive to its own device.
    if (call !== null && shown !== undefined && reason !== null && this.#options.peerLostReasons.includes(reason)) {
      const others = [...shown.live].filter((one) => one !== device);
      if (others.some((one) => this.#isStruck(one))) this.#loses(call);
    }
    for (const [id, { live }] of this.#calls) if (id !== call || isOver) live.delete(device);
    if (call === null) return;
    this.#last.set(device, call);
    if (!isOver) this.#calls.get(call)?.live.add(device);
  }

  #fault(event: Extract<LiveEvent, { type: 'fault' }>): void {
    const { act, layer, node, n, cause, struck, fault } = event;
    if (act === 'healed' && cause !== null) this.#faults.delete(cause);
    if (act !== 'hit' || layer === null) return;
    const harms = layer === 'message' && struck !== null && losesMessage(fault);
    if (harms && this.#options.limits.includes('no-redelivery')) this.#isMessageLost = true;
    if (!harms && !ENDS_CONNECTIONS.includes(layer)) return;
    this.#faults.set(n, node);
    this.#struck.add(node);
  }

  #isStruck(device: string): boolean {
    return this.#struck.has(device) || this.#struck.has('server');
  }

  /** The calls of a device whose connection ended. A call that another device of the same user has as well goes on there. */
  #lose(device: string): void {
    const user = userOf(device);
    for (const [call, { users, live }] of this.#calls) {
      const others = [...live].filter((one) => one !== device);
      if (!users.has(user) || others.some((one) => userOf(one) === user)) continue;
      if (live.size > 0) this.#loses(call);
    }
  }

  #loses(call: string): void {
    if (this.#options.limits.includes('ends-call')) this.#lost.set(call, this.#options.now());
  }
}
