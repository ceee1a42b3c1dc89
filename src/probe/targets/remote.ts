/** Somebody's running server that speaks `callsync.v1`, such as `call-probe serve`: a black box, seen only from its clients. */
import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { decodeServerFrame, encodeFrame } from '../../protocol/codec.js';
import { SUBPROTOCOL } from '../../protocol/frames.js';
import { DEVELOPMENT_SECRET, mintToken } from '../../server/admission.js';
import { systemClock } from '../clock.js';
import { openTransport } from '../ws-transport.js';
import { runCommand, type TargetCommands } from './commands.js';
import { doorKnocker } from './knock.js';
import { type Capability, type Target, TargetError } from './target.js';

const CONNECT_MS = 5_000;
/** How long a server that was restarted by a command may take to be there again, and how often it is asked. */
const RESTART_MS = 30_000;
const RETRY_MS = 100;

/**
 * Makes sure that `url` answers, so that a wrong or dead target is told before anything runs. Rejects with a
 * TargetError. What the user's commands can do to the server, faults can. The secret that tokens are signed with comes from CALL_PROBE_SECRET, else it is the development one.
 */
export async function connectRemote(url: string, commands: TargetCommands = {}): Promise<Target> {
  const name = nameOf(url);
  const secret = process.env['CALL_PROBE_SECRET'] ?? DEVELOPMENT_SECRET;
  const failure = await tryLogin(url, await mintToken(secret, 'call-probe-preflight'));
  if (failure !== null) {
    throw new TargetError(
      `target ${name} can't be used: ${failure}. Is the server running there? "call-probe serve" starts one.`,
    );
  }
  const knock = await doorKnocker(() => ({ url, subprotocols: [SUBPROTOCOL], settings: {} }));
  const cannot = (what: string, flag: string): TargetError =>
    new TargetError(`${name} runs elsewhere, it can't be ${what} from here without ${flag}`);
  let isStopped = false;
  const capabilities = new Set<Capability>();
  if (commands.restart !== undefined) capabilities.add('restart-server');
  if (commands.pause !== undefined && commands.resume !== undefined) capabilities.add('pause-server');
  return {
    name,
    url,
    salt: randomBytes(4).toString('hex'),
    capabilities,
    reset: async () => undefined,
    token: (user) => mintToken(secret, user),
    settle: async () => undefined,
    async restart(_signal, begun) {
      if (commands.restart === undefined) throw cannot('restarted', '--restart-command');
      const from = systemClock.now();
      begun(null);
      await runCommand('restart', commands.restart);
      await backAgain(url, await mintToken(secret, 'call-probe-preflight'));
      return { pid: null, formerPid: null, downMs: systemClock.now() - from };
    },
    async pause(isPaused) {
      const command = isPaused ? commands.pause : commands.resume;
      if (command === undefined) throw cannot('paused', '--pause-command and --resume-command');
      await runCommand(isPaused ? 'pause' : 'resume', command);
      isStopped = isPaused;
    },
    slowHandler: async () => {
      throw new TargetError(`${name} runs elsewhere, its handlers can't be slowed from here`);
    },
    knock,
    logIn: async () => tryLogin(url, await mintToken(secret, 'call-probe-preflight')),
    fault: () => null,
    async stop() {
      // A run that is cut short must not leave somebody's server standing still.
      if (isStopped && commands.resume !== undefined) await runCommand('resume', commands.resume);
    },
  };
}

/** Resolves when somebody can log in again. Rejects with a TargetError when nobody can for too long. */
async function backAgain(url: string, token: string): Promise<void> {
  const until = systemClock.now() + RESTART_MS;
  for (;;) {
    const failure = await tryLogin(url, token);
    if (failure === null) return;
    if (systemClock.now() > until) {
      throw new TargetError(`the server did not come back within ${RESTART_MS / 1_000} s of its restart: ${failure}`);
    }
    await delay(RETRY_MS);
  }
}

/** The URL as it may be shown: without user, password and query. Throws a TargetError when it is no WebSocket URL. */
export function nameOf(url: string): string {
  if (!URL.canParse(url))
    throw new TargetError(`target ${JSON.stringify(url)} is neither "bundled" nor a URL such as ws://127.0.0.1:8787`);
  const { protocol, host, pathname } = new URL(url);
  if (protocol !== 'ws:' && protocol !== 'wss:') {
    throw new TargetError(`target ${protocol}//${host} is not a WebSocket: the URL has to begin with ws:// or wss://`);
  }
  return `${protocol}//${host}${pathname === '/' ? '' : pathname}`;
}

/** Logs in once and leaves; null when that worked, else what went wrong in words. */
function tryLogin(url: string, token: string): Promise<string | null> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => done('it did not greet within 5 s, so it seems not to speak callsync.v1'), CONNECT_MS);
    const done = (failure: string | null): void => {
      clearTimeout(timer);
      resolve(failure);
      transport.end('close');
    };
    const transport = openTransport(url, SUBPROTOCOL, CONNECT_MS, {
      opened: () => transport.send(encodeFrame({ type: 'hello', token, device: 'preflight' })),
      message: (text, bytes) => {
        const decoded = decodeServerFrame(text, bytes);
        if (!decoded.ok) return done(`it does not speak callsync.v1: ${decoded.message}`);
        if (decoded.frame.type === 'welcome') return done(null);
        if (decoded.frame.type === 'error')
          done(`it refused the log-in: ${decoded.frame.message} (CALL_PROBE_SECRET has to be the server's)`);
      },
      closed: (code, reason, error) => done(error ?? `it closed the connection with ${code} ${reason}`),
    });
  });
}
