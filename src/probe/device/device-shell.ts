/** Runs one device in real time: one machine, one queue, one timer, one socket; publishes everything on the bus. */

import type { DeviceEffect, DeviceInput } from '../../client/ports.js';
import type { Shown } from '../../client/replica.js';
import type { Message } from '../../faults/message/message-fault.js';
import { type Address, addressOf } from '../../protocol/address.js';
import type { Millis } from '../../protocol/machine.js';
import type { Bus, LiveBody, LiveWire } from '../../trace/bus.js';
import type { ConnEvent } from '../../trace/event.js';
import { createLink, type LinkSink } from '../links/link.js';
import { MessageFilter } from '../links/message-filter.js';
import { Receipts } from '../links/receipts.js';
import type { Transport, TransportSink } from '../links/transport.js';
import { createDeviceClock } from '../runtime/device-clock.js';
import type { Clock, MediaHost, MediaSession } from '../runtime/ports.js';
import type { Device, Presence } from './device.js';

/** Close code of a connection that ended without a close frame (RFC 6455 section 7.1.5). */
const NO_CLOSE_FRAME = 1006;

/** The options of every device. */
export interface ShellOptions {
  readonly address: Address;
  readonly clock: Clock;
  readonly bus: Bus;
  /** Null for a device without media. */
  readonly media: MediaHost | null;
  /** Whether the other end is asked for receipts of what was sent to it; absent means no. */
  readonly receipts?: boolean;
  /** Called after every input, so that waits can check again. */
  readonly changed: () => void;
}

/** The pure part of a device: it decides, the shell acts. */
export interface DeviceMachine<Input, Effect> {
  /** Handles one input at `now` (the device's clock, ms) and returns its effects, in order. */
  handle(input: Input | DeviceInput, now: Millis): readonly Effect[];
  /** When it wants the next tick. */
  deadline(): Millis | null;
  readonly shown: Shown;
  readonly presence: Presence;
  readonly isQuiet: boolean;
  mediaState(call: string): string;
  /** The call timer, or null while none runs. */
  timer(now: Millis, wall: Millis): { readonly call: string; readonly elapsedMs: Millis } | null;
  /** The device is gone. */
  stop?(): void;
}

/** A message at a device's transport, without its text and direction. */
export interface Passing {
  /** Its published fields. */
  readonly wire: Pick<LiveWire, 'kind' | 'call' | 'seq' | 'name' | 'reason' | 'refusal' | 'carries' | 'frame'>;
  /** Its originator, for message faults. */
  readonly from: string | null;
}

/** A decoded text: its input for the machine, and the message; null if unreadable. */
export interface Arrived<Input> {
  readonly input: Input;
  readonly passing: Passing | null;
}

/** What a kind of device provides: its machine and its protocol. */
export interface DeviceKind<Input, Effect> {
  readonly machine: DeviceMachine<Input, Effect>;
  /** Whether a message that a fault delays keeps those behind it waiting: its protocol relies on the order of its connection. */
  readonly isInOrder?: boolean;
  /** Opens a connection. */
  connect(sink: TransportSink): Transport;
  /** Decodes an arriving text; changes nothing. */
  read(conn: number, text: string, bytes: number): Arrived<Input>;
  /**
   * Performs one effect; returns the event that causes the following effects. Effects common to all devices go to `Shell.perform`.
   * `at` is when it happened, if that is earlier than its turn.
   */
  perform(effect: Effect, cause: number | null, at: Millis | undefined): number | null;
  /** Called with the reason of a failed connection. */
  failed?(error: string): void;
}

/** What the shell provides to a kind of device. */
export interface Shell<Input> {
  readonly device: Device;
  /** The name of the signaling link in the trace. */
  readonly linkName: string;
  isStopped(): boolean;
  /** The wall clock of the device, milliseconds since the epoch. */
  wall(): Millis;
  /** Whether new connections are currently refused. */
  isCut(): boolean;
  record(cause: number | null, body: LiveBody): number;
  push(input: Input | DeviceInput, cause: number | null): void;
  /** Now, or as soon as the device is no longer paused. */
  whenRunning(then: () => void): void;
  perform(effect: DeviceEffect, cause: number | null, at: Millis | undefined): number | null;
  /** Writes a message, through the message faults. */
  send(conn: number, passing: Passing, text: string, cause: number | null): void;
  /** A message that goes out beside the connection, over `link`: published, and written through the message faults. */
  sendBeside(
    link: string,
    conn: number,
    passing: Passing,
    text: string,
    cause: number | null,
    write: (text: string, n: number) => void,
  ): void;
  /** A message that arrives beside the connection, through the message faults; `read` decodes the text and changes nothing. */
  arriveBeside(link: string, conn: number, text: string, read: (text: string) => Arrived<Input>): void;
  /** A connection failed before there was a socket. */
  failed(conn: number, error: string): void;
}

interface Queued<Input> {
  readonly input: Input;
  readonly cause: number | null;
  readonly at: Millis | undefined;
}

/** Starts the shell of a device; it goes online with `act('open')`. */
export function startShell<Input, Effect>(options: ShellOptions, kind: DeviceKind<Input, Effect>): Shell<Input> {
  const { address, clock, bus, media } = options;
  const { machine } = kind;
  const node = addressOf(address);
  const linkName = `${node}.signaling`;
  const link = createLink((sink) => kind.connect(sink));
  const filter = new MessageFilter(kind.isInOrder ?? false);
  const deviceClock = createDeviceClock(clock);
  const queue: Queued<Input | DeviceInput>[] = [];
  /** Connections that this device has ended itself. */
  const ended = new Set<number>();
  const mediaSessions = new Map<string, MediaSession>();
  const afterWrite: (() => void)[] = [];
  /** Input that arrived while the device was paused. */
  const backlog: (() => void)[] = [];
  let transport: Transport | null = null;
  let receipts: Receipts | null = null;
  let timer: NodeJS.Timeout | null = null;
  let isPaused = false;
  let isRunning = false;
  let isWriting = false;
  let isStopped = false;

  const record = (cause: number | null, body: LiveBody, at = clock.now()): number =>
    isStopped ? 0 : bus.publish(node, at, cause, body);

  const push = (input: Input | DeviceInput, cause: number | null, at?: Millis): void => {
    if (isStopped) return;
    queue.push({ input, cause, at });
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

  const run = ({ input, cause, at }: Queued<Input | DeviceInput>): void => {
    let because = cause;
    for (const effect of machine.handle(input, deviceClock.now())) because = kind.perform(effect, because, at);
  };

  const arm = (): void => {
    if (timer !== null) clearTimeout(timer);
    timer = null;
    const at = machine.deadline();
    if (at === null || isStopped || isPaused) return;
    timer = setTimeout(() => push({ type: 'tick' }, null), Math.max(0, deviceClock.realMsUntil(at)));
  };

  const whenRunning = (then: () => void): void => {
    if (isPaused) backlog.push(then);
    else then();
  };

  const perform = (effect: DeviceEffect, cause: number | null, at: Millis | undefined): number | null => {
    switch (effect.type) {
      case 'action':
        return record(cause, effect);
      case 'violation':
      case 'session':
      case 'log':
        record(cause, effect);
        return cause;
      case 'unsent':
        record(cause, { ...effect, link: linkName });
        return cause;
      case 'connect':
        transport = link.open(sinkOf(effect.conn));
        receipts = options.receipts === true ? receiptsOf(transport, effect.conn) : null;
        return cause;
      case 'disconnect':
        ended.add(effect.conn);
        transport?.end(effect.how);
        return cause;
      case 'media-state':
        record(cause, effect.event, at);
        return cause;
      case 'media':
        mediaCommand(effect, cause);
        return cause;
    }
  };

  const mediaCommand = (effect: Extract<DeviceEffect, { type: 'media' }>, cause: number | null): void => {
    const { call } = effect;
    if (effect.do === 'open') {
      // A message that waits for the description is caused by the action that needs it.
      const opened = media?.open(node, call, (report) =>
        push({ type: 'media', call, report }, report.kind === 'description' ? cause : null, report.at),
      );
      if (opened !== undefined) mediaSessions.set(call, opened);
      return;
    }
    const session = mediaSessions.get(call);
    if (effect.do === 'offer') session?.offer();
    else if (effect.do === 'describe') session?.remoteDescription(effect.description);
    else if (effect.do === 'candidate') session?.remoteCandidate(effect.candidate);
    else {
      session?.close();
      mediaSessions.delete(call);
    }
  };

  const receiptsOf = (asked: Transport, conn: number): Receipts =>
    new Receipts(asked, clock, (receipt) => {
      const askedAt = bus.atOf(receipt.askedAt);
      record(null, { type: 'receipt', link: linkName, conn, by: receipt.by, covers: receipt.covers, askedAt });
    });

  const sinkOf = (conn: number): LinkSink => {
    let isOpened = false;
    const published = (event: Omit<ConnEvent, 'type' | 'link' | 'conn'>): number =>
      record(null, { type: 'conn', link: linkName, conn, ...event });
    return {
      opened: () =>
        whenRunning(() => {
          isOpened = true;
          push({ type: 'opened', conn }, published({ state: 'opened', code: null, reason: '', error: null, by: null }));
        }),
      message: (text, bytes) => whenRunning(() => arrive(conn, text, bytes)),
      closed: (code, reason, error, byFault) =>
        whenRunning(() => {
          if (error !== null) kind.failed?.(error);
          const isOwn = ended.delete(conn);
          const by = byFault ? 'fault' : isOwn ? 'self' : code === NO_CLOSE_FRAME ? null : 'peer';
          const state = isOpened ? 'closed' : 'refused';
          push({ type: 'closed', conn, code, reason }, published({ state, code, reason, error, by }));
        }),
    };
  };

  const publish = (
    dir: 'in' | 'out',
    conn: number,
    { wire }: Passing,
    text: string,
    cause: number | null,
    at: Millis,
    link = linkName,
  ): number =>
    record(cause, Object.assign({ type: 'wire', dir, link, conn, bytes: Buffer.byteLength(text), text } as const, wire), at);

  const send = (conn: number, passing: Passing, text: string, cause: number | null): void => {
    if (transport === null || !transport.isOpen()) {
      const { kind, call } = passing.wire;
      record(cause, { type: 'unsent', link: linkName, conn, kind, call, why: 'no-connection' });
      return;
    }
    const written = transport;
    const proof = passing.wire.call === null ? null : receipts;
    sendBeside(linkName, conn, passing, text, cause, (passed, n) => {
      written.send(passed);
      proof?.wrote(n);
    });
  };

  const sendBeside: Shell<Input>['sendBeside'] = (over, conn, passing, text, cause, write) => {
    // Published first: a fault that waits for this frame strikes before anything can answer it, and with the time
    // taken afterwards the other end could seem to have read it earlier. Its own link breaks with the frame on its way.
    isWriting = true;
    const n = publish('out', conn, passing, text, cause, clock.now(), over);
    if (filter.isIdle) write(text, n);
    else filter.pass(messageOf('out', passing, text), n, over === linkName ? conn : over, (passed) => write(passed, n));
    isWriting = false;
    for (const begin of afterWrite.splice(0)) begin();
  };

  const arrive = (conn: number, text: string, bytes: number): void =>
    arriveBeside(linkName, conn, text, (passed) => kind.read(conn, passed, passed === text ? bytes : Buffer.byteLength(passed)));

  const arriveBeside: Shell<Input>['arriveBeside'] = (over, conn, text, read) => {
    const take = (passed: string): void => {
      const at = clock.now();
      const { input, passing } = read(passed);
      push(input, passing === null ? null : publish('in', conn, passing, passed, null, at, over));
    };
    const passing = filter.isIdle ? null : read(text).passing;
    if (passing === null) take(text);
    else filter.pass(messageOf('in', passing, text), null, over === linkName ? conn : over, take);
  };

  const device: Device = {
    address,
    act: (verb, { callee, media: withMedia, isForced } = {}) =>
      push(
        {
          type: 'act',
          verb,
          ...(callee === undefined ? {} : { callee }),
          ...(withMedia === undefined ? {} : { media: withMedia }),
          ...(isForced === undefined ? {} : { isForced }),
        },
        null,
      ),
    shown: () => machine.shown,
    presence: () => machine.presence,
    isQuiet: () => machine.isQuiet && !filter.isDelaying,
    mediaState: () => machine.mediaState(machine.shown.call ?? ''),
    disturb(script, report) {
      const disturbance = link.run(script, report);
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
    ask(answered) {
      if (isPaused || machine.presence !== 'online') return false;
      return receipts?.ask(answered) ?? false;
    },
    sampleTimer: (now) => {
      const reading = isPaused ? null : machine.timer(deviceClock.now(), deviceClock.wall());
      if (reading !== null) record(null, { type: 'timer', ...reading }, now);
    },
    stop: () => {
      isStopped = true;
      if (timer !== null) clearTimeout(timer);
      for (const session of mediaSessions.values()) session.close();
      machine.stop?.();
      filter.stop();
      link.stop();
      transport?.end('close');
    },
  };

  return {
    device,
    linkName,
    isStopped: () => isStopped,
    wall: () => deviceClock.wall(),
    isCut: () => link.isCut(),
    record,
    push,
    whenRunning,
    perform,
    send,
    sendBeside,
    arriveBeside,
    failed: (conn, error) => sinkOf(conn).closed(NO_CLOSE_FRAME, '', error, false),
  };
}

/** A message for message faults. */
function messageOf(dir: Message['dir'], { wire, from }: Passing, text: string): Message {
  const { kind, call, name, reason = null } = wire;
  return { dir, kind, call, from, reason, text, ...(name === undefined ? {} : { name }) };
}
