/** Two lists in their orders with as many of those that belong together beside each other as there can be. */

export type Match = readonly [i: number, j: number] | readonly [i: number, j: null] | readonly [i: null, j: number];

/** `belong` says whether item `i` of the first list and item `j` of the second are a pair. */
export function matched(m: number, n: number, belong: (i: number, j: number) => boolean): Match[] {
  const width = n + 1;
  const longest = new Uint16Array((m + 1) * width);
  const at = (i: number, j: number): number => longest[i * width + j] ?? 0;
  for (let i = m - 1; i >= 0; i--) {
    for (let j = n - 1; j >= 0; j--)
      longest[i * width + j] = belong(i, j) ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
  }
  const found: Match[] = [];
  for (let i = 0, j = 0; i < m || j < n; ) {
    if (i < m && j < n && belong(i, j)) found.push([i++, j++]);
    else if (j >= n || (i < m && at(i + 1, j) >= at(i, j + 1))) found.push([i++, null]);
    else found.push([null, j++]);
  }
  return found;
}
