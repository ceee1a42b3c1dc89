import t from 'tap';
import { renderMermaid, renderMermaidReport } from '../../src/reporters/mermaid.js';
import { mermaidLabel, mermaidName } from '../../src/reporters/mermaid-text.js';
import type { TraceEvent } from '../../src/trace/event.js';
import { golden } from '../golden.js';
import { brokenReport, brokenScenario, healthyReport, reportOf } from '../report-builder.js';
import { callTrace, message, traceOf, view } from './call-trace.js';
import { hostileTrace, traceOf as sorryTraceOf } from './sorry-report.js';

const LINE =
  /^ *(sequenceDiagram|autonumber|participant p\d+ as [^;:\n]+|p\d+(->>|-->>|-x|--x)p\d+: [^;%]+|Note over p\d+(,p\d+)?: [^;%]+|rect rgb\(\d+, \d+, \d+\)|end)$/;
/** Lines that Mermaid's grammar for sequence diagrams has no place for, once its entities are out of the way. */
const strange = (diagram: string): string[] =>
  diagram.split('\n').filter((line) => !LINE.test(line.replace(/#\d+;/g, 'E')) || /\bend\b/.test(line.replace(/^ *end$/, '')));

for (const lost of [false, true]) {
  t.test(`a call ${lost ? 'whose caller never receives the answer' : 'that goes well'}`, async (t) => {
    const text = renderMermaid(callTrace(lost)) ?? '';
    t.equal(`${text}\n`, golden(`reporters/golden/mermaid-${lost ? 'lost' : 'healthy'}.mmd`, `${text}\n`));
    t.strictSame(strange(text), []);
    t.equal(/-x/.test(text), lost, 'a lost message is crossed');
    t.equal(/rect /.test(text), lost, 'and the time of disagreement has a background');
  });
}

t.test('lost, acknowledged and sent look different; heartbeats and acks do not show', async (t) => {
  const text = renderMermaid(callTrace(true)) ?? '';
  t.match(text, 'p1-xp0: connected, never arrived (211 ms)');
  t.match(text, 'p2->>p1: accept (210 ms)');
  t.match(text, 'Note over p1: connected v3');
  t.match(text, /rect rgb\(255, 224, 224\)\n[\s\S]*alice=ringing bob=connected\n {2}end$/);
  t.notMatch(text, /\back\b/);
  const quick = traceOf();
  message(quick, 10, 'alice/phone', 'down', 'result.ok');
  t.match(renderMermaid(quick.events), 'p1-->>p0: result.ok (11 ms)');
});

t.test('of a long call the window around the disagreement is drawn, and what was left out is said', async (t) => {
  const trace = traceOf();
  view(trace, 1, 'alice/phone', 'ringing');
  view(trace, 1, 'bob/phone', 'ringing');
  for (let k = 0; k < 300; k++) message(trace, 10 + k * 10, 'alice/phone', 'up', 'unmapped', true, `k${k}`);
  view(trace, 2005, 'bob/phone', 'connected');
  message(trace, 9_000, 'alice/phone', 'up', 'unmapped', true, 'last');
  const [begin, ...rest] = trace.events;
  const text = renderMermaid([{ ...begin, serverVisible: false } as TraceEvent, ...rest]) ?? '';
  t.strictSame(strange(text), []);
  t.equal(text.split('->>').length - 1, 100);
  t.match(text, 'Note over p0,p2: 140 earlier messages left out');
  t.match(text, 'Note over p0,p2: 61 later messages left out');
  t.match(text, /rect [\s\S]*connected[\s\S]*k200 [\s\S]*end\n {2}Note over p0,p2: 61/);
  t.ok(text.length < 50_000, 'within what Mermaid takes');
});

t.test('a trace without a beginning, or none at all, is no diagram', async (t) => {
  t.equal(renderMermaid([]), null);
  t.equal(renderMermaid(callTrace().slice(1)), null);
  t.match(
    renderMermaidReport(brokenReport(), () => null),
    /### failed: .*\n\nThere is no trace of it that can be read\.\n$/,
  );
  t.match(
    renderMermaidReport(reportOf([]), () => null),
    /^No scenario of this run has a trace to draw\.\n$/,
  );
});

t.test('every scenario that did not pass, or the first when all did', async (t) => {
  t.equal(renderMermaidReport(healthyReport(), sorryTraceOf).split('```mermaid').length - 1, 1);
  t.match(
    renderMermaidReport(brokenReport(), sorryTraceOf),
    /^### failed: the answer survives[^\n]*\n\n```mermaid\nsequenceDiagram\n/,
  );
  const many = reportOf(Array.from({ length: 12 }, () => brokenScenario()));
  const text = renderMermaidReport(many, sorryTraceOf);
  t.equal(text.split('```mermaid').length - 1, 10);
  t.match(text, 'And 2 further scenarios without a diagram.');
});

t.test('hostile text ends no line and is no word of the language', async (t) => {
  const text = renderMermaid(hostileTrace()) ?? '';
  t.strictSame(strange(text), []);
  t.ok(text.length < 50_000);
  t.equal(mermaidLabel('end; the End %%{x} #1 <b>'), '#101;nd#59; the #69;nd #37;#37;#123;x#125; #35;1 #60;b#62;');
  t.equal(mermaidLabel('sender ended: bend, end_'), 'sender ended: bend, end_');
  t.equal(mermaidLabel('wrap: x'), 'wrap#58; x');
  t.equal(mermaidLabel(' \n '), '-');
  t.equal(mermaidName('a:b,c'), 'a#58;b#44;c');
  t.equal(mermaidLabel('x'.repeat(500)).length, 119 + '#8230;'.length);
});
