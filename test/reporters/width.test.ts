import t from 'tap';
import { createRng } from '../../src/protocol/rng.js';
import { fit, isolated, textWidth, truncate, wrap } from '../../src/reporters/width.js';

t.test('widths', async (t) => {
  const cases: [string, number][] = [
    ['', 0],
    ['abc', 3],
    ['e\u0301', 1],
    ['مُتَّصِل', 4],
    ['通話', 4],
    ['한국', 4],
    ['😀', 2],
    ['👩‍👩‍👧', 2],
    ['☎️', 2],
    ['a\u200db', 2],
    ['\u2068ab\u2069', 2],
    ['✓ → …', 5],
  ];
  for (const [text, width] of cases) t.equal(textWidth(text), width, JSON.stringify(text));
});

t.test('fit fills and cuts to the column', async (t) => {
  t.equal(fit('abc', 5), 'abc  ');
  t.equal(fit('abc', 5, 'right'), '  abc');
  t.equal(fit('abcdef', 4), 'abc…');
  t.equal(fit('通話中', 4), '通… ', 'half of a wide character is not shown');
  t.equal(truncate('abc', 0), '');
  const rng = createRng('fit');
  const letters = ['a', ' ', '通', 'é', 'م', '\u064f', '😀', '👩‍👩‍👧', '✓'];
  for (let round = 0; round < 300; round++) {
    const text = Array.from({ length: rng.below(20) }, () => letters[rng.below(letters.length)]).join('');
    const width = 1 + rng.below(12);
    if (textWidth(fit(text, width)) !== width) t.fail(`${JSON.stringify(text)} in ${width}`);
    for (const line of wrap(text, width))
      if (textWidth(line) > Math.max(2, width)) t.fail(`${JSON.stringify(text)} wrapped to ${width}: ${line}`);
  }
});

t.test('wrap breaks between words and, where it has to, within', async (t) => {
  t.same(wrap('the quick brown fox', 9), ['the quick', 'brown fox']);
  t.same(wrap('abcdefghij', 4), ['abcd', 'efgh', 'ij']);
  t.same(wrap('one two three four', 8, 2), ['one two', 'three f…']);
  t.same(wrap('', 8), ['']);
  t.same(wrap('abcdefghij', 4, 1), ['abc…']);
});

t.test('only right-to-left names are isolated', async (t) => {
  t.equal(isolated('alice'), 'alice');
  t.equal(isolated('علي'), '\u2068علي\u2069');
});
