/** `call-probe serve`: the bundled server by itself, for a staging of one's own or for another call-probe. */
import { randomBytes } from 'node:crypto';
import { performance } from 'node:perf_hooks';
import { WAITS } from '../protocol/limits.js';
import { createRng } from '../protocol/rng.js';
import { defectProblem } from '../scenarios/defects.js';
import { DEVELOPMENT_SECRET } from '../server/admission.js';
import { policyWith } from '../server/defects/index.js';
import { Hub } from '../server/hub/hub.js';
import { listen } from '../server/listen.js';
import { createLog, type LogFormat } from '../server/log.js';
import { openStore } from '../server/store/open.js';
import { EXIT, UsageError } from './exit.js';
import { durationFlag } from './run.js';

interface ServeFlags {
  readonly host: string;
  readonly port: number;
  readonly defect?: readonly string[];
  readonly ringTimeout: string;
  readonly store: string;
  readonly logLevel: string;
  readonly logFormat?: LogFormat;
}

const LOOPBACK: readonly string[] = ['127.0.0.1', '::1', 'localhost'];

/** Serves until SIGINT, SIGTERM or a store that fails, and resolves to the exit code. */
export async function serveCommand(flags: ServeFlags): Promise<number> {
  const defects = flags.defect ?? [];
  const problem = defectProblem(defects, 'bundled');
  if (problem !== null) throw new UsageError(problem);
  const ringMs = durationFlag('--ring-timeout', flags.ringTimeout);
  const secret = process.env['CALL_PROBE_SECRET'];
  if (secret !== undefined && secret.length < 32) {
    throw new UsageError('CALL_PROBE_SECRET is shorter than 32 characters; "openssl rand -hex 32" makes a good one');
  }
  if (secret === undefined && !LOOPBACK.includes(flags.host)) {
    throw new UsageError(
      `--host ${flags.host} is open to others: set CALL_PROBE_SECRET (32 characters or more), or stay on 127.0.0.1`,
    );
  }
  const log = await createLog(flags.logLevel, flags.logFormat ?? (process.stderr.isTTY ? 'pretty' : 'json'));
  const time = (): number => Math.round((performance.timeOrigin + performance.now()) * 1000) / 1000;
  const hub = new Hub({
    waits: { ...WAITS, ringMs },
    policy: policyWith(defects),
    rng: createRng(randomBytes(16).toString('hex')),
    durable: true,
  });
  const store = await openStore(flags.store, time());
  const kept = [...store.load()];
  hub.restore(kept, time());
  if (flags.store !== 'memory') log.info({ store: flags.store, entries: kept.length }, 'went on from the store');
  let storeFailed: (error: unknown) => void = () => undefined;
  const failure = new Promise<unknown>((resolve) => {
    storeFailed = resolve;
  });
  const server = await listen({
    host: flags.host,
    port: flags.port,
    secret: secret ?? DEVELOPMENT_SECRET,
    hub,
    store,
    broken: (error) => storeFailed(error),
    log,
    now: () => performance.now(),
    time,
    trace: null,
  }).catch(async (error: NodeJS.ErrnoException) => {
    await store.close();
    throw new UsageError(listenProblem(error, flags));
  });
  process.stdout.write(`listening on ${server.url}\n`);
  if (secret === undefined)
    log.warn({}, 'DEVELOPMENT MODE: tokens are signed with a public secret; set CALL_PROBE_SECRET for anything but tests');
  if (defects.length > 0) log.warn({ defects }, 'this server has known bugs switched on');
  const asked = new Promise<null>((resolve) => {
    process.once('SIGINT', () => resolve(null));
    process.once('SIGTERM', () => resolve(null));
  });
  const error = await Promise.race([asked, failure]);
  if (error === null) log.info({}, 'closing: clients are told to reconnect');
  else
    log.error({ error: error instanceof Error ? error.message : String(error) }, 'closing: what happens can no longer be kept');
  await server.close();
  await store.close();
  return error === null ? EXIT.held : EXIT.failed;
}

function listenProblem(error: NodeJS.ErrnoException, { host, port }: ServeFlags): string {
  switch (error.code) {
    case 'EADDRINUSE':
      return `port ${port} on ${host} is taken by another program; choose one with --port, 0 takes any free one`;
    case 'EACCES':
      return `port ${port} is not for this user; choose one above 1023 with --port`;
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return `${host} is no address of this machine; --host 127.0.0.1 always is`;
    default:
      return `can't listen on ${host}:${port}: ${error.message}`;
  }
}
