/** How a device gets and keeps its connection: one at a time, attempts with back-off, heartbeat, silence, and the server's clock. */
import { delayBefore, reconnectBackoff } from '../protocol/backoff.js';
import type { Deadlines } from '../protocol/deadlines.js';
import type { WelcomeFrame } from '../protocol/frames.js';
import { LIMITS, type Waits } from '../protocol/limits.js';
import type { Millis } from '../protocol/machine.js';
import { CLOSE } from '../protocol/reasons.js';
import type { Rng } from '../protocol/rng.js';
import type { AgentEffect } from './io.js';
import { betterSample, type ClockSample } from './server-clock.js';

/** Closes after which coming back is pointless: the next attempt would be refused for the same reason. */
const FINAL_CLOSES: readonly number[] = [CLOSE.unauthorized.code, CLOSE.replaced.code];

/** Closes for what this device has sent: something on the way may have damaged it, or the device is wrong and would be again. */
const FAULT_CLOSES: readonly number[] = [CLOSE.badFrame.code, CLOSE.unknownType.code];

/** Heartbeats that may pass without an answer before a server that asks for slow ones is taken for dead. */
const HEARTBEATS_OF_SILENCE = 2.5;

/** Why a device does not try to connect again. */
export interface ShutOut {
  readonly code: string;
  readonly message: string;
}

export class Connection {
  /** Number of the present connection, or of the last one; 0 before the first. */
  number = 0;
  /** The estimated server time and the device's time; null before the first welcome. */
  clock: ClockSample | null = null;
  readonly #waits: Waits;
  readonly #rng: Rng;
  readonly #deadlines: Deadlines;
  readonly #emit: (effect: AgentEffect) => void;
  #state: 'none' | 'opening' | 'open' = 'none';
  #isWanted = false;
  #attempt = 0;
  #helloAt: Millis = 0;
  #heartbeatMs: Millis;
  #quickPings = 0;
  /** Closes in a row for what this device sent, without a heartbeat that was answered in between. */
  #faultCloses = 0;

  /** Shares the deadlines of its agent, under the keys `reconnect`, `ping` and `silent`. */
  constructor(waits: Waits, rng: Rng, deadlines: Deadlines, emit: (effect: AgentEffect) => void) {
    this.#waits = waits;
    this.#rng = rng;
    this.#deadlines = deadlines;
    this.#emit = emit;
    this.#heartbeatMs = waits.heartbeatMs;
  }

  /** Whether the user wants to be reachable. */
  get isWanted(): boolean {
    return this.#isWanted;
  }

  /** Whether `conn` is the present connection and has come this far. */
  isAt(conn: number, ...states: readonly ('opening' | 'open')[]): boolean {
    return conn === this.number && this.#state !== 'none' && states.includes(this.#state);
  }

  want(): void {
    this.#isWanted = true;
    this.#attempt = 0;
    this.#faultCloses = 0;
    if (this.#state === 'none') this.connect();
  }

  leave(): void {
    this.#isWanted = false;
    this.#deadlines.clear('reconnect');
    if (this.#state !== 'none') this.#emit({ type: 'disconnect', conn: this.number, how: 'break' });
  }

  connect(): void {
    this.#deadlines.clear('reconnect');
    this.#state = 'opening';
    this.number++;
    this.#emit({ type: 'connect', conn: this.number });
  }

  /** The socket is open, the hello goes out now. */
  opened(now: Millis): void {
    this.#state = 'open';
    this.#helloAt = now;
    this.#deadlines.set('silent', now + this.#waits.helloMs);
  }

  /** A frame came from the server. */
  received(now: Millis): void {
    const silentMs = Math.max(this.#waits.silentMs, HEARTBEATS_OF_SILENCE * this.#heartbeatMs);
    this.#deadlines.set('silent', now + silentMs);
  }

  /** The server sent its welcome. A slow handshake may have been slow in one direction only, so a few pings follow. */
  welcomed({ heartbeatMs, time }: WelcomeFrame, now: Millis): void {
    this.#attempt = 0;
    this.#heartbeatMs = heartbeatMs;
    this.#sample(time, this.#helloAt, now);
    this.#quickPings = this.#isClockGood ? 0 : LIMITS.quickPingsMax;
    // The first ping at once: a call can be answered right after the welcome, and its timer is read then.
    this.#deadlines.set('ping', this.#quickPings > 0 ? now : now + heartbeatMs);
  }

  pong(frame: { readonly at: Millis; readonly time: Millis }, now: Millis): void {
    this.#sample(frame.time, frame.at, now);
    if (this.#quickPings === 0) this.#faultCloses = 0;
    if (this.#quickPings === 0) return;
    if (this.#isClockGood) this.#quickPings = 0;
    // Not before this answer was there: what holds up one of them on its way holds up all that are behind it.
    this.#deadlines.set('ping', now + (this.#quickPings > 0 ? this.#waits.quickPingMs : this.#heartbeatMs));
  }

  pinged(now: Millis): void {
    if (this.#quickPings > 0) this.#quickPings--;
    this.#deadlines.set('ping', now + this.#heartbeatMs);
  }

  /** The connection is gone. */
  lost(): void {
    this.#state = 'none';
    this.#deadlines.clear('ping');
    this.#deadlines.clear('silent');
  }

  /** Sets the next attempt after a close; returns why there is none, or null. */
  retry(code: number, reason: string, now: Millis): ShutOut | null {
    if (!this.#isWanted) return null;
    if (FAULT_CLOSES.includes(code)) this.#faultCloses += 1;
    if (FINAL_CLOSES.includes(code) || this.#faultCloses > LIMITS.faultClosesMax) {
      this.#isWanted = false;
      return { code: `closed-${code}`, message: `the server closed the connection: ${code} ${reason}` };
    }
    const rng = this.#rng.fork(`reconnect-${this.number}`);
    const wait = delayBefore(this.#attempt++, rng, reconnectBackoff(this.#waits));
    if (wait === null) return { code: 'unreachable', message: `gave up after ${this.#attempt - 1} attempts to connect` };
    this.#deadlines.set('reconnect', now + wait);
    return null;
  }

  get #isClockGood(): boolean {
    return this.clock !== null && this.clock.rttMs <= LIMITS.clockRttMs;
  }

  #sample(serverTime: Millis, sentAt: Millis, now: Millis): void {
    this.clock = betterSample(this.clock, serverTime, sentAt, now);
  }
}
