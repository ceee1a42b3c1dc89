import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { createReporters, REPORTERS } from '../../../src/reporters/index.js';
import type { ScenarioResult } from '../../../src/scenarios/run/result.js';
import type { TraceEvent } from '../../../src/trace/event.js';
import { type FieldsOf, label } from '../../../src/trace/field.js';
import { ALL_FIELDS } from '../../../src/trace/fields.js';
import { encodeTrace } from '../../../src/trace/jsonl.js';
import { redactEvent, traceText } from '../../../src/trace/redact-trace.js';
import { createNames } from '../../../src/trace/redaction/names.js';
import { createPrivacy } from '../../../src/trace/redaction/privacy.js';
import { leaks } from '../../leaks.js';
import { brokenScenario, check, reportOf } from '../../report-builder.js';
import { fakeOut } from '../../reporters/fake-out.js';
import { healthyCall } from '../../trace-builder.js';
import { FORMED, FORMLESS, partsOf } from './secrets.js';

/** What whoever runs the probe wrote: what has a form of its own goes, any other word is theirs to publish. */
const OWN = new Set(['devices', 'scenario', 'file', 'seed', 'versions', 'target', 'replay']);

/** Names that stand inside fields, so that a secret gets to every place that there is. */
const INNER =
  'user device id call phase caller callee endedBy reason name what digest dir kind limits states media link node message error token sdp candidate username address data t';

const ATTRIBUTES =
  'mid group rtpmap fmtp rtcp-fb extmap ice-options setup ptime msid ssrc ssrc-group rtcp candidate ice-ufrag ice-pwd fingerprint crypto x-y'.split(
    ' ',
  );

/** A secret as the value of a field, whatever its type: a file may come from anywhere. */
function placesOf(secret: string): unknown[] {
  const inner = Object.fromEntries(INNER.split(' ').map((name) => [name, secret]));
  const deep = { ...inner, caller: inner, callee: inner, [secret]: secret, more: [inner] };
  const lines = ATTRIBUTES.map((name) => `a=${name}:${secret}\r\na=${name}:1 ${secret}/8000 ${secret}=${secret}`);
  const sdp = ['v=0', `m=${secret} 9 RTP/AVP 0`, `m=audio 9 RTP/AVP ${secret}`, `s=${secret}`, ...lines, `a=${secret}`].join(
    '\r\n',
  );
  const candidate = `candidate:${secret} 1 udp 1 ${secret} 9 typ host ufrag ${secret} ${secret} ${secret}`;
  return [secret, `user ${secret} is not here`, { ...deep, list: [secret, deep, { sdp, candidate, any: sdp, line: candidate }] }];
}

const [begin, ...rest] = healthyCall() as [TraceEvent, ...TraceEvent[]];

/** A trace with an event of this type that holds nothing but a secret in one of its fields. */
function traceWith(type: string, field: string, value: unknown, phase: string | undefined): TraceEvent[] {
  const stamp = { n: 2, at: 9, wall: 9, node: 'alice/phone', cause: null };
  if (phase === 'begin') return [{ ...begin, [field]: value } as TraceEvent];
  return [begin, { ...stamp, type, phase, [field]: value } as TraceEvent];
}

for (const [what, secret] of Object.entries({ ...FORMED, ...FORMLESS })) {
  t.test(`${what}: no field of a trace lets it out`, async (t) => {
    for (const [index, [type, { whole }]] of ALL_FIELDS.entries()) {
      const phase = type === 'run' ? (index === 0 ? 'begin' : 'end') : undefined;
      for (const field of Object.keys(whole)) {
        if (field === 'type' || field === 'phase') continue;
        if (OWN.has(field) && what in FORMLESS && type === 'run') continue;
        for (const value of placesOf(secret)) {
          const trace = traceWith(type, field, value, phase);
          const text = traceText(trace, { redaction: 'on', names: createNames() });
          const live = encodeTrace(trace.slice(-1).map((event) => redactEvent(event, createNames())));
          const found = leaks(text + live, partsOf(secret));
          if (found.length > 0) t.fail(`${type}.${field} of ${JSON.stringify(value).slice(0, 60)} lets out ${found.join(', ')}`);
        }
      }
    }
    t.pass();
  });
}

t.test('a field of the union without a row does not compile', async (t) => {
  // @ts-expect-error: `b` has none
  const rows: FieldsOf<{ readonly a: string; readonly b?: string }> = { a: label };
  t.ok(rows);
});

t.test('a field that nobody listed is left out', async (t) => {
  for (const [index, [type]] of ALL_FIELDS.entries()) {
    const trace = traceWith(type, 'fresh', 'gremblehost17', type === 'run' ? (index === 0 ? 'begin' : 'end') : undefined);
    t.notMatch(traceText(trace, { redaction: 'on', names: createNames() }), /gremblehost17|fresh/, type);
  }
});

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
