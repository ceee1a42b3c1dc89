import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { loadScenarios } from '../../../src/scenarios/language/load.js';
import { problemsOf } from '../files.js';

const named = (name: string): string => `name: ${name}\nagents: { alice: {}, bob: {} }\nsteps: [ alice: call bob ]\n`;
const LOAD = 'name: l\nscenario: a.yaml\nload: { phases: [] }\n';

t.test('files and folders are loaded in order, a file once', async (t) => {
  const dir = t.testdir({
    'b.yaml': named('b'),
    'a.yml': named('a'),
    'notes.txt': 'no scenario',
    '.hidden': { 'x.yaml': 'not: [read' },
    node_modules: { 'x.yaml': 'not: [read' },
    sub: { deep: { 'c.YAML': named('c') } },
    'load.yaml': LOAD,
    z: t.fixture('symlink', '.'),
  });
  const { scenarios, skipped } = loadScenarios([join(dir, 'b.yaml'), dir, join(dir, 'sub', '..', 'b.yaml')]);
  t.same(
    scenarios.map((scenario) => scenario.name),
    ['b', 'a', 'c'],
  );
  t.same(
    scenarios.map((scenario) => scenario.file),
    [join(dir, 'b.yaml'), join(dir, 'a.yml'), join(dir, 'sub/deep/c.YAML')],
  );
  t.same(skipped, [{ file: join(dir, 'load.yaml'), reason: 'a load test, not a scenario' }]);
});

t.test('a file with another ending is loaded when it is named', async (t) => {
  const dir = t.testdir({ scenario: named('x') });
  t.equal(loadScenarios([join(dir, 'scenario')]).scenarios.length, 1);
});

t.test('a load test that is named is refused', async (t) => {
  const dir = t.testdir({ 'load.yaml': LOAD });
  t.match(
    problemsOf(() => loadScenarios([join(dir, 'load.yaml')])),
    [/load\.yaml:3:1 {2}load {2}this file is a load test, not a scenario; /],
  );
});

t.test('paths without scenarios are errors that name the path', async (t) => {
  const dir = t.testdir({ empty: {}, 'f.txt': '' });
  const none = join(dir, 'none.yaml');
  const empty = join(dir, 'empty');
  t.same(
    problemsOf(() => loadScenarios([none, empty])),
    [
      `${none}  no such file or folder; check the path; it is relative to the current folder`,
      `${empty}  the folder has no scenario; a scenario is a file *.yaml or *.yml in it or below it`,
    ],
  );
});

t.test('the problems of all files are told before anything runs', async (t) => {
  const dir = t.testdir({
    'a.yaml': named('a').replace('call bob', 'cal bob'),
    'b.yaml': named('b'),
    'c.yaml': '',
    'd.yaml': Buffer.alloc(1_000_001, '#'),
    'e.yaml': t.fixture('symlink', 'nowhere'),
  });
  t.same(
    problemsOf(() => loadScenarios([dir])),
    [
      `${dir}/a.yaml:3:17  steps[0].alice  unknown action "cal bob"; did you mean "call bob"?`,
      `${dir}/c.yaml:1:1  the file is empty; a scenario begins with name, agents and steps; see docs/scenarios.md`,
      `${dir}/d.yaml  the file has 1,000,001 bytes, more than the limit of 1,000,000; a scenario is usually a page of text: split it, or check that this is the right file`,
      `${dir}/e.yaml  cannot be read: ENOENT; check the path and its permissions`,
    ],
  );
});

t.test('a circle of folders ends', async (t) => {
  const dir = t.testdir({});
  mkdirSync(join(dir, 'a'));
  writeFileSync(join(dir, 'a', 's.yaml'), named('s'));
  symlinkSync(dir, join(dir, 'a', 'back'));
  t.equal(loadScenarios([dir]).scenarios.length, 1);
});
