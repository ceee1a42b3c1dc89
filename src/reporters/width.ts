/** How many columns a text takes on a terminal, and how to make it take exactly as many as there are. */

const SEGMENTS = new Intl.Segmenter('en', { granularity: 'grapheme' });

/** The characters of a text as people count them, each with its marks. */
export function graphemes(text: string): string[] {
  return [...SEGMENTS.segment(text)].map(({ segment }) => segment);
}

/** Columns of a text without control characters: 2 for East Asian wide characters and emoji, 0 for combining marks. */
export function textWidth(text: string): number {
  if (/^[\x20-\x7e]*$/.test(text)) return text.length;
  let width = 0;
  for (const { segment } of SEGMENTS.segment(text)) width += clusterWidth(segment);
  return width;
}

function clusterWidth(cluster: string): number {
  if (/\p{Emoji_Presentation}|\p{Extended_Pictographic}\ufe0f/u.test(cluster)) return 2;
  let width = 0;
  for (const char of cluster) width += charWidth(char);
  return width;
}

function charWidth(char: string): number {
  if (/[\p{Mn}\p{Me}\p{Cf}\p{Cc}]/u.test(char)) return 0;
  return isWide(char.codePointAt(0) ?? 0) ? 2 : 1;
}

/** East Asian Wide and Fullwidth (Unicode Annex 11), to the block. */
const WIDE: readonly (readonly [number, number])[] = [
  [0x1100, 0x115f],
  [0x2e80, 0x303e],
  [0x3041, 0xa4cf],
  [0xa960, 0xa97f],
  [0xac00, 0xd7a3],
  [0xf900, 0xfaff],
  [0xfe30, 0xfe6f],
  [0xff00, 0xff60],
  [0xffe0, 0xffe6],
  [0x1b000, 0x1b2ff],
  [0x1f300, 0x1f64f],
  [0x1f900, 0x1f9ff],
  [0x20000, 0x3fffd],
];

function isWide(code: number): boolean {
  return code >= 0x1100 && WIDE.some(([first, last]) => code >= first && code <= last);
}

/** The text cut to `width` columns; what was cut shows as `ellipsis`, which is one column wide. */
export function truncate(text: string, width: number, ellipsis = '…'): string {
  if (textWidth(text) <= width) return text;
  if (width <= 0) return '';
  let kept = '';
  let used = 0;
  for (const { segment } of SEGMENTS.segment(text)) {
    const next = used + clusterWidth(segment);
    if (next > width - 1) break;
    kept += segment;
    used = next;
  }
  return kept.trimEnd() + ellipsis;
}

/** The text in exactly `width` columns, cut or filled with spaces. */
export function fit(text: string, width: number, align: 'left' | 'right' = 'left', ellipsis = '…'): string {
  const cut = truncate(text, width, ellipsis);
  const space = ' '.repeat(Math.max(0, width - textWidth(cut)));
  return align === 'left' ? cut + space : space + cut;
}

/** The text in at most `linesMax` lines of `width` columns, broken between words where it can; the last one is cut. */
export function wrap(text: string, width: number, linesMax = Number.POSITIVE_INFINITY, ellipsis = '…'): string[] {
  const lines: string[] = [];
  let line = '';
  const words = text.split(' ').filter((word) => word !== '');
  for (const [index, word] of words.entries()) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (textWidth(longer) <= width) {
      line = longer;
      continue;
    }
    if (lines.length + 1 >= linesMax)
      return [...lines, truncate([line, ...words.slice(index)].join(' ').trim(), width, ellipsis)];
    if (line !== '') lines.push(line);
    line = word;
    while (textWidth(line) > width && lines.length + 1 < linesMax) {
      const head = takeColumns(line, width);
      lines.push(head);
      line = line.slice(head.length);
    }
  }
  if (line !== '' || lines.length === 0) lines.push(truncate(line, width, ellipsis));
  return lines;
}

/** The longest beginning of `text` in `width` columns, of at least one character so that a loop over it ends. */
function takeColumns(text: string, width: number): string {
  let taken = '';
  for (const { segment } of SEGMENTS.segment(text)) {
    if (taken !== '' && textWidth(taken + segment) > width) break;
    taken += segment;
  }
  return taken;
}

/**
 * A name with right-to-left letters, closed off by Unicode's isolates (Annex 9) so that a terminal that reorders text
 * does not move the columns beside it. Other text stays as it is.
 */
export function isolated(text: string): string {
  return /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefe\u{10800}-\u{10fff}\u{1e800}-\u{1efff}]/u.test(text)
    ? `\u2068${text}\u2069`
    : text;
}
