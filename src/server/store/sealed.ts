/**
 * How entries lie in a file: as text with a checksum each, and one seal over all of them. A checksum finds an entry that
 * was altered; the seal finds one that is missing, or came back, and a whole file that is older than it says.
 */
import { createHash } from 'node:crypto';
import type { StoredValue } from '../hub/stored.js';

/** The present format. One that is newer is refused, an older one would be brought up to date on opening. */
export const FORMAT = 1;

/** Keys of the file's own entries. Those of the hub have a colon, so they can't meet. */
export const META_KEY = 'meta';
export const SEAL_KEY = 'seal';

/** What kind of file it is. Written once; every later format keeps this entry readable for the earlier ones. */
export interface Meta {
  readonly format: number;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
}

/** What all entries of the hub come to after commit number `commit` of this file, counted from 1. */
export interface Seal {
  readonly commit: number;
  readonly entries: number;
  /** Sum of the checksums modulo 2 ** 48: it follows a change without reading the others. */
  readonly sum: number;
}

export const SUM_MODULUS = 2 ** 48;

const CHECKSUM_CHARS = 12;

/** Text under its checksum, as it is written; and the checksum as a number, for the seal. */
export interface Sealed {
  readonly text: string;
  readonly checksum: number;
}

/** A value under its key as it is written: 12 hexadecimal digits of SHA-256 over key and JSON, a space, the JSON. */
export function seal(key: string, value: StoredValue | Meta | Seal): Sealed {
  const json = JSON.stringify(value);
  const digits = checksumOf(key, json);
  return { text: `${digits} ${json}`, checksum: Number.parseInt(digits, 16) };
}

/** What was sealed under this key, with its checksum; null when it is not what was written. Never throws. */
export function unseal(key: string, text: string): { readonly value: unknown; readonly checksum: number } | null {
  const digits = text.slice(0, CHECKSUM_CHARS);
  const json = text.slice(CHECKSUM_CHARS + 1);
  if (text[CHECKSUM_CHARS] !== ' ' || digits !== checksumOf(key, json)) return null;
  try {
    return { value: JSON.parse(json), checksum: Number.parseInt(digits, 16) };
  } catch (error) {
    // A right checksum over no JSON: nobody but another program writes that, and it is told as altered too.
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

/** The seal's sum once an entry's checksum `before` became `after`; 0 stands for no entry. */
export function resum(sum: number, before: number, after: number): number {
  return (sum - before + after + SUM_MODULUS) % SUM_MODULUS;
}

function checksumOf(key: string, json: string): string {
  return createHash('sha256').update(key).update('\0').update(json).digest('hex').slice(0, CHECKSUM_CHARS);
}
