/** Whatever is wrong with a dialect's YAML: told with file, line, column and path, in words that speak of dialects. */
import { readFileSync } from 'node:fs';
import t from 'tap';
import { dialectOf } from '../../src/adapters/dialect/load.js';
import { dialectFile } from '../../src/adapters/load.js';

const WHOLE = readFileSync(dialectFile('peerjs'), 'utf8');
const MEDIA = 'media: { offers: caller, when: call, candidates: trickle }';

function problemsOf(content: string | Uint8Array): string {
  try {
    dialectOf(content, 'my.yaml');
    return '';
  } catch (error) {
    return (error as Error).message;
  }
}

t.test('a file that is no dialect at all', async (t) => {
  const begins = /a dialect begins with dialect: 1, name, actions and receive; see docs\/adapters\.md/;
  const cases: readonly [content: string | Uint8Array, ...problems: RegExp[]][] = [
    ['', /^my\.yaml:1:1 {2}the file is empty/, begins],
    ['# nothing', /^my\.yaml:1:1 {2}the file has only comments/, begins],
    ['- a', /a file has to be a map, not a list; a dialect is a map with the keys dialect, name, actions and receive/],
    ['a: \u0001', /^my\.yaml:1:4 {2}the file is binary: .*; a dialect is plain text/],
    [Buffer.from([0x61, 0x3a, 0x20, 0xff]), /is not UTF-8 text; save it as UTF-8; is it a dialect at all\?/],
    [`${WHOLE}\n---\na: 1`, /^my\.yaml:\d+:1 {2}a second YAML document begins here; one dialect per file/],
    ['a:\n\tb: 1', /^my\.yaml:2:1 {2}not YAML: tabs/],
    ['a: [1', /^my\.yaml:1:6 {2}not YAML: /],
    [`a: [${'1,'.repeat(499_990)}]`, /more than [\d,]+ YAML tokens; a dialect is usually a page of text: split it/],
    ['dialect: 1\ndialect: 1', /my\.yaml:2:1 {2}dialect {2}duplicate key "dialect"; line 1 has it already/],
    ['a: *x', /alias "\*x" has no anchor/],
    ['a: !foo 1', /tag "!foo" is not part of the language/],
    [
      'dialect: 1',
      /missing key "name"; it is required: name: my-app/,
      /missing key "actions"; it is required: actions: with the messages for call, accept/,
      /missing key "receive"; it is required: receive: with a list of rules/,
    ],
  ];
  for (const [content, ...problems] of cases) {
    const said = problemsOf(content);
    for (const problem of problems) t.match(said, problem);
    t.notMatch(said, /scenario|agents and steps|alice/, 'it speaks of dialects');
  }
});

t.test('an unknown key, with the nearest that there is', async (t) => {
  const cases: readonly [from: string, to: string, problem: RegExp][] = [
    ['connect:', 'conect:', /^my\.yaml:6:1 {2}conect {2}unknown key "conect"; did you mean "connect"\?/],
    [MEDIA, 'media: { offes: caller }', /^my\.yaml:28:10 {2}media\.offes {2}unknown key "offes"; did you mean "offers"\?/],
    ['every: 5s', 'evry: 5s', /keepalive\.evry {2}unknown key "evry"; did you mean "every"\?/],
    ['every: 5s', 'evry: 5s', /keepalive {2}missing key "every"; it is required: every: 25s/],
    ['make: "mc_', 'mak: "mc_', /calls\.mak {2}unknown key "mak"; did you mean "make"\?/],
    ['devices: one', 'device: one', /byDesign\.device {2}unknown key "device"; did you mean "devices"\?/],
    ['devices: one', 'reasons: { buzy: [rejected] }', /byDesign\.reasons\.buzy {2}unknown key "buzy"; did you mean "busy"\?/],
    [
      'keepalive:',
      'roles: { a: { action: {} } }\nkeepalive:',
      /roles\.a\.action {2}unknown key "action"; did you mean "actions"\?/,
    ],
    ['  accept:\n', '  acept:\n', /actions\.acept {2}unknown key "acept"; did you mean "accept"\?/],
    ['login:\n  - expect:', 'login:\n  - expct:', /login\[0\]\.expct {2}unknown key "expct"; did you mean "expect"\?/],
    ['take: { from: $.src }', 'take: { from: { pth: $.src } }', /receive\[3\]\.take\.from\.pth .* did you mean "path"\?/],
    ['means: accepted', 'meens: accepted', /receive\[1\]\.meens {2}unknown key "meens"; did you mean "means"\?/],
    ['keepalive:', 'before: [{ http: POST, url: x, stats: 2 }]\nkeepalive:', /before\[0\]\.stats .* did you mean "status"\?/],
    ['keepalive:', 'transactions: { pth: $.id }\nkeepalive:', /transactions\.pth {2}unknown key "pth"; did you mean "path"\?/],
    ['keepalive:', 'transactions: { within: 2s }\nkeepalive:', /transactions {2}no "path"; add the place of the message id/],
  ];
  for (const [from, to, problem] of cases) {
    const text = WHOLE.replace(from, to);
    t.not(text, WHOLE, `${from} is there`);
    t.match(problemsOf(text), problem, to);
    t.notMatch(problemsOf(text), /scenario/);
  }
});

t.test('a value of another type, or another word', async (t) => {
  const cases: readonly [from: string, to: string, problem: RegExp][] = [
    ['name: peerjs', 'name: [a]', /^my\.yaml:3:7 {2}name {2}must be text, not a list/],
    ['dialect: 1', 'dialect: 2', /^my\.yaml:2:10 {2}dialect {2}unknown value the number 2; write 1/],
    [MEDIA, 'media: 5', /^my\.yaml:28:8 {2}media {2}unknown value the number 5; write none or a map/],
    [MEDIA, 'media: nine', /media {2}unknown value "nine"; write none or a map/],
    [MEDIA, 'media: { offers: calller }', /media\.offers {2}unknown value "calller"; did you mean "caller"\?/],
    ['devices: one', 'devices: [one]', /byDesign\.devices {2}unknown value a list; write one or many/],
    ['devices: one', 'reconnect: nver', /byDesign\.reconnect {2}"nver" is not a duration; a duration has a unit/],
    ['devices: one', 'reasons: { busy: rejected }', /byDesign\.reasons\.busy {2}must be a list, not text/],
    ['hides: [busy', 'hides: [bussy', /byDesign\.hides\[0\] {2}unknown value "bussy"; did you mean "busy"\?/],
    ['every: 5s', 'every: 5', /keepalive\.every {2}"5" has no unit; did you mean "5s"/],
    ['id: caller', 'id: 5', /calls\.id {2}unknown value the number 5; write caller or server or none/],
    ['means: accepted', 'means: { a: 1 }', /receive\[1\]\.means {2}unknown meaning "\{"a":1\}"; known: incoming/],
    ['keepalive:', 'messageName: 5\nkeepalive:', /messageName {2}unknown value the number 5; write text or a list/],
    ['keepalive:', 'messageName: [5]\nkeepalive:', /messageName\[0\] {2}must be text, not the number 5/],
    ['keepalive:', 'roles: [a]\nkeepalive:', /roles {2}must be a map, not a list; write keys and values: \{ name: value \}/],
    ['keepalive:', 'roles: { x: 5 }\nkeepalive:', /roles\.x {2}must be a map, not the number 5/],
    [
      'keepalive:',
      'before: [{ http: post, url: x }]\nkeepalive:',
      /before\[0\]\.http {2}unknown value "post"; did you mean "POST"\?/,
    ],
    [
      'keepalive:',
      'before: [{ http: GET, url: x, status: a }]\nkeepalive:',
      /before\[0\]\.status {2}unknown value "a"; write a number or a list/,
    ],
    ['login:\n', 'login: 5\nrelogin:\n', /login {2}must be a list, not the number 5/],
    ['take: { from: $.src }', 'take: [from]', /receive\[3\]\.take {2}must be a map, not a list/],
    [
      'when: { $.type: LEAVE }',
      'when: { $.type: { matches: "(" } }',
      /receive\[3\]\.when\["\$\.type"\]\.matches {2}Invalid regular expression/,
    ],
  ];
  for (const [from, to, problem] of cases) {
    const text = WHOLE.replace(from, to);
    t.not(text, WHOLE, `${from} is there`);
    t.match(problemsOf(text), problem, to);
    t.notMatch(problemsOf(text), /scenario|alice/);
  }
});
