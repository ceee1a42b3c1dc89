/** What to keep of a list where there is no room for all of it. */

/** At most `max` items in their order: the heaviest, and of those alike the nearest to the item at `focus`. */
export function heaviest<T extends { readonly weight: number }>(items: readonly T[], focus: number, max: number): readonly T[] {
  if (items.length <= max) return items;
  const ranked = items.map(({ weight }, at) => ({ at, weight, far: Math.abs(at - focus) }));
  ranked.sort((a, b) => b.weight - a.weight || a.far - b.far || a.at - b.at);
  const kept = new Set(ranked.slice(0, max).map(({ at }) => at));
  return items.filter((_, at) => kept.has(at));
}

/** At most `max` of `length` items without a gap: `before` of them ahead of the one at `centre`. Yields where they begin and end. */
export function stretch(length: number, centre: number, max: number, before: number): readonly [from: number, to: number] {
  const from = Math.max(0, Math.min(centre - before, length - max));
  return [from, Math.min(length, from + max)];
}
