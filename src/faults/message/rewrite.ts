/** Fields of a message are changed on the way, as by a faulty intermediary. */
import type { ParameterValue } from '../fault.js';
import { type MessageFault, messageParameter } from './message-fault.js';

export const rewrite: MessageFault = {
  name: 'rewrite',
  doc: 'Fields of the JSON message are changed on the way: another call id, a missing field. `set` maps paths to values; null removes a field. With Socket.IO paths begin at `event` and `args`, such as `args.0.room`. A message in which nothing changes is no hit.',
  layer: 'message',
  needs: null,
  absence: null,
  loses: true,
  parameters: [
    messageParameter('rewrite'),
    {
      name: 'set',
      doc: 'new values by path, such as { record.phase: ringing }',
      type: { type: 'fields' },
      default: null,
    },
  ],
  example: 'fault: { rewrite: alice receives connected, set: { record.id: another-call } }',
  strike({ kind, text }, values) {
    const set = fieldsOf(values['set']);
    const changed = rewritten(text, set);
    const fields = Object.keys(set).join(', ');
    if (changed === text) return { verdict: { do: 'pass' }, summary: `${kind} has nothing to rewrite at ${fields}` };
    const summary = `${kind} rewritten: ${fields}`;
    return { verdict: { do: 'deliver', afterMs: [0], text: changed }, summary };
  },
};

/** A packet of Socket.IO: Engine.IO's `4`, its own type, count of attachments, namespace and acknowledgement, then a JSON list. */
const PACKET = /^(4[2356](?:\d+-)?(?:\/[^,]*,)?\d*)(\[.*)$/s;

/**
 * The text of a JSON message with fields set by their path; null removes a field. In a packet of Socket.IO a path begins at
 * `{ event, args }`, as a trace shows it. The same text if nothing changes: it has no fields, or these values already.
 */
export function rewritten(text: string, set: Readonly<Record<string, unknown>>): string {
  const [, prefix = '', list] = PACKET.exec(text) ?? [];
  const body = parsed(list ?? text);
  if (typeof body !== 'object' || body === null) return text;
  const isEvent = list !== undefined && /^4[25]/.test(prefix);
  const packet = Array.isArray(body) && list !== undefined ? packetOf(body, isEvent) : null;
  const root = packet ?? body;
  const before = JSON.stringify(root);
  for (const [path, value] of Object.entries(set)) put(root, path.split('.'), value);
  const after = JSON.stringify(root);
  if (after === before) return text;
  if (packet === null) return after;
  return `${prefix}${JSON.stringify(isEvent ? [packet.event ?? null, ...packet.args] : packet.args)}`;
}

interface Packet {
  event?: unknown;
  args: unknown[];
}

function packetOf(body: readonly unknown[], isEvent: boolean): Packet {
  return isEvent ? { event: body[0], args: body.slice(1) } : { args: [...body] };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // A text that is not JSON has no fields.
    return null;
  }
}

function put(into: object, path: readonly string[], value: unknown): void {
  const [key, ...rest] = path;
  if (key === undefined || key === '__proto__') return;
  // The fields of any object; those of a list are its indexes.
  const fields = into as Record<string, unknown>;
  if (Array.isArray(into) && !/^\d{1,4}$/.test(key)) return;
  if (rest.length > 0) {
    const below = Object.hasOwn(fields, key) ? fields[key] : undefined;
    const next = typeof below === 'object' && below !== null ? below : {};
    fields[key] = next;
    return put(next, rest, value);
  }
  if (value !== null) fields[key] = value;
  else if (Array.isArray(into)) into.splice(Number(key), 1);
  else delete fields[key];
}

function fieldsOf(value: ParameterValue | undefined): Readonly<Record<string, unknown>> {
  return typeof value === 'object' ? value : {};
}
