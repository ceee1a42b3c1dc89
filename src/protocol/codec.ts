/** Text to frames and back. Total: whatever arrives, the answer is a value; nothing throws. */
import type { z } from 'zod';
import { ClientFrameSchema, ServerFrameSchema } from './frame-schemas.js';
import type { ClientFrame, Frame, ServerFrame } from './frames.js';
import { LIMITS } from './limits.js';
import type { CloseName } from './reasons.js';

/** A frame, or why the text is none and with which code the connection ends. */
export type Decoded<F> =
  | { readonly ok: true; readonly frame: F }
  | { readonly ok: false; readonly close: CloseName; readonly message: string };

export function encodeFrame(frame: Frame): string {
  return JSON.stringify(frame);
}

/** Reads what a client sent. `bytes` is the length on the wire where the caller knows it, else the characters count. */
export function decodeClientFrame(text: string, bytes = text.length): Decoded<ClientFrame> {
  return decode(text, bytes, ClientFrameSchema);
}

/** Reads what the server sent. */
export function decodeServerFrame(text: string, bytes = text.length): Decoded<ServerFrame> {
  return decode(text, bytes, ServerFrameSchema);
}

function decode<S extends typeof ClientFrameSchema | typeof ServerFrameSchema>(
  text: string,
  bytes: number,
  schema: S,
): Decoded<z.infer<S>> {
  const bad = (close: CloseName, message: string): Decoded<never> => ({ ok: false, close, message });
  if (bytes > LIMITS.frameBytesMax) return bad('tooBig', `frame of ${bytes} bytes, at most ${LIMITS.frameBytesMax} are read`);
  if (depthOf(text) > LIMITS.frameDepthMax) return bad('badFrame', `frame nests deeper than ${LIMITS.frameDepthMax}`);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return bad('badFrame', 'frame is not JSON');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return bad('badFrame', 'frame is not a JSON object');
  const type = (value as { type?: unknown }).type;
  if (typeof type !== 'string' || !typesOf(schema).has(type)) {
    return bad('unknownType', `unknown frame type ${JSON.stringify(String(type).slice(0, 40))}`);
  }
  const parsed = schema.safeParse(value);
  if (parsed.success) return { ok: true, frame: parsed.data as z.infer<S> };
  const issue = parsed.error.issues[0];
  const where = issue === undefined || issue.path.length === 0 ? '' : ` at ${issue.path.join('.')}`;
  return bad('badFrame', `bad ${type} frame${where}: ${issue?.message ?? 'invalid'}`);
}

const types = new Map<unknown, ReadonlySet<string>>();

function typesOf(schema: typeof ClientFrameSchema | typeof ServerFrameSchema): ReadonlySet<string> {
  const known = types.get(schema) ?? new Set<string>(schema.options.map((option) => option.shape.type.value));
  types.set(schema, known);
  return known;
}

/** Nesting depth of a JSON text, without parsing it: a parser would recurse on hostile input. */
function depthOf(text: string): number {
  let depth = 0;
  let deepest = 0;
  let inString = false;
  for (let i = 0; i < text.length; i++) {
    const char = text.charCodeAt(i);
    if (inString) {
      if (char === 92) i++;
      else if (char === 34) inString = false;
    } else if (char === 34) inString = true;
    else if (char === 123 || char === 91) deepest = Math.max(deepest, ++depth);
    else if (char === 125 || char === 93) depth--;
  }
  return deepest;
}
