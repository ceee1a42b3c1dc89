/** The server of the idle benchmark in a process of its own: listens, and tells over IPC what it costs. */
import { performance } from 'node:perf_hooks';
import { LIMITS, WAITS } from '../src/protocol/limits.js';
import { createRng } from '../src/protocol/rng.js';
import { Hub } from '../src/server/hub/hub.js';
import { SOUND_POLICY } from '../src/server/hub/policy.js';
import { listen } from '../src/server/listen.js';
import { createLog } from '../src/server/log.js';

let silent = 0;
const server = await listen({
  host: '127.0.0.1',
  port: 0,
  secret: process.env['CALL_PROBE_SECRET'] ?? '',
  hub: new Hub({ waits: WAITS, policy: SOUND_POLICY, rng: createRng('idle'), durable: false }),
  log: await createLog('silent', 'none'),
  now: () => performance.now(),
  time: () => performance.timeOrigin + performance.now(),
  trace: ({ body }) => {
    if (body.type === 'violation' && body.code === 'silent') silent += 1;
  },
  limits: LIMITS,
});

process.on('disconnect', () => process.exit(0));
process.on('message', () => {
  const { rss, heapUsed } = process.memoryUsage();
  process.send?.({ rss, heapUsed, silent, ...server.census() });
});
process.send?.({ url: server.url });
