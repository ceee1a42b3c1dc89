/** Standard output as reporters see it: the one place that reads the terminal and the environment. */
import type { Out } from './reporter.js';

/** What is asked of `process.stdout` or `process.stderr`. */
export interface Stream {
  write(text: string): unknown;
  readonly isTTY?: boolean;
  readonly columns?: number;
  getColorDepth?(env?: object): number;
}
export type Environment = Readonly<Record<string, string | undefined>>;

/** Columns taken where nobody says how many there are: files, pipes, CI logs. */
export const COLUMNS_DEFAULT = 80;

/**
 * The way out of this process. Colours: `NO_COLOR` (no-color.org) and `TERM=dumb` turn them off, `FORCE_COLOR` (0-3)
 * decides first; else what the terminal can, none on a pipe. Columns: the terminal's, else `COLUMNS`, else 80. Both are
 * read anew at every use, since people resize terminals.
 */
export function createOut(stream: Stream = process.stdout, env: Environment = process.env): Out {
  const terminal = stream.isTTY === true;
  return {
    write: (text) => {
      stream.write(text);
    },
    isTTY: terminal && env['TERM'] !== 'dumb',
    get columns() {
      return stream.columns !== undefined && stream.columns > 0 ? stream.columns : columnsOf(env);
    },
    colors: colorsOf(stream, env),
    unicode: unicodeOf(env),
  };
}

function columnsOf(env: Environment): number {
  const columns = Number(env['COLUMNS']);
  return Number.isSafeInteger(columns) && columns > 0 ? columns : COLUMNS_DEFAULT;
}

function colorsOf(stream: Stream, env: Environment): Out['colors'] {
  const force = env['FORCE_COLOR'];
  if (force !== undefined) return forced(force);
  if ((env['NO_COLOR'] ?? '') !== '' || env['TERM'] === 'dumb' || stream.isTTY !== true) return 0;
  const depth = stream.getColorDepth?.(env) ?? 4;
  if (depth >= 24) return 3;
  if (depth >= 8) return 2;
  return depth >= 4 ? 1 : 0;
}

function forced(force: string): Out['colors'] {
  switch (force) {
    case '0':
    case 'false':
      return 0;
    case '2':
      return 2;
    case '3':
      return 3;
    default:
      return 1;
  }
}

/** POSIX: LC_ALL, else LC_CTYPE, else LANG; the first that is not empty decides. None at all means a bare environment. */
function unicodeOf(env: Environment): boolean {
  const locale = [env['LC_ALL'], env['LC_CTYPE'], env['LANG']].find((value) => value !== undefined && value !== '');
  return locale === undefined ? env['TERM'] !== 'linux' : /utf-?8/i.test(locale);
}
