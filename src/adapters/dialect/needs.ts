/** What a dialect needs for each user: columns of the credentials, and environment variables. Pure except for the environment. */

import { type Path, quote } from '../../scenarios/language/problem.js';
import type { Need, Place } from './dialect.js';
import { type Expression, fill, placedIn, type Scope, type Template } from './template.js';

/** Parts of a dialect that a role may override. */
const REPLACED = ['login', 'relogin'];

/** What a template needs: all outside values except those inside `or(...)`, which have an alternative. */
export function needsOf(template: Template, path: Path, placeOf: (path: Path) => Place): Need[] {
  return placedIn(template).flatMap(({ path: below, expression }) =>
    outsideIn(expression).map((one) => ({ expression: one, path: [...path, ...below], place: placeOf([...path, ...below]) })),
  );
}

function outsideIn(expression: Expression): Expression[] {
  if (expression.type === 'literal') return [];
  if (expression.type === 'value') return expression.path[0] === 'credentials' ? [expression] : [];
  if (expression.name === 'or') return [];
  const inner = expression.args.flatMap(outsideIn);
  return expression.name === 'env' ? [...inner, expression] : inner;
}

/**
 * The first missing value for a user, as a sentence with its place and what to do; null if nothing is missing. `own` are the parts
 * of the user's role; null without a role.
 */
export function missingNeed(
  needs: readonly Need[],
  who: { readonly user: string; readonly role: string | null; readonly own: readonly string[] },
  scope: Scope,
): string | null {
  const concerns = ({ path: [first, role] }: Need): boolean =>
    first === 'roles' ? role === who.role : !(REPLACED.includes(String(first)) && who.own.includes(String(first)));
  for (const { expression, place } of needs.filter(concerns)) {
    if (fill({ type: 'whole', expression }, scope) !== undefined) continue;
    if (expression.type === 'value') {
      const column = quote(expression.path.slice(1).join('.'));
      return `${place} needs ${column} of ${who.user}: give --credentials a CSV with a row for ${who.user} and a column ${column}`;
    }
    if (expression.type !== 'call') continue;
    const parts = expression.args.map((arg) => fill({ type: 'whole', expression: arg }, scope));
    if (parts.includes(undefined)) continue;
    return `${place}: the environment has no ${quote(parts.map(String).join(''))}, which is for ${who.user}: set it`;
  }
  return null;
}

/** The values from the environment that a dialect uses: all of them may be secrets. */
export function environmentValues(needs: readonly Need[], scope: Scope): string[] {
  return needs.flatMap(({ expression }) => {
    if (expression.type !== 'call') return [];
    const value = fill({ type: 'whole', expression }, scope);
    return typeof value === 'string' ? [value] : [];
  });
}
