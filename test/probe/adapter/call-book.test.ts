import t from 'tap';
import { CallBook } from '../../../src/probe/adapter/call-book.js';
import { createRng } from '../../../src/protocol/rng.js';

const book = (): CallBook => new CallBook(createRng('book'), ['alice', 'bob', 'carol'], (user) => `${user}-7`);

t.test('a call has one name at both ends, whatever ids the target uses', async (t) => {
  const calls = book();
  const first = calls.begin('alice', 'bob');
  t.equal(calls.arriving('bob/phone', 'bob', first, 'alice'), first, "the caller's own id");
  const second = calls.begin('alice', 'bob');
  calls.named(second, '4711');
  t.equal(calls.arriving('bob/phone', 'bob', '4711', null), second, "the server's id");
  const third = calls.begin('carol', 'bob');
  t.equal(calls.arriving('bob/phone', 'bob', 'hop-2', 'carol'), third, 'another id on each hop: by who called whom');
  t.equal(calls.byWire('hop-2'), third, 'from then on known by it');
  t.equal(calls.arriving('bob/laptop', 'bob', null, 'carol'), third, 'no id at all, and a second device');
  const stray = calls.arriving('carol/phone', 'carol', null, null);
  t.notOk([first, second, third].includes(stray), 'one that nobody made');
  t.equal(calls.byWire('nothing'), null);
});

t.test('a call that is over is not what comes in next', async (t) => {
  const calls = book();
  const first = calls.begin('alice', 'bob');
  calls.over(first);
  const second = calls.begin('alice', 'bob');
  t.equal(calls.arriving('bob/phone', 'bob', null, 'alice'), second);
});

t.test('addresses: what the target says counts before what was thought', async (t) => {
  const calls = book();
  t.equal(calls.addressOf('bob'), 'bob-7');
  t.equal(calls.userAt('bob-7'), 'bob');
  calls.knownAs('bob', 'socket-1');
  t.strictSame([calls.addressOf('bob'), calls.userAt('socket-1'), calls.userAt('socket-2')], ['socket-1', 'bob', null]);
});

t.test('ids that start anew: what two calls have had proves nothing', async (t) => {
  const calls = book();
  const first = calls.begin('alice', 'bob');
  calls.named(first, '1');
  t.equal(calls.arriving('bob/phone', 'bob', '1', 'alice'), first);
  t.equal(calls.arriving('bob/phone', 'bob', '1', 'alice'), first, 'once more is the same call');
  calls.over(first);
  const second = calls.begin('alice', 'bob');
  t.equal(calls.arriving('bob/phone', 'bob', '1', 'alice'), second, 'the first is over, and one waits');
  calls.over(second);
  const third = calls.begin('alice', 'carol');
  calls.named(third, '1');
  t.equal(calls.arriving('carol/phone', 'carol', '1', 'alice'), third);
  t.equal(calls.arriving('bob/laptop', 'bob', '1', null), second, 'without a sender the latest that fits');
  const stray = calls.begin('alice', 'bob');
  calls.named(stray, 'only-this');
  t.equal(
    calls.arriving('carol/phone', 'carol', 'only-this', 'alice'),
    stray,
    'one that is unique counts at the wrong device too',
  );
});
