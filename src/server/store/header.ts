/**
 * Reads the two meta pages of an LMDB file without LMDB, to detect a file that is not LMDB, is truncated or was assembled from
 * two. Layout: `MDB_page` and `MDB_meta` in liblmdb's mdb.c (data version 2, which `lmdb` 3 writes, little-endian).
 */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';

const MAGIC = 0xbeefc0de;
const DATA_VERSION = 2;
const PAGE_SIZES: readonly number[] = [4096, 8192, 16384, 32768, 65536];

/** Offsets in a meta page, in bytes. */
const FLAGS_AT = 18;
const MAGIC_AT = 24;
const VERSION_AT = 28;
const PAGE_SIZE_AT = 48;
const LAST_PAGE_AT = 144;
const TXN_AT = 152;
const META_BYTES = 160;
const META_PAGE_FLAG = 0x08;

/** The problem of a file as a sentence, or the transaction that wrote it last. `isShort` if pages that it counts are missing. */
export type Header =
  | { readonly ok: true; readonly txn: number; readonly isShort: boolean }
  | { readonly ok: false; readonly problem: string };

/** Reads the header of the file. Throws the system's error if it cannot be opened or read. */
export function readHeader(path: string): Header {
  const fd = openSync(path, 'r');
  try {
    const bytes = fstatSync(fd).size;
    const first = metaAt(fd, 0);
    if (first === null) return { ok: false, problem: `it is truncated: ${bytes} bytes are less than a header` };
    if (first.magic !== MAGIC) return { ok: false, problem: 'it is not an LMDB file: its first bytes differ' };
    if (first.version !== DATA_VERSION)
      return { ok: false, problem: `it is an LMDB file of version ${first.version}, not ${DATA_VERSION}` };
    if (!PAGE_SIZES.includes(first.pageSize) || first.flags !== META_PAGE_FLAG)
      return { ok: false, problem: 'the first page of its header is damaged' };
    const second = metaAt(fd, first.pageSize);
    if (second === null) return { ok: false, problem: `it is truncated: ${bytes} bytes are less than a header` };
    const isAlike =
      second.magic === MAGIC &&
      second.version === DATA_VERSION &&
      second.pageSize === first.pageSize &&
      second.flags === META_PAGE_FLAG;
    if (!isAlike) return { ok: false, problem: 'the second page of its header is damaged' };
    // LMDB alternates: page 0 has the even transactions, page 1 the odd ones.
    const isInTurn = Math.abs(first.txn - second.txn) === 1 && first.txn % 2 === 0;
    if (!isInTurn)
      return {
        ok: false,
        problem: `its header is damaged: transactions ${first.txn} and ${second.txn} do not follow each other`,
      };
    const last = first.txn > second.txn ? first : second;
    return { ok: true, txn: last.txn, isShort: bytes < (last.lastPage + 1) * first.pageSize };
  } finally {
    closeSync(fd);
  }
}

interface MetaPage {
  readonly magic: number;
  readonly version: number;
  readonly flags: number;
  readonly pageSize: number;
  readonly lastPage: number;
  readonly txn: number;
}

function metaAt(fd: number, position: number): MetaPage | null {
  const page = Buffer.alloc(META_BYTES);
  if (readSync(fd, page, 0, META_BYTES, position) < META_BYTES) return null;
  return {
    magic: page.readUInt32LE(MAGIC_AT),
    version: page.readUInt32LE(VERSION_AT),
    flags: page.readUInt16LE(FLAGS_AT),
    pageSize: page.readUInt32LE(PAGE_SIZE_AT),
    lastPage: Number(page.readBigUInt64LE(LAST_PAGE_AT)),
    txn: Number(page.readBigUInt64LE(TXN_AT)),
  };
}
