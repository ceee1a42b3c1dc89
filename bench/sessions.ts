/** What a device costs that is online and does nothing: heap per idle session in a hub that holds thousands. */
import { WAITS } from '../src/protocol/limits.js';
import { createRng } from '../src/protocol/rng.js';
import { Hub } from '../src/server/hub/hub.js';
import { SOUND_POLICY } from '../src/server/hub/policy.js';
import { memoryStore } from '../src/server/store/memory.js';
import type { Store } from '../src/server/store/store.js';
import type { Bench, Row } from './bench.js';

const SESSIONS = 5_000;
const BYTES_MAX = 20_000;

/** Heap in bytes once the collector has run; without `--expose-gc` it is asked for through V8's flags. */
async function heapBytes(): Promise<number> {
  const { setFlagsFromString } = await import('node:v8');
  const { runInNewContext } = await import('node:vm');
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  for (let pass = 0; pass < 3; pass++) collect();
  return process.memoryUsage().heapUsed;
}

/** Bytes per session of a hub whose devices said hello and have pinged ever since. */
async function bytesPerSession(store: Store | null): Promise<number> {
  const before = await heapBytes();
  const hub = new Hub({ waits: WAITS, policy: SOUND_POLICY, rng: createRng('bench'), durable: store !== null });
  let now = 1e12;
  const feed = (input: Parameters<Hub['handle']>[0]): void => {
    for (const effect of hub.handle(input, now)) if (effect.type === 'persist') store?.commit(effect.entries);
  };
  for (let index = 0; index < SESSIONS; index++) {
    const conn = `conn-${index}`;
    feed({ type: 'open', conn });
    feed({ type: 'hello', conn, user: `user-${index}`, hello: { type: 'hello', token: '-', device: 'phone' } });
  }
  for (let beat = 0; beat < 5; beat++) {
    now += WAITS.heartbeatMs;
    for (let index = 0; index < SESSIONS; index++)
      feed({ type: 'frame', conn: `conn-${index}`, frame: { type: 'ping', at: now, ack: 0 } });
    feed({ type: 'tick' });
  }
  const after = await heapBytes();
  const { sessions } = hub.census();
  if (sessions !== SESSIONS) throw new Error(`${sessions} sessions are left of ${SESSIONS}: the benchmark is wrong`);
  return (after - before) / SESSIONS;
}

export const sessionsBench: Bench = {
  name: `idle sessions: heap of a hub with ${SESSIONS} of them`,
  async run() {
    const rows: Row[] = [['kept', 'bytes per session', 'limit']];
    for (const [name, store] of [
      ['nowhere', null],
      ['in memory', memoryStore()],
    ] as const) {
      const bytes = await bytesPerSession(store);
      rows.push([name, bytes.toFixed(0), `${BYTES_MAX}`]);
      if (bytes > BYTES_MAX) throw new Error(`an idle session takes ${bytes.toFixed(0)} bytes, at most ${BYTES_MAX} are allowed`);
    }
    return rows;
  },
};
