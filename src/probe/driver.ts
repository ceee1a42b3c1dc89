/** Runs one agent for real: one machine, one queue, one timer, one socket; everything that happens goes into the trace. */
import { type Address, addressOf } from '../protocol/address.js';
import { decodeServerFrame, encodeFrame } from '../protocol/codec.js';
import { type ClientFrame, callOf, kindOf, type ServerFrame, SUBPROTOCOL } from '../protocol/frames.js';
import type { Waits } from '../protocol/limits.js';
import { digest, type Rng } from '../protocol/rng.js';
import type { TraceBody } from '../trace/event.js';
import type { Recorder } from '../trace/recorder.js';
import { Agent } from './agent/agent.js';
import type { AgentEffect, AgentInput, Verb } from './agent/io.js';
import type { ReplicaPolicy, Shown } from './agent/replica.js';
import { fetchCall } from './fetch-call.js';
import { type CutTold, createLink } from './link.js';
import type { Clock, MediaHost, MediaSession } from './ports.js';
import type { Transport } from './ws-transport.js';

export interface DriverOptions {
  readonly address: Address;
  readonly url: string;
  readonly token: string;
  readonly waits: Waits;
  readonly policy: ReplicaPolicy;
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
  /** Breaks the connection and lets none be made for `ms`, as the fault `disconnect` does: the application is not told. */
  cut(ms: number, told: CutTold): void;
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

/** Starts a device; it goes online with `act('open')`. */
export function startDevice(options: DriverOptions): Device {
  const { address, clock, recorder, media } = options;
  const node = addressOf(address);
  const linkName = `${node}.signaling`;
  const link = createLink({ url: options.url, protocol: SUBPROTOCOL, handshakeMs: options.waits.helloMs });
  const agent = new Agent({ ...options, media: media !== null });
  const queue: Queued[] = [];
  const mediaSessions = new Map<string, MediaSession>();
  let transport: Transport | null = null;
  let timer: NodeJS.Timeout | null = null;
  const cutsAfterWrite: (() => void)[] = [];
  let isRunning = false;
  let isWriting = false;
  let isStopped = false;

  const record = (cause: number | null, body: TraceBody, at = clock.now()): number =>
    isStopped ? 0 : recorder.record(node, at, cause, body);

  const push = (input: AgentInput, cause: number | null, at?: number): void => {
    if (isStopped) return;
    queue.push(at === undefined ? { input, cause } : { input, cause, at });
    if (isRunning) return;
    isRunning = true;
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) run(next);
    isRunning = false;
    arm();
    options.changed();
  };

  const run = ({ input, cause, at }: Queued): void => {
    let because = cause;
    for (const effect of agent.handle(input, clock.now())) because = perform(effect, because, at);
  };

  const arm = (): void => {
    if (timer !== null) clearTimeout(timer);
    timer = null;
    const at = agent.deadline();
    if (at === null || isStopped) return;
    timer = setTimeout(() => push({ type: 'tick' }, null), Math.max(0, at - clock.now()));
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
        askByHttp(effect.call, effect.request);
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

  /** The link carries this as well: while it is cut there is no answer. */
  const askByHttp = (call: string, request: number): void => {
    const cutOff = { answer: 'failed', message: 'the link is cut' } as const;
    const { url, token, waits } = options;
    const asked = link.isCut() ? Promise.resolve(cutOff) : fetchCall(url, token, call, waits.fetchMs);
    void asked.then((told) => {
      const { answer, message } = link.isCut() ? cutOff : told;
      const data = { call, outcome: message };
      push(
        { type: 'fetched', request, call, answer },
        record(null, { type: 'log', level: 'info', message: 'asked by HTTP', data }),
      );
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
    // Recorded first: a fault that waits for this frame strikes others before anybody can answer it, and with the time
    // taken afterwards the other end could seem to have read it earlier. Its own link breaks with the frame on its way.
    isWriting = true;
    wire('out', conn, frame, text, cause, clock.now());
    transport.send(text);
    isWriting = false;
    for (const cut of cutsAfterWrite.splice(0)) cut();
  };

  const cut = (ms: number, told: CutTold): void => {
    if (isWriting) cutsAfterWrite.push(() => link.cut(ms, told));
    else link.cut(ms, told);
  };

  const connect = (conn: number): void => {
    const connection = (message: string, data: Record<string, unknown> = {}): number =>
      record(null, { type: 'log', level: 'info', message, data: { link: linkName, conn, ...data } });
    transport = link.open({
      opened: () => push({ type: 'opened', conn }, connection('connection opened')),
      message: (text, bytes) => {
        const at = clock.now();
        const decoded = decodeServerFrame(text, bytes);
        if (decoded.ok)
          return push({ type: 'frame', conn, frame: decoded.frame }, wire('in', conn, decoded.frame, text, null, at));
        push({ type: 'bad-frame', conn, message: decoded.message }, null);
      },
      closed: (code, reason, error) =>
        push({ type: 'closed', conn, code, reason }, connection('connection closed', { code, reason, error })),
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
    cut,
    mediaState: () => agent.mediaState(agent.shown.call ?? ''),
    sampleTimer: (now) => {
      const reading = agent.timer(now);
      if (reading !== null) record(null, { type: 'timer', ...reading }, now);
    },
    stop: () => {
      isStopped = true;
      if (timer !== null) clearTimeout(timer);
      for (const session of mediaSessions.values()) session.close();
      link.stop();
      transport?.end('close');
    },
  };
}
