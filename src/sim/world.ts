/**
 * One run: the product's hub and agents in virtual time, over simulated links, through a schedule of actions and faults. Then
 * everything is healed, has to become quiescent, and is judged. Safety is checked with every effect.
 */
import { Agent } from '../client/agent.js';
import type { AgentEffect, AgentInput } from '../client/io.js';
import type { UserAction } from '../protocol/actions.js';
import type { CallRecord } from '../protocol/call.js';
import type { Waits } from '../protocol/limits.js';
import type { Millis } from '../protocol/machine.js';
import { createRng, type Rng } from '../protocol/rng.js';
import type { Hub } from '../server/hub/hub.js';
import { disagreement, type Scene } from './convergence.js';
import type { InvariantName, Violation } from './invariants.js';
import { Ledger } from './ledger.js';
import { CALM, Network } from './network.js';
import { SimNode } from './node.js';
import type { Parts } from './parts.js';
import { EventQueue } from './queue.js';
import { Safety } from './safety.js';
import { OPENING_MS, type Step } from './schedule.js';
import { EPOCH_MS, SimServer } from './server.js';
import type { SimDevice, Swarm } from './swarm.js';
import { Waiting } from './waiting.js';

/** More events than any healthy run needs. */
const STEPS_MAX = 400_000;
/** How often the world is checked until it is quiescent. */
const LOOK_MS = 500;
export interface RunPlan {
  readonly seed: string;
  readonly swarm: Swarm;
  readonly steps: readonly Step[];
}

/** The outcome of a run. */
export interface Outcome {
  readonly violation: Violation | null;
  /** Invitations that became calls, and those of them that were answered. */
  readonly calls: number;
  readonly connected: number;
  /** Inputs that machines handled. */
  readonly inputs: number;
  readonly restarts: number;
  /** Elapsed virtual time. */
  readonly ms: Millis;
  /** A digest of every input in order: the same for the same seed. */
  readonly digest: number;
}

export interface DeviceNode {
  readonly device: SimDevice;
  readonly node: SimNode<AgentInput, AgentEffect>;
  readonly agent: Agent;
  /** From 1, in the order of the plan. */
  readonly number: number;
  isGone: boolean;
}

/** Thrown to end a run at its first violation; caught in this file. */
class Stop extends Error {}

export class World {
  now: Millis = 0;
  violation: Violation | null = null;
  readonly #plan: RunPlan;
  readonly #parts: Parts;
  readonly #rng: Rng;
  readonly #queue = new EventQueue();
  readonly #network: Network;
  readonly #safety: Safety;
  readonly #ledger: Ledger;
  readonly #waiting: Waiting;
  readonly #devices = new Map<string, DeviceNode>();
  readonly #server: SimServer;
  #inputs = 0;
  #digest = 0;

  constructor(plan: RunPlan, parts: Parts) {
    const { swarm, seed } = plan;
    this.#plan = plan;
    this.#parts = parts;
    this.#rng = createRng(seed);
    const report = (invariant: InvariantName) => (message: string) => this.report(invariant, message);
    const now = (): Millis => this.now;
    const time = (): Millis => this.now + EPOCH_MS;
    this.#safety = new Safety(swarm.waits, { now, time, report: (invariant, message) => this.report(invariant, message) });
    this.#ledger = new Ledger(report('exactly-once'));
    const record = (call: string): CallRecord | null => this.#safety.calls.get(call)?.latest ?? null;
    this.#waiting = new Waiting(swarm.waits, { now, record, report: (invariant, message) => this.report(invariant, message) });
    this.#network = new Network(seed, swarm.waits, {
      queue: this.#queue,
      now,
      toDevice: (device, input) => this.#devices.get(device.name)?.node.feed(input),
      toServer: (input) => this.#server.node.feed(input),
      isServerUp: () => this.#server.node.isUp,
      read: (call, user) => this.#server.read(call, user),
    });
    this.#server = new SimServer(swarm.waits, parts, this.#rng, {
      queue: this.#queue,
      network: this.#network,
      safety: this.#safety,
      now,
      guarded: (machine) => this.#guarded(machine),
      watched: (session, device, machine) => this.#ledger.watchServer(session, device, machine),
      fold: (effects, input) => this.#fold(0, effects, input.type),
    });
    for (const device of swarm.devices) this.#addDevice(device);
  }

  /** Plays the plan; `end` runs once everything is quiescent. */
  run(end: (world: World) => void): Outcome {
    try {
      this.#open();
      for (const step of this.#plan.steps) this.#queue.push(step.at, () => this.#do(step));
      this.#runUntil((this.#plan.steps.at(-1)?.at ?? OPENING_MS) + 1);
      this.#heal();
      this.#settle();
      end(this);
    } catch (error) {
      if (!(error instanceof Stop)) throw error;
    }
    const { created, connected } = this.#safety;
    return {
      violation: this.violation,
      calls: created,
      connected,
      inputs: this.#inputs,
      restarts: this.#server.restarts,
      ms: this.now,
      digest: this.#digest >>> 0,
    };
  }

  /** Ends the run with its first violation. */
  report(invariant: InvariantName, message: string): never {
    this.violation ??= { invariant, at: this.now, message };
    throw new Stop();
  }

  /** Devices that exist until the end. */
  get present(): readonly DeviceNode[] {
    return [...this.#devices.values()].filter(({ isGone }) => !isGone);
  }

  get hub(): Hub {
    return this.#server.hub;
  }

  get safety(): Safety {
    return this.#safety;
  }

  /** Upper bound for a silent connection to be detected, its device to return, and a late frame or result to arrive. */
  get quietMs(): Millis {
    const { silentMs, helloMs, reconnectMsMax, graceMs, resendMsMax, heartbeatMs, commandMs } = this.waits;
    return silentMs + 2 * helloMs + reconnectMsMax + graceMs + resendMsMax + heartbeatMs + commandMs;
  }

  get waits(): Waits {
    return this.#plan.swarm.waits;
  }

  get waiting(): Waiting {
    return this.#waiting;
  }

  /** The device has no socket and gets none from now on. */
  loseSocket(device: SimDevice): void {
    this.#network.refuse(device, 'sockets', Infinity);
    this.#network.cut(device, 'closed');
  }

  act(device: SimDevice, verb: UserAction, callee: string | null = null): void {
    this.#devices.get(device.name)?.node.feed({ type: 'act', verb, media: false, ...(callee === null ? {} : { callee }) });
  }

  /** Advances time until `isSo`, at most `msMax`; returns whether it became true. Checks every `LOOK_MS`. */
  until(isSo: () => boolean, msMax: Millis, lookMs: Millis = LOOK_MS): boolean {
    const end = this.now + msMax;
    for (;;) {
      if (isSo()) return true;
      if (this.now >= end) return false;
      this.#runUntil(Math.min(end, this.now + lookMs));
    }
  }

  /** What the checks of a quiescent world need. */
  scene(): Scene {
    return {
      hub: this.#server.hub,
      safety: this.#safety,
      devices: [...this.#devices.values()].map(({ device, agent, isGone, node }) => ({ device, agent, isGone, time: node.time })),
      time: this.#server.node.time,
      unread: (device) => this.#ledger.unread(device.name),
    };
  }

  #open(): void {
    const dice = this.#rng.fork('opening');
    for (const { device } of this.#devices.values()) {
      this.#queue.push(dice.below(OPENING_MS / 2), () => this.act(device, 'open'));
    }
  }

  #runUntil(end: Millis): void {
    for (let at = this.#queue.nextAt(); at !== null && at <= end; at = this.#queue.nextAt()) {
      const event = this.#queue.pop();
      if (event === null) break;
      if (event.at > this.now) this.now = event.at;
      event.happen();
    }
    this.now = end;
  }

  /** Ends all disturbances of network and processes, except vanished devices. */
  #heal(): void {
    this.#network.heal();
    this.#server.heal();
    for (const { device, node, isGone } of this.#devices.values()) {
      if (isGone) continue;
      node.endPause();
      this.act(device, 'come back');
    }
  }

  /** Waits for agreement. */
  #settle(): void {
    const boundMs = this.quietMs;
    this.until(() => !this.#network.hasSilence && disagreement(this.scene()) === null, boundMs);
    const wrong = disagreement(this.scene());
    this.#safety.overdue();
    if (wrong !== null) this.report(wrong.invariant, `${wrong.message}, ${boundMs / 1000} s after all faults were over`);
  }

  #addDevice(device: SimDevice): void {
    const parts = this.#parts;
    const agent = new Agent({
      address: device,
      token: device.user,
      waits: this.waits,
      policy: parts.replica,
      rng: this.#rng.fork(device.name),
      media: false,
      decisions: {
        ...parts.agent,
        machine: (waits) => this.#ledger.watchDevice(device.name, parts.session(waits)),
      },
    });
    const node = new SimNode<AgentInput, AgentEffect>(this.#guarded(agent), EPOCH_MS + device.skewMs, {
      queue: this.#queue,
      now: () => this.now,
      perform: (effects, input) => this.#deviceEffects(entry, effects, input),
    });
    const entry: DeviceNode = { device, agent, node, number: this.#devices.size + 1, isGone: false };
    this.#devices.set(device.name, entry);
  }

  /** An exception in a machine is a violation; one outside is a bug of the simulator. */
  #guarded<I, E>(machine: {
    handle(input: I, now: Millis): readonly E[];
    deadline(): Millis | null;
  }): { handle(input: I, now: Millis): readonly E[]; deadline(): Millis | null } {
    return {
      handle: (input, now) => {
        if (++this.#inputs > STEPS_MAX) this.report('quiescence', `not quiescent after ${STEPS_MAX} inputs`);
        try {
          return machine.handle(input, now);
        } catch (error) {
          if (error instanceof Stop) throw error;
          return this.report('exception', error instanceof Error ? error.message : String(error));
        }
      },
      deadline: () => machine.deadline(),
    };
  }

  /** Adds an input to the digest: time, node, input and effects. */
  #fold(node: number, effects: number, type: string): void {
    const value = Math.imul(this.now * 1024, 31) ^ (node + effects * 64 + type.length * 4096);
    this.#digest = Math.imul(this.#digest ^ value, 0x01000193) ^ (this.#digest >>> 15);
  }

  #deviceEffects(entry: DeviceNode, effects: readonly AgentEffect[], input: AgentInput): void {
    const { device } = entry;
    this.#fold(entry.number, effects.length, input.type);
    if (input.type === 'frame' && input.frame.type === 'welcome') this.#ledger.welcomed(device.name, input.frame.session);
    for (const effect of effects) {
      switch (effect.type) {
        case 'transmit':
          this.#network.sendUp(device, effect.conn, effect.frame);
          break;
        case 'connect':
          this.#network.connect(device, effect.conn);
          break;
        case 'disconnect':
          this.#network.disconnect(device, effect.conn);
          break;
        case 'record':
          this.#safety.applied(device, effect.record);
          break;
        case 'shown':
          this.#safety.shown(device, effect.shown);
          break;
        case 'action':
          if (effect.call !== null && effect.peer !== null) this.#safety.invited(effect.call, effect.peer);
          break;
        case 'fetch-call':
          this.#network.fetch(device, effect.call, effect.request);
          break;
        case 'log':
          // A device logs a warning for a command that it settles without a result.
          if (effect.data['op'] !== undefined && effect.level === 'warn')
            this.#ledger.dropped(device.name, String(effect.data['call']));
          break;
        case 'violation':
          if (/^(closed-|bad-frame|overflow)/.test(effect.code)) this.report('lockout', `${device.name}: ${effect.message}`);
          break;
        default:
          break;
      }
    }
    this.#waiting.handled(device, entry.agent, input, effects);
  }

  #do(step: Step): void {
    switch (step.do) {
      case 'act': {
        const entry = this.#devices.get(step.device);
        if (entry !== undefined && !entry.isGone) this.act(entry.device, step.verb, step.callee);
        return;
      }
      case 'disturbance': {
        this.#network.disturbance = step.disturbance;
        return this.#queue.push(step.at + step.forMs, () => {
          if (this.#network.disturbance === step.disturbance) this.#network.disturbance = CALM;
        });
      }
      case 'cut':
        return this.#network.cut(this.#device(step.device).device, step.how);
      case 'refuse':
        return this.#network.refuse(this.#device(step.device).device, step.what, step.forMs);
      case 'pause':
        if (step.device !== null) return this.#device(step.device).node.pause(step.forMs);
        return this.#server.pause(step.forMs);
      case 'crash':
        return this.#crashDevice(this.#device(step.device), step.announced, step.forMs);
      case 'crash-server':
        return this.#server.crash(step);
    }
  }

  #crashDevice(entry: DeviceNode, announced: boolean, forMs: Millis | null): void {
    const { device, node } = entry;
    if (entry.isGone) return;
    node.drop();
    if (!announced) this.#network.cut(device, 'dead');
    this.act(device, 'crash');
    this.#safety.crashed(device);
    this.#waiting.crashed(device);
    this.#ledger.crashed(device.name);
    if (forMs === null) entry.isGone = true;
    else {
      this.#queue.push(this.now + forMs, () => {
        if (!entry.isGone) this.act(device, 'come back');
      });
    }
  }

  #device(name: string): DeviceNode {
    const entry = this.#devices.get(name);
    if (entry === undefined) throw new Error(`the schedule names ${name}, which is not a device of the run`);
    return entry;
  }
}
