/**
 * Links between devices and the server: they delay, lose, repeat and reorder frames, break, and go silent in one direction. What
 * happens to a frame follows from the seed, its link and its number there, not from earlier draws: removing a step from a
 * schedule leaves the other links unchanged.
 */
import type { AgentInput } from '../client/io.js';
import type { CallRecord } from '../protocol/call.js';
import type { ClientFrame, ServerFrame } from '../protocol/frames.js';
import type { Millis } from '../protocol/machine.js';
import { CLOSE, type CloseName } from '../protocol/reasons.js';
import { hash32 } from '../protocol/rng.js';
import type { HubInput } from '../server/hub/io.js';
import type { EventQueue } from './queue.js';
import type { Cut, Disturbance } from './schedule.js';
import type { SimDevice } from './swarm.js';

/** A loss of connection without a close frame (RFC 6455 section 7.1.5). */
const ABNORMAL = 1006;

interface Way {
  isDead: boolean;
  frames: number;
  /** When the last frame in transit arrives; a close comes after it. */
  lastAt: Millis;
}

/** One connection with its two ends. Each knows only what has arrived. */
interface Link {
  readonly name: string;
  readonly device: SimDevice;
  readonly number: number;
  readonly hash: number;
  readonly up: Way;
  readonly down: Way;
  near: 'opening' | 'open' | 'closed';
  far: 'none' | 'open' | 'closing' | 'closed';
}

export interface NetworkPorts {
  readonly queue: EventQueue;
  now(): Millis;
  toDevice(device: SimDevice, input: AgentInput): void;
  toServer(input: HubInput): void;
  isServerUp(): boolean;
  /** The server's answer to an HTTP request; undefined while it is paused. */
  read(call: string, user: string): CallRecord | null | undefined;
}

/** How long an HTTP request takes at most, and a connection to open. */
export interface NetworkWaits {
  readonly helloMs: Millis;
  readonly fetchMs: Millis;
}

export const CALM: Disturbance = { loss: 0, duplicate: 0, late: 0, lateMsMax: 0 };

export class Network {
  disturbance: Disturbance = CALM;
  readonly #seed: number;
  readonly #waits: NetworkWaits;
  readonly #ports: NetworkPorts;
  /** By name; only links with an open end. */
  readonly #links = new Map<string, Link>();
  readonly #current = new Map<SimDevice, Link>();
  readonly #refusedUntil = new Map<SimDevice, Millis>();
  /** Devices that get no sockets although HTTP works. */
  readonly #withoutSockets = new Map<SimDevice, Millis>();

  constructor(seed: string, waits: NetworkWaits, ports: NetworkPorts) {
    this.#seed = hash32(seed, 0x5bd1e995);
    this.#waits = waits;
    this.#ports = ports;
  }

  connect(device: SimDevice, number: number): void {
    const name = `${device.name}#${number}`;
    const way = (): Way => ({ isDead: false, frames: 0, lastAt: 0 });
    const link: Link = {
      name,
      device,
      number,
      hash: hash32(name, this.#seed),
      up: way(),
      down: way(),
      near: 'opening',
      far: 'none',
    };
    this.#links.set(name, link);
    this.#current.set(device, link);
    this.#after(device.delayMs, () => {
      const isRefused = this.#isRefused(device) || (this.#withoutSockets.get(device) ?? 0) > this.#now;
      if (isRefused) return this.#after(device.delayMs, () => this.#endNear(link, ABNORMAL, 'refused'));
      link.far = 'open';
      this.#ports.toServer({ type: 'open', conn: name });
      if (link.near === 'closed') this.#endFar(link);
    });
    this.#after(this.#waits.helloMs, () => {
      if (link.near === 'opening') this.#hangUp(link, () => this.#endNear(link, ABNORMAL, 'no connection in time'));
    });
  }

  /** The server has accepted the connection. */
  accepted(conn: string): void {
    const link = this.#links.get(conn);
    if (link?.far !== 'open') return;
    this.#after(link.device.delayMs, () => {
      if (link.near !== 'opening' || link.down.isDead) return;
      link.near = 'open';
      this.#ports.toDevice(link.device, { type: 'opened', conn: link.number });
    });
  }

  /** The device ends a connection; the server learns of it when a frame would arrive. */
  disconnect(device: SimDevice, number: number): void {
    const link = this.#current.get(device);
    if (link?.number === number && link.near !== 'closed') this.#hangUp(link, () => this.#nearClosed(link));
  }

  /** The server ends a connection: it writes nothing more, and reads until the other end has closed. */
  close(conn: string, close: CloseName): void {
    const link = this.#links.get(conn);
    if (link?.far !== 'open') return;
    link.far = 'closing';
    const { code, reason } = CLOSE[close];
    const { delayMs } = link.device;
    if (!link.down.isDead) this.#at(Math.max(link.down.lastAt, this.#now + delayMs), () => this.#endNear(link, code, reason));
    this.#after(2 * delayMs, () => this.#endFar(link));
  }

  sendUp(device: SimDevice, number: number, frame: ClientFrame): void {
    const link = this.#current.get(device);
    if (link?.number !== number || link.near !== 'open') return;
    const isHello = frame.type === 'hello';
    this.#carry(link, link.up, isHello, () => {
      if (link.up.isDead) return;
      if (link.far !== 'open' && link.far !== 'closing') return this.#reset(link);
      const conn = link.name;
      if (isHello) this.#ports.toServer({ type: 'hello', conn, user: frame.token, hello: frame });
      else this.#ports.toServer({ type: 'frame', conn, frame });
    });
  }

  sendDown(conn: string, frame: ServerFrame): void {
    const link = this.#links.get(conn);
    if (link?.far !== 'open') return;
    this.#carry(link, link.down, false, () => {
      if (!link.down.isDead && link.near === 'open')
        this.#ports.toDevice(link.device, { type: 'frame', conn: link.number, frame });
    });
  }

  /** Asks the server by HTTP: answered, refused, or lost until the device stops waiting. */
  fetch(device: SimDevice, call: string, request: number): void {
    const { delayMs } = device;
    const answer = (afterMs: Millis, answer: CallRecord | null | 'failed'): void =>
      this.#after(afterMs, () => this.#ports.toDevice(device, { type: 'fetched', call, request, answer }));
    let dice = mix(hash32(device.name, this.#seed) + request);
    const roll = (): number => {
      dice = mix(dice + 0x9e3779b9);
      return dice / 0x1_0000_0000;
    };
    const { loss, late, lateMsMax } = this.disturbance;
    const lateMs = (): Millis => (roll() < late ? Math.floor(roll() * lateMsMax) : 0);
    const { fetchMs } = this.#waits;
    const upMs = delayMs + lateMs();
    const downMs = delayMs + lateMs();
    // TCP retransmits, so a request is slow more often than it fails.
    if (roll() < loss * loss) return answer(fetchMs, 'failed');
    this.#after(upMs, () => {
      if (this.#isRefused(device)) return answer(delayMs, 'failed');
      const record = this.#ports.read(call, device.user);
      if (record === undefined || upMs + downMs > fetchMs) return answer(fetchMs - upMs, 'failed');
      answer(downMs, record);
    });
  }

  /** Breaks the current connection of a device. */
  cut(device: SimDevice, how: Cut): void {
    const link = this.#current.get(device);
    if (link === undefined || link.near === 'closed') return;
    if (how !== 'closed') {
      if (how !== 'down') link.up.isDead = true;
      if (how !== 'up') link.down.isDead = true;
      return;
    }
    this.#endNear(link, ABNORMAL, 'cut');
    this.#endFar(link);
  }

  /** New connections fail: all of them, or only WebSockets if `what` is `sockets`. */
  refuse(device: SimDevice, what: 'all' | 'sockets', forMs: Millis): void {
    (what === 'all' ? this.#refusedUntil : this.#withoutSockets).set(device, this.#now + forMs);
  }

  /** The server's process is gone with all its sockets; `announced`: the devices see their connections close. */
  serverGone(announced: boolean): void {
    for (const link of [...this.#links.values()]) {
      const wasOpen = link.far === 'open' || link.far === 'closing';
      if (!wasOpen) continue;
      link.far = 'closed';
      if (announced && !link.down.isDead) this.#after(link.device.delayMs, () => this.#endNear(link, ABNORMAL, 'server gone'));
      this.#forget(link);
    }
  }

  /** Disturbances end and connections can be opened again; a silent one stays silent until its ends detect it. */
  heal(): void {
    this.disturbance = CALM;
    this.#refusedUntil.clear();
    this.#withoutSockets.clear();
  }

  /** Whether a device has a connection that is silent in some direction, or that the server no longer has: it has yet to be detected. */
  get hasSilence(): boolean {
    for (const { near, far, up, down } of this.#links.values()) {
      if (near !== 'closed' && (up.isDead || down.isDead || (near === 'open' && far !== 'open'))) return true;
    }
    return false;
  }

  #isRefused(device: SimDevice): boolean {
    return (this.#refusedUntil.get(device) ?? 0) > this.#now || !this.#ports.isServerUp();
  }

  get #now(): Millis {
    return this.#ports.now();
  }

  #at(at: Millis, happen: () => void): void {
    this.#ports.queue.push(at, happen);
  }

  #after(ms: Millis, happen: () => void): void {
    this.#ports.queue.push(this.#now + ms, happen);
  }

  #carry(link: Link, way: Way, isHello: boolean, arrive: () => void): void {
    const number = way.frames++;
    if (way.isDead) return;
    const now = this.#now;
    const { delayMs } = link.device;
    const { disturbance } = this;
    if (disturbance === CALM) {
      const at = now + delayMs;
      if (at > way.lastAt) way.lastAt = at;
      return this.#ports.queue.push(at, arrive);
    }
    let dice = mix(link.hash + 2 * number + (way === link.up ? 0 : 1));
    const roll = (): number => {
      dice = mix(dice + 0x9e3779b9);
      return dice / 0x1_0000_0000;
    };
    if (roll() < disturbance.loss) return;
    // The protocol refuses a second hello on a connection, and nothing is sent before the first.
    const copies = roll() < disturbance.duplicate && !isHello ? 2 : 1;
    for (let copy = 0; copy < copies; copy++) {
      const lateMs = roll() < disturbance.late && !isHello ? Math.floor(roll() * disturbance.lateMsMax) : 0;
      const at = now + delayMs + lateMs;
      if (at > way.lastAt) way.lastAt = at;
      this.#ports.queue.push(at, arrive);
    }
  }

  /** Closes the near end with `end`, and the far end when the close arrives. */
  #hangUp(link: Link, end: () => void): void {
    end();
    if (!link.up.isDead) this.#at(Math.max(link.up.lastAt, this.#now + link.device.delayMs), () => this.#endFar(link));
  }

  /** A frame arrived for a connection that the server does not have: the kernel answers with a reset. */
  #reset(link: Link): void {
    if (this.#ports.isServerUp() && !link.down.isDead)
      this.#after(link.device.delayMs, () => this.#endNear(link, ABNORMAL, 'reset'));
  }

  #endNear(link: Link, code: number, reason: string): void {
    if (link.near === 'closed') return;
    this.#nearClosed(link);
    this.#ports.toDevice(link.device, { type: 'closed', conn: link.number, code, reason });
  }

  #nearClosed(link: Link): void {
    link.near = 'closed';
    this.#forget(link);
  }

  #endFar(link: Link): void {
    if (link.far !== 'open' && link.far !== 'closing') return;
    link.far = 'closed';
    this.#forget(link);
    this.#ports.toServer({ type: 'closed', conn: link.name });
  }

  #forget(link: Link): void {
    if (link.near === 'closed' && link.far !== 'open' && link.far !== 'closing') this.#links.delete(link.name);
  }
}

/** A 32-bit finalizer that spreads every bit (MurmurHash3's fmix32, A. Appleby). */
export function mix(value: number): number {
  let h = value >>> 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}
