/** The connections of the server: how many each user and address has, and which device uses which. */
import type { WebSocket } from 'ws';
import { addressKey, type Crowd } from './gate.js';
import type { Meter } from './traffic.js';

export interface Connection {
  readonly conn: string;
  readonly number: number;
  readonly socket: WebSocket;
  readonly meter: Meter;
  /** The device after its hello, for the name of its link. */
  device: string | null;
  /** The user once the token is verified. */
  user: string | null;
  /** Messages are handled in order although tokens are verified asynchronously. */
  turn: Promise<void>;
  /** Once the server has decided to close, further frames of the client are ignored. */
  isClosing: boolean;
}

export class Connections {
  readonly #all = new Map<string, Connection>();
  readonly #unauthenticated = new Set<string>();
  readonly #connOf = new Map<string, string>();
  readonly #fromAddress = new Map<string, number>();
  #count = 0;

  get(conn: string): Connection | undefined {
    return this.#all.get(conn);
  }

  all(): readonly Connection[] {
    return [...this.#all.values()];
  }

  get unauthenticatedCount(): number {
    return this.#unauthenticated.size;
  }

  /** The current load as a handshake from this address sees it. */
  crowd(address: string): Omit<Crowd, 'state'> {
    return {
      connections: this.#all.size,
      unauthenticated: this.#unauthenticated.size,
      fromAddress: this.#fromAddress.get(addressKey(address)) ?? 0,
    };
  }

  /** Counts a socket by its address and returns how to remove it again. */
  countAddress(address: string): () => void {
    const key = addressKey(address);
    this.#fromAddress.set(key, (this.#fromAddress.get(key) ?? 0) + 1);
    return () => {
      const left = (this.#fromAddress.get(key) ?? 1) - 1;
      if (left === 0) this.#fromAddress.delete(key);
      else this.#fromAddress.set(key, left);
    };
  }

  add(socket: WebSocket, meter: Meter): Connection {
    const number = ++this.#count;
    const conn = `conn-${number}`;
    const turn = Promise.resolve();
    const connection: Connection = { conn, number, socket, meter, device: null, user: null, turn, isClosing: false };
    this.#all.set(conn, connection);
    this.#unauthenticated.add(conn);
    return connection;
  }

  /** The token of this connection was verified. */
  admitted(connection: Connection, user: string, device: string): void {
    if (connection.user !== null) return;
    connection.user = user;
    connection.device = device;
    this.#unauthenticated.delete(connection.conn);
    this.#connOf.set(device, connection.conn);
  }

  /** The newest connection of a device, for the log; null without one. */
  connOf(device: string): string | null {
    return this.#connOf.get(device) ?? null;
  }

  /** Removes a connection; false if it was already gone. */
  remove({ conn, device }: Connection): boolean {
    this.#unauthenticated.delete(conn);
    if (device !== null && this.#connOf.get(device) === conn) this.#connOf.delete(device);
    return this.#all.delete(conn);
  }

  clear(): void {
    for (const connection of this.all()) this.remove(connection);
  }
}
