import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { createReporters, REPORTERS } from '../../../src/reporters/index.js';
import type { ScenarioResult } from '../../../src/scenarios/run/result.js';
import type { TraceEvent } from '../../../src/trace/event.js';
import { encodeTrace } from '../../../src/trace/jsonl.js';
import { createPrivacy } from '../../../src/trace/redaction/privacy.js';
import { leaks } from '../../leaks.js';
import { brokenScenario, check, reportOf } from '../../report-builder.js';
import { FORMED, FORMLESS, partsOf } from '../../trace/redaction/secrets.js';
import { healthyCall } from '../../trace-builder.js';
import { fakeOut } from '../fake-out.js';

const [begin, ...rest] = healthyCall() as [TraceEvent, ...TraceEvent[]];

t.test('no reporter lets out what stands in results, evidence and ladders', async (t) => {
  const all = Object.values({ ...FORMED, ...FORMLESS });
  const dir = t.testdir();
  const privacy = createPrivacy();
  const base = brokenScenario();
  const path = join(dir, 'x.trace.jsonl');
  const stamp = { n: rest.length + 2, at: 150, wall: 9, node: 'alice/phone', cause: null, call: 'c1' };
  const raw = [begin, ...rest] as TraceEvent[];
  for (const [index, secret] of all.entries()) {
    const n = rest.length + 2 + 3 * index;
    raw.push(
      { ...stamp, n, type: 'violation', code: secret, message: `it said ${secret}` } as TraceEvent,
      {
        ...stamp,
        n: n + 1,
        type: 'conn',
        link: 'alice/phone.signaling',
        conn: 1,
        state: 'closed',
        code: 4000,
        reason: secret,
        error: secret,
        by: null,
      } as TraceEvent,
      {
        ...stamp,
        n: n + 2,
        type: 'wire',
        dir: 'in',
        link: 'alice/phone.signaling',
        conn: 1,
        kind: 'unmapped',
        seq: null,
        bytes: 1,
        digest: 'd',
        name: secret,
        frame: { type: secret, [secret]: secret, message: secret },
      } as TraceEvent,
    );
  }
  const evidence = [rest.length + 2];
  const result: ScenarioResult = {
    ...base,
    trace: path,
    why: all.join(' and '),
    checks: all.map((secret) => check({ valid: false, message: `saw ${secret}`, expected: secret, actual: secret, evidence })),
    diagnoses: all.map((secret) => ({
      ...base.diagnoses[0]!,
      ...{ summary: secret, lines: [`n=1 0.100 s alice/phone ${secret}`], ruledOutBy: secret },
    })),
    unmapped: Object.fromEntries(all.map((secret) => [secret, 1])),
    repetitions: base.repetitions.map((one) => ({
      ...one,
      ...{ trace: path, earlier: all.map((message, attempt) => ({ attempt, status: 'failed' as const, message })) },
    })),
  };
  const files = REPORTERS.filter(({ local }) => local !== true).map(({ name }) => name);
  const specs = files.map((name) => `${name}=${join(dir, name)}`);
  const set = createReporters(specs, { out: fakeOut(), now: () => 0, privacy });
  writeFileSync(path, encodeTrace(raw));
  await set.runEnd(reportOf([result]));
  t.same(
    set.faults().map(({ reporter, error }) => `${reporter}: ${String(error)}`),
    [],
  );
  for (const name of files) t.same(leaks(readFileSync(join(dir, name), 'utf8'), all.flatMap(partsOf)), [], name);
});
