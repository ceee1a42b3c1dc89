import t from 'tap';
import { diagnose } from '../../../src/judge/diagnose.js';
import { historyOf } from '../../../src/judge/history/history.js';
import { isOfRedial } from '../../../src/judge/history/redial.js';
import { rejudge } from '../../../src/scenarios/run/rejudge.js';
import type { TraceEvent } from '../../../src/trace/event.js';
import { unansweredCall } from '../../reporters/unanswered-call.js';
import { healthyCall } from '../../trace-builder.js';

t.test('a call belongs to the redial when it began after it; without a call what proves it decides', async (t) => {
  const history = historyOf(healthyCall());
  const mark = history.marks.find(({ name }) => name === 'redial');
  t.ok(mark !== undefined);
  const n = mark?.n ?? 0;
  t.notOk(isOfRedial(history, 'c1', [n + 1]));
  t.ok(isOfRedial(history, 'redial', []));
  t.ok(isOfRedial(history, null, [n + 1, n + 2]));
  t.notOk(isOfRedial(history, null, [n - 1, n + 2]));
  t.notOk(isOfRedial(history, null, []));
  t.notOk(isOfRedial(historyOf(unansweredCall().events.filter((event) => event.type !== 'mark')), null, [1]));
});

t.test('checks and causes say whether they are about the redial', async (t) => {
  const busy = healthyCall().map((event): TraceEvent => {
    return event.type === 'mark' && event.name === 'redialed' ? { ...event, ok: false, actual: 'refused: busy' } : event;
  });
  const checks = rejudge(busy, 'x', null)?.record.judgement.checks.filter(({ valid }) => valid === false) ?? [];
  t.match(checks, [{ name: 'no-ghosts', redial: true }]);
  const own = unansweredCall().events;
  const failed = rejudge(own, 'x', null)?.record.judgement.checks.filter(({ valid }) => valid === false) ?? [];
  t.ok(failed.length > 0 && failed.every(({ redial }) => redial === undefined));
  t.ok(diagnose(historyOf(own)).every(({ redial }) => redial === undefined));
});

t.test('the length of a scenario is the number of its steps and expectations', async (t) => {
  t.equal(rejudge(unansweredCall().events, 'x', null)?.record.judgement.steps, 2);
});
