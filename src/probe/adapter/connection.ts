/** The connection of a foreign client: one at a time, the log-in on each, and reconnecting. */
import type { Deadlines } from '../../protocol/deadlines.js';
import type { Millis } from '../../protocol/machine.js';
import type { Rng } from '../../protocol/rng.js';
import type { ClientEffect } from './client-io.js';
import type { Traits } from './port.js';

/** Maximum number of messages that an app keeps while it is offline. */
export const UNSENT_MAX = 64;
const RECONNECT_MS_MAX = 5_000;

export class ClientConnection {
  /** Number of the current connection, or of the last one; 0 before the first. */
  number = 0;
  /** Why the last log-in failed, or null. */
  failure: string | null = null;
  #state: 'none' | 'opening' | 'open' | 'online' = 'none';
  #isWanted = false;
  #attempt = 0;
  #deadAt = 0;

  /** Shares the deadlines of its client, under the keys `reconnect`, `log-in` and `silent`. */
  constructor(
    readonly traits: Traits,
    readonly rng: Rng,
    readonly deadlines: Deadlines,
    readonly emit: (effect: ClientEffect) => void,
  ) {}

  get isWanted(): boolean {
    return this.#isWanted;
  }

  get isOpen(): boolean {
    return this.#state === 'open' || this.#state === 'online';
  }

  get presence(): 'online' | 'offline' | 'away' {
    if (!this.#isWanted) return 'away';
    return this.isOnline ? 'online' : 'offline';
  }

  get isOnline(): boolean {
    return this.#state === 'online';
  }

  /** Whether the app handles input of `conn`: a crashed app does not, although its socket may close a moment later. */
  hears(conn: number): boolean {
    return this.isAt(conn) && conn !== this.#deadAt;
  }

  /** Whether `conn` is the current connection. */
  isAt(conn: number): boolean {
    return conn === this.number && this.#state !== 'none';
  }

  want(): void {
    this.#isWanted = true;
    this.#attempt = 0;
    if (this.#state === 'none') this.connect();
  }

  /** The app has crashed. */
  die(): void {
    this.#deadAt = this.number;
    this.leave();
  }

  leave(): void {
    this.#isWanted = false;
    this.deadlines.clear('reconnect');
    if (this.#state !== 'none') this.emit({ type: 'disconnect', conn: this.number, how: 'break' });
  }

  connect(): void {
    this.deadlines.clear('reconnect');
    this.#state = 'opening';
    this.number++;
    this.emit({ type: 'connect', conn: this.number });
  }

  /** The socket is open: starts the log-in. */
  opened(now: Millis): void {
    this.#state = 'open';
    this.deadlines.set('log-in', now + this.traits.loginMs);
    this.heard(now);
  }

  /** A message arrived from the server. */
  heard(now: Millis): void {
    if (this.traits.silentMs !== null) this.deadlines.set('silent', now + this.traits.silentMs);
  }

  loggedIn(): void {
    this.#state = 'online';
    this.#attempt = 0;
    this.failure = null;
    this.deadlines.clear('log-in');
  }

  /** The log-in was refused, or never answered: ends the connection. */
  loginFailed(message: string): void {
    this.failure = message;
    this.deadlines.clear('log-in');
    this.giveUp();
  }

  giveUp(): void {
    if (this.#state !== 'none') this.emit({ type: 'disconnect', conn: this.number, how: 'break' });
  }

  /** The connection is gone: schedules the next attempt. */
  lost(now: Millis): void {
    this.#state = 'none';
    this.deadlines.clear('log-in');
    this.deadlines.clear('silent');
    const { reconnectMs } = this.traits;
    if (!this.#isWanted || reconnectMs === null) return;
    const wait = Math.min(RECONNECT_MS_MAX, reconnectMs * 2 ** this.#attempt++);
    const share = 0.5 + this.rng.fork(`reconnect-${this.number}`).next() / 2;
    this.deadlines.set('reconnect', now + wait * share);
  }
}

export function closedWords(code: number, reason: string): string {
  return `the server closed the connection with ${code}${reason === '' ? '' : ` ${reason}`}`;
}
