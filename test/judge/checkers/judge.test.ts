import t from 'tap';
import type { Checker } from '../../../src/judge/checkers/checker.js';
import { CHECKERS, judge } from '../../../src/judge/checkers/index.js';
import { historyOf } from '../../../src/judge/history/history.js';
import { healthyCall } from '../../trace-builder.js';

t.test('a healthy call holds in every respect, with and without sight of the server', async (t) => {
  for (const server of [true, false]) {
    for (const { name, result } of judge(historyOf(healthyCall({ server })), {})) {
      t.strictSame(result, { valid: true, findings: [] }, `${name}, server ${server ? 'visible' : 'invisible'}`);
    }
  }
});

t.test('nothing seen is unknown to every checker, never true', async (t) => {
  for (const trace of [[], healthyCall().slice(1)]) {
    const judged = judge(historyOf(trace), {});
    t.equal(judged.length, CHECKERS.length);
    for (const { name, result } of judged) {
      t.equal(result.valid, 'unknown', name);
      t.equal(result.findings.length, 1, 'with the reason');
    }
  }
});

t.test('a checker that throws is unknown with its error, and does not silence the others', async (t) => {
  const broken: Checker = {
    name: 'broken',
    doc: 'throws',
    check() {
      throw new TypeError('no such thing');
    },
  };
  const judged = judge(historyOf(healthyCall()), {}, [broken, ...CHECKERS]);
  t.equal(judged[0]?.result.valid, 'unknown');
  t.match(judged[0]?.result.findings[0]?.message, /broken failed.*TypeError: no such thing/);
  t.ok(judged.slice(1).every(({ result }) => result.valid === true));
});

t.test('a run that is cut anywhere is never blamed on the target', async (t) => {
  for (const server of [true, false]) {
    const trace = healthyCall({ server });
    const blamed = trace.flatMap((_, i) =>
      judge(historyOf(trace.slice(0, i)), {}).filter(({ result }) => result.valid === false),
    );
    t.strictSame(blamed, []);
  }
});

t.test('judging leaves the trace alone', async (t) => {
  const trace = healthyCall();
  const copy = structuredClone(trace);
  judge(historyOf(trace), {});
  t.strictSame(trace, copy);
});

t.test('names are unique', async (t) => {
  t.equal(new Set(CHECKERS.map(({ name }) => name)).size, CHECKERS.length);
});
