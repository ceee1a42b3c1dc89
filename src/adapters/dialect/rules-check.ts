/** Checks lists of rules: a rule with the condition of an earlier one can never match. */
import { isDeepStrictEqual } from 'node:util';
import type { Path, Report } from '../../scenarios/language/problem.js';
import { isPlainMap } from '../../scenarios/language/tree.js';

interface RawRules {
  readonly receive: readonly unknown[];
  readonly roles?: Readonly<Record<string, { readonly receive?: readonly unknown[] }>>;
}

/** Each list by itself: a role may have a rule with the condition of a common one, which it replaces. */
export function checkRules({ receive, roles = {} }: RawRules, report: Report): void {
  const lists: (readonly [path: Path, rules: readonly unknown[]])[] = [
    [['receive'], receive],
    ...Object.entries(roles).map(([role, part]) => [['roles', role, 'receive'], part.receive ?? []] as const),
  ];
  for (const [path, rules] of lists) {
    const before: { readonly when: unknown; readonly index: number }[] = [];
    for (const [index, rule] of rules.entries()) {
      if (!isPlainMap(rule) || !('when' in rule)) continue;
      const { when } = rule;
      const first = before.find((one) => isDeepStrictEqual(one.when, when));
      if (first !== undefined)
        report(
          [...path, index, 'when'],
          'value',
          `the same condition as ${path.join('.')}[${first.index}], so that this rule never matches`,
          'join the two: means: [...]; or write continue: true in the first',
        );
      else if (rule['continue'] !== true) before.push({ when, index });
    }
  }
}
