/** A small deterministic world: one hub and any number of agents in virtual time, over links that lose, repeat, delay and cut. */
import { Agent } from '../src/client/agent.js';
import { type AgentDecisions, SOUND_DECISIONS } from '../src/client/decisions.js';
import type { AgentEffect, AgentInput } from '../src/client/io.js';
import { type ReplicaPolicy, type Shown, SOUND_REPLICA } from '../src/client/replica.js';
import type { UserAction } from '../src/protocol/actions.js';
import type { CallRecord } from '../src/protocol/call.js';
import { decodeClientFrame, decodeServerFrame, encodeFrame } from '../src/protocol/codec.js';
import type { Frame } from '../src/protocol/frames.js';
import { WAITS, type Waits } from '../src/protocol/limits.js';
import type { Millis } from '../src/protocol/machine.js';
import { CLOSE } from '../src/protocol/reasons.js';
import { createRng, type Rng } from '../src/protocol/rng.js';
import { Hub } from '../src/server/hub/hub.js';
import type { HubEffect, HubInput } from '../src/server/hub/io.js';
import { type HubPolicy, SOUND_POLICY } from '../src/server/hub/policy.js';

export type Direction = 'up' | 'down';

/**
 * What all links do to frames: three probabilities, and by how much a frame that leaves the order is late. A hello is
 * neither repeated nor overtaken: a second one on a connection is refused by design, and nothing is sent before it.
 */
export interface Weather {
  readonly drop: number;
  readonly duplicate: number;
  readonly reorder: number;
  readonly lateMsMax: Millis;
}

export const CALM: Weather = { drop: 0, duplicate: 0, reorder: 0, lateMsMax: 0 };

export interface WorldOptions {
  readonly seed?: string;
  readonly waits?: Partial<Waits>;
  readonly policy?: HubPolicy;
  /** One way, for every frame, connect and close. */
  readonly delayMs?: Millis;
  /** Server time at the world's instant 0. */
  readonly serverEpochMs?: Millis;
}

export interface DeviceOptions {
  readonly policy?: ReplicaPolicy;
  readonly decisions?: AgentDecisions;
  readonly media?: boolean;
  /** What the device's own clock reads at the world's instant 0. */
  readonly clockMs?: Millis;
}

/** One connection, seen from both of its ends; `dead` directions lose everything without a word. */
interface Link {
  readonly name: string;
  readonly number: number;
  agent: 'opening' | 'open' | 'closed';
  hub: 'none' | 'open' | 'closing' | 'closed';
  readonly dead: Set<Direction>;
}

interface Device {
  readonly name: string;
  readonly agent: Agent;
  readonly clockMs: Millis;
  readonly log: { readonly at: Millis; readonly effect: AgentEffect }[];
  link: Link | null;
  isRefused: boolean;
}

interface Event {
  readonly at: Millis;
  readonly happen: () => void;
}

/** More than any test needs: a world that goes round in circles fails instead of hanging. */
const STEPS_MAX = 300_000;

export class World {
  now: Millis = 0;
  weather: Weather = CALM;
  readonly waits: Waits;
  readonly hub: Hub;
  readonly hubLog: { readonly at: Millis; readonly effect: HubEffect }[] = [];
  readonly #options: Required<WorldOptions>;
  readonly #rng: Rng;
  readonly #dice: Rng;
  readonly #devices = new Map<string, Device>();
  readonly #links = new Map<string, Link>();
  /** Ascending in time, then in the order of scheduling. */
  readonly #queue: Event[] = [];
  #steps = 0;

  constructor(options: WorldOptions = {}) {
    this.#options = { seed: 'world', waits: {}, policy: SOUND_POLICY, delayMs: 10, serverEpochMs: 1_000_000, ...options };
    this.waits = { ...WAITS, ...this.#options.waits };
    this.#rng = createRng(this.#options.seed);
    this.#dice = this.#rng.fork('links');
    this.hub = new Hub({ waits: this.waits, policy: this.#options.policy, rng: this.#rng.fork('hub') });
  }

  /** Adds devices named `user/device` and brings them online, all at once. */
  open(...names: readonly string[]): this {
    for (const name of names) {
      if (!this.#devices.has(name)) this.add(name);
      this.act(name, 'open');
    }
    this.until(() => names.every((name) => this.agent(name).presence === 'online'), 1_000);
    return this;
  }

  add(
    name: string,
    { policy = SOUND_REPLICA, decisions = SOUND_DECISIONS, media = false, clockMs = 0 }: DeviceOptions = {},
  ): this {
    const [user = '', device = ''] = name.split('/');
    const rng = this.#rng.fork(name);
    const options = { address: { user, device }, token: user, waits: this.waits, policy, decisions, rng, media };
    const agent = new Agent(options);
    this.#devices.set(name, { name, agent, clockMs, log: [], link: null, isRefused: false });
    return this;
  }

  get names(): string[] {
    return [...this.#devices.keys()];
  }

  agent(name: string): Agent {
    return this.#device(name).agent;
  }

  act(name: string, verb: UserAction, callee?: string): void {
    this.feed(name, { type: 'act', verb, ...(callee === undefined ? {} : { callee }) });
  }

  /** Gives an agent one input now. */
  feed(name: string, input: AgentInput): void {
    const device = this.#device(name);
    for (const effect of device.agent.handle(input, device.clockMs + this.now)) this.#agentEffect(device, effect);
  }

  feedHub(input: HubInput): void {
    for (const effect of this.hub.handle(input, this.serverTime)) this.#hubEffect(effect);
  }

  get serverTime(): Millis {
    return this.#options.serverEpochMs + this.now;
  }

  /** Breaks the present connection of a device: `closed` is told to both ends, the others lose frames and nobody is told. */
  cut(name: string, how: 'closed' | 'dead' | Direction): void {
    const { link } = this.#device(name);
    if (link === null) return;
    if (how === 'closed') {
      this.#endAtAgent(link, 1006, 'cut');
      this.#endAtHub(link);
    } else for (const direction of how === 'dead' ? (['up', 'down'] as const) : [how]) link.dead.add(direction);
  }

  /** Whether new connections of a device fail. */
  refuse(name: string, isRefused: boolean): void {
    this.#device(name).isRefused = isRefused;
  }

  /** Ends all that is wrong with the network; a connection that is dead stays dead, its ends find out by the silence. */
  heal(): void {
    this.weather = CALM;
    for (const device of this.#devices.values()) device.isRefused = false;
  }

  /** Lets time pass. */
  run(ms: Millis): this {
    this.until(() => false, ms);
    return this;
  }

  /** Lets time pass until `isSo`, at most `msMax`; returns whether it came to be. */
  until(isSo: () => boolean, msMax: Millis): boolean {
    const end = this.now + msMax;
    while (!isSo()) {
      const at = this.#nextAt();
      if (at === null || at > end) {
        this.now = end;
        return isSo();
      }
      if (++this.#steps > STEPS_MAX) throw new Error(`the world made ${STEPS_MAX} steps and is only at ${this.now} ms`);
      this.now = Math.max(this.now, at);
      this.#step(at);
    }
    return true;
  }

  /** What a device shows, as `ringing` or `ended(hangup)`. */
  view(name: string): string {
    return viewText(this.agent(name).shown);
  }

  /** What the devices show, in the order asked. */
  views(...names: readonly string[]): string[] {
    return names.map((name) => this.view(name));
  }

  /** Every view that a device has shown so far, in order. */
  story(name: string): string[] {
    return this.effects(name, 'shown').map(({ shown }) => viewText(shown));
  }

  effects<T extends AgentEffect['type']>(name: string, type: T): Extract<AgentEffect, { type: T }>[] {
    return this.#device(name)
      .log.map(({ effect }) => effect)
      .filter((effect): effect is Extract<AgentEffect, { type: T }> => effect.type === type);
  }

  hubEffects<T extends HubEffect['type']>(type: T): Extract<HubEffect, { type: T }>[] {
    return this.hubLog
      .map(({ effect }) => effect)
      .filter((effect): effect is Extract<HubEffect, { type: T }> => effect.type === type);
  }

  /** When an effect of this type last came from a device. */
  lastAt(name: string, type: AgentEffect['type']): Millis | null {
    return this.#device(name).log.findLast(({ effect }) => effect.type === type)?.at ?? null;
  }

  /** The hub's record of a call, as one of its users may read it. */
  record(call: string | null, user: string): CallRecord | null {
    return call === null ? null : this.hub.read(call, user);
  }

  #device(name: string): Device {
    const device = this.#devices.get(name);
    if (device === undefined) throw new Error(`no device is called ${name}`);
    return device;
  }

  #nextAt(): Millis | null {
    const hubAt = this.hub.deadline();
    const candidates = [this.#queue[0]?.at ?? null, hubAt === null ? null : hubAt - this.#options.serverEpochMs];
    for (const { agent, clockMs } of this.#devices.values()) {
      const at = agent.deadline();
      candidates.push(at === null ? null : at - clockMs);
    }
    const waiting = candidates.filter((at) => at !== null);
    return waiting.length === 0 ? null : Math.min(...waiting);
  }

  /** At one instant: what was scheduled, then the hub's deadline, then the agents' in the order in which they were added. */
  #step(at: Millis): void {
    const head = this.#queue[0];
    if (head !== undefined && head.at <= at) {
      this.#queue.shift();
      return head.happen();
    }
    const hubAt = this.hub.deadline();
    if (hubAt !== null && hubAt - this.#options.serverEpochMs <= at) {
      // The machine's own instant: the sum of offset and time may round to just before it.
      for (const effect of this.hub.handle({ type: 'tick' }, Math.max(hubAt, this.serverTime))) this.#hubEffect(effect);
      return;
    }
    for (const device of this.#devices.values()) {
      const agentAt = device.agent.deadline();
      if (agentAt === null || agentAt - device.clockMs > at) continue;
      const now = Math.max(agentAt, device.clockMs + this.now);
      for (const effect of device.agent.handle({ type: 'tick' }, now)) this.#agentEffect(device, effect);
      return;
    }
  }

  #schedule(afterMs: Millis, happen: () => void): void {
    const at = this.now + afterMs;
    let index = this.#queue.length;
    while (index > 0 && (this.#queue[index - 1]?.at ?? 0) > at) index--;
    this.#queue.splice(index, 0, { at, happen });
  }

  #agentEffect(device: Device, effect: AgentEffect): void {
    device.log.push({ at: this.now, effect });
    const { link } = device;
    if (effect.type === 'connect') this.#connect(device, effect.conn);
    else if (effect.type === 'transmit' && link?.agent === 'open' && link.number === effect.conn) {
      this.#carry(link, 'up', effect.frame);
    } else if (effect.type === 'disconnect' && link?.number === effect.conn) {
      this.#schedule(0, () => this.#endAtAgent(link, effect.how === 'close' ? 1000 : 1006, ''));
      if (!link.dead.has('up')) this.#schedule(this.#options.delayMs, () => this.#endAtHub(link));
    }
  }

  #hubEffect(effect: HubEffect): void {
    this.hubLog.push({ at: this.now, effect });
    if (effect.type !== 'transmit' && effect.type !== 'close') return;
    const link = this.#links.get(effect.conn);
    if (link?.hub !== 'open') return;
    if (effect.type === 'transmit') return this.#carry(link, 'down', effect.frame);
    // As a WebSocket does: nothing more is written, what arrives is still read until the other end has closed too.
    link.hub = 'closing';
    const { code, reason } = CLOSE[effect.close];
    if (!link.dead.has('down')) this.#schedule(this.#options.delayMs, () => this.#endAtAgent(link, code, reason));
    this.#schedule(2 * this.#options.delayMs, () => this.#endAtHub(link));
  }

  #connect(device: Device, number: number): void {
    const link: Link = { name: `${device.name}#${number}`, number, agent: 'opening', hub: 'none', dead: new Set() };
    device.link = link;
    this.#links.set(link.name, link);
    const { delayMs } = this.#options;
    const { isRefused } = device;
    this.#schedule(delayMs, () => {
      if (isRefused || link.agent === 'closed') return;
      link.hub = 'open';
      this.feedHub({ type: 'open', conn: link.name });
    });
    this.#schedule(2 * delayMs, () => {
      if (isRefused) return this.#endAtAgent(link, 1006, 'refused');
      if (link.agent !== 'opening') return this.#endAtHub(link);
      link.agent = 'open';
      this.feed(device.name, { type: 'opened', conn: number });
    });
  }

  #endAtAgent(link: Link, code: number, reason: string): void {
    if (link.agent === 'closed') return;
    link.agent = 'closed';
    this.feed(link.name.split('#')[0] ?? '', { type: 'closed', conn: link.number, code, reason });
  }

  #endAtHub(link: Link): void {
    if (link.hub !== 'open' && link.hub !== 'closing') return;
    link.hub = 'closed';
    this.feedHub({ type: 'closed', conn: link.name });
  }

  #carry(link: Link, direction: Direction, frame: Frame): void {
    const { drop, duplicate, reorder, lateMsMax } = this.weather;
    const text = encodeFrame(frame);
    const roll = (probability: number): boolean => this.#dice.next() < probability;
    if (link.dead.has(direction) || roll(drop)) return;
    const isHello = frame.type === 'hello';
    const copies = !isHello && roll(duplicate) ? 2 : 1;
    for (let copy = 0; copy < copies; copy++) {
      const lateMs = !isHello && roll(reorder) ? this.#dice.below(lateMsMax) : 0;
      this.#schedule(this.#options.delayMs + lateMs, () => this.#arrive(link, direction, text));
    }
  }

  #arrive(link: Link, direction: Direction, text: string): void {
    const conn = link.name;
    if (link.dead.has(direction)) return;
    if (direction === 'down') {
      if (link.agent !== 'open') return;
      const decoded = decodeServerFrame(text);
      const { number } = link;
      const input: AgentInput = decoded.ok
        ? { type: 'frame', conn: number, frame: decoded.frame }
        : { type: 'bad-frame', conn: number, message: decoded.message };
      return this.feed(conn.split('#')[0] ?? '', input);
    }
    if (link.hub !== 'open' && link.hub !== 'closing') return;
    const decoded = decodeClientFrame(text);
    if (!decoded.ok) return this.feedHub({ type: 'reject', conn, close: decoded.close, message: decoded.message });
    const { frame } = decoded;
    if (frame.type === 'hello') return this.feedHub({ type: 'hello', conn, user: frame.token, hello: frame });
    this.feedHub({ type: 'frame', conn, frame });
  }
}

/** A view as one word, with the reason where it has one. */
export function viewText({ view }: Shown): string {
  return view.reason === null ? view.state : `${view.state}(${view.reason})`;
}
