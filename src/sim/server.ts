/** The server of a run: the product's hub on a store that outlives it, and the points at which it crashes. */

import type { CallRecord } from '../protocol/call.js';
import type { Wire } from '../protocol/frames.js';
import type { Waits } from '../protocol/limits.js';
import type { Millis } from '../protocol/machine.js';
import type { Rng } from '../protocol/rng.js';
import type { SessionMachine } from '../protocol/session.js';
import { Hub } from '../server/hub/hub.js';
import type { HubEffect, HubInput } from '../server/hub/io.js';
import type { StoredValue } from '../server/hub/stored.js';
import type { Network } from './network.js';
import { type Machinery, SimNode } from './node.js';
import type { Parts } from './parts.js';
import type { EventQueue } from './queue.js';
import type { Safety } from './safety.js';

/** What correct clocks read at the start of a run. */
export const EPOCH_MS = 2 ** 40;
/** When a crash that waits for a change happens anyway. */
const CRASH_WITHIN_MS = 500;

/** A pending crash: after this many effects of the next input that changes a call. */
interface Crash {
  readonly afterEffects: number;
  /** Whether the devices see their connections close. */
  readonly announced: boolean;
  /** How long the server stays down. */
  readonly forMs: Millis;
}

export interface ServerPorts {
  readonly queue: EventQueue;
  readonly network: Network;
  readonly safety: Safety;
  now(): Millis;
  /** Wraps a machine to count inputs and catch exceptions. */
  guarded(machine: Hub): Machinery<HubInput, HubEffect>;
  watched(session: string, device: string, machine: SessionMachine<Wire>): SessionMachine<Wire>;
  fold(effects: number, input: HubInput | { readonly type: 'tick' }): void;
}

export class SimServer {
  readonly node: SimNode<HubInput, HubEffect>;
  readonly #waits: Waits;
  readonly #parts: Parts;
  readonly #rng: Rng;
  readonly #ports: ServerPorts;
  readonly #store = new Map<string, StoredValue>();
  #hub: Hub;
  #crash: Crash | null = null;
  #lives = 0;

  constructor(waits: Waits, parts: Parts, rng: Rng, ports: ServerPorts) {
    this.#waits = waits;
    this.#parts = parts;
    this.#rng = rng;
    this.#ports = ports;
    this.#hub = this.#newHub();
    this.node = new SimNode<HubInput, HubEffect>(ports.guarded(this.#hub), EPOCH_MS, {
      queue: ports.queue,
      now: () => ports.now(),
      perform: (effects, input) => this.#effects(effects, input),
    });
  }

  get hub(): Hub {
    return this.#hub;
  }

  get restarts(): number {
    return this.#lives - 1;
  }

  /** Its answer to an HTTP request; undefined while it is paused. */
  read(call: string, user: string): CallRecord | null | undefined {
    if (this.node.isPaused) return undefined;
    const record = this.#hub.read(call, user);
    if (record !== null) this.#ports.safety.sent(record);
    return record;
  }

  pause(forMs: Millis): void {
    this.#ports.queue.push(this.#ports.now() + forMs, () => this.#ports.safety.resumed());
    this.node.pause(forMs);
  }

  /** The server crashes at the next change of a call, or by itself soon after. */
  crash(crash: Crash): void {
    this.#crash ??= crash;
    this.#ports.queue.push(this.#ports.now() + CRASH_WITHIN_MS, () => {
      if (this.#crash === crash) this.#die(crash);
    });
  }

  /** The server is running, and no crash is pending. */
  heal(): void {
    this.#crash = null;
    this.#ports.safety.resumed();
    this.node.endPause();
    if (!this.node.isUp) this.#start();
  }

  #newHub(): Hub {
    const { hub, session, serverWaits } = this.#parts;
    this.#lives++;
    return new Hub({
      waits: serverWaits(this.#waits),
      policy: hub,
      rng: this.#rng.fork(`hub-${this.#lives}`),
      durable: true,
      sessions: (id, address) => this.#ports.watched(id, `${address.user}/${address.device}`, session(this.#waits)),
    });
  }

  #effects(effects: readonly HubEffect[], input: HubInput): void {
    this.#ports.fold(effects.length, input);
    const crash = this.#crash;
    let isChange = false;
    for (const effect of effects) {
      if (effect.type !== 'changed') continue;
      isChange = true;
      this.#ports.safety.changed(effect.record, effect.cause);
    }
    const isFatal = crash !== null && isChange;
    const ordered = this.#parts.persistsFirst ? effects : persistLast(effects);
    let left = isFatal ? crash.afterEffects : Infinity;
    for (const effect of ordered) {
      if (left-- <= 0) break;
      this.#effect(effect);
    }
    if (isFatal) return this.#die(crash);
    if (input.type === 'open') this.#ports.network.accepted(input.conn);
    this.#ports.safety.inputDone();
  }

  #effect(effect: HubEffect): void {
    switch (effect.type) {
      case 'persist':
        for (const { key, value } of effect.entries) {
          if (value !== null) this.#store.set(key, value);
          else {
            this.#store.delete(key);
            if (key.startsWith('call:')) this.#ports.safety.forgotten(key.slice('call:'.length));
          }
        }
        break;
      case 'transmit': {
        const { frame } = effect;
        if (frame.type === 'event') this.#ports.safety.sent(frame.record);
        else if (frame.type === 'result' && frame.record !== null) this.#ports.safety.sent(frame.record);
        else if (frame.type === 'welcome') for (const record of frame.calls) this.#ports.safety.sent(record);
        this.#ports.network.sendDown(effect.conn, frame);
        break;
      }
      case 'close':
        this.#ports.network.close(effect.conn, effect.close);
        break;
      case 'refused':
        if (effect.op === 'invite' && effect.why === 'own-line-busy')
          this.#ports.safety.refusedBusy(effect.call, effect.device.user);
        break;
      default:
        break;
    }
  }

  #die({ announced, forMs }: Crash): void {
    this.#crash = null;
    if (!this.node.isUp) return;
    this.node.kill();
    this.#ports.network.serverGone(announced);
    this.#ports.queue.push(this.#ports.now() + forMs, () => {
      if (!this.node.isUp) this.#start();
    });
  }

  #start(): void {
    const kept = this.#parts.restores ? this.#store : new Map<string, StoredValue>();
    this.#hub = this.#newHub();
    this.#hub.restore(
      [...kept].map(([key, value]) => ({ key, value })),
      this.node.time,
    );
    this.#ports.safety.restarted(kept);
    this.node.start(this.#ports.guarded(this.#hub));
  }
}

function persistLast(effects: readonly HubEffect[]): HubEffect[] {
  return [...effects.filter(({ type }) => type !== 'persist'), ...effects.filter(({ type }) => type === 'persist')];
}
