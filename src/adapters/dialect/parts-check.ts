/** Checks partial messages: each part comes from one rule, and belongs to one `together`. */
import { type Path, quote, type Report } from '../../scenarios/language/problem.js';
import { isPlainMap } from '../../scenarios/language/tree.js';
import { didYouMean } from '../../scenarios/language/words.js';

interface RawParts {
  readonly receive: readonly unknown[];
  readonly roles?: Readonly<Record<string, { readonly receive?: readonly unknown[] }>>;
}

export function checkParts({ receive, roles = {} }: RawParts, report: Report): void {
  const lists: readonly (readonly [path: Path, rules: readonly unknown[], seen: readonly unknown[]])[] = [
    [['receive'], receive, [...receive, ...Object.values(roles).flatMap((role) => role.receive ?? [])]],
    ...Object.entries(roles).map(
      ([role, { receive: own = [] }]) => [['roles', role, 'receive'], own, [...own, ...receive]] as const,
    ),
  ];
  for (const [path, rules, seen] of lists) {
    const given = seen.flatMap((rule) => (isPlainMap(rule) && typeof rule['part'] === 'string' ? [rule['part']] : []));
    const wanted = wantedIn(seen);
    // Each role may combine a common part in its own way.
    const near = path.length > 1 ? wanted : wantedIn(rules);
    for (const [index, rule] of rules.entries()) {
      if (!isPlainMap(rule)) continue;
      const { part, together } = rule;
      const here = [...path, index];
      if (typeof part === 'string' && !wanted.includes(part)) {
        const hint = wanted.length === 0 ? 'write - together: [...] with their meaning' : didYouMean(part, wanted.map(String));
        report([...here, 'part'], 'value', `${quote(part)} is not a part of any "together"`, hint);
      }
      if (!Array.isArray(together)) continue;
      for (const [at, name] of (together as unknown[]).entries()) {
        if (typeof name !== 'string') continue;
        if (!given.includes(name))
          report(
            [...here, 'together', at],
            'value',
            `no rule has the part ${quote(name)}`,
            given.length === 0 ? `write part: ${name} in a rule` : didYouMean(name, given),
          );
        else if (near.filter((one) => one === name).length > 1)
          report(
            [...here, 'together', at],
            'value',
            `${quote(name)} is a part of several "together"`,
            'use another rule with a part of its own for the message: continue: true',
          );
      }
    }
  }
}

function wantedIn(rules: readonly unknown[]): unknown[] {
  return rules.flatMap((rule) => (isPlainMap(rule) && Array.isArray(rule['together']) ? (rule['together'] as unknown[]) : []));
}
