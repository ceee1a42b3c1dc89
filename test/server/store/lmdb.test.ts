/** The store in a folder: what it keeps, what it refuses, and that it leaves alone what it refuses. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { LIMITS } from '../../../src/protocol/limits.js';
import { createRng } from '../../../src/protocol/rng.js';
import type { StoredValue } from '../../../src/server/hub/stored.js';
import { readHeader } from '../../../src/server/store/header.js';
import { DATA_FILE, openLmdbStore } from '../../../src/server/store/lmdb.js';
import { LOCK_FILE } from '../../../src/server/store/lock.js';
import { memoryStore } from '../../../src/server/store/memory.js';
import { openFile, rewrite } from '../../../src/server/store/rewrite.js';
import { META_KEY, SEAL_KEY, seal } from '../../../src/server/store/sealed.js';
import { type Store, StoreError } from '../../../src/server/store/store.js';
import { DurableHub } from './durable-hub.js';

const NOW = 1_700_000_000_000;

/** A value that looks like none of the others; `chars` makes it as large as wanted. */
function callValue(id: string, version: number, chars = 0): StoredValue {
  const record = {
    id,
    version,
    phase: 'inviting' as const,
    caller: { user: 'ann', device: `phone-${'x'.repeat(chars)}` },
    callee: { user: 'bén 🙂', device: null },
    invitedAt: NOW + 0.125,
    ringingAt: null,
    answeredAt: null,
    endedAt: null,
    reason: null,
    endedBy: null,
  };
  return { kind: 'call', call: { record, movedBy: [[1, { user: 'ann', device: 'phone' }]] } };
}

const contents = (store: Store): unknown[] =>
  [...store.load()].map(({ key, value }) => [key, value]).sort(([a], [b]) => (String(a) < String(b) ? -1 : 1));

const bytesOf = (folder: string): Buffer => readFileSync(join(folder, DATA_FILE));

/** A closed store with some calls, and what is in it. */
async function filled(t: Test, count = 20): Promise<{ folder: string; kept: unknown[] }> {
  const folder = t.testdir({});
  const store = await openLmdbStore(folder, NOW);
  for (let index = 0; index < count; index++)
    store.commit([{ key: `call:c${index}`, value: callValue(`c${index}`, index, 40 * index) }]);
  const kept = contents(store);
  await store.close();
  return { folder, kept };
}

/** The folder is refused with a message that fits, and its file is what it was. */
async function isRefused(t: Test, folder: string, fits: RegExp, name: string): Promise<void> {
  const before = bytesOf(folder);
  await t.rejects(openLmdbStore(folder, NOW), { name: 'StoreError', message: fits }, name);
  t.ok(bytesOf(folder).equals(before), `${name}: the file was not touched`);
  t.strictSame(
    readdirSync(folder).filter((file) => !file.startsWith(DATA_FILE)),
    [],
    `${name}: nothing else is left`,
  );
  t.notOk(existsSync(join(folder, `${DATA_FILE}.new`)), `${name}: no new file is left`);
}

t.test('it keeps what memory keeps, and has it again when it is opened again', async (t) => {
  const folder = t.testdir({});
  const rng = createRng('round trip');
  const memory = memoryStore();
  let store = await openLmdbStore(join(folder, 'made', 'on', 'the', 'way'), NOW);
  t.strictSame(contents(store), [], 'a new one is empty');
  for (let round = 0; round < 3; round++) {
    for (let batch = 0; batch < 20; batch++) {
      const changes = Array.from({ length: 10 }, () => {
        const id = `c${rng.below(30)}`;
        return { key: `call:${id}`, value: rng.below(3) === 0 ? null : callValue(id, rng.below(9), rng.below(6_000)) };
      });
      for (const kept of [store, memory]) kept.commit(changes);
    }
    t.strictSame(contents(store), contents(memory), `round ${round}: the same at once`);
    await store.close();
    store = await openLmdbStore(join(folder, 'made', 'on', 'the', 'way'), NOW + 1);
    t.strictSame(contents(store), contents(memory), `round ${round}: and from the file`);
  }
  for (const kept of [store, memory]) kept.clear();
  t.strictSame([contents(store), contents(memory)], [[], []], 'cleared');
  store.commit([{ key: 'call:a', value: callValue('a', 1) }]);
  await store.close();
  await store.close();
  t.throws(() => store.commit([{ key: 'call:b', value: callValue('b', 1) }]), StoreError, 'a closed one keeps nothing');
});

t.test('a batch is kept whole or not at all, and after a failure nothing more is', async (t) => {
  const { folder, kept } = await filled(t, 3);
  const store = await openLmdbStore(folder, NOW);
  const tooLong = `call:${'k'.repeat(5_000)}`;
  const batch = [
    { key: 'call:c0', value: null },
    { key: 'call:new', value: callValue('new', 1) },
    { key: tooLong, value: callValue('long', 1) },
  ];
  t.throws(() => store.commit(batch), { name: 'StoreError', message: /could not be written/ });
  t.throws(() => store.commit([{ key: 'call:c0', value: null }]), StoreError, 'it does not go on from what it does not know');
  await store.close();
  const again = await openLmdbStore(folder, NOW);
  t.strictSame(contents(again), kept);
  await again.close();
});

t.test('what does not differ is not written', async (t) => {
  const { folder } = await filled(t);
  const store = await openLmdbStore(folder, NOW);
  const before = bytesOf(folder);
  store.commit([
    { key: 'call:c1', value: callValue('c1', 7) },
    { key: 'call:c1', value: callValue('c1', 1, 40) },
    { key: 'call:none', value: callValue('none', 1) },
    { key: 'call:none', value: null },
  ]);
  t.ok(bytesOf(folder).equals(before), 'a batch that comes to nothing is no commit');
  store.commit([{ key: 'call:c1', value: callValue('c1', 2, 40) }]);
  t.notOk(bytesOf(folder).equals(before), 'one that comes to something is');
  await store.close();
});

t.test('a file that is none, or not all of it', async (t) => {
  const { folder } = await filled(t);
  const good = bytesOf(folder);
  const cases: readonly (readonly [name: string, bytes: Buffer, fits: RegExp])[] = [
    ['nothing in it', Buffer.alloc(0), /truncated: 0 bytes/],
    ['half a header', good.subarray(0, 100), /truncated: 100 bytes/],
    ['one page of the header', good.subarray(0, 4096), /truncated: 4096 bytes/],
    ['the header and nothing else', good.subarray(0, 8192), /cannot be used/],
    ['three quarters of it', good.subarray(0, Math.floor((good.length * 3) / 4)), /cannot be used/],
    ['text', Buffer.from('# my notes\n'.repeat(2_000)), /not an LMDB file/],
    ['zeros', Buffer.alloc(20_000), /not an LMDB file/],
    ['another version of LMDB', withByte(good, 28, 1), /version 1, not 2/],
    ['a broken second header page', withByte(good, 4096 + 24, 0), /second page of its header/],
    ['a page size that there is not', withByte(good, 49, 0x11), /first page of its header/],
  ];
  for (const [name, bytes, fits] of cases) {
    writeFileSync(join(folder, DATA_FILE), bytes);
    await isRefused(t, folder, fits, name);
  }
  writeFileSync(join(folder, DATA_FILE), good);
  await (await openLmdbStore(folder, NOW)).close();
});

function withByte(bytes: Buffer, at: number, value: number): Buffer {
  const changed = Buffer.from(bytes);
  changed[at] = value;
  return changed;
}

t.test('bytes that changed', async (t) => {
  const { folder, kept } = await filled(t);
  const good = bytesOf(folder);
  // The page of the last commit: earlier copies of an entry lie in pages that nobody reads any more.
  const changed = (text: string, by: string): Buffer => {
    const copy = Buffer.from(good);
    for (let at = copy.indexOf(text); at >= 0; at = copy.indexOf(text, at + 1)) copy.write(by, at);
    return copy;
  };
  const older = good.readUInt32LE(152) > good.readUInt32LE(4096 + 152) ? 4096 : 0;
  const cases: readonly (readonly [name: string, bytes: Buffer, fits: RegExp])[] = [
    ['a digit in a value', changed('"id":"c7"', '"id":"c8"'), /entry "call:c7" was altered/],
    ['a letter in a key', changed('call:c11', 'call:c1x'), /entry "call:c1x" was altered/],
    ['the format', changed('{"format":1', '{"format":0'), /the entry with its format was altered/],
    ['the seal', changed('"entries":20', '"entries":19'), /seal over its entries/],
    ['the number of the last transaction', withByte(good, 4096 - older + 152, good[4096 - older + 152]! ^ 4), /do not follow/],
    ['the number of the one before', withByte(good, older + 152, good[older + 152]! ^ 2), /do not follow|assembled/],
  ];
  for (const [index, [name, bytes, fits]] of cases.entries()) {
    t.notOk(bytes.equals(good), `${name} is there to be changed`);
    writeFileSync(join(folder, DATA_FILE), bytes);
    if (index === 0) await isRefused(t, folder, fits, name);
    // None of these harms LMDB: the check can be called right here, which is quicker.
    const header = readHeader(join(folder, DATA_FILE));
    const problem = header.ok ? await rewrite(join(folder, DATA_FILE), join(folder, 'other.mdb'), NOW) : { text: header.problem };
    t.match(problem?.text, fits, name);
  }

  const rng = createRng('flips');
  let refused = 0;
  for (let flip = 0; flip < 4; flip++) {
    const at = rng.below(good.length);
    const bytes = withByte(good, at, (good[at] ?? 0) ^ (1 << rng.below(8)));
    writeFileSync(join(folder, DATA_FILE), bytes);
    const store = await openLmdbStore(folder, NOW).catch((error: Error) => error);
    if (store instanceof Error) {
      refused++;
      t.equal(store.name, 'StoreError', `byte ${at}: ${store.message}`);
      t.ok(bytesOf(folder).equals(bytes), `byte ${at}: not touched`);
      continue;
    }
    t.strictSame(contents(store), kept, `byte ${at} is in use by nobody: nothing is missing`);
    await store.close();
  }
  t.comment(`${refused} of 4 flips were in use`);
});

t.test('entries that are not those that were written', async (t) => {
  const { folder } = await filled(t, 4);
  const good = bytesOf(folder);
  /** What is found wrong with the file after `write`, by the check itself: no process of its own is needed for these. */
  const forge = async (write: (file: ReturnType<typeof openFile>) => void): Promise<string | undefined> => {
    writeFileSync(join(folder, DATA_FILE), good);
    rmSync(join(folder, `${DATA_FILE}-lock`), { force: true });
    const file = openFile(join(folder, DATA_FILE));
    file.transactionSync(() => write(file));
    await file.close();
    const problem = await rewrite(join(folder, DATA_FILE), join(folder, 'other.mdb'), NOW);
    t.notOk(existsSync(join(folder, 'other.mdb')), 'nothing is written');
    return problem?.text;
  };
  const text = (sealed: { text: string }): Buffer => Buffer.from(sealed.text);

  t.match(await forge((file) => file.removeSync(SEAL_KEY)), /seal over its entries is missing/, 'no seal');
  t.match(await forge((file) => file.removeSync('call:c2')), /3 entries, but 4 were written/, 'an entry less');
  const older = text(seal('call:c2', callValue('c2', 99)));
  t.match(await forge((file) => file.putSync('call:c2', older)), /not those of the last commit/, 'another state of an entry');
  t.match(await forge((file) => file.putSync('notes', Buffer.from('mine'))), /entry "notes" was altered/, "somebody else's");
  const same = (file: ReturnType<typeof openFile>): void => void file.putSync('call:c2', file.get('call:c2') ?? Buffer.alloc(0));
  t.match(await forge(same), /assembled from two states/, 'a commit that the seal knows nothing of');
  await forge((file) => file.removeSync(META_KEY));
  await isRefused(t, folder, /4 entries, but no entry with their format/, 'no meta');
  await forge((file) => file.putSync(META_KEY, text(seal(META_KEY, { format: 2, createdAt: NOW }))));
  await isRefused(t, folder, /format 2; this version supports formats up to 1.*start the newer version/, 'a newer format');
});

t.test('a folder belongs to one live server', async (t) => {
  const { folder } = await filled(t);
  const store = await openLmdbStore(folder, NOW);
  const lock = join(folder, LOCK_FILE);
  await t.rejects(openLmdbStore(folder, NOW), { message: new RegExp(`in use by process ${process.pid}; stop that server`) });
  const held = readFileSync(lock, 'utf8');
  t.equal((JSON.parse(held) as { pid: number }).pid, process.pid, 'the lock names the process');
  store.commit([{ key: 'call:c0', value: null }]);
  await store.close();
  t.notOk(existsSync(lock), 'and goes with it');

  const other = spawn(process.execPath, ['-e', 'process.stdin.resume()'], { stdio: ['pipe', 'ignore', 'ignore'] });
  t.teardown(() => other.kill('SIGKILL'));
  await once(other, 'spawn');
  const lockOf = (owner: object): void => writeFileSync(lock, JSON.stringify(owner));
  lockOf({ pid: other.pid, startedAt: null });
  await t.rejects(openLmdbStore(folder, NOW), { message: new RegExp(`in use by process ${other.pid}`) }, 'a live one');
  if (process.platform === 'linux') {
    lockOf({ pid: other.pid, startedAt: '1' });
    await (await openLmdbStore(folder, NOW)).close();
    t.pass('one whose number came again does not count');
  }
  lockOf({ pid: other.pid, startedAt: null });
  other.kill('SIGKILL');
  await once(other, 'exit');
  await (await openLmdbStore(folder, NOW)).close();
  t.pass('nor one that was killed');

  writeFileSync(lock, 'me');
  await t.rejects(openLmdbStore(folder, NOW), { message: /server\.lock is damaged.*delete it if none does/ });
  t.equal(readFileSync(lock, 'utf8'), 'me', 'a lock that nobody understands stays');
});

t.test('a place that can not be written', async (t) => {
  const folder = t.testdir({ file: 'text', sealed: {} });
  await t.rejects(openLmdbStore(join(folder, 'file'), NOW), { message: /it is a file, not a folder; give --store a folder/ });
  await t.rejects(openLmdbStore(join(folder, 'file', 'below'), NOW), {
    name: 'StoreError',
    message: /cannot be kept in .*below/,
  });
  t.equal(readFileSync(join(folder, 'file'), 'utf8'), 'text');
  const isRoot = process.getuid?.() === 0;
  if (process.platform === 'win32' || (isRoot && !existsSync('/proc/self'))) return;
  // Nothing stops root in a folder of its own, but the kernel's folders have no place for files either.
  const closed = isRoot ? '/proc/self' : join(folder, 'sealed');
  if (!isRoot) chmodSync(closed, 0o500);
  await t.rejects(openLmdbStore(closed, NOW), { name: 'StoreError', message: /cannot be kept in .*this user may write/ });
});

t.test('what a start that was interrupted left behind does not count', async (t) => {
  const { folder, kept } = await filled(t);
  writeFileSync(join(folder, `${DATA_FILE}.new`), 'half a file');
  const store = await openLmdbStore(folder, NOW);
  t.strictSame(contents(store), kept);
  t.notOk(existsSync(join(folder, `${DATA_FILE}.new`)));
  await store.close();
});

t.test('ten thousand short calls leave nothing but the sessions, and the file stays small', async (t) => {
  const folder = t.testdir({});
  const store = await openLmdbStore(folder, NOW);
  const server = new DurableHub({ endedMs: 1_000, graceMs: 60_000, silentMs: 1e9 }, store);
  const pairs = Array.from({ length: 40 }, (_, index) => [
    server.connect(`caller-${index}`, 'phone'),
    server.connect(`callee-${index}`, 'phone'),
  ]);
  const sizes: number[] = [];
  for (let round = 0; round < 250; round++) {
    server.batch(() => {
      for (const [index, [caller, callee]] of pairs.entries()) {
        const call = `call-${round}-${index}`;
        caller?.command('invite', call, { to: `callee-${index}` });
        callee?.command('accept', call);
        caller?.command('hangup', call);
        for (const side of [caller, callee]) side?.ack();
        for (const side of [caller, callee]) server.told.get(side?.conn ?? '')?.splice(1);
      }
      server.pass(100);
    });
    if (round % 62 === 61) sizes.push(statSync(join(folder, DATA_FILE)).size);
  }
  t.equal(server.hub.census().liveCalls, 0);
  const kinds = (): Record<string, number> => {
    const count = { call: 0, session: 0, result: 0 };
    for (const { value } of store.load()) count[value.kind]++;
    return count;
  };
  t.ok((kinds()['call'] ?? 0) > 0, 'calls that just ended can still be read');
  server.pass(1_000);
  const results = 80 * LIMITS.commandResultsMax;
  t.strictSame(
    kinds(),
    { call: 0, session: 80, result: results },
    'then sessions are left, with as many answers as they remember',
  );
  t.comment(`bytes after each quarter of the calls: ${sizes.join(', ')}`);
  t.ok((sizes[3] ?? 0) <= 1.5 * (sizes[1] ?? 0), `the file does not grow with the calls: ${sizes.join(', ')}`);
  t.ok((sizes[3] ?? 0) < 16 * 2 ** 20, `and is small: ${sizes[3]}`);
  for (const { conn } of pairs.flat()) server.feed({ type: 'closed', conn });
  server.pass(60_000);
  t.strictSame(kinds(), { call: 0, session: 0, result: 0 }, 'and when the devices are gone, nothing');
  await store.close();
});
