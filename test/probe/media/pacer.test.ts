import t from 'tap';
import { createPacer } from '../../../src/probe/media/pacer.js';

t.test('beats come every 20 ms of the clock, and what a held-up process missed is not made up for', async (t) => {
  let now = 0;
  const pacer = createPacer({ now: () => now, wall: () => 0 });
  const beats: number[] = [];
  await new Promise<void>((resolve) => {
    const remove = pacer.add((beat) => {
      beats.push(beat);
      if (beat === 0) now = 45;
      else if (beat === 2) now = 2_000;
      else if (beat === 100) {
        remove();
        resolve();
      }
    });
  });
  t.same(beats, [0, 1, 2, 96, 97, 98, 99, 100], 'two late beats are sent at once, of 97 only the last five');
});

t.test('a sender that was removed hears nothing', async (t) => {
  const pacer = createPacer({ now: () => 0, wall: () => 0 });
  const beats: string[] = [];
  const removeA = pacer.add(() => beats.push('a'));
  await new Promise<void>((resolve) => {
    const removeB = pacer.add(() => {
      beats.push('b');
      removeB();
      resolve();
    });
    removeA();
  });
  t.same(beats, ['b']);
});
