/** Reads the events of `call-probe/trace@1`, whose logs were sentences, as those of the present version. The only place that knows them. */
import { VIEW_STATES } from '../protocol/call.js';
import { MEDIA_STATES } from '../protocol/media.js';
import { kindFrom, type MessageKind } from '../protocol/message-kinds.js';
import { type FaultLayer, SESSION_STATES, TRACE_SCHEMA } from './event.js';

export const OLD_SCHEMA = 'call-probe/trace@1';

type Fields = Readonly<Record<string, unknown>>;

/** Upgrades the events of one trace, in their order: what an event means may depend on those before it. */
export function createUpgrade(): (event: Fields) => Fields {
  const opened = new Set<string>();
  return (event) => {
    switch (event['type']) {
      case 'run':
        return event['phase'] === 'begin' ? begin(event) : event;
      case 'mark':
        return mark(event);
      case 'op':
        return { ...without(event, 'op'), type: 'action', action: event['op'] };
      case 'view':
        return { ...event, type: 'state' };
      case 'phase':
        return { ...event, type: 'record' };
      case 'receipt':
        return { ...event, type: 'applied' };
      case 'wire':
        return wire(event);
      case 'fault':
        return fault(event);
      case 'violation':
        return violation(event);
      case 'log':
        return log(event, opened);
      default:
        return event;
    }
  };
}

function begin(event: Fields): Fields {
  const roles = { server: 'server', probe: 'probe' };
  const { adapter } = event;
  if (!isFields(adapter)) return { ...event, schema: TRACE_SCHEMA, roles };
  const limits = adapter['hides'] ?? [];
  return { ...event, schema: TRACE_SCHEMA, roles, adapter: { ...without(adapter, 'hides'), limits } };
}

function mark(event: Fields): Fields {
  const names: Readonly<Record<string, string>> = { recall: 'redial', recalled: 'redialed' };
  const name = text(event['name']);
  const said = text(event['text']);
  const words = new Set(said.split(/[^a-z]+/));
  const isMedia = words.has('media');
  const wants = {
    states: isMedia ? [] : VIEW_STATES.filter((state) => words.has(state)),
    media: isMedia ? MEDIA_STATES.filter((state) => words.has(state)) : [],
  };
  return { ...event, name: names[name] ?? name, ...(name === 'expect' ? { wants } : {}) };
}

function wire(event: Fields): Fields {
  const kind = text(event['kind']);
  const isOther = kind.startsWith('raw:') || kind.startsWith('noise:');
  const name = isOther && event['name'] === undefined ? { name: kind.slice(kind.indexOf(':') + 1) } : {};
  const record = isFields(event['frame']) ? event['frame']['record'] : undefined;
  const ended = isFields(record) && typeof record['reason'] === 'string' ? { reason: record['reason'] } : {};
  return { ...ended, ...event, ...name, kind: kindOf(kind) };
}

function kindOf(kind: string): MessageKind {
  return kind === 'raw' ? 'unreadable' : kindFrom(kind);
}

/** The faults that act on a clock: verdicts depend on that. Of others the old version does not say on which layer they act. */
const OF_CLOCKS = ['jump', 'skew'];

function fault(event: Fields): Fields {
  const parts = text(event['fault']).split('+');
  const { struck, absence } = event;
  const layer: FaultLayer | null = isFields(struck) ? 'message' : parts.some((part) => OF_CLOCKS.includes(part)) ? 'clock' : null;
  return {
    ...event,
    layer,
    absence: absence === 'until-greeted' ? 'until-registered' : absence,
    struck: isFields(struck) ? { dropped: parts.includes('drop'), ...struck, kind: kindOf(text(struck['kind'])) } : struck,
  };
}

function violation(event: Fields): Fields {
  const { code, message, node } = event;
  const isRefusal = code === 'log-in-failed' || /^error-44\d\d$/.test(text(code));
  if (!isRefusal || node === 'server') return event;
  const said = code === 'log-in-failed' ? message : `${text(code).slice('error-'.length)} ${text(message)}`;
  return { ...stampOf(event), type: 'session', device: node, state: 'refused', text: said };
}

function log(event: Fields, opened: Set<string>): Fields {
  const stamp = stampOf(event);
  const message = text(event['message']);
  const data = isFields(event['data']) ? event['data'] : {};
  const node = text(event['node']);
  const link = text(data['link'] ?? `${node}.signaling`);
  const conn = Number(data['conn'] ?? 0);
  const connection = `${node} ${conn}`;
  if (message === 'connection opened') {
    opened.add(connection);
    return { ...stamp, type: 'conn', link, conn, state: 'opened', code: null, reason: '', error: null, by: null };
  }
  if (message === 'connection closed') {
    const { code = null, reason = '', error = null } = data;
    const by = error === 'EHOSTUNREACH: the link is cut' ? 'fault' : null;
    const state = opened.has(connection) ? 'closed' : 'refused';
    return { ...stamp, type: 'conn', link, conn, state, code, reason: reason ?? '', error, by };
  }
  const session = SESSION_STATES.find((state) => message === `session ${state}`);
  if (session !== undefined && typeof data['device'] === 'string')
    return { ...stamp, type: 'session', device: data['device'], state: session, text: null };
  const refused = /^refused (\w+): (.*)$/s.exec(message);
  if (refused !== null && typeof data['device'] === 'string' && typeof data['call'] === 'string')
    return { ...stamp, type: 'refused', call: data['call'], device: data['device'], command: refused[1], why: refused[2] };
  const unsent = /^(\S+) not written: /.exec(message);
  if (unsent !== null)
    return { ...stamp, type: 'unsent', link, conn, kind: kindFrom(unsent[1] ?? ''), call: null, why: 'no-connection' };
  if (message === 'the hang-up waits until the answer is confirmed')
    return { ...stamp, type: 'unsent', link, conn, kind: 'command.hangup', call: null, why: 'awaits-confirmation' };
  if (message === 'asked by HTTP') {
    const call = text(data['call']);
    const outcome = text(data['outcome']);
    const status = /\b(\d{3})\b/.exec(outcome)?.[1];
    const path = `/v1/calls/${encodeURIComponent(call)}`;
    return {
      ...stamp,
      ...{ type: 'http', method: 'GET', path, status: status === undefined ? null : Number(status) },
      ...{ durationMs: 0, call, message: outcome },
    };
  }
  if (data['knock'] === 'gone' || data['knock'] === 'busy')
    return { ...stamp, type: 'health', state: data['knock'], error: text(data['error']) };
  return event;
}

function stampOf({ n, at, wall, node, cause }: Fields): Fields {
  return { n, at, wall, node, cause };
}

function without(event: Fields, key: string): Fields {
  return Object.fromEntries(Object.entries(event).filter(([name]) => name !== key));
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
