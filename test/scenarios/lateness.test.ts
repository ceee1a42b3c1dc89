/** What comes after its time is waited for as long as the event loop was late, and not at all when it was on time. */
import t from 'tap';
import { OVERLOAD_MS } from '../../src/judge/checkers/overload.js';
import { lateness } from '../../src/scenarios/run/lateness.js';
import { Watch } from '../../src/scenarios/run/watch.js';

const lagOf = (worstMs: number, lostMs = worstMs) => ({ worstMs, lostMs, stop: () => undefined });
const clockOf = (...readings: number[]) => ({ now: () => readings.shift() ?? 0, wall: () => 0 });

t.test('a loop that was on time leaves nothing to wait for', async (t) => {
  const asked: string[] = [];
  const isHeld = (): boolean => asked.push('asked') > 0;
  t.strictSame(await lateness({ watch: new Watch(), lag: lagOf(OVERLOAD_MS - 1), options: { clock: clockOf() } }, isHeld), {});
  t.strictSame(asked, []);
});

t.test('by how much it came late, or that it did not come', async (t) => {
  const watch = new Watch();
  let isHeld = false;
  const late = lateness({ watch, lag: lagOf(60_000), options: { clock: clockOf(1_000, 1_033) } }, () => isHeld);
  isHeld = true;
  watch.notify();
  t.strictSame(await late, { lateMs: 33 });
  t.strictSame(await lateness({ watch, lag: lagOf(60, 70), options: { clock: clockOf() } }, () => false), {});
  watch.abort({ status: 'interrupted', message: 'interrupted' });
  t.strictSame(
    await lateness({ watch, lag: lagOf(60_000), options: { clock: clockOf() } }, () => true),
    {},
    'a run that was cut',
  );
});
