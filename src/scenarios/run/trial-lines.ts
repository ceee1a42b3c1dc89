/** The lines of a trial call: what users did, every message with its meaning, what the apps show, and how connections ended. */
import type { LiveEvent, LiveWire } from '../../trace/bus.js';
import type { ConnEvent } from '../../trace/event.js';
import { redactFrame } from '../../trace/redaction/frame.js';
import type { Privacy } from '../../trace/redaction/privacy.js';
import { viewText } from './expectation.js';

/** Longest payload, in characters. */
const PAYLOAD_CHARS_MAX = 300;

/** Prints the events of a trial; the payload of an unmapped message only once for each name. */
export class TrialLines {
  readonly #seen = new Set<string>();
  readonly #privacy: Pick<Privacy, 'redaction' | 'names'>;

  constructor(privacy: Pick<Privacy, 'redaction' | 'names'>) {
    this.#privacy = privacy;
  }

  linesOf(event: LiveEvent): string[] {
    const line = this.#line(event);
    if (line === null) return [];
    const isNew = event.type === 'wire' && event.kind === 'unmapped' && !this.#seen.has(event.name ?? '');
    if (!isNew) return [line];
    this.#seen.add(event.name ?? '');
    return [line, `${' '.repeat(22)}${payloadText(event, this.#privacy)}`];
  }

  #line(event: LiveEvent): string | null {
    const at = (event.at / 1_000).toFixed(3).padStart(7);
    const who = event.node.replace(/\/.*/, '').padEnd(10);
    switch (event.type) {
      case 'action':
        return `${at} ${who} * ${event.action}${event.peer === null ? '' : ` ${event.peer}`}${event.refused === undefined ? '' : `, refused: ${event.refused}`}`;
      case 'wire': {
        const name = event.name ?? event.kind;
        const kind = event.kind === 'unmapped' ? 'UNMAPPED' : event.kind;
        return `${at} ${who} ${event.dir === 'out' ? '->' : '<-'} ${name.padEnd(20)} ${kind}${event.reason === undefined ? '' : ` (${event.reason})`}`;
      }
      case 'state':
        return `${at} ${who} = shows ${viewText(event)}`;
      case 'media':
        return event.state === 'flowing' && event.stats === null ? `${at} ${who} = receives media` : null;
      case 'unsent':
        return `${at} ${who} ! could not send ${event.kind}: ${event.why}`;
      case 'session':
        return event.state === 'refused' ? `${at} ${who} ! log-in refused: ${event.text ?? ''}` : null;
      case 'conn':
        return event.state === 'opened' || event.by === 'self' ? null : `${at} ${who} ! ${closeWords(event)}`;
      case 'violation':
        return `${at} ${who} ! ${event.code}: ${event.message}`;
      default:
        return null;
    }
  }
}

/** `the connection closed with 4001 (name in use)`. */
export function closeWords({ state, code, reason, error }: Pick<ConnEvent, 'state' | 'code' | 'reason' | 'error'>): string {
  if (state === 'refused') return `no connection: ${error ?? `closed with ${code ?? 'no code'}`}`;
  // Text of a server on a terminal.
  const said = reason.replace(/\p{C}/gu, '');
  return `the connection closed with ${code ?? 'no code'}${said === '' ? '' : ` (${said})`}`;
}

/** A payload on one line, as it may be shown to others. */
function payloadText({ frame, text }: LiveWire, { redaction, names }: Pick<Privacy, 'redaction' | 'names'>): string {
  const content = frame ?? text;
  const shown = JSON.stringify(redaction === 'off' ? content : redactFrame(content, names)) ?? '';
  return shown.length > PAYLOAD_CHARS_MAX ? `${shown.slice(0, PAYLOAD_CHARS_MAX - 1)}…` : shown;
}
