/** The project against the rules of the house, and each rule against a good and a broken snippet. */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import {
  circleProblems,
  floorProblems,
  hygieneProblems,
  linkProblems,
  machineProblems,
  purityProblems,
  registriesOf,
  registryProblems,
  type SourceFile,
  scriptProblems,
  sentenceProblems,
  shapeProblems,
  shippedProblems,
  sleepProblems,
} from './tidy-rules.js';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const MADE_BY_TOOLS = ['node_modules', 'dist', '.git', '.tap', 'call-probe-out'];

/** Plug-ins that are left out of their registry, and why. */
const NOT_REGISTERED = new Map([['src/reporters/ladder.ts', 'it draws one call and belongs to the command call']]);

/** Circles of imports that are there, and why. */
const KNOWN_CIRCLES: ReadonlyMap<string, string> = new Map();

function filesBelow(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
    if (MADE_BY_TOOLS.includes(entry.name)) return [];
    return entry.isDirectory() ? filesBelow(path) : entry.isFile() ? [path] : [];
  });
}

const file = (path: string, text: string): SourceFile => ({ path, text });
const all = filesBelow('').filter((path) => statSync(join(ROOT, path)).size < 2 ** 21);
const texts = all.map((path) => file(path, readFileSync(join(ROOT, path), 'utf8')));
const code = texts.filter(({ path }) => /^(src|bin|lab|test|bench|scripts)\/.*\.(ts|mjs)$/.test(path));

/** The whole project has no problem, the good twin has none, and the broken ones have one each. */
function holds(
  name: string,
  subject: readonly SourceFile[],
  rule: (file: SourceFile) => readonly string[],
  good: readonly SourceFile[],
  broken: readonly SourceFile[],
): void {
  t.test(name, async (t) => {
    t.ok(subject.length > 0, 'there is something to look at');
    t.strictSame(subject.flatMap(rule), [], 'the project');
    for (const twin of good) t.strictSame(rule(twin), [], `lets pass: ${twin.text.slice(0, 60)}`);
    for (const twin of broken) t.equal(rule(twin).length, 1, `catches: ${twin.path} ${twin.text.slice(0, 60)}`);
  });
}

holds(
  'imports go down only',
  code,
  floorProblems,
  [
    file('src/scenarios/a.ts', "import { x } from '../server/listen.js';"),
    file('src/probe/a.ts', "import type { x } from '../server/listen.js'; import ws from 'ws';"),
    file('src/cli/a.ts', "const { x } = await import('../reporters/b.js');"),
    file('test/a.ts', "import { x } from '../src/cli/main.js';"),
    file('lab/a.ts', "import { x } from '../src/cli/main.js';"),
  ],
  [
    file('src/protocol/a.ts', "import { x } from '../trace/../judge/y.js';"),
    file('src/judge/a.ts', "import type { x } from '../probe/ports.js';"),
    file('src/probe/a.ts', "export { x } from '../scenarios/plan.js';"),
    file('src/scenarios/a.ts', "const { x } = await import('../reporters/b.js');"),
    file('src/server/a.ts', "import { x } from '../sim/world.js';"),
    file('src/attic/a.ts', 'export {};'),
    file('src/cli/a.ts', "const { x } = await import('../../lab/y.js');"),
  ],
);

t.test('imports make no circle', async (t) => {
  t.strictSame(circleProblems(code, KNOWN_CIRCLES), []);
  const imports = (path: string, ...targets: string[]): SourceFile =>
    file(path, targets.map((target) => `import type { x } from '${target}';`).join('\n'));
  const circles = (...files: SourceFile[]): string[] => circleProblems(files, new Map());
  t.strictSame(circles(imports('src/a/b.ts', './c.js'), imports('src/a/c.ts', '../d/e.js')), []);
  t.strictSame(
    circles(imports('src/a/index.ts', './in/x.js'), imports('src/a/in/x.ts', '../port.js'), imports('src/a/port.ts')),
    [],
    'a registry and a port in the folder above are two members',
  );
  const twoFiles = [imports('src/a/b.ts', './c.js'), imports('src/a/c.ts', './b.js')];
  t.equal(circles(...twoFiles).length, 1, 'two files');
  t.equal(circles(imports('src/a/b.ts', './c.js'), imports('src/a/c.ts', './d.js'), imports('src/a/d.ts', './b.js')).length, 1);
  t.equal(
    circles(imports('src/a/in/b.ts', '../out/c.js'), imports('src/a/out/d.ts', '../in/e.js')).length,
    1,
    'two folders, by different files',
  );
  t.equal(circles(imports('src/a/b.ts', '../c/d.js'), imports('src/c/e/f.ts', '../../a/g.js')).length, 1, 'two rooms');
  t.strictSame(circleProblems(twoFiles, new Map([['src/a: b.ts c.ts', 'why']])), []);
  t.equal(circleProblems([], new Map([['src/a: b.ts c.ts', 'why']])).length, 1, 'a known one that is gone leaves the list');
});

t.test('an app ships the client with the protocol alone', async (t) => {
  t.strictSame(shippedProblems(code), []);
  const schemas = file('src/protocol/schemas.ts', "import * as z from 'zod';");
  const client = (target: string): SourceFile => file('src/client/a.ts', `import type { x } from '${target}';`);
  t.strictSame(shippedProblems([client('../protocol/frames.js'), file('src/protocol/frames.ts', ''), schemas]), []);
  for (const target of ['../protocol/schemas.js', '../trace/event.js', 'zod', 'node:fs'])
    t.equal(shippedProblems([client(target), schemas]).length, 1, target);
  const between = file('src/protocol/between.ts', "export { x } from './schemas.js';");
  t.equal(shippedProblems([client('../protocol/between.js'), between, schemas]).length, 1, 'by however many steps');
});

holds(
  'pure code touches no world, and few read the clock',
  code,
  purityProblems,
  [
    file('src/protocol/a.ts', '// Date.now() and process.env are banned\nexport const at = (now: number) => now;'),
    file('src/trace/a.ts', 'export const x = (o: { process: number }) => o.process;'),
    file('src/trace/a.ts', 'interface A { readonly process: string }\nexport const x = { console: 1 };'),
    file('src/probe/runtime/clock.ts', 'export const now = () => Date.now();'),
    file('src/cli/serve.ts', 'export const now = () => performance.now();'),
    file('src/scenarios/a.ts', 'setTimeout(() => new Date(0).toISOString(), 1);'),
  ],
  [
    file('src/protocol/a.ts', 'export const now = Date.now();'),
    file('src/protocol/a.ts', 'export const dice = Math.random();'),
    file('src/trace/a.ts', 'export const day = new Date(0);'),
    file('src/judge/a.ts', 'setTimeout(() => undefined, 1);'),
    file('src/server/hub/a.ts', 'export const me = process.pid;'),
    file('src/server/hub/a.ts', 'export const x = Buffer.from("");'),
    file('src/client/a.ts', 'console.log(1);'),
    file('src/probe/defects/a.ts', "import { readFileSync } from 'node:fs';"),
    file('src/scenarios/a.ts', 'export const now = Date.now();'),
    file('src/reporters/a.ts', 'export const now = new Date();'),
    file('src/probe/device/driver.ts', 'export const now = process.hrtime();'),
  ],
);

holds(
  'the judge reads no sentences',
  code.filter(({ path }) => path.startsWith('src/judge/')),
  sentenceProblems,
  [
    file('src/judge/a.ts', "export const x = (event: Wire) => isEvent(event.kind) && event.message === 'a';"),
    file('src/judge/a.ts', "export const x = (value: string) => value.startsWith('redacted(');"),
    file('src/reporters/a.ts', 'export const x = (event: Wire) => /^event/.test(event.kind);'),
  ],
  [
    file('src/judge/a.ts', 'export const x = (event: Wire) => /^event/.test(event.kind);'),
    file('src/judge/a.ts', "export const x = (kind: string) => new RegExp('^event').test(kind);"),
    file('src/judge/a.ts', "export const x = (event: Wire) => event.kind.startsWith('event.');"),
    file('src/judge/a.ts', "export const x = ({ message }: Log) => message.endsWith(' sent');"),
  ],
);

holds(
  'files are short, open with a sentence and have a name of their own',
  code,
  shapeProblems,
  [
    file('src/a/b-c.ts', '/** What it is. */\n'),
    file('bin/call-probe.ts', '#!/usr/bin/env node\n/** The command. */\n'),
    file('src/a/long.ts', `/**\n * Long.\n */\n${'x;\n'.repeat(397)}`),
    file('test/a.test.ts', "import t from 'tap';\n"),
  ],
  [
    file('src/a/b.ts', 'export const x = 1;\n'),
    file('src/a/b.ts', '/* No docstring. */\n'),
    file('src/a/long.ts', `/** Long. */\n${'x;\n'.repeat(400)}`),
    file('src/a/utils.ts', '/** What it is. */\n'),
    file('test/helpers.ts', '/** What it is. */\n'),
    file('src/a/camelCase.ts', '/** What it is. */\n'),
  ],
);

holds(
  'no type is switched off, no note is left',
  code,
  hygieneProblems,
  [
    file('src/a.ts', 'const any = "any"; // any word\nexport const x: unknown = any;'),
    file('scripts/a.mjs', '/** What is to do. */\n'),
  ],
  [
    file('src/a.ts', 'export const x: any = 1;'),
    file('test/a.ts', 'export const x = y as any;'),
    file('src/a.ts', `// ${'@ts'}-ignore\n`),
    file('src/a.ts', `// ${'TO'}DO: later\n`),
    file('scripts/a.mjs', `/* ${'FIX'}ME */\n`.replace('/* ', '// ')),
  ],
);

holds(
  'tests wait for events and never sleep',
  code,
  sleepProblems,
  [
    file('test/a.ts', "setTimeout(() => reject(new Error('too late')), 1000);"),
    file('test/a.ts', "const snippet = 'await sleep(5)';"),
    file('src/a.ts', 'await sleep(5);'),
  ],
  [
    file('test/a.ts', 'await sleep(5);'),
    file('test/a.ts', 'await delay(5);'),
    file('test/a.ts', 'await new Promise((resolve) => setTimeout(resolve, 5));'),
    file('test/a.ts', 'await new Promise((r) => setTimeout(() => r(), 5));'),
    file('test/a.ts', "import { setTimeout as wait } from 'node:timers/promises';"),
  ],
);

holds(
  'links of documents lead somewhere',
  texts.filter(({ path }) => path.endsWith('.md')),
  (document) => linkProblems(document, (path) => existsSync(join(ROOT, path))),
  [
    file('docs/a.md', '[here](../package.json) [there](https://example.org) [above](#top) [both](../package.json#x)'),
    file('docs/a.md', '```\n[not a link](nowhere.md)\n```\n`[nor this](nowhere.md)`'),
  ],
  [file('README.md', '[gone](docs/nowhere.md)'), file('docs/a.md', '![gone](package.json "title")')],
);

holds(
  'nothing names a path of one machine',
  texts,
  machineProblems,
  [file('docs/a.md', 'see src/work/x, https://example.org/home/x and docs/root/y')],
  [
    file('docs/a.md', `run it in /${'home'}/me/project`),
    file('src/a.ts', `const x = '/${'work'}/main';`),
    file('reports/a.json', `{"file":"/${'tmp'}/wt/x"}`),
  ],
);

t.test('every plug-in is in its registry', async (t) => {
  t.strictSame(registryProblems(texts, NOT_REGISTERED), []);
  const kinds = registriesOf(texts).map(({ kind }) => kind);
  for (const kind of ['Checker', 'FaultKind', 'ReporterEntry', 'ServerDefect', 'ClientDefect'])
    t.ok(kinds.includes(kind), `there is a registry of ${kind}`);
  for (const path of NOT_REGISTERED.keys()) t.ok(all.includes(path), `${path}, which is excepted, exists`);

  const index = file('src/a/index.ts', 'export const PARTS: readonly Part[] = [\n  one,\n  two,\n];');
  const plugIn = (name: string): SourceFile => file(`src/a/${name}.ts`, `export const ${name}: Part = {};`);
  t.strictSame(
    registryProblems([index, plugIn('one'), plugIn('two'), file('src/a/part.ts', 'export interface Part {}')], new Map()),
    [],
  );
  t.equal(registryProblems([index, plugIn('one'), plugIn('three')], new Map()).length, 1, 'a forgotten one is told');
  t.strictSame(registryProblems([index, plugIn('three')], new Map([['src/a/three.ts', 'why']])), []);
});

t.test('package.json has few scripts', async (t) => {
  t.strictSame(scriptProblems(readFileSync(join(ROOT, 'package.json'), 'utf8'), 8), []);
  t.equal(scriptProblems('{"scripts":{"a":"","b":"","c":""}}', 2).length, 1);
});
