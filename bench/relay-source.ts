/** The two ends of every leg of the relay's benchmark, in a thread of their own: sends as asked, and tells what came. */
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { parentPort } from 'node:worker_threads';
import { median } from './bench.js';

const HOST = '127.0.0.1';
/** A packet of Opus audio as SRTP carries it, about. */
const BYTES = 160;
const BATCH = 32;
/** Packets that may be on their way to the relay, so that none is lost before it. */
const WINDOW = 512;

/** From the benchmark to this thread. */
export type SourceCommand =
  | { readonly type: 'open'; readonly legs: number }
  /** As many packets as the relay takes, until `pause`. Leg `i` sends to port `targets[i]`; `taken[0]` counts what was taken. */
  | { readonly type: 'flood'; readonly targets: readonly number[]; readonly taken: Int32Array }
  | { readonly type: 'pause' }
  /** One packet after another, `everyMs` apart, and then the median of their delays. */
  | { readonly type: 'pace'; readonly target: number; readonly packets: number; readonly everyMs: number };

/** From this thread to the benchmark. */
export type SourceAnswer =
  | { readonly type: 'opened'; readonly ports: readonly (readonly [a: number, b: number])[] }
  | { readonly type: 'paused' }
  | { readonly type: 'paced'; readonly delayMs: number };

const port = parentPort;
if (port === null) throw new Error('this is a thread of the benchmark');
const tell = (answer: SourceAnswer): void => port.postMessage(answer);

const ends: (readonly [Socket, Socket])[] = [];
let flooding = false;
let sent = 0;
let delays: number[] | null = null;

async function open(legs: number): Promise<void> {
  const bound = async (): Promise<Socket> => {
    const socket = createSocket('udp4');
    socket.bind(0, HOST);
    await once(socket, 'listening');
    return socket;
  };
  for (let leg = 0; leg < legs; leg++) {
    const [a, b] = [await bound(), await bound()];
    b.on('message', (bytes) => {
      const sentAt = bytes.readDoubleLE(0);
      if (sentAt > 0) delays?.push(performance.now() - sentAt);
    });
    ends.push([a, b]);
  }
  tell({ type: 'opened', ports: ends.map(([a, b]) => [a.address().port, b.address().port] as const) });
}

function flood(targets: readonly number[], taken: Int32Array): void {
  if (!flooding) return tell({ type: 'paused' });
  const bytes = Buffer.alloc(BYTES);
  for (let index = 0; index < BATCH && sent - Atomics.load(taken, 0) < WINDOW; index++) {
    const leg = sent % targets.length;
    ends[leg]?.[0].send(bytes, targets[leg] ?? 0, HOST);
    sent += 1;
  }
  setImmediate(() => flood(targets, taken));
}

function pace(target: number, packets: number, everyMs: number): void {
  const measured: number[] = [];
  delays = measured;
  let count = 0;
  const timer = setInterval(() => {
    count += 1;
    if (count > packets) {
      clearInterval(timer);
      delays = null;
      return tell({ type: 'paced', delayMs: median(measured) });
    }
    const bytes = Buffer.alloc(BYTES);
    bytes.writeDoubleLE(performance.now(), 0);
    ends[0]?.[0].send(bytes, target, HOST);
  }, everyMs);
}

port.on('message', (command: SourceCommand) => {
  switch (command.type) {
    case 'open':
      return void open(command.legs);
    case 'flood':
      flooding = true;
      sent = 0;
      return flood(command.targets, command.taken);
    case 'pause':
      flooding = false;
      return;
    case 'pace':
      return pace(command.target, command.packets, command.everyMs);
  }
});
