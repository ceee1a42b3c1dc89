/** The lines of a server's log that say something about calls. */
import { PHASES, type Phase } from '../../protocol/call.js';
import type { MessageKind } from '../../protocol/message-kinds.js';

/** What the messages of the bundled server's log are called that say something about a call. */
export const LOG_MESSAGES = {
  refused: 'command refused',
  event: 'event sent',
  result: 'result sent',
  welcome: 'welcome sent',
  applied: 'applied',
} as const;

/** Messages about a frame that the server wrote. */
const SENT: readonly string[] = [LOG_MESSAGES.event, LOG_MESSAGES.result, LOG_MESSAGES.welcome];

/** The phase that a line says a call has changed to. */
export const CHANGES: ReadonlyMap<string, Phase> = new Map(PHASES.map((phase) => [`call ${phase}`, phase]));

/** Whether a line of the log has a message that says something about a call. */
export function isAboutCalls(message: string): boolean {
  return CHANGES.has(message) || Object.values<string>(LOG_MESSAGES).includes(message);
}

/** One line of the log. Fields that it does not have are null. */
export interface LogEntry {
  /** Its number in the file, from 1. */
  readonly line: number;
  /** The server's wall clock, milliseconds since the epoch. */
  readonly time: number;
  readonly message: string;
  readonly call: string | null;
  readonly device: string | null;
  readonly seq: number | null;
  readonly version: number | null;
  readonly reason: string | null;
  readonly move: string | null;
  readonly command: string | null;
  readonly why: string | null;
  /** Of a welcome: the calls in it, as `id version`. */
  readonly calls: readonly string[];
}

/** Whether a line is about a frame that the server wrote. */
export function isSent({ message }: LogEntry): boolean {
  return SENT.includes(message);
}

/** The kind of the frame that a line speaks of. A line about an event does not name the phase. */
export function kindOf({ message, why }: LogEntry, phase: Phase = 'ended'): MessageKind {
  if (message === LOG_MESSAGES.welcome) return 'welcome';
  if (message === LOG_MESSAGES.result) return why === null ? 'result.ok' : 'result.refused';
  return `event.${phase}`;
}
