import t from 'tap';
import { bareMs, clock, duration, percentileCell, printable, printableLines, timingCell } from '../../src/reporters/format.js';
import { timing } from '../report-builder.js';

t.test('durations change their unit without a seam', async (t) => {
  const cases: [number | null, string][] = [
    [null, '-'],
    [0, '0 ms'],
    [0.42, '0.4 ms'],
    [9.94, '9.9 ms'],
    [9.96, '10 ms'],
    [34.4, '34 ms'],
    [999.4, '999 ms'],
    [999.6, '1.00 s'],
    [1280, '1.28 s'],
    [9_996, '10.0 s'],
    [12_345, '12.3 s'],
    [59_949, '59.9 s'],
    [59_960, '1 min 00 s'],
    [125_000, '2 min 05 s'],
    [-34, '-34 ms'],
    [Number.NaN, '-'],
  ];
  for (const [ms, text] of cases) t.equal(duration(ms), text);
  t.equal(bareMs(12_300), '12.3s');
  t.equal(bareMs(1280.4), '1280');
  t.equal(clock(7_999), '00:07');
  t.equal(clock(3_723_000), '1:02:03');
});

t.test('what never happened is slower than all that did', async (t) => {
  const hanging = timing([3, 4, 5, null]);
  t.equal(percentileCell(hanging, 'p50'), '4');
  t.equal(percentileCell(hanging, 'max'), 'never');
  t.equal(percentileCell({ ...hanging, max: 5 }, 'max'), 'never', 'even where a summary names the slowest of the survivors');
  t.equal(timingCell(hanging, ['p50', 'max']), '4/never');
  t.equal(timingCell(timing([null, null]), ['p50', 'max']), 'never');
  t.equal(timingCell(timing([7]), ['p50', 'max']), '7');
  t.equal(timingCell(timing([]), ['p50', 'max']), '');
  t.equal(timingCell(undefined, ['p50']), '');
});

t.test('no text can steer the terminal', async (t) => {
  t.equal(printable('a\u001b[2Jb\u0007\u009b31m'), 'a\\x1b[2Jb\\x07\\x9b31m');
  t.equal(printable('one\r\ntwo\tthree'), 'one two three');
  t.equal(printable('x\u202ey\u2066\u2028\ufeff\ue000'), 'x\\u202ey\\u2066\\u2028\\ufeff\\ue000');
  t.equal(printable('lone \ud800 pair 😀 tag \u{e0041}'), 'lone \\ud800 pair 😀 tag \\ue0041');
  t.equal(printable('مُتَّصِل 通話'), 'مُتَّصِل 通話', 'letters and marks stay');
  for (let code = 0; code < 0x3000; code++) {
    const shown = printable(String.fromCharCode(code));
    if (/[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/.test(shown)) t.fail(`U+${code.toString(16)} passes`);
  }
  t.same(printableLines('one\n\n two \r\u001b'), ['one', ' two', '\\x1b']);
});
