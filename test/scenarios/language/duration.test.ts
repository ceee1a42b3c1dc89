import t from 'tap';
import { formatDuration, parseDuration, parsePercent } from '../../../src/scenarios/language/duration.js';

t.test('durations are read into milliseconds', async (t) => {
  const good: [string, number][] = [
    ['250ms', 250],
    ['2s', 2_000],
    ['1.5s', 1_500],
    ['1.1s', 1_100],
    ['2m', 120_000],
    ['1h', 3_600_000],
    ['24h', 86_400_000],
    ['0s', 0],
    ['0.5ms', 0.5],
  ];
  for (const [text, ms] of good) t.same(parseDuration(text), { ok: true, value: ms }, text);
});

t.test('other texts are refused with what to write instead', async (t) => {
  const bad: [unknown, string, string][] = [
    [30, '"30" has no unit', 'did you mean "30s" or "30ms"?'],
    ['1.5', '"1.5" has no unit', 'did you mean "1.5s" or "1.5ms"?'],
    [-3, '"-3" is negative', 'a duration has a unit: 250ms, 2s, 1.5s, 2m or 1h'],
    ['-3s', '"-3s" is not a duration', 'a duration cannot be negative'],
    ['5 sec', '"5 sec" is not a duration', 'did you mean "5s"?'],
    ['5S', '"5S" is not a duration', 'did you mean "5s"?'],
    ['1m30s', '"1m30s" is not a duration', 'one number and one unit: did you mean "90s"?'],
    ['5constructor', '"5constructor" is not a duration', 'a duration has a unit: 250ms, 2s, 1.5s, 2m or 1h'],
    ['25h', '"25h" is too long', 'at most 24h'],
    ['1e3s', '"1e3s" is not a duration', 'a duration has a unit: 250ms, 2s, 1.5s, 2m or 1h'],
    [null, 'not a duration', 'a duration has a unit: 250ms, 2s, 1.5s, 2m or 1h'],
    ['', '"" is not a duration', 'a duration has a unit: 250ms, 2s, 1.5s, 2m or 1h'],
  ];
  for (const [text, message, hint] of bad) t.same(parseDuration(text), { ok: false, message, hint }, String(text));
  t.same(parseDuration('0s', 1), { ok: false, message: '"0s" is too short', hint: 'at least 1ms' });
});

t.test('what is written reads back', async (t) => {
  for (const ms of [0, 0.5, 1, 250, 1_000, 1_500, 1_234, 90_000, 120_000, 3_600_000, 86_400_000]) {
    t.same(parseDuration(formatDuration(ms)), { ok: true, value: ms }, formatDuration(ms));
  }
});

t.test('shares are percentages', async (t) => {
  t.same(parsePercent('20%'), { ok: true, value: 0.2 });
  t.same(parsePercent('0.1%'), { ok: true, value: 0.001 });
  t.same(parsePercent(0.2), { ok: false, message: '"0.2" has no unit', hint: 'did you mean "20%"?' });
  t.same(parsePercent('101%'), { ok: false, message: '"101%" is too much', hint: 'at most 100%' });
  t.match(parsePercent('a lot'), { ok: false, hint: 'write a percentage such as 20%' });
});
