/** The house's own rules as functions from a file to what is wrong with it; tidy.test.ts holds the project against them. */
import { posix } from 'node:path';
import ts from 'typescript';

/** A file with its path from the root of the project, with slashes. */
export interface SourceFile {
  readonly path: string;
  readonly text: string;
}

/** Folders by floor; the longest that fits counts. Imports stay on their floor or go down. */
const FLOORS: readonly (readonly [folder: string, floor: number])[] = [
  ['src/protocol/', 0],
  ['src/trace/', 0],
  ['src/faults/', 1],
  ['src/client/', 1],
  ['src/judge/', 1],
  ['src/server/', 2],
  ['src/probe/', 2],
  ['src/sim/', 2],
  ['src/adapters/', 3],
  ['src/scenarios/', 3],
  ['src/reporters/', 4],
  ['src/cli/', 5],
  ['src/index.ts', 5],
  ['bin/', 5],
  ['lab/', 6],
  ['test/strangers/', 6],
];

/** Folders whose files are pure: no clock, no chance, no process, nothing of Node. */
const PURE: readonly string[] = [
  'src/protocol/',
  'src/trace/',
  'src/faults/',
  'src/client/',
  'src/judge/',
  'src/sim/',
  'src/server/hub/',
  'src/server/defects/',
  'src/probe/adapter/',
  'src/probe/defects/',
];

/** Who may read real time. Everybody else is given a clock, or instants. */
const CLOCK_READERS: readonly string[] = [
  'src/probe/runtime/clock.ts',
  'src/server/child.ts',
  'src/server/listen.ts',
  'src/cli/',
];

const GLOBALS_OF_THE_WORLD: ReadonlySet<string> = new Set([
  'process',
  'performance',
  'console',
  'Buffer',
  'fetch',
  'setTimeout',
  'setInterval',
  'setImmediate',
  'queueMicrotask',
  '__dirname',
]);

export const LINES_MAX = 400;

function floorOf(path: string): number | null {
  const fitting = FLOORS.filter(([folder]) => path.startsWith(folder)).sort((a, b) => b[0].length - a[0].length);
  return fitting[0]?.[1] ?? null;
}

const isPure = (path: string): boolean => PURE.some((folder) => path.startsWith(folder));

/** Paths of the project that a file imports, types included. */
export function importsOf({ path, text }: SourceFile): string[] {
  const { importedFiles } = ts.preProcessFile(text, true, true);
  return importedFiles
    .filter(({ fileName }) => fileName.startsWith('.'))
    .map(({ fileName }) => posix.join(posix.dirname(path), fileName).replace(/\.js$/, '.ts'));
}

/** Imports that go up, and shells that import the simulator which drives them. */
export function floorProblems(file: SourceFile): string[] {
  const floor = floorOf(file.path);
  if (floor === null) return file.path.startsWith('src/') ? [`${file.path}: on no floor; give its folder one`] : [];
  return importsOf(file).flatMap((target) => {
    const below = floorOf(target);
    if (below === null) return [`${file.path}: imports ${target}, which is on no floor`];
    if (below > floor) return [`${file.path} (floor ${floor}) imports ${target} (floor ${below}): imports go down only`];
    const isShell = file.path.startsWith('src/server/') || file.path.startsWith('src/probe/');
    return isShell && target.startsWith('src/sim/') ? [`${file.path}: imports ${target}, but sim drives it`] : [];
  });
}

/**
 * Circles of imports. In every folder of `src/` its files and its subfolders, each with all that is below it, are in an order: none
 * imports another one that imports it back, by however many steps. A circle is named by its folder and its members, in order of the
 * alphabet; those of `known` are passed over, and one of them that is no circle any more is a problem itself.
 */
export function circleProblems(files: readonly SourceFile[], known: ReadonlyMap<string, string>): string[] {
  const folders = new Map<string, Map<string, Set<string>>>();
  for (const file of files.filter(({ path }) => path.startsWith('src/'))) {
    for (const target of importsOf(file).filter((path) => path.startsWith('src/') && path !== file.path)) {
      const [from, to] = [file.path.split('/'), target.split('/')];
      const depth = from.findIndex((part, i) => part !== to[i]);
      const [one, other] = [from[depth] ?? '', to[depth] ?? ''];
      const folder = from.slice(0, depth).join('/');
      const members = folders.get(folder) ?? new Map<string, Set<string>>();
      folders.set(folder, members.set(one, (members.get(one) ?? new Set()).add(other)));
    }
  }
  const found = [...folders].flatMap(([folder, members]) => circlesOf(members).map((circle) => `${folder}: ${circle.join(' ')}`));
  return [
    ...found.filter((circle) => !known.has(circle)).map((circle) => `${circle}: import each other in a circle`),
    ...[...known.keys()].filter((circle) => !found.includes(circle)).map((circle) => `${circle}: is no circle any more`),
  ];
}

/** Groups of members that all reach each other. */
function circlesOf(members: ReadonlyMap<string, ReadonlySet<string>>): string[][] {
  const reachedFrom = (start: string): ReadonlySet<string> => {
    const reached = new Set<string>();
    const next = [...(members.get(start) ?? [])];
    for (let name = next.pop(); name !== undefined; name = next.pop()) {
      if (reached.has(name)) continue;
      reached.add(name);
      next.push(...(members.get(name) ?? []));
    }
    return reached;
  };
  const reach = new Map([...members.keys()].map((name) => [name, reachedFrom(name)]));
  const circles = [...reach].map(([name, reached]) =>
    [...reached].filter((other) => reach.get(other)?.has(name) === true).sort(),
  );
  return [...new Map(circles.filter((circle) => circle.length > 0).map((circle) => [circle.join(' '), circle])).values()];
}

/** What an app that ships `src/client/` would have to ship as well: nothing but the protocol, no package, nothing of Node. */
export function shippedProblems(files: readonly SourceFile[]): string[] {
  const texts = new Map(files.map((file) => [file.path, file]));
  const pending = [...texts.keys()].filter((path) => path.startsWith('src/client/'));
  const seen = new Set(pending);
  const problems: string[] = [];
  for (let path = pending.pop(); path !== undefined; path = pending.pop()) {
    const file = texts.get(path);
    if (file === undefined) continue;
    const packages = ts.preProcessFile(file.text, true, true).importedFiles.filter(({ fileName }) => !fileName.startsWith('.'));
    for (const { fileName } of packages) problems.push(`${path}: imports ${fileName}, and an app ships it with the client`);
    for (const target of importsOf(file)) {
      if (!/^src\/(client|protocol)\//.test(target))
        problems.push(`${path}: imports ${target}, and an app ships it with the client`);
      else if (!seen.has(target)) pending.push(target);
      seen.add(target);
    }
  }
  return problems;
}

/** Members whose words are for people, or that have a helper of their own to read them. */
const WORDS_FOR_PEOPLE = /^(message|text|kind|code|fault|name|reason)$/;

/** The judge reads typed fields: patterns and parts of words say something else of every new message. */
export function sentenceProblems(file: SourceFile): string[] {
  if (!file.path.startsWith('src/judge/')) return [];
  return visit(file, (node, tell) => {
    if (ts.isRegularExpressionLiteral(node) || (ts.isNewExpression(node) && isNamed(node.expression, 'RegExp')))
      tell('a pattern: the judge reads typed fields');
    if (!ts.isPropertyAccessExpression(node) || !isNamed(node.name, /^(startsWith|endsWith|match|search)$/)) return;
    const { expression } = node;
    const subject = ts.isPropertyAccessExpression(expression) ? expression.name : expression;
    if (isNamed(subject, WORDS_FOR_PEOPLE)) tell(`${subject.getText()}.${node.name.text}: the judge reads typed fields`);
  });
}

/** What pure code may not touch, and real time read by who is not on the list. */
export function purityProblems(file: SourceFile): string[] {
  if (!file.path.startsWith('src/') && !file.path.startsWith('bin/')) return [];
  const problems: string[] = [];
  const pure = isPure(file.path);
  const readsClock = CLOCK_READERS.some((reader) => file.path.startsWith(reader));
  if (pure) {
    for (const { fileName } of ts.preProcessFile(file.text, true, true).importedFiles)
      if (fileName.startsWith('node:')) problems.push(`${file.path}: pure code imports ${fileName}`);
  }
  visit(file, (node, tell) => {
    const time = timeRead(node);
    if (time !== null && (pure || !readsClock)) tell(`${time} reads real time: take a clock, or an instant, as an argument`);
    if (!pure) return;
    if (isMember(node, 'Math', 'random')) tell('Math.random does not replay: take an Rng');
    if (ts.isNewExpression(node) && isNamed(node.expression, 'Date')) tell('new Date: times are numbers here');
    if (ts.isIdentifier(node) && GLOBALS_OF_THE_WORLD.has(node.text) && isValue(node)) tell(`${node.text} is not for pure code`);
  }).forEach((problem) => {
    problems.push(problem);
  });
  return problems;
}

/** Code that switches the types off, and notes to oneself. */
export function hygieneProblems(file: SourceFile): string[] {
  if (!file.path.endsWith('.ts')) return noteProblems(file);
  const problems = visit(file, (node, tell) => {
    if (node.kind === ts.SyntaxKind.AnyKeyword) tell('any: say what it is, or unknown');
  });
  const directive = new RegExp(`@ts-(${['ignore', 'nocheck', 'expect-error'].join('|')})\\b`).exec(file.text)?.[0];
  if (directive !== undefined) problems.push(`${file.path}: ${directive} hides what the compiler says`);
  return [...problems, ...noteProblems(file)];
}

function noteProblems({ path, text }: SourceFile): string[] {
  const notes = ['TO', 'FIX', 'X'].map((head, index) => head + ['DO', 'ME', 'XX'][index]);
  const found = new RegExp(`(?://|\\*)\\s*(?:${notes.join('|')})\\b`).exec(text);
  return found === null ? [] : [`${path}:${lineAt(text, found.index)}: ${found[0]}: do it, or write it where work is planned`];
}

/** Length, opening sentence and name. */
export function shapeProblems({ path, text }: SourceFile): string[] {
  const problems: string[] = [];
  const lines = text.split('\n').length - (text.endsWith('\n') ? 1 : 0);
  if (lines > LINES_MAX) problems.push(`${path}: ${lines} lines, at most ${LINES_MAX}: find the second noun`);
  if (/\.test\.ts$/.test(path) === false && !/^(#![^\n]*\n)?\/\*\*\s+(\* )?[^\s*]/.test(text))
    problems.push(`${path}: opens without a /** sentence on what it is */`);
  const name = posix.basename(path).replace(/(\.test|\.d)?\.[cm]?ts$|\.mjs$/, '');
  if (/^(utils?|helpers?|common|types|misc|shared|stuff)$/.test(name))
    problems.push(`${path}: says nothing; name the thing in it`);
  if (!/^[a-z0-9]+(-[a-z0-9]+)*$/.test(name)) problems.push(`${path}: not in kebab-case`);
  return problems;
}

/** Tests that let time pass instead of waiting for an event. */
export function sleepProblems(file: SourceFile): string[] {
  if (!file.path.startsWith('test/')) return [];
  return visit(file, (node, tell) => {
    if (ts.isImportDeclaration(node) && /timers\/promises['"]$/.test(node.moduleSpecifier.getText()))
      tell('timers/promises: wait for a named event');
    if (
      ts.isAwaitExpression(node) &&
      ts.isCallExpression(node.expression) &&
      isNamed(node.expression.expression, /^(sleep|delay)$/i)
    )
      tell('a sleeping test: wait for a named event');
    // A timer that does nothing but go on; one that fails or ends something is a limit and welcome.
    if (ts.isCallExpression(node) && isNamed(node.expression, 'setTimeout')) {
      const [callback] = node.arguments;
      if (
        callback !== undefined &&
        (isNamed(callback, /^(resolve|done|r|next)$/) || /^\(\)\s*=>\s*(resolve|done|r|next)\(\)$/.test(callback.getText()))
      )
        tell('a bare sleep: wait for a named event');
    }
  });
}

/**
 * Plug-ins that their registry forgot. A registry is an `index.ts` with a literal array `export const NAME: readonly Kind[] = [...]`;
 * its plug-ins are the files beside it that export a constant of that kind.
 */
export function registryProblems(files: readonly SourceFile[], exceptions: ReadonlyMap<string, string>): string[] {
  return registriesOf(files).flatMap(({ index, kind, entries }) => {
    const folder = posix.dirname(index);
    const siblings = files.filter(({ path }) => posix.dirname(path) === folder && path !== index && !exceptions.has(path));
    return siblings.flatMap(({ path, text }) =>
      [...text.matchAll(new RegExp(`^export const (\\w+): ${kind} =`, 'gm'))]
        .map((match) => match[1] ?? '')
        .filter((name) => !entries.includes(name))
        .map((name) => `${path}: ${name} is a ${kind}, but not in the registry of ${index}`),
    );
  });
}

export interface Registry {
  readonly index: string;
  readonly kind: string;
  readonly entries: readonly string[];
}

/** Every registry of the project. */
export function registriesOf(files: readonly SourceFile[]): Registry[] {
  return files
    .filter(({ path }) => /^src\/.*\/index\.ts$/.test(path))
    .flatMap(({ path, text }) =>
      [...text.matchAll(/^export const [A-Z_]+: readonly (\w+)\[\] = \[([^\]]*)\]/gm)].map(([, kind = '', body = '']) => ({
        index: path,
        kind,
        entries: body.split(',').map((entry) => entry.trim()),
      })),
    );
}

/** Relative links of Markdown that lead nowhere. `exists` takes a path from the root. */
export function linkProblems({ path, text }: SourceFile, exists: (path: string) => boolean): string[] {
  const prose = text.replace(/^(```|~~~)[\s\S]*?^\1/gm, '').replace(/`[^`\n]*`/g, '');
  const links = [...prose.matchAll(/\]\(<?([^)\s>]+)>?(?:\s+"[^"]*")?\)/g)].map((match) => match[1] ?? '');
  return links
    .filter((link) => !/^([a-z][a-z0-9+.-]*:|#)/i.test(link))
    .map((link) => posix.normalize(posix.join(posix.dirname(path), decodeURI(link.split('#')[0] ?? ''))))
    .filter((target) => !exists(target))
    .map((target) => `${path}: links to ${target}, which is not there`);
}

/** Paths that exist on one machine only. */
export function machineProblems({ path, text }: SourceFile): string[] {
  const places = ['home', 'root', 'work', 'Users'].map((place) => `/${place}/`);
  const pattern = new RegExp(`(?:^|[\\s"'\`(=:,\\[])(?:${[...places, `/${'tmp'}/wt`].join('|')})[\\w.-]*`, 'm');
  const found = pattern.exec(text);
  return found === null ? [] : [`${path}:${lineAt(text, found.index + 1)}: ${found[0].trim()} is a path of one machine`];
}

/** A package.json with more scripts than a newcomer reads. */
export function scriptProblems(packageJson: string, max: number): string[] {
  const { scripts } = JSON.parse(packageJson) as { scripts: Record<string, string> };
  const names = Object.keys(scripts);
  return names.length > max ? [`package.json: ${names.length} scripts, at most ${max}: ${names.join(', ')}`] : [];
}

function visit(file: SourceFile, look: (node: ts.Node, tell: (problem: string) => void) => void): string[] {
  const source = ts.createSourceFile(file.path, file.text, ts.ScriptTarget.ES2023, true);
  const problems: string[] = [];
  const walk = (node: ts.Node): void => {
    look(node, (problem) =>
      problems.push(`${file.path}:${source.getLineAndCharacterOfPosition(node.getStart()).line + 1}: ${problem}`),
    );
    ts.forEachChild(node, walk);
  };
  walk(source);
  return problems;
}

function timeRead(node: ts.Node): string | null {
  if (isMember(node, 'Date', 'now')) return 'Date.now';
  if (isMember(node, 'performance', 'now') || isMember(node, 'performance', 'timeOrigin')) return 'performance';
  if (isMember(node, 'process', 'hrtime') || isMember(node, 'process', 'uptime')) return 'process.hrtime';
  if (ts.isNewExpression(node) && isNamed(node.expression, 'Date') && (node.arguments?.length ?? 0) === 0) return 'new Date()';
  return ts.isCallExpression(node) && isNamed(node.expression, 'Date') ? 'Date()' : null;
}

function isMember(node: ts.Node, object: string, member: string): boolean {
  return ts.isPropertyAccessExpression(node) && isNamed(node.expression, object) && node.name.text === member;
}

function isNamed(node: ts.Node, name: string | RegExp): boolean {
  return ts.isIdentifier(node) && (typeof name === 'string' ? node.text === name : name.test(node.text));
}

/** Whether an identifier is used as a value, and not the name of a member, a key or a type. */
function isValue(node: ts.Identifier): boolean {
  const { parent } = node;
  if (ts.isPropertyAccessExpression(parent)) return parent.expression === node;
  if (ts.isPropertyAssignment(parent)) return parent.initializer === node;
  return !(ts.isTypeNode(parent) || ts.isTypeElement(parent) || ts.isClassElement(parent) || ts.isQualifiedName(parent));
}

function lineAt(text: string, index: number): number {
  return text.slice(0, index).split('\n').length;
}
