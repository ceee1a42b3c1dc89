/** A server with a store that ends itself at a point that a test names, as the kernel would end it: without a word. */
import { performance } from 'node:perf_hooks';
import type { CallRecord, Phase } from '../../src/protocol/call.js';
import { WAITS } from '../../src/protocol/limits.js';
import { createRng } from '../../src/protocol/rng.js';
import { Hub } from '../../src/server/hub/hub.js';
import { SOUND_POLICY } from '../../src/server/hub/policy.js';
import { listen } from '../../src/server/listen.js';
import { createLog } from '../../src/server/log.js';
import { openLmdbStore } from '../../src/server/store/lmdb.js';
import type { Store } from '../../src/server/store/store.js';

/** Where in the way of a change to the phase: around its commit, or before a frame that tells of it is written. */
export const POINTS = [
  'before the commit',
  'after the commit',
  'before the result',
  'before the event',
  'between two events',
] as const;
export type Point = (typeof POINTS)[number];

export interface Plan {
  readonly phase: Phase;
  readonly point: Point;
}

export type ToKilled =
  | {
      readonly type: 'start';
      readonly folder: string;
      readonly port: number;
      readonly secret: string;
      readonly plan: Plan | null;
    }
  | { readonly type: 'plan'; readonly plan: Plan | null };
export type FromKilled = { readonly type: 'loaded' | 'planned' } | { readonly type: 'ready'; readonly port: number };

let plan: Plan | null = null;
let events = 0;

const tell = (message: FromKilled): void => void process.send?.(message);

/** Ends this process when the plan says so. The signal counts before the call returns. */
function pass(point: Point, record: CallRecord | null): void {
  if (plan !== null && plan.point === point && record?.phase === plan.phase) process.kill(process.pid, 'SIGKILL');
}

function watched(store: Store): Store {
  return {
    ...store,
    commit(changes) {
      const records = changes.map(({ value }) => (value?.kind === 'call' ? value.call.record : null));
      for (const record of records) pass('before the commit', record);
      store.commit(changes);
      for (const record of records) pass('after the commit', record);
    },
  };
}

async function start(message: Extract<ToKilled, { type: 'start' }>): Promise<void> {
  const time = (): number => performance.timeOrigin + performance.now();
  const store = watched(await openLmdbStore(message.folder, time()));
  const hub = new Hub({ waits: WAITS, policy: SOUND_POLICY, rng: createRng(`${process.pid}`), durable: true });
  hub.restore(store.load(), time());
  const server = await listen({
    host: '127.0.0.1',
    port: message.port,
    secret: message.secret,
    hub,
    store,
    log: await createLog('silent', 'none'),
    now: () => performance.now(),
    time,
    trace: ({ body }) => {
      if (body.type !== 'wire' || body.dir !== 'out') return;
      const { record } = JSON.parse(body.text) as { record?: CallRecord | null };
      if (body.kind === 'result.ok') pass('before the result', record ?? null);
      if (!body.kind.startsWith('event.') || record?.phase !== plan?.phase) return;
      events += 1;
      pass(events === 1 ? 'before the event' : 'between two events', record ?? null);
    },
  });
  tell({ type: 'ready', port: server.port });
}

process.on('disconnect', () => process.exit(0));
process.on('message', (message: ToKilled) => {
  plan = message.plan;
  events = 0;
  if (message.type === 'start') void start(message);
  else tell({ type: 'planned' });
});
tell({ type: 'loaded' });
