/** What each fault makes of single messages on their way, by the filter at a device's transport. */
import t from 'tap';
import type { ParameterValues } from '../../../src/faults/fault.js';
import { MESSAGE_FAULTS } from '../../../src/faults/message/index.js';
import type { Message } from '../../../src/faults/message/message-fault.js';
import { rewritten } from '../../../src/faults/message/rewrite.js';
import { MessageFilter } from '../../../src/probe/links/message-filter.js';
import { createRng } from '../../../src/protocol/rng.js';

const message = (text: string, dir: Message['dir'] = 'in'): Message => ({
  ...{ dir, kind: 'event.connected', call: 'c', from: null, reason: null, text },
});

/** A filter in which the fault strikes the messages with this text. */
function filterWith(name: string, values: ParameterValues, text = 'x', isInOrder = false) {
  const kind = MESSAGE_FAULTS.find((one) => one.name === name);
  if (kind === undefined) throw new Error(`no fault ${name}`);
  const filter = new MessageFilter(isInOrder);
  const passed: string[] = [];
  const waiting = new Map<number, () => void>();
  const rng = createRng('filter');
  const take = filter.add({ judge: (one) => (one.text === text ? kind.strike(one, values, rng).verdict : null) });
  const pass = (one: string, dir?: Message['dir'], conn = 1): void =>
    filter.pass(message(one, dir), null, conn, (kept) => {
      passed.push(kept);
      waiting.get(passed.length)?.();
    });
  /** Resolves once so many have passed. */
  const count = (n: number): Promise<void> =>
    passed.length >= n ? Promise.resolve() : new Promise((resolve) => void waiting.set(n, resolve));
  return { filter, passed, pass, take, count };
}

t.test('a message that no fault means passes at once and unchanged', async (t) => {
  const filter = new MessageFilter();
  t.ok(filter.isIdle);
  const passed: string[] = [];
  filter.pass(message('{"a": 1 }'), null, 1, (text) => void passed.push(text));
  t.strictSame(passed, ['{"a": 1 }']);
  const { passed: others, pass } = filterWith('drop', {}, 'another');
  pass('x');
  t.strictSame(others, ['x']);
});

t.test('drop', async (t) => {
  const { passed, pass, take, filter } = filterWith('drop', {});
  for (const text of ['a', 'x', 'b']) pass(text);
  t.strictSame(passed, ['a', 'b']);
  take();
  take();
  t.ok(filter.isIdle);
  pass('x');
  t.strictSame(passed, ['a', 'b', 'x'], 'healed: all passes');
});

t.test('delay: those behind it do not wait', async (t) => {
  const { passed, pass, count } = filterWith('delay', { by: 5, jitter: 0 });
  for (const text of ['a', 'x', 'b']) pass(text);
  t.strictSame(passed, ['a', 'b']);
  await count(3);
  t.strictSame(passed, ['a', 'b', 'x']);
});

t.test('duplicate', async (t) => {
  const { passed, pass, count } = filterWith('duplicate', { copies: 2, apart: 1 });
  pass('x');
  pass('b');
  t.strictSame(passed, ['x', 'b']);
  await count(4);
  t.strictSame(passed, ['x', 'b', 'x', 'x']);
});

t.test('reorder: overtaken by so many of its own direction', async (t) => {
  const { passed, pass } = filterWith('reorder', { behind: 2, wait: 60_000 });
  pass('x');
  pass('up', 'out');
  pass('a');
  t.strictSame(passed, ['up', 'a']);
  pass('b');
  t.strictSame(passed, ['up', 'a', 'b', 'x']);
});

t.test('reorder: goes on alone when none comes', async (t) => {
  const { passed, pass, count } = filterWith('reorder', { behind: 2, wait: 2 });
  pass('x');
  t.strictSame(passed, []);
  await count(1);
});

t.test('hold: until it is let go', async (t) => {
  const { passed, pass, take } = filterWith('hold', {});
  for (const text of ['x', 'a', 'b', 'c']) pass(text);
  t.strictSame(passed, ['a', 'b', 'c']);
  take();
  t.strictSame(passed, ['a', 'b', 'c', 'x']);
});

t.test('a filter that was stopped delivers nothing more', async (t) => {
  const { passed, pass, filter } = filterWith('hold', {});
  pass('x');
  filter.stop();
  t.ok(filter.isIdle);
  t.strictSame(passed, []);
});

t.test('corrupt: never the same text, and no frame any more', async (t) => {
  const text = '{"type":"event","record":{"id":"c"}}';
  for (const how of ['bytes', 'truncate']) {
    const { passed, pass } = filterWith('corrupt', { how }, text);
    for (let times = 0; times < 50; times++) pass(text);
    t.equal(passed.length, 50);
    for (const damaged of passed) {
      t.not(damaged, text);
      t.throws(() => JSON.parse(damaged) as unknown, SyntaxError, damaged);
    }
    t.ok(new Set(passed).size > 5, 'not always in the same place');
  }
});

t.test('rewrite: fields by their path', async (t) => {
  const text = '{"record":{"id":"c","phase":"connected"},"n":1}';
  t.equal(rewritten(text, { 'record.id': 'other' }), '{"record":{"id":"other","phase":"connected"},"n":1}');
  t.equal(rewritten(text, { 'record.phase': null, n: null }), '{"record":{"id":"c"}}');
  t.equal(rewritten(text, { 'a.b': { c: [1] } }), '{"record":{"id":"c","phase":"connected"},"n":1,"a":{"b":{"c":[1]}}}');
  t.equal(rewritten('no json', { a: 1 }), 'no json');
  t.equal(rewritten('[1]', { a: 1 }), '[1]', 'a list has no fields by name');
  rewritten('{}', { '__proto__.polluted': true });
  t.equal(({} as { polluted?: boolean }).polluted, undefined);
});

t.test('the first rule that does not let a message pass decides', async (t) => {
  const filter = new MessageFilter();
  const asked: string[] = [];
  const rule = (name: string, drops: boolean) => ({
    judge: () => {
      asked.push(name);
      return drops ? ({ do: 'drop' } as const) : null;
    },
  });
  filter.add(rule('first', false));
  filter.add(rule('second', true));
  filter.add(rule('third', true));
  filter.pass(message('x'), null, 1, () => t.fail('dropped'));
  t.strictSame(asked, ['first', 'second']);
});

t.test('in order: those behind a late message wait, as on a connection', async (t) => {
  const { passed, pass, count, filter, take } = filterWith('delay', { by: 5, jitter: 0 }, 'x', true);
  for (const text of ['a', 'x', 'b']) pass(text);
  pass('up', 'out');
  pass('next', 'in', 2);
  t.strictSame(passed, ['a', 'up', 'next'], 'the other direction and the next connection do not wait');
  await count(5);
  t.strictSame(passed, ['a', 'up', 'next', 'x', 'b']);
  take();
  t.ok(filter.isIdle, 'nothing waits any more');

  const held = filterWith('hold', {}, 'x', true);
  for (const text of ['x', 'b']) held.pass(text);
  t.strictSame(held.passed, []);
  held.take();
  t.strictSame(held.passed, ['x', 'b'], 'released together, in their order');

  const copied = filterWith('duplicate', { copies: 1, apart: 5 }, 'x', true);
  for (const text of ['x', 'b']) copied.pass(text);
  t.strictSame(copied.passed, ['x', 'b'], 'a copy keeps nobody waiting');
  await copied.count(3);
  const moved = filterWith('reorder', { behind: 1, wait: 1_000 }, 'x', true);
  for (const text of ['x', 'b']) moved.pass(text);
  t.strictSame(moved.passed, ['b', 'x'], 'what is to be overtaken is');
});
