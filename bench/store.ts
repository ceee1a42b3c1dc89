/** What keeping costs: commands of calls through a hub that keeps nothing, that keeps in memory, and that keeps in a folder. */
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { WAITS } from '../src/protocol/limits.js';
import { createRng } from '../src/protocol/rng.js';
import { Hub } from '../src/server/hub/hub.js';
import type { HubInput } from '../src/server/hub/io.js';
import { SOUND_POLICY } from '../src/server/hub/policy.js';
import { DATA_FILE, openLmdbStore } from '../src/server/store/lmdb.js';
import { memoryStore } from '../src/server/store/memory.js';
import type { Store, StoreChange } from '../src/server/store/store.js';
import { type Bench, median, type Row, timed } from './bench.js';

const ROUNDS = 5;
const CALLS = 100;
/** Commands of one call: invite, ring, accept, hang up. */
const COMMANDS = 4;

/** Calls between two devices, of which `together` are made in one turn of the event loop and kept with one commit. */
class Load {
  #now = 1e12;
  #calls = 0;
  #waiting: StoreChange[] = [];
  readonly #hub: Hub;
  readonly #seqs = new Map<string, number>();

  constructor(
    readonly store: Store | null,
    readonly together: number,
  ) {
    this.#hub = new Hub({ waits: WAITS, policy: SOUND_POLICY, rng: createRng('bench'), durable: store !== null });
    for (let pair = 0; pair < together; pair++) for (const side of ['caller', 'callee']) this.#open(`${side}-${pair}`);
  }

  run(calls: number): void {
    for (let call = 0; call < calls; call += this.together) {
      const ids = Array.from({ length: this.together }, () => `call-${++this.#calls}`);
      for (const [side, op] of [
        ['caller', 'invite'],
        ['callee', 'ring'],
        ['callee', 'accept'],
        ['caller', 'hangup'],
      ] as const) {
        for (const [pair, id] of ids.entries()) this.#command(`${side}-${pair}`, op, id, `callee-${pair}`);
        this.#commit();
      }
      this.#now += 10;
      this.#feed({ type: 'tick' });
    }
  }

  #open(user: string): void {
    this.#feed({ type: 'open', conn: user });
    this.#feed({ type: 'hello', conn: user, user, hello: { type: 'hello', token: '-', device: 'phone' } });
  }

  #command(conn: string, op: 'invite' | 'ring' | 'accept' | 'hangup', call: string, to: string): void {
    const seq = (this.#seqs.get(conn) ?? 0) + 1;
    this.#seqs.set(conn, seq);
    const command = { type: 'command' as const, seq, ack: 1e9, id: `command-${seq}`, op, call };
    this.#feed({ type: 'frame', conn, frame: op === 'invite' ? { ...command, to } : command });
  }

  #feed(input: HubInput): void {
    for (const effect of this.#hub.handle(input, this.#now)) if (effect.type === 'persist') this.#waiting.push(...effect.entries);
  }

  #commit(): void {
    if (this.#waiting.length > 0) this.store?.commit(this.#waiting);
    this.#waiting = [];
  }
}

/** Milliseconds per command of each load; they take turns, so that the machine is as busy for one as for the other. */
function perCommand(loads: readonly Load[]): number[] {
  const figures = loads.map((): number[] => []);
  for (let round = 0; round <= ROUNDS; round++) {
    for (const [index, load] of loads.entries()) {
      const ms = timed(() => load.run(CALLS)) / (CALLS * COMMANDS);
      if (round > 0) figures[index]?.push(ms);
    }
  }
  return figures.map(median);
}

export const storeBench: Bench = {
  name: 'the store: commands through the hub alone, without sockets',
  async run() {
    const folder = mkdtempSync(join(tmpdir(), 'call-probe-bench-'));
    try {
      const rows: Row[] = [
        [
          'commands in one commit',
          'kept nowhere',
          'in memory',
          'in LMDB',
          'LMDB / memory',
          'added by LMDB',
          'LMDB commits/s',
          'file after 600 calls',
        ],
      ];
      for (const together of [1, 10, 100]) {
        const lmdb = await openLmdbStore(join(folder, `${together}`), 1e12);
        const loads = [null, memoryStore(), lmdb].map((store) => new Load(store, together));
        const [none = 0, memory = 0, kept = 0] = perCommand(loads);
        await lmdb.close();
        const us = (ms: number): string => `${(ms * 1_000).toFixed(0)} us`;
        const bytes = statSync(join(folder, `${together}`, DATA_FILE)).size;
        const commits = (1_000 / (kept * together)).toFixed(0);
        const ratio = `${(kept / memory).toFixed(1)} x`;
        rows.push([`${together}`, us(none), us(memory), us(kept), ratio, us(kept - memory), commits, `${bytes >> 10} kB`]);
      }
      return rows;
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
};
