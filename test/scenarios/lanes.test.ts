/** Work done some at a time. */
import t from 'tap';
import { inLanes } from '../../src/scenarios/run/lanes.js';

t.test('no more at a time than there are lanes, in order, and all', async (t) => {
  const begun: number[] = [];
  const waiting: (() => void)[] = [];
  const work = (item: number): Promise<void> => {
    begun.push(item);
    return new Promise((resolve) => waiting.push(resolve));
  };
  const all = inLanes([1, 2, 3, 4, 5], 2, new AbortController().signal, work);
  t.strictSame(begun, [1, 2]);
  for (let done = 0; done < 5; done++) {
    waiting.shift()?.();
    await new Promise(setImmediate);
  }
  await all;
  t.strictSame(begun, [1, 2, 3, 4, 5]);
});

t.test('nothing new is begun after an abort, and an error ends it', async (t) => {
  const controller = new AbortController();
  const begun: number[] = [];
  await inLanes([1, 2, 3], 1, controller.signal, async (item) => {
    begun.push(item);
    controller.abort();
  });
  t.strictSame(begun, [1]);
  const broken = inLanes([1, 2], 1, new AbortController().signal, async () => {
    throw new Error('no');
  });
  await t.rejects(broken, { message: 'no' });
  const items: number[] = [];
  let finish: () => void = () => undefined;
  let isOver = false;
  const other = new Promise<void>((resolve) => {
    finish = resolve;
  });
  const halves = inLanes([1, 2, 3, 4], 2, new AbortController().signal, async (item) => {
    items.push(item);
    if (item === 1) throw new Error('one');
    await other;
  }).finally(() => {
    isOver = true;
  });
  await new Promise(setImmediate);
  t.notOk(isOver, 'what is under way comes to its end');
  finish();
  await t.rejects(halves, { message: 'one' });
  t.strictSame(items, [1, 2], 'and nothing else is begun');
  await inLanes([], 3, new AbortController().signal, async () => {
    t.fail('nothing to do');
  });
});
