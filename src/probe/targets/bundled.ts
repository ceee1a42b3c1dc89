/** The bundled server as a target: a child process on a free loopback port, with its own trace events and its own store. */
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RestartSignal } from '../../faults/server/restart-server.js';
import { mintToken } from '../../server/admission.js';
import type { ServerSettings } from '../../server/child-protocol.js';
import { systemClock } from '../runtime/clock.js';
import { loadServerProcess, type ServerProcess } from './server-process.js';
import { type Restarted, type Target, TargetError, type TargetReset } from './target.js';

/**
 * Starts a bundled server with the named defects. Rejects with a TargetError if it does not start, or if `signal` is
 * aborted first.
 */
export async function startBundled(defects: readonly string[], signal?: AbortSignal): Promise<Target> {
  const secret = randomBytes(32).toString('hex');
  const store = await mkdtemp(join(tmpdir(), 'call-probe-store-'));
  const forget = (): Promise<void> => rm(store, { recursive: true, force: true });
  const broken = new AbortController();
  let fault: string | null = null;
  let diedByItself = false;
  let trace: NonNullable<TargetReset['trace']> = () => undefined;
  let settings: ServerSettings = { waits: {}, seed: 'start', defects, isDurable: false, isTraced: false };
  let lives = 0;
  let restarting: Promise<unknown> = Promise.resolve();

  const fail = (message: string, byItself = false): void => {
    if (fault === null) diedByItself = byItself;
    fault ??= message;
    broken.abort(message);
  };
  const load = (): Promise<ServerProcess> =>
    loadServerProcess({
      env: { CALL_PROBE_SECRET: secret, CALL_PROBE_STORE: store },
      trace: (events) => trace(events),
      fault: fail,
      signal,
    });
  const listen = async (loaded: ServerProcess, port: number): Promise<{ readonly url: string; readonly port: number }> => {
    try {
      return await loaded.listen({ ...settings, port, life: ++lives });
    } catch (error) {
      await loaded.end('SIGKILL');
      throw error;
    }
  };
  const begin = async (): Promise<{ loaded: ServerProcess; url: string; port: number }> => {
    const loaded = await load();
    return { loaded, ...(await listen(loaded, 0)) };
  };
  const first = await begin().catch(async (error: unknown) => {
    await forget();
    throw error;
  });
  const { url, port } = first;
  let server = first.loaded;

  const restart = async (signal: RestartSignal, begun: (formerPid: number | null) => void): Promise<Restarted> => {
    if (fault !== null) throw new TargetError(fault);
    try {
      // Loaded before the other one ends: the downtime of the server must not include Node's loading time.
      const next = await load();
      const formerPid = server.pid;
      const from = systemClock.now();
      begun(formerPid);
      await server.end(signal);
      await listen(next, port);
      server = next;
      return { pid: next.pid, formerPid, downMs: systemClock.now() - from };
    } catch (error) {
      fail(`the bundled server did not restart: ${error instanceof Error ? error.message : String(error)}`);
      throw error;
    }
  };

  return {
    name: 'bundled',
    url,
    salt: '',
    capabilities: new Set(['server-trace', 'server-waits', 'restart-server', 'pause-server', 'slow-handler'] as const),
    async reset({ waits, seed, isDurable, trace: sink }) {
      trace = () => undefined;
      settings = { waits, seed, defects, isDurable, isTraced: sink !== null };
      lives = 1;
      await server.ask({ type: 'reset', ...settings }, 'reset-done');
      trace = sink ?? (() => undefined);
    },
    token: (user) => mintToken(secret, user),
    settle: () => server.ask({ type: 'census' }, 'census'),
    restart(signal, begun) {
      // Two restarts of simultaneous steps run one after the other.
      const turn = restarting.then(() => restart(signal, begun));
      restarting = turn.catch(() => undefined);
      return turn;
    },
    async pause(isPaused) {
      server.signal(isPaused ? 'SIGSTOP' : 'SIGCONT');
    },
    slowHandler: (ms) => server.ask({ type: 'slow-handler', ms }, 'slowed'),
    fault: () => fault,
    diedByItself: () => diedByItself,
    broken: broken.signal,
    async stop() {
      await restarting;
      await server.end('stop');
      await forget();
    },
  };
}
