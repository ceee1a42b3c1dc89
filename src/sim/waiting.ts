/** What must hold of devices that wait: for how long they may, what they show meanwhile, and what they are told in the end. */
import type { Agent } from '../client/agent.js';
import type { AgentEffect, AgentInput } from '../client/io.js';
import type { CallRecord } from '../protocol/call.js';
import type { Waits } from '../protocol/limits.js';
import type { Millis } from '../protocol/machine.js';
import type { InvariantName } from './invariants.js';
import type { SimDevice } from './swarm.js';

/** How late a limit may be noticed while the process of the device runs. */
const LATE_MS_MAX = 5;

interface Wait {
  /** Since when the device hears nothing, or null while it has a connection. */
  silentSince: Millis | null;
  /** Since when it shows what it shows. */
  shownSince: Millis;
  /** By call and device, the highest version that a receipt told this device of. */
  readonly receipts: Map<string, Map<string, number>>;
}

export interface WaitingPorts {
  now(): Millis;
  /** The latest record of a call. */
  record(call: string): CallRecord | null;
  tell(invariant: InvariantName, message: string): void;
}

export class Waiting {
  readonly #waits: Waits;
  readonly #ports: WaitingPorts;
  readonly #of = new Map<SimDevice, Wait>();

  constructor(waits: Waits, ports: WaitingPorts) {
    this.#waits = waits;
    this.#ports = ports;
  }

  /** A device is through with one input. */
  handled(device: SimDevice, agent: Agent, input: AgentInput | { readonly type: 'tick' }, effects: readonly AgentEffect[]): void {
    const wait = this.#wait(device);
    const now = this.#ports.now();
    for (const effect of effects) {
      if (effect.type === 'shown') wait.shownSince = now;
      else if (effect.type === 'applied') this.#receipt(wait, effect);
      else if (effect.type === 'not-applied') this.#notApplied(device, wait, effect);
      else if (effect.type === 'record') this.#toldOf(device, agent, [effect.record]);
    }
    if (agent.presence === 'online') {
      wait.silentSince = null;
      if (input.type === 'frame' && input.frame.type === 'welcome') this.#toldOf(device, agent, input.frame.calls);
      return;
    }
    if (wait.silentSince === null || (input.type === 'fetched' && input.answer !== 'failed')) wait.silentSince = now;
    // What was due is done with a tick; other inputs may come before it when the process has stood still.
    if (input.type === 'tick') this.#bounded(device, agent, Math.max(wait.silentSince, wait.shownSince));
  }

  /** The process of a device died: what it was told is gone. */
  crashed(device: SimDevice): void {
    this.#of.delete(device);
  }

  /** Whether `device` was told that `other` has applied this version of a call, or a later one. */
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
      this.#ports.tell(
        'told-applied',
        `${device.name} hears that ${call} version ${version} was not applied, ${other} has told that it was`,
      );
    }
  }

  #toldOf(device: SimDevice, agent: Agent, records: readonly CallRecord[]): void {
    const { call, version, view } = agent.shown;
    if (version !== null || view.state !== 'ended' || records.every(({ id }) => id !== call)) return;
    this.#ports.tell('provisional', `${device.name} shows ${view.reason} of ${call}, of which the server has told it`);
  }

  #bounded(device: SimDevice, agent: Agent, since: Millis): void {
    const { call, version, view } = agent.shown;
    if (view.state === 'idle' || view.state === 'ended') return;
    const limitMs = version === null ? this.#waits.commandMs : this.#waits.giveUpMs;
    const waitMs = this.#ports.now() - since;
    if (waitMs <= limitMs + LATE_MS_MAX) return;
    this.#ports.tell(
      'bounded-wait',
      `${device.name} shows ${view.state} of ${call} and has heard nothing for ${Math.round(waitMs)} ms`,
    );
  }
}
