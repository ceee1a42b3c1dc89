import t from 'tap';
import { ciAttributes } from '../../../src/reporters/otlp/ci.js';
import { otlpOf, otlpReporter } from '../../../src/reporters/otlp/otlp.js';
import { attributesOf, type Span, spanIdOf, traceIdOf, unixNano } from '../../../src/reporters/otlp/span.js';
import type { Diagnosis, ScenarioResult } from '../../../src/scenarios/run/result.js';
import type { TraceEvent } from '../../../src/trace/event.js';
import { brokenScenario, check, repetition, reportOf, scenario } from '../../report-builder.js';
import { healthyCall, TraceBuilder } from '../../trace-builder.js';
import { callTrace } from '../call-trace.js';
import { fakeOut } from '../fake-out.js';
import { otlpProblems } from './otlp-rules.js';

function exported(
  trace: readonly TraceEvent[],
  over: Partial<ScenarioResult> = {},
): { spans: readonly Span[]; request: unknown } {
  const result = scenario({ repetitions: [repetition({ status: over.status ?? 'passed', trace: 'x' })], trace: 'x', ...over });
  const chosen = [{ scenario: result, repetition: result.repetitions[0]!, trace }];
  const request = JSON.parse(JSON.stringify(otlpOf(reportOf([result]), { chosen, leftOut: 0 }, {}, 'on'))) as ReturnType<
    typeof otlpOf
  >;
  return { request, spans: request.resourceSpans[0]!.scopeSpans[0]!.spans };
}
const attributeOf = ({ attributes }: Span, key: string): unknown =>
  Object.values(attributes.find((one) => one.key === key)?.value ?? {})[0];

t.test('a trace for each call: a root, its sides, messages at both ends with a link', async (t) => {
  const { request, spans } = exported(healthyCall());
  t.same(otlpProblems(request), []);
  const roots = spans.filter(({ parentSpanId }) => parentSpanId === undefined);
  t.same(
    roots.map((root) => attributeOf(root, 'call_probe.call.id')),
    ['c1', 'redial'],
  );
  t.match(roots[0], { name: 'call', kind: 1, status: {} });
  const own = spans.filter(({ traceId }) => traceId === roots[0]!.traceId);
  const sides = own.filter(({ parentSpanId }) => parentSpanId === roots[0]!.spanId).map(({ name }) => name);
  t.same([...sides].sort(), ['alice/phone', 'bob/laptop', 'bob/phone', 'server']);
  const send = own.find(({ name }) => name === 'send command.accept')!;
  const receive = own.find(({ name }) => name === 'receive command.accept')!;
  t.match(send, { kind: 4 });
  t.match(receive, { kind: 5, links: [{ traceId: send.traceId, spanId: send.spanId }] });
  const slow = new TraceBuilder();
  const read = slow.command('alice/phone', 'invite', 'c1', null);
  slow.after(7).invites('c1', 'alice/phone', 'bob', read);
  const handling = exported(slow.events).spans.find(({ name }) => name === 'receive command.invite')!;
  t.equal(BigInt(handling.endTimeUnixNano) - BigInt(handling.startTimeUnixNano), 7_000_000n, 'it lasts until the last effect');
  t.same(
    spans.filter(({ status }) => status.code !== undefined),
    [],
    'nothing failed',
  );
  const points = own.find(({ name }) => name === 'alice/phone')!.events!.map(({ name }) => name);
  for (const name of ['user call', 'shows ringing', 'holds connected', 'media flowing']) t.ok(points.includes(name), name);
});

t.test('what failed is marked at the call, and at the hop of its diagnosis', async (t) => {
  const diagnosis: Diagnosis = { ...brokenScenario().diagnoses[0]!, code: 'not-forwarded', hop: 'server', call: 'c1' };
  const wrong = check({ valid: false, message: 'alice=ringing bob=connected in call c1', actual: 'alice=ringing bob=connected' });
  const named = exported(callTrace(true), { status: 'failed', diagnoses: [diagnosis], checks: [wrong] });
  t.same(otlpProblems(named.request), []);
  const failed = named.spans.filter(({ status }) => status.code === 2);
  t.same(
    failed.map(({ name }) => name),
    ['call', 'server'],
  );
  for (const span of failed) t.equal(attributeOf(span, 'error.type'), 'not-forwarded');
  t.same(
    named.spans.filter((span) => attributeOf(span, 'call_probe.message.lost') === true).map(({ name }) => name),
    ['send event.connected'],
  );

  const pair = exported(callTrace(true), { status: 'failed', checks: [wrong] });
  t.equal(attributeOf(pair.spans[0]!, 'error.type'), 'alice=ringing bob=connected');
  const other = exported(callTrace(true), {
    status: 'failed',
    checks: [check({ name: 'latency', valid: false, message: 'late' })],
  });
  t.equal(attributeOf(other.spans[0]!, 'error.type'), 'latency');
  const unknown = exported(callTrace(true), { status: 'unknown', checks: [{ ...wrong, valid: 'unknown' }] });
  t.same(
    unknown.spans.filter(({ status }) => status.code !== undefined),
    [],
    'unknown is no failure',
  );
});

t.test('a black box has no server and claims no loss', async (t) => {
  const { request, spans } = exported(healthyCall({ server: false }));
  t.same(otlpProblems(request), []);
  t.notOk(spans.some(({ name }) => name === 'server'));
  t.notOk(spans.some((span) => attributeOf(span, 'call_probe.message.lost') === true));
});

t.test('the same run has the same ids, another seed has others', async (t) => {
  const idsOf = (seed: string): string[] => {
    const result = scenario({ repetitions: [repetition({ trace: 'x' })] });
    const chosen = [{ scenario: result, repetition: result.repetitions[0]!, trace: callTrace() }];
    const report = reportOf([result], { seed });
    return otlpOf(report, { chosen, leftOut: 0 }, {}, 'on').resourceSpans[0]!.scopeSpans[0]!.spans.map(
      ({ traceId, spanId }) => traceId + spanId,
    );
  };
  t.same(idsOf('7'), idsOf('7'));
  t.notOk(idsOf('8').some((id) => idsOf('7').includes(id)));
  const taken = new Set<string>();
  t.not(spanIdOf('a', taken), spanIdOf('a', taken), 'never twice');
  t.match(traceIdOf('x'), /^[0-9a-f]{32}$/);
});

t.test('values as protobuf writes them', async (t) => {
  t.equal(unixNano(1_700_000_000_000.123), '1700000000000123000');
  t.equal(unixNano(-5), '0');
  t.same(attributesOf({ a: 1, b: 1.5, c: true, d: 'x', e: null, f: undefined, g: ['x', 2] }), [
    { key: 'a', value: { intValue: '1' } },
    { key: 'b', value: { doubleValue: 1.5 } },
    { key: 'c', value: { boolValue: true } },
    { key: 'd', value: { stringValue: 'x' } },
    { key: 'g', value: { arrayValue: { values: [{ stringValue: 'x' }, { intValue: '2' }] } } },
  ]);
});

t.test('one line, with where it ran, and text from outside stays a string', async (t) => {
  const out = fakeOut();
  const ci = ciAttributes({ GITHUB_ACTIONS: 'true', GITHUB_RUN_ID: '17', GITHUB_SHA: 'abc', GITHUB_TOKEN: 'secret', HOME: '/x' });
  t.same(ci, { 'cicd.pipeline.run.id': '17', 'vcs.ref.head.revision': 'abc' });
  t.same(ciAttributes({ GITHUB_RUN_ID: '17' }), {}, 'outside of CI nothing');
  t.match(ciAttributes({ GITLAB_CI: '1', CI_PIPELINE_ID: '3', CI_PROJECT_NAME: 'p' }), { 'cicd.pipeline.name': 'p' });
  const hostile = scenario({ name: '\u001b[2J"\n</script>', repetitions: [repetition({ trace: 'x' })] });
  const context = { now: () => 0, files: [], traceOf: () => callTrace(), redaction: 'on' as const, ci };
  otlpReporter.create(out, context).runEnd?.(reportOf([hostile], { defects: ['drop-answer'] }));
  t.equal(out.text().split('\n').length, 2);
  t.notMatch(out.text(), /\u001b/);
  const request: unknown = JSON.parse(out.text());
  t.same(otlpProblems(request), []);
  t.match(JSON.stringify(request), /"service\.name","value":\{"stringValue":"call-probe"\}.*"cicd\.pipeline\.run\.id"/);
});

t.test('the rules catch what breaks them', async (t) => {
  const span = exported(callTrace()).spans[0]!;
  const count = (...spans: object[]): number =>
    otlpProblems({ resourceSpans: [{ resource: { attributes: [] }, scopeSpans: [{ scope: { name: 'x' }, spans }] }] }).length;
  t.equal(count(span), 0);
  for (const over of [
    { traceId: '0'.repeat(32) },
    { spanId: 'ABCDEF0123456789' },
    { kind: 'SPAN_KIND_INTERNAL' },
    { startTimeUnixNano: 17 },
    { endTimeUnixNano: '1' },
    { attributes: [{ key: 'a', value: { intValue: 3 } }] },
    { links: [{ traceId: span.traceId, spanId: span.spanId }] },
    { status: { code: 'STATUS_CODE_ERROR' } },
    { motto: 'x' },
  ])
    t.ok(count({ ...span, ...over }) > 0, JSON.stringify(over));
  t.ok(count(span, span) > 0, 'an id twice');
  t.ok(count({ ...span, parentSpanId: '1'.repeat(16) }) > 0, 'no parent');
});
