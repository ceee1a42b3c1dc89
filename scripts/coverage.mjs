/** Coverage by group of files against its bar; files that no test loaded count as not covered. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';

/** Percent of lines. */
const GROUPS = [
  {
    name: 'the pure core',
    bar: 90,
    isMember: (file) => /^src\/(protocol|trace|client|judge|server\/hub)\//.test(file),
  },
  { name: 'everything', bar: 80, isMember: () => true },
];

/** Groups with their covered lines in percent, and their files with the most open lines first. */
export async function coverageOf(summaryFile, root = '.') {
  const seen = existsSync(summaryFile) ? JSON.parse(readFileSync(summaryFile, 'utf8')) : {};
  const known = new Map(Object.entries(seen).map(([path, { lines }]) => [relative(root, path).split(sep).join('/'), lines]));
  const files = sourcesOf(root).flatMap((file) => {
    const lines = known.get(file);
    if (lines !== undefined) return [{ file, total: lines.total, open: lines.total - lines.covered }];
    if (!hasCode(join(root, 'dist', file.replace(/\.ts$/, '.js')))) return [];
    const total = readFileSync(join(root, file), 'utf8').split('\n').length - 1;
    return [{ file, total, open: total }];
  });
  return GROUPS.map(({ name, bar, isMember }) => {
    const members = files.filter(({ file }) => isMember(file)).sort((a, b) => b.open - a.open);
    const sum = (key) => members.reduce((total, file) => total + file[key], 0);
    const total = sum('total');
    return { name, bar, pct: total === 0 ? 0 : (100 * (total - sum('open'))) / total, files: members };
  });
}

export function missed({ pct, bar }) {
  return pct < bar;
}

function sourcesOf(root) {
  return ['bin', 'src'].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true })
      .map((name) => `${folder}/${String(name).split(sep).join('/')}`)
      .filter((name) => name.endsWith('.ts') && !isOfTheBrowser(name)),
  );
}

/** A file of types only compiles to nothing that could run. */
function hasCode(compiled) {
  if (!existsSync(compiled)) return true;
  const text = readFileSync(compiled, 'utf8').replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '');
  return text.replace(/export \{\};/, '').trim() !== '';
}

/** The page of the HTML report runs in Chromium only, where the tests that click on it do not count lines. */
function isOfTheBrowser(file) {
  return file.startsWith('src/reporters/html/page/');
}
