/** What media faults cost: packets a second through the UDP relay without and with them, and how late they really are. */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { Impairment, ImpairmentFault } from '../src/faults/media/impairment.js';
import { parseCandidate } from '../src/probe/media/candidate.js';
import { BASE_DELAY_MS, createRelay, type Relay, type RelayPeer } from '../src/probe/media/relay.js';
import { type Bench, median, type Row } from './bench.js';
import type { SourceAnswer, SourceCommand } from './relay-source.js';

const HOST = '127.0.0.1';
const LEGS = 16;
const ROUNDS = 5;
const ROUND_MS = 500;
const PACKETS_PER_SECOND_MIN = 20_000;

const FAULTS: { readonly [name: string]: Omit<ImpairmentFault, 'id' | 'direction'> } = {
  loss: { fault: 'loss', values: { loss: 0.1, correlation: 0 } },
  corrupt: { fault: 'corrupt', values: { corrupt: 0.05, correlation: 0 } },
  duplicate: { fault: 'duplicate', values: { duplicate: 0.05, correlation: 0 } },
  rate: { fault: 'rate', values: { rate: 1e8, queue: 1_000, overhead: 28 } },
  latency: { fault: 'latency', values: { latency: 20, jitter: 5, correlation: 0, distribution: 'normal', 'keep-order': 'no' } },
  reorder: { fault: 'reorder', values: { reorder: 0.05, correlation: 0, gap: 1, delay: 50 } },
};
const CASES: readonly (readonly [what: string, ...faults: readonly string[]])[] = [
  ['none'],
  ['loss', 'loss'],
  ['latency with jitter', 'latency'],
  ['six faults', ...Object.keys(FAULTS)],
];

const impairmentOf = (names: readonly string[], latencyMs = 20): Impairment => ({
  seed: 'bench',
  faults: names.map((id) => {
    const { fault, values } = FAULTS[id] ?? { fault: id, values: {} };
    return { id, direction: 'upstream', fault, values: fault === 'latency' ? { ...values, latency: latencyMs } : values };
  }),
});

/** The thread that sends and receives, and a relay whose legs lead from one end to the other. */
async function rig(): Promise<{ worker: Worker; relay: Relay; targets: readonly number[] }> {
  const worker = new Worker(new URL('./relay-source.js', import.meta.url));
  const relay = createRelay({ bindAddress: HOST });
  const opened = await ask(worker, { type: 'open', legs: LEGS });
  if (opened.type !== 'opened') throw new Error(`${opened.type} is no answer to open`);
  const lineOf = (port: number): string => `candidate:1 1 UDP 1 ${HOST} ${port} typ host`;
  const joined = (label: string, port: number): RelayPeer => {
    const peer = relay.join(label);
    peer.localCandidate(lineOf(port));
    peer.iceUp();
    return peer;
  };
  const targets: number[] = [];
  for (const [a, b] of opened.ports) {
    const peer = joined('alice/phone', a);
    joined('bob/phone', b);
    const answer = await peer.toward(lineOf(b));
    if ('unusable' in answer) throw new Error(`the relay refuses its own benchmark: ${answer.unusable}`);
    targets.push(parseCandidate(answer.line)?.port ?? 0);
  }
  return { worker, relay, targets };
}

async function ask(worker: Worker, command: SourceCommand): Promise<SourceAnswer> {
  const answer = once(worker, 'message');
  worker.postMessage(command);
  return (await answer)[0];
}

/** Packets that the relay took in: those that its first fault saw, or its lines where there is none. */
function takenIn(relay: Relay): number {
  const first = relay.impairmentCounters('alice/phone').faults[0]?.counters;
  if (first !== undefined) return first.passed + first.dropped + first.overflowed;
  return relay.flows().reduce((sum, { counters }) => sum + counters.packetsIn, 0);
}

/** Packets a second that the relay takes in for as long as it is given what it takes. */
async function throughput(worker: Worker, relay: Relay, targets: readonly number[]): Promise<number> {
  const taken = new Int32Array(new SharedArrayBuffer(4));
  const before = takenIn(relay);
  const credit = setInterval(() => Atomics.store(taken, 0, takenIn(relay) - before), 1);
  worker.postMessage({ type: 'flood', targets, taken } satisfies SourceCommand);
  await pause(50);
  const [from, startedAt] = [takenIn(relay), performance.now()];
  await pause(ROUND_MS);
  const perSecond = ((takenIn(relay) - from) * 1_000) / (performance.now() - startedAt);
  await ask(worker, { type: 'pause' });
  await pause(100);
  clearInterval(credit);
  return perSecond;
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

export const relayBench: Bench = {
  name: `relay: packets a second over ${LEGS} legs, sent as fast as they go by another thread`,
  async run() {
    const { worker, relay, targets } = await rig();
    try {
      const figures = CASES.map((): number[] => []);
      for (let round = 0; round <= ROUNDS; round++) {
        for (const [index, [, ...faults]] of CASES.entries()) {
          relay.impair('alice/phone', faults.length === 0 ? null : impairmentOf(faults));
          const perSecond = await throughput(worker, relay, targets);
          if (round > 0) figures[index]?.push(perSecond);
        }
      }
      const [none = Number.NaN] = figures.map(median);
      const rows: Row[] = [['faults', 'packets/s', 'of the relay without', 'at least']];
      for (const [index, [what]] of CASES.entries()) {
        const perSecond = median(figures[index] ?? []);
        rows.push([what, perSecond.toFixed(0), `${((perSecond / none) * 100).toFixed(0)} %`, `${PACKETS_PER_SECOND_MIN}`]);
        if (perSecond < PACKETS_PER_SECOND_MIN) throw new Error(`${what}: ${perSecond.toFixed(0)} packets/s, too few`);
      }
      for (const latencyMs of [0, 20, 80]) {
        relay.impair('alice/phone', latencyMs === 0 ? null : impairmentOf(['latency'], latencyMs));
        const paced = await ask(worker, { type: 'pace', target: targets[0] ?? 0, packets: 301, everyMs: 7 });
        if (paced.type !== 'paced') throw new Error(`${paced.type} is no answer to pace`);
        rows.push([`median delay, ${latencyMs} + ${BASE_DELAY_MS} ms asked`, `${paced.delayMs.toFixed(1)} ms`]);
      }
      return rows;
    } finally {
      relay.close();
      await worker.terminate();
    }
  },
};
