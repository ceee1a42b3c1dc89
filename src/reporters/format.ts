/** Numbers and names as a terminal shows them: pure functions that know widths and trust no text from outside. */
import type { TimingSummary } from '../scenarios/run/result.js';

/** Milliseconds for people: `0.4 ms`, `34 ms`, `1.28 s`, `12.3 s`, `2 min 05 s`; `-` for none. */
export function duration(ms: number | null): string {
  if (ms === null || !Number.isFinite(ms)) return '-';
  if (ms < 0) return `-${duration(-ms)}`;
  if (ms < 9.95) return `${trimZero(ms.toFixed(1))} ms`;
  if (ms < 999.5) return `${Math.round(ms)} ms`;
  if (ms < 9_995) return `${(ms / 1000).toFixed(2)} s`;
  if (ms < 59_950) return `${(ms / 1000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1000);
  return `${Math.floor(seconds / 60)} min ${String(seconds % 60).padStart(2, '0')} s`;
}

/** Milliseconds without their unit for a table whose head names it: `0.4`, `34`, `1280`; from 10 s on `12.3s`. */
export function bareMs(ms: number | null): string {
  if (ms === null || !Number.isFinite(ms)) return '-';
  if (ms < 9.95) return trimZero(ms.toFixed(1));
  return ms < 9_999.5 ? String(Math.round(ms)) : `${trimZero((ms / 1000).toFixed(1))}s`;
}

/** Elapsed time of a call timer: `00:07`, `1:02:03`. */
export function clock(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  const pad = (value: number): string => String(value).padStart(2, '0');
  const hours = Math.floor(seconds / 3600);
  return `${hours > 0 ? `${hours}:` : ''}${pad(Math.floor(seconds / 60) % 60)}:${pad(seconds % 60)}`;
}

export type Percentile = 'min' | 'p50' | 'p95' | 'p99' | 'max';

/**
 * One percentile of a timing without its unit. What never happened is slower than all that did: `never` stands where
 * there is no number, and always in `max` when anything never happened, so that no hanging call vanishes from a table.
 */
export function percentileCell(timing: TimingSummary, percentile: Percentile): string {
  const value = timing[percentile];
  if (timing.never > 0 && (value === null || percentile === 'max')) return 'never';
  return bareMs(value);
}

/** Several percentiles in one cell: `12/34`. A timing that was not seen at all is empty. */
export function timingCell(timing: TimingSummary | undefined, percentiles: readonly Percentile[]): string {
  if (timing === undefined || (timing.count === 0 && timing.never === 0)) return '';
  const cells = percentiles.map((percentile) => percentileCell(timing, percentile));
  return cells.every((cell) => cell === cells[0]) ? (cells[0] ?? '') : cells.join('/');
}

/** `1 scenario`, `3 scenarios`. */
export function counted(count: number, singular: string, plural = `${singular}s`): string {
  return `${count} ${count === 1 ? singular : plural}`;
}

/**
 * Text that cannot steer the terminal: control characters, terminal escapes, line separators and marks that turn the
 * direction of text become visible (`\x1b`, `\u202e`). Tabs and line ends become spaces. For one line of output.
 */
export function printable(text: string): string {
  return text
    .replace(/[\t\n\r]+/g, ' ')
    .replace(/[\u0000-\u001f\u007f-\u009f]/g, (char) => `\\x${char.charCodeAt(0).toString(16).padStart(2, '0')}`)
    .replace(
      /[\u00ad\u061c\u200b\u200e\u200f\u2028\u2029\u202a-\u202e\u2060-\u206f\ud800-\udfff\ue000-\uf8ff\ufeff\ufff9-\ufffb\u{e0000}-\u{e0fff}]/gu,
      (char) => `\\u${(char.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`,
    );
}

/** The lines of a text from outside, each printable; empty ones are left out. */
export function printableLines(text: string): string[] {
  return text.split(/\r\n|\n|\r/).flatMap((line) => (line.trim() === '' ? [] : [printable(line.trimEnd())]));
}

function trimZero(number: string): string {
  return number.replace(/\.0$/, '');
}
