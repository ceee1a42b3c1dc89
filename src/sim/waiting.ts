/** Invariants of waiting devices: how long they may wait, what they show, and what they learn in the end. */
import type { Agent } from '../client/agent.js';
import type { AgentEffect, AgentInput } from '../client/io.js';
import type { CallRecord } from '../protocol/call.js';
import type { Waits } from '../protocol/limits.js';
import type { Millis } from '../protocol/machine.js';
import type { InvariantName } from './invariants.js';
import type { SimDevice } from './swarm.js';

/** How late a limit may be detected while the process of the device runs. */
const LATE_MS_MAX = 5;

interface Wait {
  /** Since when the device has received nothing, or null while it has a connection. */
  silentSince: Millis | null;
  /** Since when it shows its current view. */
  shownSince: Millis;
  /** By call and device, the highest version of a receipt that this device received. */
  readonly receipts: Map<string, Map<string, number>>;
}

export interface WaitingPorts {
  now(): Millis;
  /** The latest record of a call. */
  record(call: string): CallRecord | null;
  report(invariant: InvariantName, message: string): void;
}

export class Waiting {
  readonly #waits: Waits;
  readonly #ports: WaitingPorts;
  readonly #of = new Map<SimDevice, Wait>();

  constructor(waits: Waits, ports: WaitingPorts) {
    this.#waits = waits;
    this.#ports = ports;
  }

  /** A device has handled one input. */
  handled(device: SimDevice, agent: Agent, input: AgentInput | { readonly type: 'tick' }, effects: readonly AgentEffect[]): void {
    const wait = this.#wait(device);
    const now = this.#ports.now();
    for (const effect of effects) {
      if (effect.type === 'shown') wait.shownSince = now;
      else if (effect.type === 'applied') this.#receipt(wait, effect);
      else if (effect.type === 'not-applied') this.#notApplied(device, wait, effect);
      else if (effect.type === 'record') this.#learned(device, agent, [effect.record]);
    }
    if (agent.presence === 'online') {
      wait.silentSince = null;
      if (input.type === 'frame' && input.frame.type === 'welcome') this.#learned(device, agent, input.frame.calls);
      return;
    }
    if (wait.silentSince === null || (input.type === 'fetched' && input.answer !== 'failed')) wait.silentSince = now;
    // Deadlines are handled with a tick; after a pause, other inputs may come before it.
    if (input.type === 'tick') this.#bounded(device, agent, Math.max(wait.silentSince, wait.shownSince));
  }

  /** The process of a device crashed: what it received is gone. */
  crashed(device: SimDevice): void {
    this.#of.delete(device);
  }

  /** Whether `device` has a receipt that `other` applied this version of a call, or a later one. */
  isConfirmed(device: SimDevice, call: string, version: number, other: SimDevice): boolean {
    return (this.#of.get(device)?.receipts.get(call)?.get(other.name) ?? 0) >= version;
  }

  #wait(device: SimDevice): Wait {
    let wait = this.#of.get(device);
    if (wait === undefined) {
      wait = { silentSince: null, shownSince: 0, receipts: new Map() };
      this.#of.set(device, wait);
    }
    return wait;
  }

  #receipt({ receipts }: Wait, { call, version, device }: Extract<AgentEffect, { type: 'applied' }>): void {
    const of = receipts.get(call) ?? new Map<string, number>();
    receipts.set(call, of);
    of.set(device, Math.max(version, of.get(device) ?? 0));
  }

  #notApplied(
    device: SimDevice,
    { receipts }: Wait,
    { call, version, side }: Extract<AgentEffect, { type: 'not-applied' }>,
  ): void {
    const record = this.#ports.record(call);
    if (record === null) return;
    const { user, device: name } = record[side];
    for (const [other, applied] of receipts.get(call) ?? []) {
      const isOther = name === null ? other.startsWith(`${user}/`) : other === `${user}/${name}`;
      if (!isOther || applied < version) continue;
      this.#ports.report(
        'applied-reported',
        `${device.name} reports ${call} version ${version} as not applied, although ${other} has confirmed it`,
      );
    }
  }

  #learned(device: SimDevice, agent: Agent, records: readonly CallRecord[]): void {
    const { call, version, view } = agent.shown;
    if (version !== null || view.state !== 'ended' || records.every(({ id }) => id !== call)) return;
    this.#ports.report(
      'provisional',
      `${device.name} shows ${view.reason} of ${call}, although the server has reported its state`,
    );
  }

  #bounded(device: SimDevice, agent: Agent, since: Millis): void {
    const { call, version, view } = agent.shown;
    if (view.state === 'idle' || view.state === 'ended') return;
    const limitMs = version === null ? this.#waits.commandMs : this.#waits.giveUpMs;
    const waitMs = this.#ports.now() - since;
    if (waitMs <= limitMs + LATE_MS_MAX) return;
    this.#ports.report(
      'bounded-wait',
      `${device.name} shows ${view.state} of ${call} and has received nothing for ${Math.round(waitMs)} ms`,
    );
  }
}
