/** Paths into messages: JSONPath (RFC 9535). */
import { type JSONPathQuery, type JSONValue, jsonpath } from 'json-p3';

/** A parsed path. `within` is a path into JSON text at the first path. */
export interface ValuePath {
  readonly text: string;
  readonly query: JSONPathQuery;
  /** Whether it begins with `@`: at the element of `each`. */
  readonly isRelative: boolean;
}

/** Parses a path that begins with `$`, or with `@` for an element of a list; or returns the problem. */
export function parsePath(text: string): { readonly path: ValuePath } | { readonly problem: string } {
  const isRelative = text.startsWith('@');
  try {
    return { path: { text, query: jsonpath.compile(isRelative ? `$${text.slice(1)}` : text), isRelative } };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return { problem: message.replace(/\s*\('.*$/s, '') };
  }
}

/** The first match of a path; undefined without a match. */
export function at(path: ValuePath, document: unknown): unknown {
  return all(path, document)[0];
}

/** All matches of a path, in the order of the document. */
export function all(path: ValuePath, document: unknown): unknown[] {
  if (typeof document !== 'object' || document === null) return path.text === '$' || path.text === '@' ? [document] : [];
  try {
    return path.query.query(document as JSONValue).values();
  } catch {
    // Nested deeper than the library follows: no dialect refers to that.
    return [];
  }
}
