/** Fields of a message are changed on the way, as by a faulty intermediary. */
import type { ParameterValue } from '../fault.js';
import { type MessageFault, messageParameter } from './message-fault.js';

export const rewrite: MessageFault = {
  name: 'rewrite',
  doc: 'Fields of the JSON message are changed on the way: another call id, a missing field. `set` maps paths to values; null removes a field.',
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
    const summary = `${kind} rewritten: ${Object.keys(set).join(', ')}`;
    return { verdict: { do: 'deliver', afterMs: [0], text: rewritten(text, set) }, summary: summary };
  },
};

/** The text of a JSON message with fields set by their path; null removes a field. A text that is not a JSON object stays unchanged. */
export function rewritten(text: string, set: Readonly<Record<string, unknown>>): string {
  let root: unknown;
  try {
    root = JSON.parse(text);
  } catch {
    // A text that is not JSON has no fields.
    return text;
  }
  if (typeof root !== 'object' || root === null || Array.isArray(root)) return text;
  for (const [path, value] of Object.entries(set)) put(root as Record<string, unknown>, path.split('.'), value);
  return JSON.stringify(root);
}

function put(into: Record<string, unknown>, path: readonly string[], value: unknown): void {
  const [key, ...rest] = path;
  if (key === undefined || key === '__proto__') return;
  if (rest.length === 0) {
    if (value === null) delete into[key];
    else into[key] = value;
    return;
  }
  const below = Object.hasOwn(into, key) ? into[key] : undefined;
  const next = typeof below === 'object' && below !== null ? (below as Record<string, unknown>) : {};
  into[key] = next;
  put(next, rest, value);
}

function fieldsOf(value: ParameterValue | undefined): Readonly<Record<string, unknown>> {
  return typeof value === 'object' ? value : {};
}
