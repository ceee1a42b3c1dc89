/** Groups events by a key, in the order in which the keys first occur. */

/** The items by key; groups and keys keep the order of the items. (ES2023 has no `Map.groupBy`.) */
export function groupBy<K, V>(items: Iterable<V>, keyOf: (item: V) => K): Map<K, V[]> {
  const groups = new Map<K, V[]>();
  for (const item of items) listIn(groups, keyOf(item)).push(item);
  return groups;
}

/** The list under a key, made when there is none. */
export function listIn<K, V>(groups: Map<K, V[]>, key: K): V[] {
  const list = groups.get(key) ?? [];
  groups.set(key, list);
  return list;
}
