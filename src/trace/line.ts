/** An event as one line of text: for evidence in reports, and for whoever greps a trace. */
import type { TraceEvent } from './event.js';

/** `n=31 1.204 s alice/phone read event.connected of call-1, seq 4`; one line, without line ends, of at most 240 characters. */
export function lineOf(event: TraceEvent): string {
  const text = `n=${event.n} ${(event.at / 1_000).toFixed(3)} s ${event.node} ${described(event)}`.replace(/\s+/g, ' ');
  return text.length <= 240 ? text : `${text.slice(0, 239)}…`;
}

function described(event: TraceEvent): string {
  switch (event.type) {
    case 'run':
      return event.phase === 'begin' ? `run of ${event.scenario} begins` : `run ends: ${event.status}${after(event.message)}`;
    case 'mark':
      return `${event.name}: ${event.text}${held(event.ok)}${event.actual === null ? '' : ` (${event.actual})`}`;
    case 'action':
      return `user: ${event.action}${event.peer === null ? '' : ` ${event.peer}`}${of(event.call)}`;
    case 'wire': {
      const where =
        event.node === 'server' ? ` ${event.dir === 'out' ? 'to' : 'from'} ${event.link.replace(/\.[^.]*$/, '')}` : '';
      const seq = event.seq === null ? '' : `, seq ${event.seq}`;
      return `${event.dir === 'out' ? 'wrote' : 'read'} ${event.kind}${of(event.call)}${where}${seq}, digest ${event.digest}`;
    }
    case 'record':
      return `has ${event.phase}, version ${event.version}${of(event.call)}`;
    case 'state':
      return `shows ${event.state}${event.reason === null ? '' : `(${event.reason})`}${of(event.call)}`;
    case 'timer':
      return `timer reads ${Math.round(event.elapsedMs)} ms${of(event.call)}`;
    case 'media':
      return `media ${event.state}${event.stage === null ? '' : ` at ${event.stage}`}${of(event.call)}${after(event.message)}`;
    case 'applied':
      return `knows that ${event.device} applied version ${event.version}${of(event.call)}`;
    case 'not-applied':
      return `no device of the ${event.side} applied version ${event.version}${of(event.call)} within ${event.afterMs} ms`;
    case 'violation':
      return `violation ${event.code}: ${event.message}`;
    case 'fault':
      return `fault ${event.fault} ${event.act}${after(event.message)}`;
    case 'lag':
      return `the probe was blocked for ${Math.round(event.lateMs)} ms`;
    case 'unsent':
      return `could not write ${event.kind}${of(event.call)}: ${event.why}`;
    case 'conn':
      return `connection ${event.conn} ${event.state}${event.code === null ? '' : ` with ${event.code}`}${after(event.error ?? event.reason)}`;
    case 'receipt':
      return `connection ${event.conn}: ${event.by === 'pong' ? 'the other end answered a ping' : 'the other end answered the POST'} of ${(event.askedAt / 1_000).toFixed(3)} s`;
    case 'session':
      return `session of ${event.device} ${event.state}${after(event.text)}`;
    case 'refused':
      return `refused ${event.command} of ${event.device}${of(event.call)}: ${event.why}`;
    case 'http':
      return `${event.method} ${event.path}: ${event.message}`;
    case 'health':
      return `the target is ${event.state}: ${event.error}`;
    case 'log':
      return `log: ${event.message}`;
  }
}

const of = (call: string | null): string => (call === null ? '' : ` of ${call}`);
const after = (message: string | null): string => (message === null || message === '' ? '' : `: ${message}`);
const held = (ok: boolean | null): string => (ok === null ? '' : ok ? ', held' : ', did not hold');
