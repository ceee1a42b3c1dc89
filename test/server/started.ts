/** A server of a test: on a free loopback port, with a log and a trace that are kept. */
import { performance } from 'node:perf_hooks';
import type { Test } from 'tap';
import { WAITS, type Waits } from '../../src/protocol/limits.js';
import { createRng } from '../../src/protocol/rng.js';
import { Hub } from '../../src/server/hub/hub.js';
import { SOUND_POLICY } from '../../src/server/hub/policy.js';
import { type Listening, type ListenOptions, listen, type ServerTraceEvent } from '../../src/server/listen.js';
import type { ServerLog } from '../../src/server/log.js';
import { logIn, type RawClient, within } from '../raw-client.js';

export const SECRET = 'a secret of this test that is longer than 32 characters';

export interface Line {
  readonly level: string;
  readonly fields: Record<string, unknown>;
  readonly message: string;
}

export interface Started {
  readonly server: Listening;
  readonly lines: Line[];
  /** The first line of the log that fits, now or later. Rejects when none comes. */
  line(fits: (line: Line) => boolean): Promise<Line>;
  readonly trace: ServerTraceEvent[];
  /** Base URL for plain HTTP. */
  readonly web: string;
}

export const serverTime = (): number => performance.timeOrigin + performance.now();

export function newHub(waits: Partial<Waits> = {}, durable = false): Hub {
  return new Hub({ waits: { ...WAITS, ...waits }, policy: SOUND_POLICY, rng: createRng('test'), durable });
}

/** Starts a server that the end of the test closes. */
export async function start(t: Test, options: Partial<ListenOptions> = {}, waits: Partial<Waits> = {}): Promise<Started> {
  const lines: Line[] = [];
  const trace: ServerTraceEvent[] = [];
  const lookers = new Set<() => void>();
  const at = (level: string) => (fields: object, message: string) => {
    lines.push({ level, fields: { ...fields }, message });
    for (const look of [...lookers]) look();
  };
  const line = (fits: (line: Line) => boolean): Promise<Line> => {
    const found = new Promise<Line>((resolve) => {
      const look = (): void => {
        const first = lines.find(fits);
        if (first === undefined) return;
        lookers.delete(look);
        resolve(first);
      };
      lookers.add(look);
      look();
    });
    return within(found, 'a line of the log', 20_000);
  };
  const log: ServerLog = { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
  const server = await listen({
    host: '127.0.0.1',
    port: 0,
    secret: SECRET,
    hub: newHub(waits),
    log,
    now: () => performance.now(),
    time: serverTime,
    trace: (event) => void trace.push(event),
    ...options,
  });
  t.teardown(() => server.close());
  return { server, lines, line, trace, web: `http://127.0.0.1:${server.port}` };
}

/** Brings a call of two users up to `connected`, and proves it from both ends. */
export async function connectCall(url: string, id: string, caller: string, callee: string): Promise<[RawClient, RawClient]> {
  const [from, to] = await Promise.all([logIn(url, SECRET, caller), logIn(url, SECRET, callee)]);
  from.command('invite', id, callee);
  await to.next('event', ({ record }) => record.phase === 'inviting');
  to.command('ring', id);
  await from.next('event', ({ record }) => record.phase === 'ringing');
  to.command('accept', id);
  await Promise.all([from, to].map((side) => side.next('event', ({ record }) => record.phase === 'connected')));
  return [from, to];
}
