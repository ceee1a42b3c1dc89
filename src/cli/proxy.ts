/** `call-probe proxy`: a TCP proxy with toxics, for a phone, a browser or any other client. */
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect } from 'node:net';
import { formatEndpoint, parseEndpoint } from '../probe/proxy/endpoint.js';
import { PROXY_LIMITS } from '../probe/proxy/limits.js';
import { checkToxics, type Endpoint, type LinkProxy, type ProxyEvent } from '../probe/proxy/proxy.js';
import { ProxyBook } from '../probe/proxy/proxy-book.js';
import { serveToxiproxyApi, type ToxiproxyApi } from '../probe/proxy/toxiproxy-api.js';
import { createOut } from '../reporters/out.js';
import { quote } from '../scenarios/language/problem.js';
import { EXIT, UsageError } from './exit.js';
import { ConnectionLog } from './proxy-log.js';
import { formatToxic, parseToxic } from './toxic-flag.js';

interface ProxyFlags {
  readonly listen: string;
  readonly upstream?: string;
  readonly toxic?: readonly string[];
  readonly seed?: string;
  readonly api?: string;
}

/** The name of the flags' proxy in the API. */
const OWN = 'call-probe';
/** The supported version of toxiproxy's API, with our version as build metadata (semver.org). */
const API_VERSION = '2.0.0';
const DEFAULT_PORTS: Readonly<Record<string, number>> = { 'ws:': 80, 'http:': 80, 'wss:': 443, 'https:': 443 };

/** Runs until SIGINT or SIGTERM, prints a summary and resolves to the exit code. A second signal exits at once. */
export async function proxyCommand(flags: ProxyFlags, version: string): Promise<number> {
  const listen = placeFlag('--listen', flags.listen);
  const upstream = flags.upstream === undefined ? null : upstreamFlag(flags.upstream);
  const apiPlace = flags.api === undefined ? null : placeFlag('--api', flags.api);
  const written = flags.toxic ?? [];
  const toxics = written.map(parseToxic);
  if (upstream === null && apiPlace === null) {
    throw new UsageError(
      '--upstream is required without --api: the target of connections, such as --upstream 127.0.0.1:8787 or ws://127.0.0.1:8787',
    );
  }
  if (upstream === null && toxics.length > 0) throw new UsageError('--toxic needs --upstream: without it there is no proxy');
  if (upstream !== null && listen.port !== 0 && upstream.port === listen.port && upstream.host === listen.host)
    throw new UsageError(`--upstream ${formatEndpoint(upstream)} is the proxy itself`);
  if (flags.seed !== undefined && !/^[\w.:~-]{1,64}$/.test(flags.seed))
    throw new UsageError(`--seed ${quote(flags.seed.slice(0, 80))} may have 1 to 64 letters, digits and . : ~ _ -`);
  try {
    checkToxics(toxics);
  } catch (error) {
    if (error instanceof RangeError) throw new UsageError(`--toxic: ${error.message}; give one another name: name=second`);
    throw error;
  }
  const seed = flags.seed ?? randomBytes(4).toString('hex');
  const log = new ConnectionLog(createOut(), apiPlace !== null);
  const say = (text: string): void => void process.stdout.write(`${text}\n`);
  const on = (name: string, event: ProxyEvent): void => log.event(name, event);
  const book = new ProxyBook({ seed, on });
  const stop = untilSignal();
  let api: ToxiproxyApi | null = null;
  let isRunning = false;
  try {
    if (apiPlace !== null) {
      api = await serveToxiproxyApi(apiPlace, book, `${API_VERSION}+call-probe.${version}`).catch(refuse('--api', apiPlace));
      say(`toxiproxy's API on http://${formatEndpoint(api)}`);
    }
    if (upstream !== null) {
      const proxy = await book.start(OWN, listen, upstream, toxics).catch(refuse('--listen', listen));
      say(`listening on ${formatEndpoint(proxy)}, upstream ${formatEndpoint(upstream)}, seed ${seed}`);
      for (const line of toxicLines(proxy, written)) say(line);
      const problem = await reachProblem(upstream);
      if (problem !== null)
        process.stderr.write(
          `upstream ${formatEndpoint(upstream)} cannot be reached (${problem}): connections are reset until it can\n`,
        );
    }
    isRunning = true;
    await stop.signalled;
  } finally {
    await api?.close();
    if (isRunning) log.ending();
    const proxies = book.names.map((name) => ({ name, proxy: book.proxy(name) }));
    await book.close();
    if (isRunning) log.summary(proxies.map(({ name, proxy }) => ({ name, counters: proxy.counters() })));
    stop.off();
  }
  return EXIT.held;
}

function toxicLines({ toxics }: LinkProxy, written: readonly string[]): string[] {
  const nameWidth = Math.max(...toxics.map(({ name }) => name.length));
  return toxics.map(({ name, fault, stream, toxicity }, index) => {
    const share = `${Math.round(toxicity * 1e4) / 100}%`;
    return `toxic ${name.padEnd(nameWidth)}  ${stream.padEnd(10)}  ${share.padStart(4)}  ${formatToxic(fault, written[index] ?? '')}`;
  });
}

/** Why a connection fails now, or null. */
async function reachProblem(upstream: Endpoint): Promise<string | null> {
  const socket = connect(upstream);
  socket.setTimeout(PROXY_LIMITS.connectMs / 2, () =>
    socket.destroy(Object.assign(new Error('no answer'), { code: 'ETIMEDOUT' })),
  );
  try {
    await once(socket, 'connect');
    return null;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? String(error);
  } finally {
    socket.destroy();
  }
}

function placeFlag(flag: string, text: string): Endpoint {
  const place = parseEndpoint(/^\d{1,5}$/.test(text) ? `:${text}` : text);
  if (place !== null) return place;
  throw new UsageError(`${flag} ${quote(text.slice(0, 120))} is not host:port, such as 127.0.0.1:9000; port 0 takes a free port`);
}

/** `host:port`, or a URL, of which host and port are used. */
function upstreamFlag(text: string): Endpoint {
  const url = /^[a-z]+:\/\//i.test(text) && URL.canParse(text) ? new URL(text) : null;
  const port = url === null ? undefined : url.port === '' ? DEFAULT_PORTS[url.protocol] : Number(url.port);
  const place = url === null ? parseEndpoint(text) : port === undefined ? null : parseEndpoint(`${url.hostname}:${port}`);
  if (place !== null && place.port > 0) return place;
  throw new UsageError(
    `--upstream ${quote(text.slice(0, 120))} is neither host:port nor a WebSocket URL, such as 127.0.0.1:8787 or ws://127.0.0.1:8787`,
  );
}

function refuse(flag: string, { host, port }: Endpoint): (error: NodeJS.ErrnoException) => never {
  return (error) => {
    const place = formatEndpoint({ host, port });
    switch (error.code) {
      case 'EADDRINUSE':
        throw new UsageError(`${flag} ${place}: the port is in use by another program; port 0 takes any free port`);
      case 'EACCES':
        throw new UsageError(`${flag} ${place}: this user may not use the port; choose one above 1023`);
      case 'EADDRNOTAVAIL':
      case 'ENOTFOUND':
      case 'EAI_AGAIN':
        throw new UsageError(`${flag} ${place}: ${host} is not an address of this machine; 127.0.0.1 always is`);
      default:
        throw new UsageError(`${flag} ${place}: cannot listen there: ${error.message}`);
    }
  };
}

function untilSignal(): { readonly signalled: Promise<void>; readonly off: () => void } {
  let count = 0;
  let resolve: () => void = () => undefined;
  const signalled = new Promise<void>((done) => {
    resolve = done;
  });
  const signal = (): void => {
    count += 1;
    if (count > 1) process.exit(EXIT.interrupted);
    resolve();
  };
  const names = ['SIGINT', 'SIGTERM'] as const;
  for (const name of names) process.on(name, signal);
  return {
    signalled,
    off: () => {
      for (const name of names) process.off(name, signal);
    },
  };
}
