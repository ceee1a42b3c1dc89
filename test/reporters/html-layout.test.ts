import { SaxesParser } from 'saxes';
import t from 'tap';
import { lineChart } from '../../src/reporters/html/chart.js';
import { layoutLadder } from '../../src/reporters/html/layout.js';
import { fitted, type Shape, svgText } from '../../src/reporters/html/shape.js';
import { renderLadderSvg } from '../../src/reporters/html/static-ladder.js';
import { factsOf } from '../../src/reporters/ladder/facts.js';
import { itemsOf } from '../../src/reporters/ladder/items.js';
import type { TraceEvent } from '../../src/trace/event.js';
import { groupBy } from '../../src/trace/grouping.js';
import { faultEvent } from '../trace-builder.js';
import { callTrace } from './call-trace.js';
import { unansweredCall } from './unanswered-call.js';

function layout(trace: readonly TraceEvent[], width = 760) {
  const facts = factsOf(trace);
  const items = itemsOf(trace, facts, { place: 'writing' });
  return {
    items,
    facts,
    ...layoutLadder(items, trace, facts, { width, highlight: new Map([[facts.divergence?.n ?? 0, 'diverges here']]) }),
  };
}

function all(drawing: Shape, test: (shape: Shape) => boolean): Shape[] {
  const inner = drawing.children.flatMap((child) => (typeof child === 'string' ? [] : all(child, test)));
  return test(drawing) ? [drawing, ...inner] : inner;
}
const ofClass = (name: string) => (one: Shape) =>
  String(one.attributes['class'] ?? '')
    .split(' ')
    .includes(name);
const textOf = (drawing: Shape): string =>
  drawing.children.map((child) => (typeof child === 'string' ? child : textOf(child))).join('');

/** Throws unless it is well-formed XML. */
function parsed(xml: string): string[] {
  const tags: string[] = [];
  const parser = new SaxesParser();
  parser.on('error', (error) => {
    throw error;
  });
  parser.on('opentag', ({ name }) => tags.push(name));
  parser.write(xml).close();
  return tags;
}

t.test('rows go down in the order of the items, and a pause makes room', async (t) => {
  const { items, places, height } = layout(callTrace());
  const ys = items.filter(({ n }) => n > 0).map(({ n }) => places.get(n)?.y ?? -1);
  for (const [index, y] of ys.entries()) t.ok(y > (ys[index - 1] ?? 0), `row ${index} is below the one before`);
  t.ok((ys.at(-1) ?? 0) < height);
  const pause = items.findIndex(({ at }, index) => at - (items[index - 1]?.at ?? at) > 500);
  const step = (index: number): number => (ys[index] ?? 0) - (ys[index - 1] ?? 0);
  t.ok(step(pause) > step(1), 'the long wait is higher than a short one');
});

t.test('both ends of a message lead to its row', async (t) => {
  const trace = callTrace();
  const { places } = layout(trace);
  for (const [out, into] of factsOf(trace).arrivals) if (places.has(out)) t.strictSame(places.get(out), places.get(into));
});

t.test(
  'a lost message is crossed out before it arrives and named so; the disagreement is shaded; the fault is marked',
  async (t) => {
    const { body } = layout(callTrace(true));
    const [lost, ...others] = all(body, (one) => ofClass('f-lost')(one) && ofClass('label')(one));
    t.match(lost && textOf(lost), /connected · lost/);
    t.equal(others.length, 0);
    t.equal(all(body, ofClass('cross')).length, 1);
    t.equal(all(body, ofClass('apart')).length, 1);
    t.equal(all(body, ofClass('divergence')).length, 1);
    t.ok(all(body, ofClass('note')).some((one) => /fault disconnect hit/.test(textOf(one))));
    t.ok(all(body, ofClass('note')).some((one) => /they disagree: alice=ringing bob=connected/.test(textOf(one))));
  },
);

t.test('a message that was never sent is a dashed arrow, framed in place of the event before it', async (t) => {
  const { body, items, places, facts } = layout(unansweredCall().events);
  const [never, ...others] = all(body, (one) => ofClass('f-never')(one) && ofClass('label')(one));
  t.match(never && textOf(never), /^connected · never sent/);
  t.equal(others.length, 0);
  t.equal(all(body, ofClass('divergence')).length, 1);
  t.equal(all(body, ofClass('marked')).length, 1);
  const row = items[places.get(facts.divergence?.n ?? 0)?.item ?? -1];
  t.match(row, { kind: 'state', text: 'connected v3' }, "the event's own row is where a link leads");
  t.match(renderLadderSvg(unansweredCall().events), 'stroke-dasharray="5 4"');
});

t.test('states of a lane are bars that follow each other without a hole, and words', async (t) => {
  const { body, height } = layout(callTrace());
  const bars = all(body, ofClass('lane'));
  const byLane = groupBy(bars, ({ attributes }) => attributes['x']);
  for (const [, lane] of byLane) {
    let bottom = 0;
    for (const { attributes } of lane) {
      t.equal(attributes['y'], bottom);
      bottom = Number(attributes['y']) + Number(attributes['height']);
    }
    t.ok(Math.abs(bottom - height) < 1e-6);
  }
  const words = all(body, ofClass('pill')).map(textOf);
  for (const word of ['ringing', 'connected', 'ended (hangup)']) t.ok(words.includes(word), word);
});

t.test('a fault at a device has a bar from its effect to its end', async (t) => {
  const trace = callTrace();
  const { n } = trace.at(-1) ?? { n: 0 };
  const fault = (number: number, at: number, act: 'hit' | 'healed', cause: number | null): TraceEvent => {
    return { n: number, at, wall: at, node: 'alice/phone', cause, ...faultEvent('latency', act) };
  };
  const { body } = layout([...trace, fault(n + 1, 20, 'hit', null), fault(n + 2, 1_000, 'healed', n + 1)]);
  const [bar] = all(body, (one) => one.tag === 'rect' && ofClass('fault')(one));
  t.ok(Number(bar?.attributes['height']) > 100);
});

t.test('a narrow place makes the drawing wider than itself instead of illegible', async (t) => {
  t.equal(layout(callTrace(), 760).width, 760);
  t.ok(layout(callTrace(), 300).width > 300);
  const phone = layout(callTrace(), 336);
  const lanes = all(phone.head, ofClass('lane-name')).map(({ attributes }) => Number(attributes['x']));
  t.equal(lanes.length, 3);
  t.ok(
    lanes.every((x) => x < 336),
    'on a phone both sides are in sight',
  );
  const many = callTrace().map((event) =>
    event.type === 'run' && event.phase === 'begin'
      ? { ...event, devices: ['alice/phone', 'bob/a', 'bob/b', 'bob/c', 'bob/d'] }
      : event,
  );
  t.ok(layout(many, 400).width > 400);
});

t.test('a static ladder is well-formed, stands alone and runs nothing', async (t) => {
  for (const trace of [callTrace(), callTrace(true)]) {
    const svg = renderLadderSvg(trace);
    const tags = parsed(svg);
    t.equal(tags[0], 'svg');
    t.strictSame(
      [...new Set(tags)].filter((tag) => !['svg', 'g', 'line', 'path', 'rect', 'circle', 'text', 'title'].includes(tag)),
      [],
    );
    t.notMatch(svg, /href|url\(|<style|\son\w+=/);
  }
  t.equal(renderLadderSvg([]), '');
  t.match(renderLadderSvg(callTrace(true), { highlight: new Map([[3, 'look']]) }), /look/);
});

t.test('text of the wire stays text in a static ladder', async (t) => {
  const evil = '</text><script>alert(1)</script>"\'`<!-- ]]> \u0000\u202e\u2028\ud800';
  const hostile = callTrace().map((event): TraceEvent => {
    if (event.type === 'wire') return { ...event, kind: 'unmapped', name: evil };
    if (event.type === 'run' && event.phase === 'begin') return { ...event, scenario: evil };
    return event.type === 'action' ? { ...event, peer: evil } : event;
  });
  const svg = renderLadderSvg(hostile);
  t.notOk(parsed(svg).includes('script'));
  t.notMatch(svg, /[\u0000\u202e\u2028\ud800]/, 'nothing that steers is left as it was');
  t.match(svg, /\\u202e/, 'it is shown');
});

t.test('text is cut to its room, and wide letters need more of it', async (t) => {
  t.equal(fitted('short', 200, 12), 'short');
  t.match(fitted('a very long label of a message', 60, 12), /^a very.*…$/);
  t.ok(fitted('漢字漢字漢字漢字', 60, 12).length < fitted('abcdefghabcdefgh', 60, 12).length);
});

t.test('a chart holds one line and name for each series and survives nothing at all', async (t) => {
  const chart = lineChart(
    [
      {
        name: 'alice',
        points: [
          [0, 0],
          [100, 5],
        ],
      },
      {
        name: 'bob',
        points: [
          [0, 1],
          [100, 4],
        ],
      },
    ],
    { width: 300, height: 120, title: 'packets' },
  );
  t.equal(all(chart, (one) => one.tag === 'path').length, 2);
  t.match(chart.attributes['aria-label'], 'packets, alice, bob');
  parsed(svgText(chart));
  const still = svgText(lineChart([{ name: 'one', points: [[5, 0]] }], { width: 300, height: 120, title: 'one point' }));
  t.notMatch(still, /NaN|Infinity/);
});
