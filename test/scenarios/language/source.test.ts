import t from 'tap';
import { loadScenarioText } from '../../../src/scenarios/language/load.js';
import { problemsOf } from '../files.js';

const of = (content: string | Uint8Array): string[] => problemsOf(() => loadScenarioText(content, 'f'));
const GOOD = 'name: x\nagents: { alice: {}, bob: {} }\nsteps: [ alice: call bob ]\n';
const REST = 'agents: { alice: {}, bob: {} }\nsteps: [ alice: call bob ]\n';

t.test('files that hold no scenario say why, and where', async (t) => {
  const start = 'a scenario begins with name, agents and steps; see docs/scenarios.md';
  const cases: [string, string | Uint8Array, string][] = [
    ['empty', '', `f:1:1  the file is empty; ${start}`],
    ['blank', ' \n\n', `f:1:1  the file is empty; ${start}`],
    ['comments only', '# x\n', `f:1:1  the file has only comments; ${start}`],
    ['a list', '- a\n', 'f:1:1  a file has to be a map, not a list; a scenario is a map with the keys name, agents and steps'],
    ['text', 'hello', 'f:1:1  a file has to be a map, not text; a scenario is a map with the keys name, agents and steps'],
    ['tabs', 'name: x\nsteps:\n\t- wait: 1s', 'f:3:1  not YAML: tabs are not allowed as indentation; indent with spaces'],
    [
      'a colon too many',
      'name: a: b',
      'f:1:7  not YAML: nested mappings are not allowed in compact mappings; put quotes around a text with ": "',
    ],
    ['NUL', Buffer.from('name: a\0b'), 'f:1:8  the file is binary: it has the byte 0x00; a scenario is plain text'],
    [
      'PNG',
      Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'),
      'f:1:1  the file is not UTF-8 text; save it as UTF-8; is it a scenario at all?',
    ],
    [
      'Latin-1',
      Buffer.from('name: x\ntags: [caf\xe9]', 'latin1'),
      'f:2:11  the file is not UTF-8 text; save it as UTF-8; is it a scenario at all?',
    ],
    [
      'UTF-16',
      Buffer.from('\ufeffname: x', 'utf16le'),
      'f:1:1  the file is not UTF-8 text; save it as UTF-8; is it a scenario at all?',
    ],
    [
      'two documents',
      `${GOOD}---\n${GOOD}`,
      'f:4:1  a second YAML document begins here; one scenario per file: remove the "---" or split the file',
    ],
  ];
  for (const [what, content, line] of cases) t.same(of(content), [line], what);
});

t.test('an unclosed bracket is located', async (t) => {
  const lines = of('name: x\nagents: { alice: {}\nsteps: []\n');
  t.equal(lines.length, 1);
  t.match(lines[0], /^f:3:\d+ {2}not YAML: /);
});

t.test('duplicate keys are told with both places, on every level', async (t) => {
  t.same(of(`name: x\nname: y\n${REST}`), ['f:2:1  name  duplicate key "name"; line 1 has it already: keep one of them']);
  t.same(of('name: x\nagents: { alice: {}, bob: {}, alice: {} }\nsteps: [ alice: call bob ]\n'), [
    'f:2:31  agents.alice  duplicate key "alice"; line 2 has it already: keep one of them',
  ]);
});

t.test('anchors work, and what is wrong with them is told', async (t) => {
  const scenario = loadScenarioText('name: x\nagents: { alice: &none {}, bob: *none }\nsteps: [ alice: call bob ]\n', 'f');
  t.same(
    scenario.agents.map((agent) => agent.name),
    ['alice', 'bob'],
  );
  t.same(of(`name: *x\n${REST}`)[0], 'f:1:7  name  alias "*x" has no anchor before it; write "&x" at the value that it repeats');
  t.match(of(`name: x\ntags: &a [*a]\n${REST}`).join(), 'f:2:11  tags[0]  alias "*a" contains itself; write the value out');
  t.match(
    of(`name: !!binary eA==\n${REST}`).join(),
    /name {2}tag "tag:yaml.org,2002:binary" is not part of the language; remove the tag/,
  );
  t.match(of(`name: x\n<<: { tags: [a] }\n${REST}`).join(), /f:2:1 {2}\["<<"\] {2}unknown key "<<"/);
});

t.test('a byte order mark and Windows line ends do no harm', async (t) => {
  t.equal(loadScenarioText(Buffer.from(`\ufeff${GOOD.replaceAll('\n', '\r\n')}`), 'f').name, 'x');
  t.same(of(`\ufeff${GOOD.replace('bob ]', 'bbo ]')}`), ['f:3:17  steps[0].alice  unknown agent "bbo"; did you mean "bob"?']);
});

/** Texts that make naive readers run for minutes, use gigabytes or die; the names say how. */
const LAUGHS = Array.from(
  { length: 40 },
  (_, i) =>
    `a${i + 1}: &a${i + 1} [${Array(9)
      .fill(i === 0 ? 'lol' : `*a${i}`)
      .join(', ')}]`,
).join('\n');
const HOSTILE: [string, string, RegExp][] = [
  [
    '10 MB of anchors that explode',
    `${LAUGHS}\n${'b: *a40\n'.repeat(1_250_000)}`,
    /^f {2}the file has 10,\d{3},\d{3} bytes, more than the limit of 1,000,000; /,
  ],
  ['a small billion laughs', LAUGHS, /^f:1:\d+ {2}\S+ {2}more than 20000 values after aliases were expanded; /],
  ['deep brackets', '['.repeat(900_000), /^f:1:41 {2}nested more than 40 levels deep; /],
  ['deep dashes', '- '.repeat(400_000), /^f:1:\d+ {2}nested more than 40 levels deep; /],
  [
    'deep indentation',
    Array.from({ length: 1_000 }, (_, i) => `${' '.repeat(i)}a:`).join('\n'),
    /nested more than 40 levels deep; /,
  ],
  ['many keys', Array.from({ length: 80_000 }, (_, i) => `k${i}: 1`).join('\n'), /more than 100,000 YAML tokens; /],
  ['14,000 keys', Array.from({ length: 14_000 }, (_, i) => `k${i}: 1`).join('\n'), /^f:1:1 {2}k0 {2}unknown key "k0"; /],
  ['quotes', '"'.repeat(900_000), /more than 100,000 YAML tokens; /],
  ['tags', '!a '.repeat(300_000), /more than 100,000 YAML tokens; /],
  ['documents', '---\n'.repeat(40_000), /^f:2:1 {2}a second YAML document begins here; /],
  ['a name of 900,000 characters', `name: ${'x'.repeat(900_000)}\n${REST}`, /^f:1:7 {2}name {2}too long; at most 200 characters/],
  [
    'an action of 900,000 words',
    `name: x\nagents: { alice: {} }\nsteps: [ alice: ${'hang '.repeat(150_000)}]`,
    /^f:3:17 {2}steps\[0\]\.alice {2}unknown action "hang hang/,
  ],
];

for (const [what, text, line] of HOSTILE) {
  t.test(`hostile: ${what} is refused within the time of a test`, { timeout: 20_000 }, async (t) => {
    t.match(of(text)[0], line);
  });
}
