/** A running `callsync.v1` server, such as `call-probe serve`: a black box, visible only from its clients. */
import { decodeServerFrame, encodeFrame } from '../../protocol/codec.js';
import { SUBPROTOCOL } from '../../protocol/frames.js';
import { DEVELOPMENT_SECRET, mintToken } from '../../server/admission.js';
import { openTransport } from '../links/ws-transport.js';
import type { TargetCommands } from './commands.js';
import { targetElsewhere } from './elsewhere.js';
import { healthChecker } from './health-check.js';
import { type Target, TargetError } from './target.js';

const CONNECT_MS = 5_000;

/**
 * Checks that `url` answers, so that a wrong or dead target is reported before anything runs. Rejects with a TargetError. Tokens are
 * signed with CALL_PROBE_SECRET, or with the development secret.
 */
export async function connectRemote(url: string, commands: TargetCommands = {}): Promise<Target> {
  const name = nameOf(url);
  const secret = process.env['CALL_PROBE_SECRET'] ?? DEVELOPMENT_SECRET;
  const logIn = async (): Promise<string | null> => tryLogin(url, await mintToken(secret, 'call-probe-preflight'));
  const failure = await logIn();
  if (failure !== null) {
    throw new TargetError(
      `target ${name} cannot be used: ${failure}. Is the server running there? "call-probe serve" starts one.`,
    );
  }
  const checkHealth = await healthChecker(() => ({ url, subprotocols: [SUBPROTOCOL], settings: {} }));
  return { ...targetElsewhere({ name, url, commands, checkHealth, logIn }), token: (user) => mintToken(secret, user) };
}

/** The URL without user, password and query. Throws a TargetError if it is not a WebSocket URL. */
export function nameOf(url: string): string {
  if (!URL.canParse(url))
    throw new TargetError(`target ${JSON.stringify(url)} is neither "bundled" nor a URL such as ws://127.0.0.1:8787`);
  const { protocol, host, pathname } = new URL(url);
  if (protocol !== 'ws:' && protocol !== 'wss:') {
    throw new TargetError(`target ${protocol}//${host} is not a WebSocket: the URL has to begin with ws:// or wss://`);
  }
  return `${protocol}//${host}${pathname === '/' ? '' : pathname}`;
}

/** Logs in once and disconnects; returns null, or a sentence about the failure. */
function tryLogin(url: string, token: string): Promise<string | null> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => done('no welcome within 5 s: it does not seem to speak callsync.v1'), CONNECT_MS);
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
