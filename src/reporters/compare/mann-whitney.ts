/** The Mann-Whitney U test: whether two samples differ by more than chance, without any idea of how they are distributed. */

/** Largest product of the two sizes for which the exact distribution is counted. */
const EXACT_MAX = 400;

/**
 * The two-sided p value of two samples; `null` in a sample stands for what never came, above every number. Null when a
 * sample is empty. Exact without ties and for at most EXACT_MAX pairs, else by the normal approximation with corrections
 * for ties and continuity (Mann and Whitney 1947; Lehmann, Nonparametrics, 1975).
 */
export function mannWhitney(a: readonly (number | null)[], b: readonly (number | null)[]): number | null {
  const [m, n] = [a.length, b.length];
  if (m === 0 || n === 0) return null;
  const all = [
    ...a.map((value) => ({ value: value ?? Infinity, isA: true })),
    ...b.map((value) => ({ value: value ?? Infinity, isA: false })),
  ];
  all.sort((x, y) => (x.value === y.value ? 0 : x.value - y.value));
  let rankSum = 0;
  let tieSum = 0;
  for (let from = 0; from < all.length; ) {
    let to = from;
    while (to < all.length && all[to]?.value === all[from]?.value) to++;
    const rank = (from + 1 + to) / 2;
    for (let i = from; i < to; i++) if (all[i]?.isA) rankSum += rank;
    tieSum += (to - from) ** 3 - (to - from);
    from = to;
  }
  const u = rankSum - (m * (m + 1)) / 2;
  const low = Math.min(u, m * n - u);
  if (tieSum === 0 && m * n <= EXACT_MAX) return Math.min(1, 2 * exactBelow(low, m, n));
  const total = m + n;
  const variance = ((m * n) / 12) * (total + 1 - tieSum / (total * (total - 1)));
  if (!(variance > 0)) return 1;
  const z = Math.max(0, Math.abs(u - (m * n) / 2) - 0.5) / Math.sqrt(variance);
  return Math.min(1, 2 * upperTail(z));
}

/** The probability of a U of at most `u`: the share of the orders of m and n values that have it. */
function exactBelow(u: number, m: number, n: number): number {
  // counts[i][k]: the ways in which i values of a and the values of b so far make a U of k.
  let counts: number[][] = Array.from({ length: m + 1 }, () => [1]);
  for (let j = 1; j <= n; j++) {
    const next: number[][] = [[1]];
    for (let i = 1; i <= m; i++) {
      const row: number[] = [];
      for (let k = 0; k <= i * j; k++) row.push((counts[i]?.[k] ?? 0) + (next[i - 1]?.[k - j] ?? 0));
      next.push(row);
    }
    counts = next;
  }
  const ways = counts[m] ?? [];
  const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
  return sum(ways.slice(0, Math.floor(u) + 1)) / sum(ways);
}

/** The upper tail of the standard normal distribution (Abramowitz and Stegun 7.1.26, error below 1.5e-7). */
function upperTail(z: number): number {
  const x = z / Math.SQRT2;
  const t = 1 / (1 + 0.3275911 * x);
  const poly = t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))));
  return (poly * Math.exp(-x * x)) / 2;
}
