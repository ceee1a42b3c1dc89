/**
 * The bundled server in a process of its own: it serves on a free loopback port and reports its own trace to the probe.
 * Given a folder by CALL_PROBE_STORE it keeps its calls there, and goes on with them when it is started again.
 */
import { performance } from 'node:perf_hooks';
import { WAITS } from '../protocol/limits.js';
import { createRng } from '../protocol/rng.js';
import type { FromServer, ToServer } from './child-protocol.js';
import { policyWith } from './defects/index.js';
import { Hub } from './hub/hub.js';
import { listen, type ServerTraceEvent } from './listen.js';
import { createLog } from './log.js';
import { openStore } from './store/open.js';

process.title = 'call-probe-server';
// The parent decides when to end: a Ctrl-C on the terminal reaches this process too.
process.on('SIGINT', () => undefined);
process.on('disconnect', () => process.exit(0));

/** What was not kept was told to nobody: this process ends before it can be, and the probe sees that it did. */
const storeFailed = (error: unknown): void => {
  process.stderr.write(`the bundled server ends: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
};

const tell = (message: FromServer): void => {
  if (process.connected) process.send?.(message);
};

let waiting: ServerTraceEvent[] = [];
const flush = (): void => {
  if (waiting.length > 0) tell({ type: 'trace', events: waiting });
  waiting = [];
};

const folder = process.env['CALL_PROBE_STORE'];

const hubFor = (waits: Partial<typeof WAITS>, seed: string, defects: readonly string[]): Hub =>
  new Hub({
    waits: { ...WAITS, ...waits },
    policy: policyWith(defects),
    rng: createRng(seed).fork('server'),
    durable: folder !== undefined,
  });
const time = (): number => Math.round((performance.timeOrigin + performance.now()) * 1000) / 1000;

try {
  const store = folder === undefined ? null : await openStore(folder, time());
  const hub = hubFor({}, 'start', []);
  if (store !== null) hub.restore(store.load(), time());
  const server = await listen({
    host: '127.0.0.1',
    port: 0,
    secret: process.env['CALL_PROBE_SECRET'] ?? '',
    hub,
    ...(store === null ? {} : { store, broken: storeFailed }),
    log: await createLog('silent', 'none'),
    now: () => Number(process.hrtime.bigint()) / 1e6,
    time,
    trace: (event) => {
      if (waiting.length === 0) setImmediate(flush);
      waiting.push(event);
    },
  });
  process.on('message', (message: ToServer) => {
    switch (message.type) {
      case 'reset':
        store?.clear();
        server.replaceHub(hubFor(message.waits as Partial<typeof WAITS>, message.seed, message.defects));
        flush();
        return tell({ type: 'reset-done' });
      case 'census':
        flush();
        return tell({ type: 'census', census: server.census() });
      case 'stop':
        flush();
        void server
          .close()
          .then(() => store?.close())
          .then(() => process.exit(0));
    }
  });
  tell({ type: 'ready', url: server.url });
} catch (error) {
  tell({ type: 'failed', message: error instanceof Error ? error.message : String(error) });
  process.exit(1);
}
