/**
 * The format of entries in a file: text with a checksum each, and one seal over all of them. A checksum detects an altered entry.
 * The seal detects missing and restored entries, and a file that was reset to an older state.
 */
import { createHash } from 'node:crypto';
import type { StoredValue } from '../hub/stored.js';

/** The current format. A newer one is refused; an older one would be upgraded on opening. */
export const FORMAT = 1;

/** Keys of the file's own entries. Those of the hub have a colon, so they cannot collide. */
export const META_KEY = 'meta';
export const SEAL_KEY = 'seal';

/** The kind of file. Written once; later formats keep this entry readable for earlier versions. */
export interface Meta {
  readonly format: number;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
}

/** The seal over all entries of the hub after commit number `commit` of this file, counted from 1. */
export interface Seal {
  readonly commit: number;
  readonly entries: number;
  /** Sum of the checksums modulo 2 ** 48: it can be updated without reading the other entries. */
  readonly sum: number;
}

export const SUM_MODULUS = 2 ** 48;

const CHECKSUM_CHARS = 12;

/** A text with its checksum, as it is written, and the checksum as a number, for the seal. */
export interface Sealed {
  readonly text: string;
  readonly checksum: number;
}

/** An entry as it is written: 12 hexadecimal digits of SHA-256 over key and JSON, a space, the JSON. */
export function seal(key: string, value: StoredValue | Meta | Seal): Sealed {
  const json = JSON.stringify(value);
  const digits = checksumOf(key, json);
  return { text: `${digits} ${json}`, checksum: Number.parseInt(digits, 16) };
}

/** The value of this key with its checksum; null if the entry was altered. Never throws. */
export function unseal(key: string, text: string): { readonly value: unknown; readonly checksum: number } | null {
  const digits = text.slice(0, CHECKSUM_CHARS);
  const json = text.slice(CHECKSUM_CHARS + 1);
  if (text[CHECKSUM_CHARS] !== ' ' || digits !== checksumOf(key, json)) return null;
  try {
    return { value: JSON.parse(json), checksum: Number.parseInt(digits, 16) };
  } catch (error) {
    // A valid checksum over invalid JSON: another program wrote it, and it is reported as altered too.
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

/** The seal's sum after an entry's checksum changes from `before` to `after`; 0 stands for no entry. */
export function resum(sum: number, before: number, after: number): number {
  return (sum - before + after + SUM_MODULUS) % SUM_MODULUS;
}

function checksumOf(key: string, json: string): string {
  return createHash('sha256').update(key).update('\0').update(json).digest('hex').slice(0, CHECKSUM_CHARS);
}
