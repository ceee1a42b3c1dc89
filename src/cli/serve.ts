/** `call-probe serve`: the bundled server by itself, for a staging system or for another call-probe. */
import { randomBytes } from 'node:crypto';
import { performance } from 'node:perf_hooks';
import { WAITS, type Waits } from '../protocol/limits.js';
import { createRng } from '../protocol/rng.js';
import { formatDuration } from '../scenarios/language/duration.js';
import { defectProblem } from '../scenarios/run/defects.js';
import { DEVELOPMENT_SECRET } from '../server/admission.js';
import { policyWith } from '../server/defects/index.js';
import { Hub } from '../server/hub/hub.js';
import { listen } from '../server/listen.js';
import { createLog, type LogFormat } from '../server/log.js';
import { createMetrics } from '../server/metrics.js';
import { openStore } from '../server/store/open.js';
import { readTls, type TlsPair } from '../server/tls.js';
import { durationFlag } from './duration-flag.js';
import { EXIT, UsageError } from './exit.js';
import { secretFrom } from './secret.js';
import { waitFlags } from './wait-flags.js';

interface ServeFlags extends Readonly<Record<string, unknown>> {
  readonly host: string;
  readonly port: number;
  readonly defect?: readonly string[];
  readonly store: string;
  readonly logLevel: string;
  readonly logFormat?: LogFormat;
  readonly allowOrigin?: readonly string[];
  readonly tlsCert?: string;
  readonly tlsKey?: string;
  readonly drainTimeout: string;
}

const LOOPBACK: readonly string[] = ['127.0.0.1', '::1', 'localhost'];

/** Serves until SIGINT, SIGTERM or a failing store; drains clients, and resolves to the exit code. A second signal exits at once. */
export async function serveCommand(flags: ServeFlags): Promise<number> {
  const defects = flags.defect ?? [];
  const problem = defectProblem(defects, 'bundled');
  if (problem !== null) throw new UsageError(problem);
  const waits = serveWaits(flags);
  const drainMs = durationFlag('--drain-timeout', flags.drainTimeout);
  const origins = (flags.allowOrigin ?? []).map(originFlag);
  const secret = secretFrom('CALL_PROBE_SECRET');
  const metricsToken = secretFrom('CALL_PROBE_METRICS_TOKEN');
  if (secret === null && !LOOPBACK.includes(flags.host)) {
    throw new UsageError(
      `--host ${flags.host} is reachable from elsewhere: set CALL_PROBE_SECRET (32 characters or more) or CALL_PROBE_SECRET_FILE, or use 127.0.0.1`,
    );
  }
  const tls = tlsFlags(flags);
  const log = await createLog(flags.logLevel, flags.logFormat ?? (process.stderr.isTTY ? 'pretty' : 'json'));
  const time = (): number => Math.round((performance.timeOrigin + performance.now()) * 1000) / 1000;
  const hub = new Hub({
    waits,
    policy: policyWith(defects),
    rng: createRng(randomBytes(16).toString('hex')),
    durable: true,
  });
  const store = await openStore(flags.store, time());
  const kept = [...store.load()];
  hub.restore(kept, time());
  if (flags.store !== 'memory') log.info({ store: flags.store, entries: kept.length }, 'restored from the store');
  let end: (code: number) => void = () => undefined;
  const ended = new Promise<number>((resolve) => {
    end = resolve;
  });
  const server = await listen({
    host: flags.host,
    port: flags.port,
    secret: secret ?? DEVELOPMENT_SECRET,
    hub,
    store,
    broken: () => end(EXIT.failed),
    log,
    now: () => performance.now(),
    time,
    trace: null,
    origins,
    metrics: createMetrics(),
    ...(tls === null ? {} : { tls }),
    ...(metricsToken === null ? {} : { metricsToken }),
  }).catch(async (error: NodeJS.ErrnoException) => {
    await store.close();
    throw new UsageError(listenProblem(error, flags));
  });
  const stop = untilSignal(() => end(EXIT.held));
  process.stdout.write(`listening on ${server.url}\n`);
  if (secret === null)
    log.warn({}, 'DEVELOPMENT MODE: tokens are signed with a public secret; set CALL_PROBE_SECRET for anything but tests');
  if (defects.length > 0) log.warn({ defects }, 'this server has known bugs switched on');
  const code = await ended;
  if (code === EXIT.held) log.info({ drainMs }, 'closing: asking clients to reconnect (signal again to exit at once)');
  await server.drain(drainMs);
  await store.close();
  stop();
  return code;
}

/** The name of a flag in commander. */
const optionOf = (flag: string): string => flag.slice(2).replace(/-(\w)/g, (_dash, letter: string) => letter.toUpperCase());

/** The waits from the flags. Throws a UsageError for an invalid duration, and for two that contradict each other. */
export function serveWaits(flags: Readonly<Record<string, unknown>>): Waits {
  const chosen = waitFlags().flatMap(({ wait, flag }) => {
    const text = flags[optionOf(flag)];
    return typeof text === 'string' ? [[wait, durationFlag(flag, text)] as const] : [];
  });
  const waits: Waits = { ...WAITS, ...Object.fromEntries(chosen) };
  if (waits.silentMs < 2 * waits.heartbeatMs) {
    throw new UsageError(
      `--silence ${formatDuration(waits.silentMs)} is less than two heartbeats of ${formatDuration(waits.heartbeatMs)}: one lost ping would end a connection; use a longer --silence or a shorter --heartbeat`,
    );
  }
  if (waits.resendMsMax < waits.resendMs) {
    throw new UsageError(
      `--resend-max ${formatDuration(waits.resendMsMax)} is shorter than --resend ${formatDuration(waits.resendMs)}, but is its maximum`,
    );
  }
  return waits;
}

/** Calls `first` at the first SIGINT or SIGTERM and exits at the second; returns how to stop listening. */
function untilSignal(first: () => void): () => void {
  let count = 0;
  const signalled = (): void => {
    count += 1;
    if (count > 1) process.exit(EXIT.interrupted);
    first();
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, signalled);
  return () => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.off(signal, signalled);
  };
}

/** An origin as browsers write it, in lower case. Throws a UsageError with a suggestion if possible. */
export function originFlag(text: string): string {
  if (text === '*' || text === 'null') return text;
  const origin = URL.canParse(text) ? new URL(text).origin : 'null';
  if (origin === text.toLowerCase()) return origin;
  const hint =
    origin === 'null' ? 'write scheme, host and port such as https://example.org:8443, or *' : `did you mean ${origin}?`;
  throw new UsageError(`--allow-origin ${JSON.stringify(text.slice(0, 200))} is not an origin; ${hint}`);
}

function tlsFlags({ tlsCert, tlsKey }: ServeFlags): TlsPair | null {
  if (tlsCert === undefined && tlsKey === undefined) return null;
  if (tlsCert === undefined || tlsKey === undefined) {
    const [has, misses] = tlsCert === undefined ? ['--tls-key', '--tls-cert'] : ['--tls-cert', '--tls-key'];
    throw new UsageError(`${has} needs ${misses}: a certificate needs its key`);
  }
  const pair = readTls({ certFile: tlsCert, keyFile: tlsKey }, Date.now());
  if ('problem' in pair) throw new UsageError(pair.problem);
  return pair;
}

function listenProblem(error: NodeJS.ErrnoException, { host, port }: ServeFlags): string {
  switch (error.code) {
    case 'EADDRINUSE':
      return `port ${port} on ${host} is in use by another program; choose one with --port, 0 takes any free port`;
    case 'EACCES':
      return `port ${port} is not allowed for this user; choose one above 1023 with --port`;
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return `${host} is not an address of this machine; --host 127.0.0.1 always is`;
    default:
      return `cannot listen on ${host}:${port}: ${error.message}`;
  }
}
