/** Runs one agent for real: one machine, one queue, one timer, one socket; everything that happens goes into the trace. */
import type { LinkScript } from '../faults/connection/connection-fault.js';
import type { Message } from '../faults/message/message-fault.js';
import { endReasonIn } from '../faults/trigger.js';
import { type Address, addressOf } from '../protocol/address.js';
import { decodeServerFrame, encodeFrame } from '../protocol/codec.js';
import { type ClientFrame, callOf, kindOf, type ServerFrame, SUBPROTOCOL } from '../protocol/frames.js';
import type { Waits } from '../protocol/limits.js';
import { digest, type Rng } from '../protocol/rng.js';
import type { TraceBody } from '../trace/event.js';
import type { Recorder } from '../trace/recorder.js';
import { Agent } from './agent/agent.js';
import type { AgentDecisions } from './agent/decisions.js';
import type { AgentEffect, AgentInput, Verb } from './agent/io.js';
import type { ReplicaPolicy, Shown } from './agent/replica.js';
import { createDeviceClock, type DeviceClock } from './device-clock.js';
import { type Fetched, fetchCall } from './fetch-call.js';
import { createLink, type LinkRun, type LinkTold } from './link.js';
import { MessageFilter, type MessageRule } from './message-filter.js';
import type { Clock, MediaHost, MediaSession } from './ports.js';
import { openTransport, type Transport, type Via } from './ws-transport.js';

export interface DriverOptions {
  readonly address: Address;
  readonly url: string;
  /** Where its TCP connections go instead: a proxy that link faults act in. */
  readonly via?: Via | undefined;
  readonly token: string;
  readonly waits: Waits;
  readonly policy: ReplicaPolicy;
  /** Left out, nothing is decided wrongly. */
  readonly decisions?: AgentDecisions;
  readonly rng: Rng;
  readonly clock: Clock;
  readonly recorder: Recorder;
  /** Null for a device without media. */
  readonly media: MediaHost | null;
  /** Makes a frame fit to be kept: secrets out, correlation in. */
  readonly redact: (frame: unknown) => unknown;
  /** Called after every input, so that whoever waits for a state can look again. */
  readonly changed: () => void;
}

/** A running device, as scenarios see it. */
export interface Device {
  readonly address: Address;
  act(verb: Verb, options?: { callee?: string; media?: boolean }): void;
  shown(): Shown;
  presence(): Agent['presence'];
  isQuiet(): boolean;
  mediaState(): string;
  /** Begins a fault of the signaling link, of which the application is not told; the result heals it. */
  disturb(script: LinkScript, told: LinkTold): Pick<LinkRun, 'heal'>;
  /** Puts a fault of single messages to work; the result takes it away. */
  intercept(rule: MessageRule): () => void;
  /** The device stands still, as after SIGSTOP, or goes on. */
  pause(isPaused: boolean): void;
  /** The application dies and forgets everything, without a word or after a close frame; `act('open')` starts it again. */
  die(how: 'crash' | 'close'): void;
  /** Sets the wall clock of the device, or changes how fast its clocks run. */
  readonly clock: Pick<DeviceClock, 'jump' | 'skew'>;
  /** Puts what the call timer reads at `now` into the trace, when one runs. */
  sampleTimer(now: number): void;
  /** Ends socket and media; nothing is recorded afterwards. */
  stop(): void;
}

interface Queued {
  readonly input: AgentInput;
  readonly cause: number | null;
  /** When it happened, where that is earlier than its turn. */
  readonly at?: number;
}

/** What a device hears by HTTP while its link is cut. */
const CUT_OFF: Fetched = { answer: 'failed', message: 'the link is cut' };

/** Starts a device; it goes online with `act('open')`. */
export function startDevice(options: DriverOptions): Device {
  const { address, clock, recorder, media } = options;
  const node = addressOf(address);
  const linkName = `${node}.signaling`;
  const link = createLink((sink) => openTransport(options.url, SUBPROTOCOL, options.waits.helloMs, sink, options.via));
  const filter = new MessageFilter();
  const deviceClock = createDeviceClock(clock);
  const agent = new Agent({ ...options, media: media !== null });
  const queue: Queued[] = [];
  const mediaSessions = new Map<string, MediaSession>();
  let transport: Transport | null = null;
  let timer: NodeJS.Timeout | null = null;
  const afterWrite: (() => void)[] = [];
  /** What came while the device stood still. */
  const backlog: (() => void)[] = [];
  let isPaused = false;
  let isRunning = false;
  let isWriting = false;
  let isStopped = false;

  const record = (cause: number | null, body: TraceBody, at = clock.now()): number =>
    isStopped ? 0 : recorder.record(node, at, cause, body);

  const push = (input: AgentInput, cause: number | null, at?: number): void => {
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
    for (const effect of agent.handle(input, deviceClock.now())) because = perform(effect, because, at);
  };

  const arm = (): void => {
    if (timer !== null) clearTimeout(timer);
    timer = null;
    const at = agent.deadline();
    if (at === null || isStopped || isPaused) return;
    timer = setTimeout(() => push({ type: 'tick' }, null), Math.max(0, deviceClock.realMsUntil(at)));
  };

  /** Does one effect; returns the event that the following effects follow from. */
  const perform = (effect: AgentEffect, cause: number | null, at?: number): number | null => {
    switch (effect.type) {
      case 'op':
        return record(cause, { type: 'op', op: effect.op, peer: effect.peer, call: effect.call });
      case 'connect':
        connect(effect.conn);
        return cause;
      case 'disconnect':
        transport?.end(effect.how);
        return cause;
      case 'transmit':
        transmit(effect.conn, effect.frame, cause);
        return cause;
      case 'applied': {
        const { id, version, phase } = effect.record;
        record(cause, { type: 'phase', call: id, version, phase, record: effect.record });
        return cause;
      }
      case 'shown': {
        const { call, version, view } = effect.shown;
        record(cause, { type: 'view', call, version, ...view });
        return cause;
      }
      case 'receipt':
        record(cause, { type: 'receipt', call: effect.call, version: effect.version, device: effect.device });
        return cause;
      case 'not-applied': {
        const { call, version, side, afterMs } = effect;
        record(cause, { type: 'not-applied', call, version, side, afterMs });
        return cause;
      }
      case 'fetch-call':
        void askByHttp(effect.call, effect.request);
        return cause;
      case 'violation':
        record(cause, { type: 'violation', code: effect.code, message: effect.message, call: effect.call });
        return cause;
      case 'log':
        record(cause, { type: 'log', level: effect.level, message: effect.message, data: effect.data });
        return cause;
      case 'media-state':
        record(cause, effect.event, at);
        return cause;
      case 'media':
        mediaCommand(effect);
        return cause;
    }
  };

  /** Where the link lets no connection through, this one gets no answer either. */
  const askByHttp = async (call: string, request: number): Promise<void> => {
    const { url, token, waits, via } = options;
    const told = link.isCut() ? null : await fetchCall(url, token, call, waits.fetchMs, via);
    const { answer, message } = told === null || link.isCut() ? CUT_OFF : told;
    whenRunning(() => {
      const data = { link: linkName, call, outcome: message };
      const asked = record(null, { type: 'log', level: 'info', message: 'asked by HTTP', data });
      push({ type: 'fetched', request, call, answer }, asked);
    });
  };

  const mediaCommand = (effect: Extract<AgentEffect, { type: 'media' }>): void => {
    const { call } = effect;
    if (effect.do === 'open') {
      const session = media?.open(node, call, (report) => push({ type: 'media', call, report }, null, report.at));
      if (session !== undefined) mediaSessions.set(call, session);
      return;
    }
    const session = mediaSessions.get(call);
    if (effect.do === 'offer') session?.offer();
    else if (effect.do === 'describe') session?.remoteDescription(effect.description);
    else if (effect.do === 'candidate') session?.remoteCandidate(effect.candidate);
    else session?.close();
  };

  const wire = (
    dir: 'in' | 'out',
    conn: number,
    frame: ClientFrame | ServerFrame,
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
        kind: kindOf(frame),
        call: callOf(frame),
        seq: 'seq' in frame ? frame.seq : null,
        bytes: Buffer.byteLength(text),
        digest: digest(text),
        frame: options.redact(frame),
      },
      at,
    );

  const transmit = (conn: number, frame: ClientFrame, cause: number | null): void => {
    if (transport === null || !transport.isOpen()) {
      record(cause, { type: 'log', level: 'warn', message: `${kindOf(frame)} not written: no open connection`, data: { conn } });
      return;
    }
    const text = encodeFrame(frame);
    const written = transport;
    // Recorded first: a fault that waits for this frame strikes others before anybody can answer it, and with the time
    // taken afterwards the other end could seem to have read it earlier. Its own link breaks with the frame on its way.
    isWriting = true;
    const n = wire('out', conn, frame, text, cause, clock.now());
    if (filter.isIdle) written.send(text);
    else filter.pass(messageOf('out', frame, text), n, (passed) => written.send(passed));
    isWriting = false;
    for (const begin of afterWrite.splice(0)) begin();
  };

  const read = (conn: number, text: string, bytes: number): void => {
    const at = clock.now();
    const decoded = decodeServerFrame(text, bytes);
    if (decoded.ok) return push({ type: 'frame', conn, frame: decoded.frame }, wire('in', conn, decoded.frame, text, null, at));
    push({ type: 'bad-frame', conn, message: decoded.message }, null);
  };

  const arrive = (conn: number, text: string, bytes: number): void => {
    if (filter.isIdle) return read(conn, text, bytes);
    const decoded = decodeServerFrame(text, bytes);
    if (!decoded.ok) return read(conn, text, bytes);
    filter.pass(messageOf('in', decoded.frame, text), null, (passed) => read(conn, passed, Buffer.byteLength(passed)));
  };

  const whenRunning = (then: () => void): void => {
    if (isPaused) backlog.push(then);
    else then();
  };

  const connect = (conn: number): void => {
    const connection = (message: string, data: Record<string, unknown> = {}): number =>
      record(null, { type: 'log', level: 'info', message, data: { link: linkName, conn, ...data } });
    transport = link.open({
      opened: () => whenRunning(() => push({ type: 'opened', conn }, connection('connection opened'))),
      message: (text, bytes) => whenRunning(() => arrive(conn, text, bytes)),
      closed: (code, reason, error) =>
        whenRunning(() => push({ type: 'closed', conn, code, reason }, connection('connection closed', { code, reason, error }))),
    });
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
    shown: () => agent.shown,
    presence: () => agent.presence,
    isQuiet: () => agent.isQuiet,
    disturb(script, told) {
      const run = link.run(script, told);
      if (isWriting) afterWrite.push(run.begin);
      else run.begin();
      return run;
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
    mediaState: () => agent.mediaState(agent.shown.call ?? ''),
    sampleTimer: (now) => {
      const reading = isPaused ? null : agent.timer(deviceClock.now(), deviceClock.wall());
      if (reading !== null) record(null, { type: 'timer', ...reading }, now);
    },
    stop: () => {
      isStopped = true;
      if (timer !== null) clearTimeout(timer);
      for (const session of mediaSessions.values()) session.close();
      filter.stop();
      link.stop();
      transport?.end('close');
    },
  };
}

/** A frame as faults of single messages see it. */
function messageOf(dir: Message['dir'], frame: ClientFrame | ServerFrame, text: string): Message {
  const by = frame.type === 'event' ? frame.cause.by : 'from' in frame ? frame.from : null;
  return {
    dir,
    kind: kindOf(frame),
    call: callOf(frame),
    from: by === null ? null : addressOf(by),
    reason: endReasonIn(frame),
    text,
  };
}
