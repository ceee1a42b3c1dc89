/** One device of a dialect without sockets: messages in, effects out, in virtual time. */
import { adapterOf } from '../../src/adapters/dialect/adapter.js';
import { dialectOf } from '../../src/adapters/dialect/load.js';
import type {
  AdapterAgent,
  AdapterSession,
  CallHandle,
  ConnectionSpec,
  HttpRequest,
  HttpResponse,
  MessageMeaning,
  SessionAction,
  SessionEffect,
} from '../../src/probe/adapter/port.js';
import { createRng } from '../../src/protocol/rng.js';

export interface DialectBench {
  readonly session: AdapterSession;
  open(now?: number): readonly SessionEffect[];
  close(): void;
  /** A message arrives: an object as JSON, a text as it is. */
  arrives(message: unknown, now?: number): readonly SessionEffect[];
  /** How an arriving message is read. */
  kindOf(message: unknown): string;
  act(action: SessionAction, now?: number): readonly SessionEffect[];
  tick(now: number): readonly SessionEffect[];
}

export interface BenchOptions {
  readonly wall?: () => number;
  readonly prepared?: Readonly<Record<string, unknown>>;
}

const textOf = (message: unknown): string => (typeof message === 'string' ? message : JSON.stringify(message));

export function agentOf(options: BenchOptions = {}): AdapterAgent {
  return {
    user: 'alice',
    device: 'phone',
    run: 'r1',
    credentials: {},
    url: 'ws://127.0.0.1:1',
    rng: createRng('bench'),
    addressOf: (user) => user,
    userAt: (address) => address,
    wake: () => undefined,
    ...(options.wall === undefined ? {} : { wall: options.wall }),
  };
}

/** A device of alice; `yaml` is a dialect without its first two lines. */
export function bench(yaml: string, options: BenchOptions = {}): DialectBench {
  const adapter = adapterOf(dialectOf(`dialect: 1\nname: bench\n${yaml}`, 'bench.yaml'));
  const session = adapter.session(agentOf(options), () => options.prepared ?? {});
  return {
    session,
    open: (now = 0) => session.handle({ type: 'opened' }, now),
    close: () => void session.handle({ type: 'closed' }, 0),
    arrives: (message, now = 0) => session.handle({ type: 'message', text: textOf(message) }, now),
    kindOf: (message) => session.read(textOf(message)).kind,
    act: (deed, now = 0) => session.handle({ type: 'deed', deed }, now),
    tick: (now) => session.handle({ type: 'tick' }, now),
  };
}

/** What the requests before a connection give, and where it then goes. */
export async function prepared(
  yaml: string,
  http: (request: HttpRequest) => HttpResponse,
  options: BenchOptions = {},
): Promise<{ readonly values: Readonly<Record<string, unknown>>; readonly spec: ConnectionSpec }> {
  const adapter = adapterOf(dialectOf(`dialect: 1\nname: bench\n${yaml}`, 'bench.yaml'));
  const agent = agentOf(options);
  const values = await adapter.prepare(agent, (request) => Promise.resolve(http(request)));
  return { values, spec: adapter.connect(agent, values) };
}

/** What is wrong with a dialect, as text; empty if nothing is. */
export function problemsOf(yaml: string): string {
  try {
    dialectOf(`dialect: 1\nname: bench\n${yaml}`, 'bench.yaml');
    return '';
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

export const outgoing = (id: string): CallHandle => ({ key: id, id, side: 'caller', peer: 'bob' });
export const incoming = (key: string): CallHandle => ({ key, id: `c-${key}`, side: 'callee', peer: 'bob' });

export const calls = (id: string): SessionAction => ({ verb: 'call', call: outgoing(id), description: null });

/** The texts that were sent. */
export function sent(effects: readonly SessionEffect[]): string[] {
  return effects.flatMap((effect) => (effect.type === 'send' ? [effect.message.text] : []));
}

export function heard(effects: readonly SessionEffect[]): MessageMeaning[] {
  return effects.flatMap((effect) => (effect.type === 'heard' ? [effect.heard] : []));
}

/** Violations, as `code: message`. */
export function violations(effects: readonly SessionEffect[]): string[] {
  return effects.flatMap((effect) => (effect.type === 'violation' ? [`${effect.code}: ${effect.message}`] : []));
}
