/** Runs a media process and isolates it from the probe: its crash becomes a sentence. */
import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { MediaReport } from '../../client/ports.js';
import { type ImpairmentCounters, impairmentProblem } from '../../faults/media/impairment.js';
import { LIMITS } from '../../protocol/limits.js';
import type { Millis } from '../../protocol/machine.js';
import { systemClock } from '../runtime/clock.js';
import type { MediaHost, MediaSession } from '../runtime/ports.js';
import { type Command, isAnswer, isCommand, type MediaSettings } from './protocol.js';
import { BASE_DELAY_MS } from './relay.js';

/** All optional. Times in milliseconds. */
export interface MediaHostOptions extends Partial<MediaSettings> {
  /** How long the process may take until it is ready. */
  readonly readyMs?: Millis;
  /** Between two pings, and how many in a row may stay unanswered. */
  readonly pingMs?: Millis;
  readonly pingsMissedMax?: number;
  /** How long the process may take to end when asked. */
  readonly stopMs?: Millis;
}

type Settings = Required<MediaHostOptions>;

const DEFAULTS: Settings = {
  bindAddress: '127.0.0.1',
  relayDelayMs: BASE_DELAY_MS,
  setupMs: 10_000,
  answerMs: 60_000,
  readyMs: 10_000,
  pingMs: 2_000,
  pingsMissedMax: 5,
  stopMs: 2_000,
};

const STDERR_CHARS_MAX = 2_000;

const INERT: MediaSession = {
  offer: () => undefined,
  remoteDescription: () => undefined,
  remoteCandidate: () => undefined,
  close: () => undefined,
};

const NO_COUNTERS: ImpairmentCounters = { faults: [], overflowed: 0 };

type ReportSink = (report: MediaReport) => void;

/**
 * Starts a media process. Rejects with an Error if it cannot be started, ends before it is ready, or is not
 * ready in time, or if `signal` is aborted first. Nothing native is loaded here. The caller ends the process
 * by `stop`; it also ends by itself when this process does.
 */
export async function startMediaHost(options: MediaHostOptions = {}, signal?: AbortSignal): Promise<MediaHost> {
  const settings = { ...DEFAULTS, ...options };
  // No execArgv: the child must not inherit an inspector port or a loader.
  const child = fork(fileURLToPath(new URL('./child.js', import.meta.url)), [], {
    execArgv: [],
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    // Signals of the terminal go to whole process groups: this process decides about its child.
    detached: true,
  });
  const host = supervise(child, settings);
  const giveUp = (): void => void child.kill('SIGKILL');
  if (signal?.aborted) giveUp();
  signal?.addEventListener('abort', giveUp);
  await host.ready.finally(() => signal?.removeEventListener('abort', giveUp));
  return host;
}

type Life = 'starting' | 'running' | 'stopping' | 'dead';

function supervise(child: ChildProcess, settings: Settings): MediaHost & { readonly ready: Promise<void> } {
  const sinks = new Map<number, ReportSink>();
  const asked = new Map<number, (counters: ImpairmentCounters) => void>();
  const listeners: ((message: string) => void)[] = [];
  let life: Life = 'starting';
  let sessions = 0;
  let faultMessage: string | null = null;
  let ownWords: string | null = null;
  let stderr = '';
  let questions = 0;
  let pinged = 0;
  let missed = 0;
  let stopping: Promise<void> | null = null;
  let becomeReady: () => void = () => undefined;
  let failStart: (error: Error) => void = () => undefined;
  const ready = new Promise<void>((resolve, reject) => {
    becomeReady = resolve;
    failStart = reject;
  });
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));

  const send = (command: Command): void => {
    // If the process ends while a message is in transit, its end is reported, not this error.
    if (child.connected) child.send(command, undefined, {}, () => undefined);
  };

  const fault = (message: string): void => {
    if (life === 'dead') return;
    const before = life;
    life = 'dead';
    clearInterval(heartbeat);
    clearTimeout(startLimit);
    sinks.clear();
    for (const answer of asked.values()) answer(NO_COUNTERS);
    asked.clear();
    if (before === 'stopping') return;
    faultMessage = message;
    if (before === 'starting') failStart(new Error(message));
    for (const listener of listeners.splice(0)) listener(message);
  };

  const kill = (why: string): void => {
    ownWords = why;
    child.kill('SIGKILL');
  };

  const heartbeat = setInterval(() => {
    if (life !== 'running') return;
    // Pings are counted instead of time: a parent that was itself delayed has sent none in the meantime.
    if (missed >= settings.pingsMissedMax) return kill(`did not answer ${missed} pings, one every ${settings.pingMs} ms`);
    missed += 1;
    pinged += 1;
    send({ type: 'ping', number: pinged });
  }, settings.pingMs);
  const startLimit = setTimeout(() => kill(`was not ready within ${settings.readyMs} ms`), settings.readyMs);

  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    stderr = (stderr + text).slice(-STDERR_CHARS_MAX);
  });
  child.on('error', (error) => {
    if (child.pid === undefined) fault(`the media process could not be started: ${error.message}`);
  });
  // `close` and not `exit`: the process's last messages come first.
  child.once('close', (code, signal) => {
    const name = `media process ${child.pid ?? '?'}`;
    const tail = stderr.trim() === '' ? '' : ` (${stderr.trim()})`;
    if (ownWords !== null) fault(`${name} ${ownWords}${tail}`);
    else if (signal !== null) fault(`${name} was killed by ${signal}${tail}`);
    else fault(`${name} ended with exit code ${code}${tail}`);
  });
  child.on('message', (message) => {
    if (!isAnswer(message)) return kill(`sent an invalid answer: ${JSON.stringify(message).slice(0, 200)}`);
    switch (message.type) {
      case 'ready':
        if (life !== 'starting') return;
        life = 'running';
        clearTimeout(startLimit);
        return becomeReady();
      case 'report':
        return sinks.get(message.session)?.(message.report);
      case 'counters':
        asked.get(message.number)?.(message.counters);
        asked.delete(message.number);
        return;
      case 'pong':
        missed = 0;
        return;
      case 'stopped':
        return;
      case 'fault':
        ownWords = `failed: ${message.message}`;
    }
  });
  send({ type: 'start', settings: pick(settings) });

  const openSession = (device: string, call: string, sink: ReportSink): MediaSession => {
    sessions += 1;
    const session = sessions;
    let open = true;
    const live = (): boolean => open && life === 'running';
    let failed = false;
    const deliver = (report: MediaReport): void => {
      if (report.kind === 'closed') sinks.delete(session);
      // Only the last of the reports in transit when the session was closed is of use.
      if (!open && report.kind !== 'closed') return;
      if (report.kind === 'failed' && failed) return;
      failed ||= report.kind === 'failed';
      sink(report);
    };
    sinks.set(session, deliver);
    send({ type: 'open', session, device: deviceName(device), call: cut(call, LIMITS.idCharsMax) });
    return {
      offer() {
        if (live()) send({ type: 'offer', session });
      },
      remoteDescription(description) {
        if (!live()) return;
        const command: Command = { type: 'description', session, description };
        if (isCommand(command)) return send(command);
        const message = `the remote description is malformed or longer than ${LIMITS.sdpCharsMax} characters`;
        setImmediate(() => {
          if (live()) deliver({ kind: 'failed', at: systemClock.now(), stage: 'ice', message });
        });
      },
      remoteCandidate(candidate) {
        const command: Command = { type: 'candidate', session, candidate };
        // One invalid candidate is no failure; if all are invalid, ICE fails and reports their number.
        if (live() && isCommand(command)) send(command);
      },
      close() {
        if (!live()) return;
        open = false;
        send({ type: 'close', session });
      },
    };
  };

  const ask = (question: (number: number) => Command): Promise<ImpairmentCounters> => {
    if (life !== 'running') return Promise.resolve(NO_COUNTERS);
    questions += 1;
    const number = questions;
    return new Promise((resolve) => {
      asked.set(number, resolve);
      send(question(number));
    });
  };

  const stop = async (): Promise<void> => {
    if (life === 'dead') {
      if (child.pid !== undefined) await ended;
      return;
    }
    life = 'stopping';
    send({ type: 'stop' });
    const limit = setTimeout(() => child.kill('SIGKILL'), settings.stopMs);
    await ended;
    clearTimeout(limit);
  };

  return {
    ready,
    get pid() {
      return life === 'dead' ? null : (child.pid ?? null);
    },
    open: (device, call, sink) => (life === 'running' ? openSession(device, call, sink) : INERT),
    async impair(device, impairment) {
      const problem = impairment === null ? null : impairmentProblem(impairment);
      if (problem !== null) throw new Error(`the media of ${device} cannot be impaired: ${problem}`);
      return ask((number) => ({ type: 'impair', number, device: deviceName(device), impairment }));
    },
    impairmentCounters: (device) => ask((number) => ({ type: 'count', number, device: deviceName(device) })),
    onFault(listener) {
      if (faultMessage === null) return void listeners.push(listener);
      const message = faultMessage;
      setImmediate(() => listener(message));
    },
    stop() {
      stopping ??= stop();
      return stopping;
    },
  };
}

function pick({ bindAddress, relayDelayMs, setupMs, answerMs }: Settings): MediaSettings {
  return { bindAddress, relayDelayMs, setupMs, answerMs };
}

function deviceName(device: string): string {
  return cut(device, 2 * LIMITS.nameCharsMax + 1);
}

function cut(text: string, charsMax: number): string {
  return text.slice(0, charsMax);
}
