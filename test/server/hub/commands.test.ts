/** What the hub does with commands, signals and receipts, fed by hand: who may, what comes back, and to whom it goes. */
import t from 'tap';
import { LIMITS, WAITS } from '../../../src/protocol/limits.js';
import { Bench, connectedBench } from './bench.js';

const phone = (user: string) => ({ user, device: 'phone' });
const offer = { type: 'signal', kind: 'description', data: { type: 'offer', sdp: 'v=0' } } as const;

t.test('an invitation: the result to the caller, the record to both', async (t) => {
  const bench = new Bench();
  for (const user of ['alice', 'bob', 'carol']) bench.join(user);
  const result = bench.command('alice', 'invite', 'c-1', 'bob', 'm-1');
  t.match(result, { ok: true, refused: null, record: { id: 'c-1', version: 1, phase: 'inviting', invitedAt: bench.now } });
  for (const user of ['alice', 'bob']) {
    t.match(bench.sent(user, 'event'), [
      { record: result.record, cause: { move: 'invite', by: phone('alice'), command: 'm-1' } },
    ]);
  }
  t.strictSame(bench.sent('carol', 'event'), [], 'nobody else hears of it');
});

t.test('a repeated command gets the same result and has no second effect', async (t) => {
  const bench = connectedBench();
  const { version } = bench.record('c-1')!;
  for (const [op, id] of [
    ['hangup', 'h-1'],
    ['hangup', 'h-1'],
    ['hangup', 'h-1'],
  ] as const) {
    bench.command('alice', op, 'c-1', undefined, id);
  }
  const results = bench.sent('alice', 'result').filter(({ id }) => id === 'h-1');
  t.equal(results.length, 3);
  for (const { seq: _, ack: __, ...same } of results) {
    const { seq: ___, ack: ____, ...first } = results[0]!;
    t.strictSame(same, first);
  }
  t.equal(bench.record('c-1')?.version, version + 1);
  t.equal(bench.sent('bob', 'event').filter(({ record }) => record.phase === 'ended').length, 1);
});

t.test('a repeated refusal stays a refusal, even when the command would be legal by now', async (t) => {
  const bench = new Bench();
  for (const user of ['alice', 'bob']) bench.join(user);
  bench.command('alice', 'invite', 'c-1', 'bob');
  t.match(bench.command('alice', 'hangup', 'c-1', undefined, 'h-1'), { ok: false, refused: 'not-connected' });
  bench.command('bob', 'accept', 'c-1');
  t.match(bench.command('alice', 'hangup', 'c-1', undefined, 'h-1'), { ok: false, refused: 'not-connected' });
  t.equal(bench.record('c-1')?.phase, 'connected');
});

t.test('the same invitation under another command id is no second call', async (t) => {
  const bench = connectedBench();
  t.match(bench.command('alice', 'invite', 'c-1', 'bob'), { ok: true, record: { version: 3, phase: 'connected' } });
  t.equal(bench.hub.census().liveCalls, 1);
});

t.test('only the latest results are remembered', async (t) => {
  const bench = connectedBench();
  bench.command('alice', 'cancel', 'c-1', undefined, 'first');
  for (let count = 0; count < LIMITS.commandResultsMax; count++) bench.command('alice', 'cancel', 'c-1');
  bench.command('alice', 'hangup', 'c-1', undefined, 'first');
  t.equal(bench.record('c-1')?.phase, 'ended', 'the oldest id is free again');
});

t.test('invitations that are refused say why, with the record only where it is the own', async (t) => {
  const bench = new Bench();
  for (const user of ['alice', 'bob', 'carol']) bench.join(user);
  t.match(bench.command('alice', 'invite', 'c-0', 'alice'), { refused: 'self-call', record: null });
  t.match(bench.command('alice', 'invite', 'c-0'), { refused: 'self-call', record: null }, 'a call to nobody');
  bench.command('alice', 'invite', 'c-1', 'bob');
  t.match(bench.command('carol', 'invite', 'c-1', 'bob'), { refused: 'call-id-taken', record: null });
  t.match(bench.command('bob', 'invite', 'c-1', 'alice'), { refused: 'call-id-taken', record: null }, 'glare with the same id');
  t.match(bench.command('alice', 'invite', 'c-1', 'carol'), { refused: 'call-id-taken' }, 'the same id for someone else');
  t.match(bench.command('alice', 'invite', 'c-2', 'carol'), { refused: 'own-line-busy', record: { id: 'c-1' } });
  t.match(bench.command('bob', 'invite', 'c-2', 'carol'), { refused: 'own-line-busy', record: { id: 'c-1' } }, 'while it rings');
  bench.command('bob', 'accept', 'c-1');
  t.match(
    bench.command('bob', 'invite', 'c-2', 'alice'),
    { refused: 'own-line-busy', record: { id: 'c-1' } },
    'no glare any more',
  );
  t.strictSame(bench.hub.busyUsers(), ['alice', 'bob']);
});

t.test('commands of strangers and for unknown calls are refused and tell nothing', async (t) => {
  const bench = connectedBench();
  bench.join('carol');
  const before = bench.record('c-1');
  for (const op of ['ring', 'accept', 'reject', 'cancel', 'hangup'] as const) {
    t.match(bench.command('carol', op, 'c-1'), { ok: false, refused: 'not-a-participant', record: null }, op);
    t.match(bench.command('carol', op, 'c-9'), { ok: false, refused: 'unknown-call', record: null }, op);
  }
  t.strictSame(bench.record('c-1'), before);
  t.strictSame(bench.sent('carol', 'event'), []);
});

t.test('a refusal carries the record, so that it synchronises', async (t) => {
  const bench = connectedBench();
  t.match(bench.command('alice', 'cancel', 'c-1'), { refused: 'already-connected', record: { version: 3, phase: 'connected' } });
  bench.join('tab', 'bob', 'tab');
  t.match(bench.command('tab', 'accept', 'c-1'), { refused: 'answered-elsewhere', record: { callee: phone('bob') } });
});

t.test('signals go to the other of the two devices that talk, and nowhere else', async (t) => {
  const bench = connectedBench();
  bench.join('tab', 'bob', 'tab');
  bench.join('carol');
  bench.say('alice', { ...offer, call: 'c-1' });
  t.match(bench.sent('bob', 'signal'), [{ from: phone('alice'), call: 'c-1', data: offer.data }]);
  bench.say('bob', { ...offer, call: 'c-1' });
  t.match(bench.sent('alice', 'signal'), [{ from: phone('bob') }]);
  for (const conn of ['tab', 'carol']) bench.say(conn, { ...offer, call: 'c-1' });
  bench.say('alice', { ...offer, call: 'c-9' });
  t.equal(bench.effects.filter(({ type }) => type === 'stray').length, 3, 'a sibling, a stranger, an unknown call');
  t.equal(bench.sent('alice', 'signal').length + bench.sent('bob', 'signal').length, 2);
  t.strictSame(bench.sent('tab', 'signal'), []);
});

t.test('a signal before the answer and after the end is stray', async (t) => {
  const bench = new Bench();
  for (const user of ['alice', 'bob']) bench.join(user);
  bench.command('alice', 'invite', 'c-1', 'bob');
  bench.say('alice', { ...offer, call: 'c-1' });
  bench.command('bob', 'ring', 'c-1');
  bench.say('bob', { ...offer, call: 'c-1' });
  bench.command('bob', 'accept', 'c-1');
  bench.command('bob', 'hangup', 'c-1');
  bench.say('alice', { ...offer, call: 'c-1' });
  t.match(
    bench.effects.flatMap((effect) => (effect.type === 'stray' ? [effect.message] : [])),
    [/while inviting/, /while ringing/, /while ended/],
  );
  t.strictSame([...bench.sent('alice', 'signal'), ...bench.sent('bob', 'signal')], []);
});

t.test('a receipt is told to the device whose command made that version', async (t) => {
  const bench = connectedBench();
  for (const version of [1, 2, 3]) bench.say('bob', { type: 'receipt', call: 'c-1', version });
  for (const version of [1, 2, 3]) bench.say('alice', { type: 'receipt', call: 'c-1', version });
  t.match(bench.sent('alice', 'receipt'), [{ call: 'c-1', version: 1, device: phone('bob') }]);
  t.match(bench.sent('bob', 'receipt'), [
    { version: 2, device: phone('alice') },
    { version: 3, device: phone('alice') },
  ]);
  t.equal(bench.effects.filter(({ type }) => type === 'applied').length, 6);
  bench.join('carol');
  bench.say('carol', { type: 'receipt', call: 'c-1', version: 3 });
  t.equal(bench.effects.filter(({ type }) => type === 'applied').length, 6, 'not of a stranger');
  bench.run(1_000);
  bench.command('alice', 'hangup', 'c-1');
  t.equal(bench.sent('carol', 'receipt').length, 0);
});

t.test('a welcome lists the live call first, then the latest, and not without end', async (t) => {
  const bench = new Bench();
  for (const user of ['alice', 'bob']) bench.join(user);
  for (let count = 1; count <= LIMITS.welcomeCallsMax + 8; count++) {
    bench.run(10);
    bench.command('alice', 'invite', `c-${count}`, 'bob');
    bench.command('alice', 'cancel', `c-${count}`);
  }
  bench.run(10);
  bench.command('alice', 'invite', 'live', 'bob');
  bench.command('bob', 'accept', 'live');
  bench.run(10);
  bench.join('carol');
  bench.command('carol', 'invite', 'late', 'bob');
  const { calls, time } = bench.join('tab', 'bob', 'tab');
  t.equal(time, bench.now);
  t.equal(calls.length, LIMITS.welcomeCallsMax);
  const ids = calls.map(({ id }) => id);
  t.strictSame(ids.slice(0, 3), ['live', 'late', `c-${LIMITS.welcomeCallsMax + 8}`]);
});

t.test('a call that is up has no limit: only the silence of its clients is left to wait for', async (t) => {
  const bench = connectedBench({ ringMs: 5_000, inviteMs: 3_000 });
  for (const conn of ['alice', 'bob']) bench.put({ type: 'frame', conn, frame: { type: 'ack', ack: 100 } });
  t.equal(bench.hub.deadline(), bench.now + WAITS.silentMs);
});
