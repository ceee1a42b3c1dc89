/** What an event says in a drawing, in a few words: one table for every renderer. */
import { isCommand, isEvent, isPart, isSignal, isUpkeep, type MessageKind, wholeOf } from '../../protocol/message-kinds.js';
import type { EventOf, TraceEvent } from '../../trace/event.js';
import { duration, printable } from '../format.js';

/** `bad` red, `warn` amber, `good` green, `quiet` grey; never shown by the colour alone. */
export type Tone = 'bad' | 'warn' | 'good' | 'quiet' | 'plain';

/** What a remark is about; each renderer has a glyph for it. */
export type Sign = 'user' | 'media' | 'fault' | 'wrong' | 'note';

export interface Remark {
  /** Printable. */
  readonly text: string;
  readonly sign: Sign;
  readonly tone: Tone;
  /** Whether it is shown only where everything is. */
  readonly isDetail: boolean;
  /** Whether it concerns everybody, and not its node alone. */
  readonly isWide: boolean;
}

/** The probe's event loop was late by as much or more: worth a line in a ladder. */
const LAG_MS_SHOWN = 50;

/** What an event says beside its lane or across all; null for messages, and for the beginning of a run. */
export function remarkOf(event: TraceEvent): Remark | null {
  switch (event.type) {
    case 'wire':
    case 'receipt':
      return null;
    case 'run':
      if (event.phase === 'begin' || event.status === 'complete') return null;
      return wide('wrong', `${event.status}: ${event.message ?? 'no message'}`, 'bad');
    case 'action': {
      const text = actionText(event);
      return event.refused === undefined ? own('user', text, 'plain') : own('user', `${text}, refused: ${event.refused}`, 'warn');
    }
    case 'state':
      return own('note', `shows ${stateText(event)}`, 'plain');
    case 'record':
      return own('note', `has ${recordText(event)}`, 'quiet', true);
    case 'media': {
      const isBad = event.state === 'stalled' || event.state === 'failed';
      const stage = isBad && event.stage !== null ? ` (${event.stage})` : '';
      const tone = isBad ? 'bad' : event.state === 'flowing' ? 'good' : 'quiet';
      return own(isBad ? 'wrong' : 'media', `media ${event.state}${stage}${after(event.message)}`, tone, tone === 'quiet');
    }
    case 'violation':
      return own('wrong', `${event.code}: ${event.message}`, 'bad');
    case 'fault':
      return wide(
        'fault',
        `fault ${event.fault} ${event.act}: ${event.message}`,
        event.act === 'hit' ? 'warn' : 'quiet',
        event.act === 'armed',
      );
    case 'mark':
      return event.ok === false
        ? wide('wrong', `${event.text}: ${event.actual ?? 'did not hold'}`, 'bad')
        : wide('note', `${event.name}: ${event.text}`, 'quiet', true);
    case 'not-applied':
      return own('wrong', `no device of the ${event.side} applied v${event.version} within ${duration(event.afterMs)}`, 'warn');
    case 'applied':
      return own('note', `knows that ${event.device} applied v${event.version}`, 'quiet', true);
    case 'timer':
      return own('note', `timer ${duration(event.elapsedMs)}`, 'quiet', true);
    case 'conn':
      return connRemark(event);
    case 'session': {
      const isTrouble = event.state === 'refused' || event.state === 'replaced' || event.state === 'expired';
      const whose = event.device === event.node ? 'log-in' : `session of ${event.device}`;
      return own(
        'note',
        `${whose} ${event.state}${after(event.text)}`,
        isTrouble ? 'warn' : 'quiet',
        !isTrouble && event.state !== 'resumed',
      );
    }
    case 'refused':
      return own('wrong', `${event.command} of ${event.device} refused: ${event.why}`, 'warn');
    case 'unsent':
      return own('wrong', `${kindLabel(event.kind)} not sent: ${event.why}`, 'warn');
    case 'http': {
      const isFine = event.status !== null && event.status < 400;
      const status = event.status ?? 'no answer';
      return own(
        'note',
        `${event.method} ${event.path}: ${status} after ${duration(event.durationMs)}`,
        isFine ? 'quiet' : 'warn',
      );
    }
    case 'health':
      return wide('wrong', `the target is ${event.state}: ${event.error}`, 'bad');
    case 'lag': {
      const isLong = event.lateMs >= LAG_MS_SHOWN;
      return wide(
        'note',
        `the probe's own event loop was late by ${Math.round(event.lateMs)} ms`,
        isLong ? 'warn' : 'quiet',
        !isLong,
      );
    }
    case 'log': {
      const isTrouble = event.level === 'warn' || event.level === 'error';
      return own('note', event.message, isTrouble ? 'warn' : 'quiet', !isTrouble);
    }
  }
}

/** Connections come and go; what matters is one that could not be had, that broke, or that replaces a broken one. */
function connRemark({ conn, state, code, reason, error, by }: EventOf<'conn'>): Remark {
  const why = after(error ?? (reason === '' ? null : reason));
  if (state === 'opened') return own('note', `connection ${conn} opened`, 'quiet', conn <= 1);
  if (state === 'refused') return own('note', `connection ${conn} refused${why}`, 'warn');
  const who = { self: '', peer: ' by the other end', fault: ' by the fault' }[by ?? 'self'];
  return own(
    'note',
    `connection ${conn} closed${who}${code === null ? '' : ` (${code})`}${why}`,
    by === 'self' ? 'quiet' : 'warn',
    by === 'self',
  );
}

function own(sign: Sign, text: string, tone: Tone, isDetail = false): Remark {
  return { sign, text: printable(text), tone, isDetail, isWide: false };
}

function wide(sign: Sign, text: string, tone: Tone, isDetail = false): Remark {
  return { ...own(sign, text, tone, isDetail), isWide: true };
}

const after = (text: string | null): string => (text === null ? '' : `: ${text}`);

/** `call bob`, `accept`. */
export function actionText({ action, peer }: EventOf<'action'>): string {
  return peer === null ? action : `${action} ${peer}`;
}

/** `ringing`, `ended (hangup)`. */
export function stateText({ state, reason }: Pick<EventOf<'state'>, 'state' | 'reason'>): string {
  return reason === null ? state : `${state} (${reason})`;
}

/** `connected v3`. */
export function recordText({ phase, version }: EventOf<'record'>): string {
  return `${phase} v${version}`;
}

/** `invite` of `command.invite`, `result.ok` as it is, `connected (part)` of one message of several. */
export function kindLabel(kind: MessageKind): string {
  const whole = wholeOf(kind);
  const isOfCall = isCommand(whole) || isEvent(whole) || isSignal(whole);
  return `${isOfCall ? whole.slice(whole.indexOf('.') + 1) : whole}${isPart(kind) ? ' (part)' : ''}`;
}

/** A message by its kind; one that nobody mapped by the name that its target gives it. Printable. */
export function messageLabel({ kind, name }: Pick<EventOf<'wire'>, 'kind' | 'name'>): string {
  const label = kindLabel(kind);
  return printable(name === undefined || (kind !== 'unmapped' && kind !== 'ignored') ? label : `${label} ${name}`);
}

/** Messages that only keep a session going, and those that the mapping names as meaning nothing. */
export function isHousekeeping(kind: MessageKind): boolean {
  return isUpkeep(kind) || kind === 'ignored';
}

/** Log-ins and answers that went well: drawn, but in the background. */
export function isRoutine(kind: MessageKind): boolean {
  return kind === 'hello' || kind === 'welcome' || kind === 'result.ok';
}
