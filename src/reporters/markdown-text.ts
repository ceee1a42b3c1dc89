/** Text from outside as Markdown (GitHub's and GitLab's) in which it stays text: no link, image, HTML, mention, table or fence of its own. */
import { printable } from './format.js';

/** Signs that mean nothing between other words. A colon ends a word here: `:smile:` and `http:` are no plain text. */
const PLAIN = /^[\p{L}\p{N}](?:[\p{L}\p{N} ,;.'"()=/-]|: )*$/u;
/** What renderers make links of without being asked: hosts, commits, issues. */
const LINKED = /www\.|\/\/|\b[0-9a-f]{7,}\b|\b[A-Za-z]+-\d/i;

/** A name in a sentence: as it is when it is plain words, else as code. One line. */
export function inProse(text: string): string {
  const line = printable(text).trim();
  return PLAIN.test(line) && !LINKED.test(line) ? line : inCode(line);
}

/** Code in a sentence; its fence is longer than any in the text. One line. */
export function inCode(text: string): string {
  const line = printable(text).trim();
  if (line === '') return '` `';
  const fence = '`'.repeat(longestRun(line) + 1);
  const space = line.startsWith('`') || line.endsWith('`') ? ' ' : '';
  return `${fence}${space}${line}${space}${fence}`;
}

/** A cell of a table, of Markdown that is safe in a sentence: its pipes end no cell. */
export function inCell(markdown: string): string {
  return markdown.replace(/\\*\|/g, (found) => `${'\\'.repeat((found.length - 1) * 2)}\\|`);
}

/** Lines in a fence that none of them can close. `language` is a word such as `text`. */
export function fenced(lines: readonly string[], language: string): string[] {
  const fence = '`'.repeat(Math.max(3, ...lines.map((line) => longestRun(line) + 1)));
  return [`${fence}${language}`, ...lines.map(printable), fence];
}

/** A table. Heads and cells are Markdown that is safe in a sentence; `right` says which columns hold numbers. */
export function table(
  heads: readonly string[],
  rows: readonly (readonly string[])[],
  right: (column: number) => boolean,
): string[] {
  const row = (cells: readonly string[]): string => `| ${cells.map(inCell).join(' | ')} |`;
  return [row(heads), `|${heads.map((_, column) => (right(column) ? '---:' : '---')).join('|')}|`, ...rows.map(row)];
}

function longestRun(text: string): number {
  return Math.max(0, ...[...text.matchAll(/`+/g)].map(([run]) => run.length));
}
