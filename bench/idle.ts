/** Thousands of devices that do nothing, and some calls: whether every heartbeat is answered in time, and what each costs the server. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { WebSocket } from 'ws';
import { SUBPROTOCOL } from '../src/protocol/frames.js';
import { WAITS } from '../src/protocol/limits.js';
import { mintToken } from '../src/server/admission.js';
import { type Bench, median, type Row } from './bench.js';

const IDLE = 5_000;
const CALLS = 200;
const BEATS = 4;
const BYTES_MAX = 20_000;
/** Handshakes under way at the same time. */
const AT_ONCE = 50;
const SECRET = 'the secret of a benchmark, longer than 32 characters';

interface Census {
  readonly rss: number;
  readonly silent: number;
  readonly sessions: number;
  readonly liveCalls: number;
}

/** A device that greets, acknowledges and sends its heartbeats. */
class Beating {
  readonly pongMs: number[] = [];
  missed = 0;
  isClosed = false;
  #sentAt: number | null = null;
  #seq = 0;

  constructor(readonly socket: WebSocket) {
    socket.on('error', () => undefined);
    socket.on('close', () => {
      this.isClosed = true;
    });
    socket.on('message', (data) => {
      const frame = JSON.parse(String(data)) as { type: string; seq?: number };
      if (frame.seq !== undefined) this.say({ type: 'ack', ack: frame.seq });
      if (frame.type !== 'pong' || this.#sentAt === null) return;
      this.pongMs.push(performance.now() - this.#sentAt);
      this.#sentAt = null;
    });
  }

  say(frame: object): void {
    if (this.socket.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify(frame));
  }

  command(op: string, call: string, to?: string): void {
    this.#seq += 1;
    this.say({ type: 'command', seq: this.#seq, id: `command-${this.#seq}`, op, call, ...(to === undefined ? {} : { to }) });
  }

  /** One heartbeat; the one before it must have been answered by now. */
  beat(): void {
    if (this.#sentAt !== null) this.missed += 1;
    this.#sentAt = performance.now();
    this.say({ type: 'ping', at: this.#sentAt });
  }
}

async function logIn(url: string, user: string): Promise<Beating> {
  const socket = new WebSocket(url, SUBPROTOCOL, { perMessageDeflate: false });
  const device = new Beating(socket);
  await once(socket, 'open');
  const greeted = once(socket, 'message');
  device.say({ type: 'hello', token: await mintToken(SECRET, user), device: 'phone' });
  await greeted;
  return device;
}

async function census(server: ChildProcess): Promise<Census> {
  const answer = once(server, 'message');
  server.send('census');
  return (await answer)[0] as Census;
}

async function crowd(url: string, names: readonly string[]): Promise<Beating[]> {
  const devices: Beating[] = [];
  for (let from = 0; from < names.length; from += AT_ONCE) {
    devices.push(...(await Promise.all(names.slice(from, from + AT_ONCE).map((name) => logIn(url, name)))));
  }
  return devices;
}

/** Beats of all devices spread over the interval, as those of real ones are. */
async function beating(devices: readonly Beating[], intervalMs: number): Promise<void> {
  const slots = 50;
  for (let slot = 0; slot < slots; slot++) {
    for (let index = slot; index < devices.length; index += slots) devices[index]?.beat();
    await new Promise((resolve) => setTimeout(resolve, intervalMs / slots));
  }
}

const names = (prefix: string, count: number): string[] => Array.from({ length: count }, (_, index) => `${prefix}-${index}`);

export const idleBench: Bench = {
  name: `idle: ${IDLE} devices and ${CALLS} live calls over sockets, ${BEATS} heartbeats each`,
  async run() {
    const entry = fileURLToPath(new URL('idle-server.js', import.meta.url));
    const server = fork(entry, [], { env: { ...process.env, CALL_PROBE_SECRET: SECRET } });
    try {
      const [{ url }] = (await once(server, 'message')) as [{ url: string }];
      const callers = await crowd(url, names('caller', CALLS));
      const callees = await crowd(url, names('callee', CALLS));
      for (const [index, caller] of callers.entries()) caller.command('invite', `call-${index}`, `callee-${index}`);
      for (const [index, callee] of callees.entries()) {
        callee.command('ring', `call-${index}`);
        callee.command('accept', `call-${index}`);
      }
      const before = await census(server);
      const idle = await crowd(url, names('idle', IDLE));
      const devices = [...callers, ...callees, ...idle];
      for (let beat = 0; beat < BEATS; beat++) await beating(devices, WAITS.heartbeatMs);
      const after = await census(server);
      const pongs = devices.flatMap(({ pongMs }) => pongMs).sort((a, b) => a - b);
      const missed = devices.reduce((sum, device) => sum + device.missed + (device.isClosed ? 1 : 0), 0) + after.silent;
      const bytes = (after.rss - before.rss) / IDLE;
      for (const { socket } of devices) socket.terminate();
      if (missed > 0) throw new Error(`${missed} heartbeats were missed`);
      if (after.liveCalls !== CALLS) throw new Error(`${after.liveCalls} calls are live, not ${CALLS}: the benchmark is wrong`);
      const rows: Row[] = [
        ['heartbeats answered', `${pongs.length}`, 'missed 0'],
        ['answer to a heartbeat', `p50 ${median(pongs).toFixed(1)} ms`, `max ${(pongs.at(-1) ?? 0).toFixed(1)} ms`],
        ['live calls at the end', `${after.liveCalls}`, `sessions ${after.sessions}`],
        ['memory of the server per idle device', `${bytes.toFixed(0)} bytes`, `limit ${BYTES_MAX}`],
      ];
      return rows;
    } finally {
      server.disconnect();
    }
  },
};
