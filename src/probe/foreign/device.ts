/** Runs a foreign client for real: one machine, one queue, one timer, one socket; everything that happens goes into the trace. */
import type { Message } from '../../faults/message/message-fault.js';
import { type Address, addressOf } from '../../protocol/address.js';
import { isEndReason } from '../../protocol/reasons.js';
import { digest, type Rng } from '../../protocol/rng.js';
import type { TraceBody } from '../../trace/event.js';
import type { Recorder } from '../../trace/recorder.js';
import type { CallBook } from '../adapter/call-book.js';
import { ForeignClient } from '../adapter/client.js';
import type { ClientEffect, ClientInput, LoginState } from '../adapter/client-io.js';
import { type Adapter, type AdapterAgent, type ConnectionSpec, type Outgoing, type Reading, traitsFor } from '../adapter/port.js';
import { SECRET_NAME } from '../adapter/secret-names.js';
import { createDeviceClock } from '../device-clock.js';
import type { Device } from '../driver.js';
import { createLink } from '../link.js';
import { MessageFilter } from '../message-filter.js';
import { openPolling } from '../polling-transport.js';
import type { Clock, MediaHost, MediaSession } from '../ports.js';
import { openTransport, type SocketSettings, type Transport, type TransportSink, type Via } from '../ws-transport.js';
import { fetchHttp } from './http.js';

export interface ForeignDeviceOptions {
  readonly adapter: Adapter;
  readonly address: Address;
  readonly url: string;
  readonly via?: Via | undefined;
  /** TLS and what else the user set for all connections. */
  readonly socket: SocketSettings;
  /** An id of the repetition. */
  readonly run: string;
  readonly credentials: Readonly<Record<string, string>>;
  readonly book: CallBook;
  readonly rng: Rng;
  readonly clock: Clock;
  readonly recorder: Recorder;
  readonly media: MediaHost | null;
  readonly redact: (frame: unknown) => unknown;
  /** Takes note of what must not be published. */
  readonly secret: (text: string) => void;
  readonly changed: () => void;
}

/** A device at a foreign target; also says how its log-in went. */
export interface ForeignDevice extends Device {
  login(): LoginState;
}

interface Queued {
  readonly input: ClientInput;
  readonly cause: number | null;
  readonly at?: number;
}

/** Starts a device; it goes online with `act('open')`. */
export function startForeignDevice(options: ForeignDeviceOptions): ForeignDevice {
  const { adapter, address, clock, recorder, media, book } = options;
  const node = addressOf(address);
  const linkName = `${node}.signaling`;
  const agent: AdapterAgent = {
    ...address,
    run: options.run,
    credentials: options.credentials,
    url: options.url,
    rng: options.rng.fork('adapter'),
    addressOf: (user) => book.addressOf(user),
    userAt: (name) => book.userAt(name),
    groupOf: (user) => book.groupOf(user),
    wake: () => push({ type: 'tick' }, null),
    secret: (text) => options.secret(text),
  };
  for (const [column, value] of Object.entries(options.credentials)) if (SECRET_NAME.test(column)) options.secret(value);
  for (const value of Object.values(options.socket.headers ?? {})) options.secret(value);
  let prepared: Readonly<Record<string, unknown>> = {};
  const client = new ForeignClient({
    address,
    traits: traitsFor(adapter, address.user, options.credentials),
    makeSession: () => adapter.session(agent, () => prepared),
    book,
    rng: options.rng,
    media: media !== null,
  });
  let spec: ConnectionSpec = { url: options.url };
  const connectNow = (sink: TransportSink): Transport => {
    const settings = { ...options.socket, headers: { ...options.socket.headers, ...spec.headers } };
    if (spec.isPolling === true) return openPolling(spec.url, adapter.traits.loginMs, sink, options.via, settings);
    return openTransport(spec.url, spec.subprotocols ?? [], adapter.traits.loginMs, sink, options.via, settings);
  };
  const link = createLink(connectNow);
  const filter = new MessageFilter();
  const deviceClock = createDeviceClock(clock);
  const queue: Queued[] = [];
  const mediaSessions = new Map<string, MediaSession>();
  const afterWrite: (() => void)[] = [];
  /** What came while the device stood still. */
  const backlog: (() => void)[] = [];
  let transport: Transport | null = null;
  let timer: NodeJS.Timeout | null = null;
  let failure: string | null = null;
  let isPaused = false;
  let isRunning = false;
  let isWriting = false;
  let isStopped = false;

  const record = (cause: number | null, body: TraceBody, at = clock.now()): number =>
    isStopped ? 0 : recorder.record(node, at, cause, body);

  /** A sentence with words of the server's in it, which may have put anything there. */
  const sentence = (message: string): string => {
    const kept = options.redact({ message });
    const said = typeof kept === 'object' && kept !== null && 'message' in kept ? kept.message : undefined;
    return typeof said === 'string' ? said : '';
  };

  const push = (input: ClientInput, cause: number | null, at?: number): void => {
    if (isStopped) return;
    queue.push(at === undefined ? { input, cause } : { input, cause, at });
    if (isRunning || isPaused) return;
    work();
  };

  const work = (): void => {
    isRunning = true;
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) run(next);
    isRunning = false;
    arm();
    options.changed();
  };

  const run = ({ input, cause, at }: Queued): void => {
    let because = cause;
    for (const effect of client.handle(input, deviceClock.now())) because = perform(effect, because, at);
  };

  const arm = (): void => {
    if (timer !== null) clearTimeout(timer);
    timer = null;
    const at = client.deadline();
    if (at === null || isStopped || isPaused) return;
    timer = setTimeout(() => push({ type: 'tick' }, null), Math.max(0, deviceClock.realMsUntil(at)));
  };

  /** Does one effect; returns the event that the following effects follow from. */
  const perform = (effect: ClientEffect, cause: number | null, at?: number): number | null => {
    switch (effect.type) {
      case 'op':
        return record(cause, effect);
      case 'connect':
        void connect(effect.conn);
        return cause;
      case 'disconnect':
        transport?.end(effect.how);
        return cause;
      case 'transmit':
        transmit(effect.conn, effect.message, effect.call, cause);
        return cause;
      case 'shown':
        record(cause, effect.view);
        return cause;
      case 'violation':
        record(cause, { type: 'violation', code: effect.code, message: sentence(effect.message), call: effect.call });
        return cause;
      case 'log':
        record(cause, { type: 'log', level: effect.level, message: effect.message, data: effect.data });
        return cause;
      case 'media-state':
        record(cause, effect.event, at);
        return cause;
      case 'media':
        mediaCommand(effect, cause);
        return cause;
    }
  };

  const mediaCommand = (effect: Extract<ClientEffect, { type: 'media' }>, cause: number | null): void => {
    const { call } = effect;
    if (effect.do === 'open') {
      // What is sent once the description is there follows from the action that wanted it.
      const opened = media?.open(node, call, (report) =>
        push({ type: 'media', call, report }, report.kind === 'description' ? cause : null, report.at),
      );
      if (opened !== undefined) mediaSessions.set(call, opened);
      return;
    }
    const opened = mediaSessions.get(call);
    if (effect.do === 'offer') opened?.offer();
    else if (effect.do === 'describe') opened?.remoteDescription(effect.description);
    else if (effect.do === 'candidate') opened?.remoteCandidate(effect.candidate);
    else opened?.close();
  };

  const wire = (
    dir: 'in' | 'out',
    conn: number,
    message: Omit<Reading, 'from' | 'reason'> & Partial<Pick<Reading, 'reason'>>,
    call: string | null,
    text: string,
    cause: number | null,
    at: number,
  ): number =>
    record(
      cause,
      {
        type: 'wire',
        dir,
        link: linkName,
        conn,
        kind: message.kind,
        call,
        seq: null,
        bytes: Buffer.byteLength(text),
        digest: digest(text),
        frame: options.redact(message.frame),
        name: message.name,
        ...(message.reason == null ? {} : { reason: message.reason }),
        ...(message.carries.length === 0
          ? {}
          : { carries: message.carries.map(({ what, text: carried }) => ({ what, digest: digest(carried) })) }),
      },
      at,
    );

  const transmit = (conn: number, message: Outgoing, call: string | null, cause: number | null): void => {
    if (transport === null || !transport.isOpen()) {
      record(cause, { type: 'log', level: 'warn', message: `${message.kind} not written: no open connection`, data: { conn } });
      return;
    }
    const { text } = message;
    const written = transport;
    // Recorded first, as the bundled client's frames are: a fault that waits for it strikes before anybody can answer it.
    isWriting = true;
    const n = wire('out', conn, message, call, text, cause, clock.now());
    if (filter.isIdle) written.send(text);
    else filter.pass(messageOf('out', message, call, text), n, (passed) => written.send(passed));
    isWriting = false;
    for (const begin of afterWrite.splice(0)) begin();
  };

  const read = (conn: number, text: string): void => {
    const at = clock.now();
    const reading = client.read(text);
    push({ type: 'message', conn, text }, wire('in', conn, reading, client.callOf(reading), text, null, at));
  };

  const arrive = (conn: number, text: string): void => {
    if (filter.isIdle) return read(conn, text);
    const reading = client.read(text);
    filter.pass(messageOf('in', reading, client.callOf(reading), text), null, (passed) => read(conn, passed));
  };

  const messageOf = (
    dir: Message['dir'],
    message: Omit<Reading, 'from' | 'reason'> & Partial<Pick<Reading, 'from' | 'reason'>>,
    call: string | null,
    text: string,
  ): Message => {
    const user = message.from == null ? null : book.userAt(message.from);
    return {
      dir,
      kind: message.kind,
      name: message.name,
      call,
      from: user === null ? null : `${user}/`,
      reason: message.reason != null && isEndReason(message.reason) ? message.reason : null,
      text,
    };
  };

  const whenRunning = (then: () => void): void => {
    if (isPaused) backlog.push(then);
    else then();
  };

  const connect = async (conn: number): Promise<void> => {
    const connection = (message: string, data: Record<string, unknown> = {}): number =>
      record(null, { type: 'log', level: 'info', message, data: { link: linkName, conn, ...data } });
    const sink: TransportSink = {
      opened: () => whenRunning(() => push({ type: 'opened', conn }, connection('connection opened'))),
      message: (text) => whenRunning(() => arrive(conn, text)),
      closed: (code, reason, error) =>
        whenRunning(() => {
          if (error !== null) failure = error;
          push({ type: 'closed', conn, code, reason }, connection('connection closed', { code, reason, error }));
        }),
    };
    try {
      prepared = link.isCut() ? prepared : await adapter.prepare(agent, (request) => fetchHttp(request, options.socket));
      if (isStopped) return;
      spec = adapter.connect(agent, prepared);
    } catch (error) {
      failure = error instanceof Error ? error.message : String(error);
      return sink.closed(1006, '', failure);
    }
    transport = link.open(sink);
  };

  return {
    address,
    act: (verb, { callee, media: withMedia } = {}) =>
      push(
        {
          type: 'act',
          verb,
          ...(callee === undefined ? {} : { callee }),
          ...(withMedia === undefined ? {} : { media: withMedia }),
        },
        null,
      ),
    shown: () => client.shown,
    presence: () => client.presence,
    isQuiet: () => client.isQuiet,
    login: () => ({ isOnline: client.login.isOnline, failure: client.login.isOnline ? null : (failure ?? client.login.failure) }),
    disturb(script, told) {
      const disturbance = link.run(script, told);
      if (isWriting) afterWrite.push(disturbance.begin);
      else disturbance.begin();
      return disturbance;
    },
    intercept: (rule) => filter.add(rule),
    pause(paused) {
      isPaused = paused;
      link.pause(paused);
      if (paused) {
        if (timer !== null) clearTimeout(timer);
        return;
      }
      for (const then of backlog.splice(0)) then();
      work();
    },
    die(how) {
      if (how === 'close') transport?.end('close');
      push({ type: 'act', verb: 'crash' }, null);
    },
    clock: deviceClock,
    mediaState: () => client.mediaState(client.shown.call ?? ''),
    sampleTimer: (now) => {
      const reading = isPaused ? null : client.timer(deviceClock.now());
      if (reading !== null) record(null, { type: 'timer', ...reading }, now);
    },
    stop: () => {
      isStopped = true;
      if (timer !== null) clearTimeout(timer);
      for (const opened of mediaSessions.values()) opened.close();
      client.stop();
      filter.stop();
      link.stop();
      transport?.end('close');
    },
  };
}
