/** `call-probe compare BEFORE AFTER`: the same scenarios on two systems, what changed, and whether anything got worse. */
import { resolve } from 'node:path';
import { type Comparison, compareSides } from '../reporters/compare/comparison.js';
import { comparisonHtml } from '../reporters/compare/html.js';
import { comparisonMarkdown } from '../reporters/compare/markdown.js';
import { renderComparison } from '../reporters/compare/terminal.js';
import { prepareFile, writeWhole } from '../reporters/files.js';
import { printable } from '../reporters/format.js';
import { createOut } from '../reporters/out.js';
import { assertNoLeak } from '../trace/redaction/privacy.js';
import { readSide } from './compare-input.js';
import { EXIT, UsageError } from './exit.js';
import { privacyOf } from './privacy.js';
import { VERSION } from './version.js';

interface CompareFlags {
  readonly html?: string;
  readonly markdown?: string;
  /** Percent. */
  readonly threshold: number;
  readonly includeSensitive?: boolean;
}

/** Runs `call-probe compare` and resolves to its exit code. */
export async function compareCommand(beforePath: string, afterPath: string, flags: CompareFlags): Promise<number> {
  const files = [flags.html, flags.markdown].flatMap((file) => (file === undefined ? [] : [resolve(file)]));
  if (new Set(files).size < files.length) throw new UsageError('--html and --markdown name the same file: use two files');
  for (const file of files) prepareFile(file);
  const privacy = privacyOf(flags.includeSensitive === true);
  const before = await readSide(beforePath, privacy);
  const after = await readSide(afterPath, privacy);
  for (const warning of [...before.warnings, ...after.warnings].slice(0, WARNINGS_MAX))
    process.stderr.write(`${printable(warning)}\n`);
  const comparison = compareSides(before.side, after.side, flags.threshold / 100);
  if (comparison === null) throw new UsageError(nothingInCommon(before.side.runs[0]?.name ?? '', after.side.runs[0]?.name ?? ''));
  const written: [file: string | undefined, text: () => string][] = [
    [flags.html, () => comparisonHtml(comparison, VERSION)],
    [flags.markdown, () => comparisonMarkdown(comparison)],
  ];
  for (const [file, text] of written) {
    if (file === undefined) continue;
    const whole = text();
    assertNoLeak(whole, privacy, `The comparison ${file}`);
    writeWhole(resolve(file), whole);
  }
  const out = createOut();
  out.write(`${renderComparison(comparison, out).join('\n')}\n`);
  for (const file of files) out.write(`written   ${printable(file)}\n`);
  return exitCodeOf(comparison);
}

/** Maximum number of unreadable files to list. */
const WARNINGS_MAX = 20;

function nothingInCommon(before: string, after: string): string {
  const name = (text: string): string => JSON.stringify(text.slice(0, 80));
  return `the two sides have no common scenario: before has ${name(before)}, after has ${name(after)}; scenarios are paired by name`;
}

function exitCodeOf({ verdict }: Comparison): number {
  return verdict === 'worse' ? EXIT.failed : verdict === 'inconclusive' ? EXIT.inconclusive : EXIT.held;
}
