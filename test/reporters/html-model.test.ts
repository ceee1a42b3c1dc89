import { runInNewContext } from 'node:vm';
import t from 'tap';
import type { MediaStats } from '../../src/protocol/media.js';
import { packed, scriptJson } from '../../src/reporters/html/embed.js';
import { choicesOf, inReadingOrder, matcher, NO_FILTER, troublesOf } from '../../src/reporters/html/filter.js';
import { type HtmlContext, modelOf, REPORT_LIMITS, type ReportLimits } from '../../src/reporters/html/model.js';
import type { EmbeddedTrace, PageReport } from '../../src/reporters/html/page-data.js';
import { fragmentOf, routeOf } from '../../src/reporters/html/route.js';
import { mediaOf, timersOf } from '../../src/reporters/html/series.js';
import { renderHtml } from '../../src/reporters/html.js';
import type { RunReport, Status } from '../../src/scenarios/run/result.js';
import type { TraceEvent } from '../../src/trace/event.js';
import { repetition, reportOf, scenario } from '../report-builder.js';
import { callTrace, traceOf } from './call-trace.js';
import { CAUSE, LOST, LOST_N, mixedHtml, mixedReport, packedTexts, tracesOf, unpacked } from './html-report.js';

function model(report: RunReport, limits: Partial<ReportLimits> = {}, context: Partial<HtmlContext> = {}) {
  return modelOf(report, { traceOf: tracesOf, ...context }, { ...REPORT_LIMITS, ...limits });
}

t.test('the page gets verdicts, checks, causes with their repetition, and the traces packed', async (t) => {
  const { page, traces } = model(mixedReport(), {}, { redaction: 'off', notes: ['a note'] });
  t.match(page, { redaction: 'off', notes: ['a note'], summary: { failed: 1, passed: 2, skipped: 1 } });
  const broken = page.scenarios[2];
  t.match(broken, { status: 'failed', shown: 3, held: ['legal-moves'] });
  t.strictSame(
    broken?.repetitions.slice(0, 4).map(({ repetition, status }) => [repetition, status]),
    [
      [3, 'failed'],
      [9, 'failed'],
      [14, 'failed'],
      [1, 'passed'],
    ],
  );
  t.match(broken?.diagnoses, [{ code: CAUSE.code, repetition: 3 }]);
  t.ok(broken?.checks.every(({ valid }) => valid !== undefined && valid !== (true as unknown)));
  const embedded = broken?.repetitions[0]?.embedded ?? -1;
  const trace = unpacked(traces[embedded] ?? '') as EmbeddedTrace;
  t.strictSame(trace.events, JSON.parse(JSON.stringify(LOST)));
  t.match(trace, { total: LOST.length, facts: { divergence: { n: LOST_N } } });
  t.match(page.scenarios[3], { repetitions: [], shown: null });
});

t.test('a trace that is not there is named, and hurts nobody', async (t) => {
  const report = reportOf([scenario({ repetitions: [repetition(), repetition({ repetition: 2, trace: null })] })]);
  const { page, traces } = model(report, {}, { traceOf: () => null });
  t.strictSame(traces, []);
  t.match(page.scenarios[0]?.repetitions, [
    { embedded: null, without: /could not be read/ },
    { embedded: null, without: /no trace of it was written/ },
  ]);
});

function bigReport(failed: number, passed: number): RunReport {
  const repetitions = Array.from({ length: failed + passed }, (_, index) => {
    const status: Status =
      index % Math.ceil((failed + passed) / Math.max(1, failed)) === 0 &&
      index / Math.ceil((failed + passed) / Math.max(1, failed)) < failed
        ? 'failed'
        : 'passed';
    return repetition({ repetition: index + 1, status, trace: `t/${index + 1}.trace.jsonl` });
  });
  return reportOf([
    scenario({ status: failed > 0 ? 'failed' : 'passed', repetitions, trace: 't/1.trace.jsonl' }),
    scenario({ name: 'another', trace: 't/1.trace.jsonl', repetitions: [repetition({ trace: 't/1.trace.jsonl' })] }),
  ]);
}

t.test('a larger run keeps all failures and a sample of the rest, and says so', async (t) => {
  const { page } = model(bigReport(40, 400), { passedMax: 25 });
  const [first, second] = page.scenarios;
  const count = (status: Status): number => first?.repetitions.filter((one) => one.status === status).length ?? 0;
  t.equal(count('failed'), 40);
  t.equal(count('passed'), 24, 'the other scenario has the first place that was left');
  t.equal(second?.repetitions.length, 1);
  t.equal(first?.passedLeftOut, 376);
  t.match(page.notes, [/^Showing 25 of 401 passed repetitions, and all 40 that did not pass\.$/]);
  const numbers = first?.repetitions.filter(({ status }) => status === 'passed').map((one) => one.repetition) ?? [];
  t.ok(Math.max(...numbers) > 300 && Math.min(...numbers) < 20, 'spread over the run');
});

t.test('traces have a bound in size, and failures come first', async (t) => {
  const one = packed(unpacked(model(bigReport(1, 0)).traces[0] ?? '')).length;
  const { page, traces } = model(bigReport(5, 20), { tracesCharsMax: one * 7 });
  t.ok(traces.reduce((sum, text) => sum + text.length, 0) <= one * 7);
  const repetitions = page.scenarios.flatMap((result) => result.repetitions);
  t.ok(repetitions.filter(({ status }) => status === 'failed').every(({ embedded }) => embedded !== null));
  t.ok(repetitions.some(({ embedded, without }) => embedded === null && /no room/.test(without ?? '')));
  t.match(page.notes.join(' '), /without a ladder/);
});

t.test('a long trace is cut to the events around what matters, a long frame to its beginning', async (t) => {
  const tail = Array.from({ length: 500 }, (_, index): TraceEvent => {
    const n = LOST.length + index + 1;
    return {
      n,
      at: 3_000 + index,
      wall: 0,
      node: 'alice/phone',
      cause: null,
      type: 'log',
      level: 'info',
      message: 'later',
      data: { long: 'x'.repeat(500) },
    };
  });
  const report = reportOf([scenario({ repetitions: [repetition({ status: 'failed' })] })]);
  const { page, traces } = model(report, { eventsMax: 80, frameCharsMax: 100 }, { traceOf: () => [...LOST, ...tail] });
  const trace = unpacked(traces[0] ?? '') as EmbeddedTrace;
  t.equal(trace.events.length, 80);
  t.equal(trace.total, LOST.length + 500);
  t.ok(trace.events.some(({ n }) => n === LOST_N));
  t.match(page.notes, [/1 long trace .* 80 events/]);
  const log = trace.events.find(({ type }) => type === 'log');
  t.match(log, { data: { cut: /characters/ } });
});

t.test('checks have a bound, and what is missing is counted', async (t) => {
  const { page } = model(mixedReport(), { checksMax: 2 });
  t.equal(page.scenarios.flatMap(({ checks }) => checks).length, 2);
  t.match(page.notes, [/further checks are only in the JSON report/]);
});

t.test('embedded JSON holds no markup and reads as it was, whatever it says', async (t) => {
  const evil = {
    '</script>': ['<!--', ']]>', '<script>', '\u2028\u2029\u202e\ufeff', '&amp;', '"\'`', '\u0000\u0007\u009b', '\ud800'],
  };
  const text = scriptJson(evil);
  t.notMatch(text, /[<>&\u2028\u2029\u202e\ufeff\u0000-\u001f]/);
  t.strictSame(JSON.parse(text), evil);
  t.strictSame(JSON.stringify(runInNewContext(`(${text})`)), JSON.stringify(evil), 'as JavaScript too');
  t.strictSame(JSON.stringify(unpacked(packed(evil))), JSON.stringify(evil));
});

t.test('the document: a policy that lets nothing in, one script, and a table for who runs none', async (t) => {
  const html = mixedHtml();
  const policy = /http-equiv="Content-Security-Policy" content="([^"]+)"/.exec(html)?.[1] ?? '';
  for (const part of [
    "default-src 'none'",
    "script-src 'sha256-",
    "style-src 'sha256-",
    "form-action 'none'",
    "base-uri 'none'",
    "require-trusted-types-for 'script'",
  ])
    t.ok(policy.includes(part), part);
  t.notMatch(policy, /unsafe|https?:|\*/);
  t.equal([...html.matchAll(/<script>/g)].length, 1);
  t.notMatch(html.replace(/<script.*?<\/script>/gs, ''), /https?:\/\/(?!www\.w3\.org)/, 'nothing is asked of anybody');
  t.match(/<noscript>.*<\/noscript>/s.exec(html)?.[0], /failed.*dropped|event\.connected left the server/s);
  t.match(html, /<title>failed: 1 of 4 scenarios - call-probe report<\/title>/);
});

t.test('a frame is in the packed part, and only there', async (t) => {
  const secret = 'candidate:1 1 udp 1 192.0.2.7 5000 typ host';
  const trace = callTrace().map((event): TraceEvent => (event.type === 'wire' ? { ...event, frame: { secret } } : event));
  const html = renderHtml(mixedReport(), { traceOf: () => trace });
  t.notOk(html.includes(secret));
  t.ok(packedTexts(html).every((text) => text.includes(secret)));
});

t.test('links lead where they say', async (t) => {
  for (const route of [
    { scenario: 3, repetition: 2, event: 57 },
    { scenario: 0, repetition: null, event: null },
    { scenario: null, repetition: null, event: null },
  ])
    t.strictSame(routeOf(fragmentOf(route)), route);
  t.strictSame(routeOf('#s=-1&r=1e3&n=<script>'), { scenario: null, repetition: null, event: null });
});

t.test('the filter: words, verdicts, tags and causes narrow each other; failures are read first', async (t) => {
  const { scenarios }: PageReport = model(mixedReport()).page;
  const matches = matcher(scenarios);
  const found = (filter: Partial<typeof NO_FILTER>): number[] =>
    inReadingOrder(scenarios).filter((index) => matches(index, { ...NO_FILTER, ...filter }));
  t.strictSame(found({}), [2, 0, 1, 3]);
  t.strictSame(found({ text: 'DECLINES callee' }), [1]);
  t.strictSame(found({ text: 'dropped-in-transit' }), [2]);
  t.strictSame(found({ text: 'callee=connected' }), [2], 'checks are searched');
  t.strictSame(found({ text: 'nothing like this' }), []);
  t.strictSame(found({ verdicts: new Set<Status>(['passed', 'skipped']) }), [0, 1, 3]);
  t.strictSame(found({ tag: 'away' }), [2]);
  t.strictSame(found({ cause: CAUSE.code }), [2]);
  t.strictSame(found({ tag: 'away', verdicts: new Set<Status>(['passed']) }), []);
  t.strictSame(choicesOf(scenarios), { tags: ['away', 'core'], causes: [CAUSE.code] });
  t.strictSame(
    troublesOf(scenarios, [0, 2, 3]),
    [3, 9, 14].map((number) => ({ scenario: 2, repetition: number })),
  );
});

t.test('series for the charts: timers and media by device, thinned, without the silent', async (t) => {
  const stats: MediaStats = {
    packetsSent: 10,
    packetsReceived: 9,
    packetsLost: 1,
    duplicates: 0,
    reordered: 0,
    jitterMs: 1.24,
    delayMsP50: 1,
    delayMsMax: 2,
  };
  const { events, add } = traceOf();
  for (let at = 0; at < 1_000; at++) add(at, 'alice/phone', { type: 'timer', call: 'c1', elapsedMs: at });
  add(5, 'bob/phone', { type: 'timer', call: 'c1', elapsedMs: 3 });
  add(6, 'bob/phone', { type: 'media', call: 'c1', state: 'flowing', stage: 'rtp', setupStalled: false, stats, message: null });
  const silent = { ...stats, packetsSent: 0, packetsReceived: 0, packetsLost: 0 };
  add(7, 'alice/phone', {
    type: 'media',
    call: 'c1',
    state: 'idle',
    stage: null,
    setupStalled: false,
    stats: silent,
    message: null,
  });
  const [alice, bob] = timersOf(events);
  t.match(alice, { device: 'alice/phone', call: 'c1' });
  t.ok((alice?.points.length ?? 0) <= 240 && alice?.points.at(-1)?.[0] === 999 && alice.points[0]?.[0] === 0);
  t.strictSame(bob?.points, [[5, 3]]);
  t.strictSame(mediaOf(events), [{ device: 'bob/phone', call: 'c1', points: [[6, 10, 9, 1, 1.2]] }]);
});
