import t from 'tap';
import { createOut, type Environment, type Stream } from '../../src/reporters/out.js';

const stream = (over: Partial<Stream> = {}): Stream => ({
  write: () => true,
  isTTY: true,
  columns: 100,
  getColorDepth: () => 8,
  ...over,
});
const colors = (env: Environment, over: Partial<Stream> = {}) => createOut(stream(over), env).colors;

t.test('colours', async (t) => {
  t.equal(colors({}), 2);
  t.equal(colors({}, { getColorDepth: () => 24 }), 3);
  t.equal(colors({}, { getColorDepth: () => 1 }), 0);
  t.equal(colors({ NO_COLOR: '1' }), 0);
  t.equal(colors({ NO_COLOR: '' }), 2, 'an empty NO_COLOR says nothing');
  t.equal(colors({ TERM: 'dumb' }), 0);
  t.equal(colors({}, { isTTY: false }), 0, 'a pipe');
  t.equal(colors({ FORCE_COLOR: '1', NO_COLOR: '1' }, { isTTY: false }), 1);
  t.equal(colors({ FORCE_COLOR: '' }, { isTTY: false }), 1);
  t.equal(colors({ FORCE_COLOR: '3' }), 3);
  t.equal(colors({ FORCE_COLOR: '0' }), 0);
});

t.test('terminal, columns and locale', async (t) => {
  t.equal(createOut(stream(), {}).isTTY, true);
  t.equal(createOut(stream(), { TERM: 'dumb' }).isTTY, false, 'a dumb terminal cannot redraw a line');
  t.equal(createOut({ write: () => true }, {}).isTTY, false);
  t.equal(createOut({ write: () => true }, {}).columns, 80);
  t.equal(createOut({ write: () => true }, { COLUMNS: '132' }).columns, 132);
  t.equal(createOut({ write: () => true }, { COLUMNS: 'x' }).columns, 80);
  let columns = 100;
  const resized = createOut({
    write: () => true,
    isTTY: true,
    get columns() {
      return columns;
    },
  });
  columns = 60;
  t.equal(resized.columns, 60);
  t.equal(createOut(stream(), { LANG: 'de_DE.UTF-8' }).unicode, true);
  t.equal(createOut(stream(), { LANG: 'de_DE.UTF-8', LC_ALL: 'C' }).unicode, false);
  t.equal(createOut(stream(), { LC_ALL: '', LC_CTYPE: 'C.utf8', LANG: 'C' }).unicode, true);
});
