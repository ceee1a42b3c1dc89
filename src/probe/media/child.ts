/** Entry of a media process: takes commands over IPC, owns peers and relay, and ends on request, without a parent, or after an error. */
import { systemClock } from '../runtime/clock.js';
import { createSink, warmUp } from './connection.js';
import { constantDelay } from './delay-line.js';
import { createPacer } from './pacer.js';
import { openPeer, type Peer, type PeerHost } from './peer.js';
import { type Answer, type Command, isCommand, type MediaSettings, messageText } from './protocol.js';
import { createRelay, type Relay } from './relay.js';

/** Exit code after an exception of this process (EX_SOFTWARE of sysexits.h). */
const EXIT_FAULT = 70;
const TICK_MS = 50;
/** How long sending the last message may take. */
const LAST_WORDS_MS = 500;

process.title = 'call-probe-media';
// Ctrl-C in a terminal reaches the whole process group; the parent handles it.
process.on('SIGINT', () => undefined);

const peers = new Map<number, Peer>();
let host: PeerHost | null = null;
let congested = false;
let ending = false;

const tell = (answer: Answer): void => {
  // Figures are sent again soon; everything else has to arrive.
  if (congested && answer.type === 'report' && answer.report.kind === 'stats') return;
  if (!process.connected) return;
  congested =
    process.send?.(answer, undefined, {}, () => {
      congested = false;
    }) === false;
};

const end = (code: number, last: Answer | null): void => {
  if (ending) return;
  ending = true;
  const leave = (): never => process.exit(code);
  setTimeout(leave, LAST_WORDS_MS);
  for (const peer of peers.values()) peer.close();
  host?.relay.close();
  if (last === null || !process.connected) leave();
  process.send?.(last, undefined, {}, leave);
};

const fault = (error: unknown): void => {
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  end(EXIT_FAULT, { type: 'fault', message: messageText(text) });
};

const start = async (settings: MediaSettings): Promise<void> => {
  await warmUp(settings.bindAddress);
  const relay = createRelay({ bindAddress: settings.bindAddress, ruleFor: () => constantDelay(settings.relayDelayMs) });
  host = { settings, relay, pacer: createPacer(systemClock), sink: createSink(), clock: systemClock };
  setInterval(() => {
    const now = systemClock.now();
    for (const peer of peers.values()) peer.tick(now);
  }, TICK_MS);
  tell({ type: 'ready' });
};

const open = (session: number, device: string, call: string): void => {
  if (host === null) throw new Error('open came before start');
  peers.set(
    session,
    openPeer(device, call, host, (report) => tell({ type: 'report', session, report })),
  );
};

/** The relay of a process that was started. */
const relayFor = (command: Command): Relay => {
  if (host === null) throw new Error(`${command.type} came before start`);
  return host.relay;
};

const handle = (command: Command): void => {
  switch (command.type) {
    case 'start':
      start(command.settings).catch((error: Error) => fault(error.message));
      break;
    case 'open':
      open(command.session, command.device, command.call);
      break;
    case 'offer':
      peers.get(command.session)?.offer();
      break;
    case 'description':
      peers.get(command.session)?.remoteDescription(command.description);
      break;
    case 'candidate':
      peers.get(command.session)?.remoteCandidate(command.candidate);
      break;
    case 'close':
      peers.get(command.session)?.close();
      peers.delete(command.session);
      break;
    case 'impair': {
      const counters = relayFor(command).impair(command.device, command.impairment);
      tell({ type: 'counters', number: command.number, counters });
      break;
    }
    case 'count': {
      const counters = relayFor(command).impairmentCounters(command.device);
      tell({ type: 'counters', number: command.number, counters });
      break;
    }
    case 'ping':
      tell({ type: 'pong', number: command.number });
      break;
    case 'stop':
      end(0, { type: 'stopped' });
      break;
  }
};

process.on('uncaughtException', fault);
process.on('unhandledRejection', fault);
process.on('disconnect', () => end(0, null));
process.on('message', (message) => {
  if (ending) return;
  if (!isCommand(message)) throw new Error(`not a command: ${JSON.stringify(message).slice(0, 200)}`);
  handle(message);
});
