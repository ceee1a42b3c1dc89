/** A session of an adapter over a real socket, without the probe's client around it: what it hears, and deeds put to it by hand. */
import { once } from 'node:events';
import type { Test } from 'tap';
import { WebSocket } from 'ws';
import type {
  Adapter,
  AdapterAgent,
  MessageMeaning,
  SessionAction,
  SessionEffect,
  SessionInput,
} from '../../src/probe/adapter/port.js';
import { createRng } from '../../src/protocol/rng.js';
import { within } from '../raw-client.js';

type HeardOf<E extends MessageMeaning['event']> = Extract<MessageMeaning, { event: E }>;

export interface SessionClient {
  readonly user: string;
  /** Kinds of the messages in order, such as `> command.invite`. */
  readonly kinds: string[];
  readonly violations: string[];
  /** The first thing of this kind heard that no earlier call took. */
  heard<E extends MessageMeaning['event']>(event: E): Promise<HeardOf<E>>;
  /** Resolves once a message of this kind went by, such as `< result.ok`. */
  passed(kind: string): Promise<void>;
  do(deed: SessionAction): void;
  isBusy(): boolean;
  /** Cuts the connection without a word. */
  cut(): void;
  send(text: string): void;
}

export interface SessionClientOptions {
  readonly device?: string;
  readonly run?: string;
  readonly credentials?: Readonly<Record<string, string>>;
}

/** Connects and logs in. Rejects with the sentence of a log-in that failed. Ends with the test. */
export async function logIn(
  t: Test,
  adapter: Adapter,
  url: string,
  user: string,
  { device = 'phone', run = 'r1', credentials = {} }: SessionClientOptions = {},
): Promise<SessionClient> {
  const agent: AdapterAgent = {
    user,
    device,
    run,
    credentials,
    url,
    rng: createRng(`${user}/${device}`),
    addressOf: (other) => adapter.identify(other, { run, credentials }),
    userAt: (address) => address,
    wake: () => handle({ type: 'tick' }),
  };
  const spec = adapter.connect(agent, {});
  const socket = new WebSocket(spec.url, [...(spec.subprotocols ?? [])]);
  await within(once(socket, 'open'), `the connection of ${user}`);
  const session = adapter.session(agent, () => ({}));
  const events: MessageMeaning[] = [];
  const kinds: string[] = [];
  const violations: string[] = [];
  const lookers = new Set<() => void>();
  const changed = (): void => {
    for (const look of [...lookers]) look();
  };
  let loggedIn: () => void = () => undefined;
  let loginFailed: (error: Error) => void = () => undefined;
  const login = new Promise<void>((resolve, reject) => {
    loggedIn = resolve;
    loginFailed = reject;
  });
  const perform = (effect: SessionEffect): void => {
    if (effect.type === 'send') {
      kinds.push(`> ${effect.message.kind}`);
      socket.send(effect.message.text);
    } else if (effect.type === 'heard') events.push(effect.heard);
    else if (effect.type === 'violation') violations.push(`${effect.code}: ${effect.message}`);
    else if (effect.type === 'logged-in') loggedIn();
    else if (effect.type === 'login-failed') loginFailed(new Error(effect.message));
  };
  function handle(input: SessionInput): void {
    for (const effect of session.handle(input, performance.now())) perform(effect);
    changed();
  }
  socket.on('message', (data) => {
    const text = String(data);
    kinds.push(`< ${session.read(text).kind}`);
    handle({ type: 'message', text });
  });
  t.teardown(() => {
    session.stop?.();
    socket.terminate();
  });
  handle({ type: 'opened' });
  await within(login, `the log-in of ${user}`);
  const until = <T>(look: () => T | undefined, what: string): Promise<T> =>
    within(
      new Promise<T>((resolve) => {
        const attempt = (): void => {
          const found = look();
          if (found === undefined) return;
          lookers.delete(attempt);
          resolve(found);
        };
        lookers.add(attempt);
        attempt();
      }),
      `${what} at ${user}/${device}`,
    );
  return {
    user,
    kinds,
    violations,
    heard: <E extends MessageMeaning['event']>(event: E) =>
      until(() => {
        const index = events.findIndex((one) => one.event === event);
        return index === -1 ? undefined : (events.splice(index, 1)[0] as HeardOf<E>);
      }, event),
    passed: (kind) => until(() => (kinds.includes(kind) ? true : undefined), kind).then(() => undefined),
    do: (deed) => handle({ type: 'deed', deed }),
    isBusy: () => session.isBusy(),
    cut: () => socket.terminate(),
    send: (text) => socket.send(text),
  };
}
