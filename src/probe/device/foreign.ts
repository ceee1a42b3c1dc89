/** A device at a foreign target: an adapter's session and the client around it, behind the shell of every device. */
import { type Address, addressOf } from '../../protocol/address.js';
import { kindFrom } from '../../protocol/message-kinds.js';
import type { Rng } from '../../protocol/rng.js';
import type { CallBook } from '../adapter/call-book.js';
import { ForeignClient } from '../adapter/client.js';
import type { ClientEffect, LoginState, OwnInput } from '../adapter/client-io.js';
import { type Adapter, type AdapterAgent, type ConnectionSpec, type Reading, traitsFor } from '../adapter/port.js';
import { refusalText } from '../adapter/refusal-text.js';
import { SECRET_NAME, secretsInHeaders } from '../adapter/secret-names.js';
import { fetchHttp } from '../links/http.js';
import { openPolling } from '../links/polling-transport.js';
import type { SocketSettings, Transport, TransportSink, Via } from '../links/transport.js';
import { openTransport } from '../links/ws-transport.js';
import { systemClock } from '../runtime/clock.js';
import type { Device } from './device.js';
import { type Passing, type Shell, type ShellOptions, startShell } from './device-shell.js';
import { sendRequest } from './foreign-requests.js';

/** What an adapter is given of one device. */
export interface AgentOptions {
  readonly address: Address;
  readonly url: string;
  /** An id of the repetition. */
  readonly run: string;
  readonly credentials: Readonly<Record<string, string>>;
  readonly book: CallBook;
  readonly rng: Rng;
  /** Registers a secret. */
  readonly secret: (text: string) => void;
}

export interface ForeignDeviceOptions extends ShellOptions, AgentOptions {
  readonly adapter: Adapter;
  readonly via?: Via | undefined;
  /** TLS and the user's other settings for all connections. */
  readonly socket: SocketSettings;
}

/** A device at a foreign target, with the result of its log-in. */
export interface ForeignDevice extends Device {
  login(): LoginState;
}

/** Starts a device; it goes online with `act('open')`. */
export function startForeignDevice(options: ForeignDeviceOptions): ForeignDevice {
  const { adapter, address, media, book } = options;
  const agent = agentOf(
    options,
    () => shell.push({ type: 'tick' }, null),
    () => shell.wall(),
  );
  for (const secret of secretsInHeaders(options.socket.headers ?? {})) options.secret(secret);
  let prepared: Readonly<Record<string, unknown>> = {};
  let spec: ConnectionSpec = { url: options.url };
  let failure: string | null = null;
  const client = new ForeignClient({
    address,
    traits: traitsFor(adapter, address.user, options.credentials),
    makeSession: () => adapter.session(agent, () => prepared),
    book,
    rng: options.rng,
    media: media !== null,
  });

  const perform = (effect: ClientEffect, cause: number | null, at: number | undefined): number | null => {
    switch (effect.type) {
      case 'connect':
        void connect(effect);
        return cause;
      case 'transmit':
        shell.send(effect.conn, passingOf(effect.message, effect.call, book), effect.message.text, cause);
        return cause;
      case 'request': {
        const { message, call } = effect;
        sendRequest(shell, effect, passingOf(message, call, book), cause, {
          node: addressOf(address),
          clock: options.clock,
          socket: options.socket,
          url: options.url,
          via: options.via,
          read: (id, response) => client.readResponse(id, response),
          passingOf: (reading) => passingOf(reading, client.callOf(reading), book),
        });
        return cause;
      }
      case 'shown':
        shell.record(cause, effect.view);
        return cause;
      default:
        return shell.perform(effect, cause, at);
    }
  };

  const connect = async (effect: Extract<ClientEffect, { type: 'connect' }>): Promise<void> => {
    try {
      prepared = shell.isCut() ? prepared : await adapter.prepare(agent, (request) => fetchHttp(request, options.socket));
      if (shell.isStopped()) return;
      spec = adapter.connect(agent, prepared);
    } catch (error) {
      failure = error instanceof Error ? error.message : String(error);
      return shell.failed(effect.conn, failure);
    }
    shell.perform(effect, null, undefined);
  };

  const shell: Shell<OwnInput> = startShell<OwnInput, ClientEffect>(options, {
    machine: client,
    isInOrder: !adapter.traits.redelivers,
    connect: (sink) => openForeign(spec, adapter.traits.loginMs, sink, options.socket, options.via),
    read(conn, text) {
      const reading = client.read(text);
      return { input: { type: 'message', conn, text }, passing: passingOf(reading, client.callOf(reading), book) };
    },
    perform,
    failed(error) {
      failure = error;
    },
  });
  return {
    ...shell.device,
    login: () => ({ isOnline: client.login.isOnline, failure: client.login.isOnline ? null : (failure ?? client.login.failure) }),
  };
}

/** Opens a connection as an adapter describes it. */
export function openForeign(
  spec: ConnectionSpec,
  handshakeMs: number,
  sink: TransportSink,
  socket: SocketSettings,
  via?: Via,
): Transport {
  const settings = { ...socket, headers: { ...socket.headers, ...spec.headers } };
  if (spec.isPolling === true) return openPolling(spec.url, handshakeMs, sink, via, settings);
  return openTransport(spec.url, spec.subprotocols ?? [], handshakeMs, sink, via, settings);
}

/** The adapter's view of one device. */
export function agentOf(options: AgentOptions, wake: () => void, wall: () => number = () => systemClock.wall()): AdapterAgent {
  const { address, run, credentials, url, rng, book } = options;
  for (const [column, value] of Object.entries(credentials)) if (SECRET_NAME.test(column)) options.secret(value);
  return {
    ...address,
    run,
    credentials,
    url,
    rng: rng.fork('adapter'),
    addressOf: (user) => book.addressOf(user),
    userAt: (name) => book.userAt(name),
    groupOf: (user) => book.groupOf(user),
    wall,
    wake,
    secret: (text) => options.secret(text),
  };
}

/** The description of a message in either direction; outgoing ones have no sender and no end reason. */
type Said = Omit<Reading, 'from' | 'reason'> & Partial<Pick<Reading, 'from' | 'reason'>>;

/** `call` is the id in the trace. */
export function passingOf(message: Said, call: string | null, book: CallBook): Passing {
  const { kind, name, frame, carries, from = null, reason = null } = message;
  const isRefused = kind === 'result.refused';
  const refusal = 'from' in message && carries.length === 0 ? (refusalText(name, frame) ?? (isRefused ? name : null)) : null;
  const user = from === null ? null : book.userAt(from);
  return {
    wire: {
      kind: kindFrom(kind),
      call,
      seq: null,
      frame,
      name,
      ...(reason === null ? {} : { reason }),
      ...(refusal === null ? {} : { refusal }),
      ...(carries.length === 0 ? {} : { carries }),
    },
    from: user === null ? null : `${user}/`,
  };
}
