/** Paths into messages: JSONPath (RFC 9535), and what is done with what they find. */
import { type JSONPathQuery, type JSONValue, jsonpath } from 'json-p3';

/** A path, parsed. `within` is a path into JSON text that the first one leads to. */
export interface ValuePath {
  readonly text: string;
  readonly query: JSONPathQuery;
  /** Whether it begins with `@`: at the element of `each`. */
  readonly isRelative: boolean;
}

/** Parses a path that begins with `$`, or with `@` where an element of a list is meant; or says what is wrong with it. */
export function parsePath(text: string): { readonly path: ValuePath } | { readonly problem: string } {
  const isRelative = text.startsWith('@');
  try {
    return { path: { text, query: jsonpath.compile(isRelative ? `$${text.slice(1)}` : text), isRelative } };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return { problem: message.replace(/\s*\('.*$/s, '') };
  }
}

/** What stands first where a path leads; undefined where it leads nowhere. */
export function at(path: ValuePath, document: unknown): unknown {
  return all(path, document)[0];
}

/** Everything that a path leads to, in the order of the document. */
export function all(path: ValuePath, document: unknown): unknown[] {
  if (typeof document !== 'object' || document === null) return path.text === '$' || path.text === '@' ? [document] : [];
  try {
    return path.query.query(document as JSONValue).values();
  } catch {
    // Nested deeper than the library follows: nothing that a dialect could mean is there.
    return [];
  }
}
