/** Whether dist/ is older than what it is made from. */
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

const SOURCES = [
  'bin',
  'src',
  'lab',
  'test',
  'bench',
  'tsconfig.json',
  'tsconfig.core.json',
  'tsconfig.page.json',
  'package-lock.json',
  'scripts/build.mjs',
  'scripts/page.mjs',
];

/** True when there is no finished build, or a source or a folder of sources changed since it began. */
export function isStale(root = '.', sources = SOURCES) {
  const built = join(root, 'dist', '.built');
  if (!existsSync(built)) return true;
  const since = statSync(built).mtimeMs;
  return sources.some((source) => isNewer(join(root, source), since));
}

/** A folder's own time tells of files that were removed. */
function isNewer(path, since) {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat === undefined) return false;
  if (stat.mtimeMs > since) return true;
  return stat.isDirectory() && readdirSync(path).some((name) => isNewer(join(path, name), since));
}
