/**
 * The bundled server in a separate process: it serves on a free loopback port and reports its own trace to the probe. A durable
 * one keeps its calls in the folder of CALL_PROBE_STORE, and continues with them after a restart.
 */
import { performance } from 'node:perf_hooks';
import { WAITS } from '../protocol/limits.js';
import { createRng } from '../protocol/rng.js';
import { admit, mintToken } from './admission.js';
import { type FromServer, type ServerSettings, type ServerStart, STORE_FAILED, type ToServer } from './child-protocol.js';
import { policyWith } from './defects/index.js';
import { Hub } from './hub/hub.js';
import { listen, type ServerTraceEvent } from './listen.js';
import { createLog } from './log.js';
import { openStore } from './store/open.js';
import type { Store } from './store/store.js';

/** A client that tries to connect may briefly occupy a port that was just released. */
const PORT_PATIENCE_MS = 3_000;

process.title = 'call-probe-server';
// The parent decides when to end: a Ctrl-C on the terminal reaches this process too.
process.on('SIGINT', () => undefined);
process.on('disconnect', () => process.exit(0));

/** What was not stored was not sent: this process ends first, and the probe sees that it did. */
const storeFailed = (error: unknown): void => {
  process.stderr.write(`the bundled server ends: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(STORE_FAILED);
};

const tell = (message: FromServer): void => {
  if (process.connected) process.send?.(message);
};

let waiting: ServerTraceEvent[] = [];
const flush = (): void => {
  if (waiting.length > 0) tell({ type: 'trace', events: waiting });
  waiting = [];
};

/** Opened by the first repetition that needs it: each commit waits for the disk. */
let opened: Store | null = null;

async function storeFor({ isDurable }: ServerSettings): Promise<Store | null> {
  if (!isDurable) return null;
  opened ??= await openStore(process.env['CALL_PROBE_STORE'] ?? 'memory', time());
  return opened;
}

/** A restarted server must not draw the same ids again: each process has its own. */
const hubFor = ({ waits, seed, defects, isDurable }: ServerSettings, life: number): Hub =>
  new Hub({
    waits: { ...WAITS, ...waits },
    policy: policyWith(defects),
    rng: createRng(seed).fork(life === 1 ? 'server' : `server-${life}`),
    durable: isDurable,
  });

const time = (): number => Math.round((performance.timeOrigin + performance.now()) * 1000) / 1000;

/** Opens the store if there is one, listens, and answers from then on. */
async function serve(start: ServerStart): Promise<void> {
  const store = await storeFor(start);
  const hub = hubFor(start, start.life);
  const kept = store === null ? [] : [...store.load()];
  hub.restore(kept, time());
  const secret = process.env['CALL_PROBE_SECRET'] ?? '';
  // The first token takes longest, and a slow hello distorts the client's measurement of the clock.
  await admit(secret, await mintToken(secret, 'warm-up', 1));
  const server = await listen({
    host: '127.0.0.1',
    port: start.port,
    patienceMs: PORT_PATIENCE_MS,
    secret,
    hub,
    ...(store === null ? {} : { store }),
    broken: storeFailed,
    restored: kept.flatMap(({ value }) => {
      const record = value.kind === 'call' ? value.call.record : null;
      return record !== null && hub.read(record.id, record.caller.user) !== null ? [record] : [];
    }),
    log: await createLog('silent', 'none'),
    now: () => Number(process.hrtime.bigint()) / 1e6,
    time,
    trace: (event) => {
      if (waiting.length === 0) setImmediate(flush);
      waiting.push(event);
    },
    // A kill leaves no time: what a client reads has to be in the trace first, or the server would seem not to have sent it.
    beforeWriting: flush,
  });
  server.traced(start.isTraced);
  const reset = async (settings: ServerSettings): Promise<void> => {
    const next = await storeFor(settings);
    next?.clear();
    server.slowHandler(0);
    server.traced(settings.isTraced);
    server.replaceHub(hubFor(settings, 1), next);
    flush();
    tell({ type: 'reset-done' });
  };
  const stop = (): void => {
    void server
      .close()
      .then(() => opened?.close())
      .then(() => {
        flush();
        process.exit(0);
      });
  };
  process.on('SIGTERM', stop);
  process.on('message', (message: ToServer) => {
    switch (message.type) {
      case 'start':
        return;
      case 'reset':
        return void reset(message).catch(storeFailed);
      case 'census':
        flush();
        return tell({ type: 'census', census: server.census() });
      case 'slow-handler':
        server.slowHandler(message.ms);
        return tell({ type: 'slowed' });
      case 'stop':
        return stop();
    }
  });
  tell({ type: 'ready', url: server.url, port: server.port });
}

process.once('message', (message: ToServer) => {
  if (message.type !== 'start') process.exit(0);
  serve(message).catch((error: unknown) => {
    tell({ type: 'failed', message: error instanceof Error ? error.message : String(error) });
    process.exit(1);
  });
});
tell({ type: 'loaded' });
