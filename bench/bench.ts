/** What a benchmark is, and how its figures are written. */

/** One line of a benchmark's table: what was measured, and its figures in words with their units. */
export type Row = readonly [what: string, ...figures: readonly string[]];

export interface BenchOptions {
  /** The `dist` folder of another build that is measured beside this one, where a benchmark can do that. */
  readonly against: string | null;
}

export interface Bench {
  readonly name: string;
  /** Measures, and says what came of it. Compare the ratios: figures of two runs differ with the load of the machine. */
  run(options: BenchOptions): Promise<readonly Row[]>;
}

/** Milliseconds that `work` takes. */
export function timed(work: () => void): number {
  const startedAt = performance.now();
  work();
  return performance.now() - startedAt;
}

/** The middle one of an odd number of figures. */
export function median(figures: readonly number[]): number {
  return [...figures].sort((a, b) => a - b)[figures.length >> 1] ?? Number.NaN;
}

/** The rows as columns. */
export function table(rows: readonly Row[]): string {
  const columns = Math.max(...rows.map((row) => row.length));
  const widths = Array.from({ length: columns }, (_, index) => Math.max(...rows.map((row) => row[index]?.length ?? 0)));
  const line = (row: Row): string =>
    row.map((cell, index) => (index === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart((widths[index] ?? 0) + 2))).join('');
  return rows.map((row) => `  ${line(row)}\n`).join('');
}
