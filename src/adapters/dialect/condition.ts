/** Conditions on a message: every entry has to hold; `any` and `not` hold conditions of their own. */
import { isDeepStrictEqual } from 'node:util';
import { at, parsePath, type ValuePath } from './path.js';
import { fill, parseTemplate, type Scope, type Template, type TemplateProblem } from './template.js';

/** The test of one value. */
export type Matcher =
  | { readonly is: 'equal'; readonly to: Template }
  | { readonly is: 'in'; readonly list: readonly Template[] }
  | { readonly is: 'there'; readonly wanted: boolean }
  | { readonly is: 'like'; readonly pattern: RegExp }
  | { readonly is: 'not'; readonly matcher: Matcher };

export type Condition =
  | { readonly type: 'value'; readonly path: ValuePath; readonly matcher: Matcher }
  | { readonly type: 'known'; readonly template: Template; readonly matcher: Matcher }
  | { readonly type: 'all' | 'any'; readonly of: readonly Condition[] }
  | { readonly type: 'not'; readonly of: Condition };

/** Longest text that a pattern is applied to. */
const PATTERN_CHARS_MAX = 4_096;

/** Reads a condition from YAML. Problems are reported with their path below the condition. */
export function parseCondition(value: unknown, tell: TemplateProblem, path: readonly (string | number)[] = []): Condition {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    tell(path, 'a condition is a map of paths and values', 'write when: { $.type: offer }');
    return { type: 'all', of: [] };
  }
  const of = Object.entries(value).map(([key, wanted]): Condition => {
    const here = [...path, key];
    if (key === 'any') {
      if (!Array.isArray(wanted)) tell(here, '"any" is a list of conditions', 'write any: [ { $.a: 1 }, { $.b: 2 } ]');
      const list: unknown[] = Array.isArray(wanted) ? wanted : [];
      return { type: 'any', of: list.map((one, index) => parseCondition(one, tell, [...here, index])) };
    }
    if (key === 'not') return { type: 'not', of: parseCondition(wanted, tell, here) };
    if (key === 'event') return { type: 'value', path: EVENT, matcher: parseMatcher(wanted, tell, here) };
    if (key.startsWith('${')) {
      return {
        type: 'known',
        template: parseTemplate(key, (_, message, hint) => tell(here, message, hint)),
        matcher: parseMatcher(wanted, tell, here),
      };
    }
    const parsed = parsePath(key);
    if ('problem' in parsed || !/^[$@]/.test(key)) {
      const why = 'problem' in parsed ? parsed.problem : 'not a path';
      tell(
        here,
        `"${key.slice(0, 60)}" is not a path: ${why}`,
        'a path begins with "$.", such as $.payload.type; other keys are event, any and not',
      );
      return { type: 'all', of: [] };
    }
    return { type: 'value', path: parsed.path, matcher: parseMatcher(wanted, tell, here) };
  });
  return of.length === 1 && of[0] !== undefined ? of[0] : { type: 'all', of };
}

const eventPath = parsePath('$.event');
if ('problem' in eventPath) throw new Error(eventPath.problem);
const EVENT: ValuePath = eventPath.path;

const MATCHERS = ['equals', 'in', 'exists', 'matches', 'not'] as const;

function parseMatcher(value: unknown, tell: TemplateProblem, path: readonly (string | number)[]): Matcher {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return { is: 'equal', to: parseTemplate(value, tell, path) };
  const entries = Object.entries(value);
  const [key, wanted]: [string, unknown] = entries[0] ?? ['', undefined];
  const here = [...path, key];
  if (entries.length !== 1 || !(MATCHERS as readonly string[]).includes(key)) {
    tell(path, 'a test of a value is one of equals, in, exists, matches, not', 'write $.code: { in: [404, 480] }');
    return { is: 'there', wanted: true };
  }
  switch (key) {
    case 'in':
      if (!Array.isArray(wanted)) tell(here, '"in" is a list', 'write { in: [a, b] }');
      return {
        is: 'in',
        list: (Array.isArray(wanted) ? wanted : []).map((item: unknown, index) => parseTemplate(item, tell, [...here, index])),
      };
    case 'exists':
      if (typeof wanted !== 'boolean') tell(here, '"exists" is true or false', null);
      return { is: 'there', wanted: wanted !== false };
    case 'matches':
      try {
        return { is: 'like', pattern: new RegExp(String(wanted), 'u') };
      } catch (error) {
        tell(here, error instanceof Error ? error.message : String(error), 'a regular expression, such as "^call-"');
        return { is: 'there', wanted: true };
      }
    case 'not':
      return { is: 'not', matcher: parseMatcher(wanted, tell, here) };
    default:
      return { is: 'equal', to: parseTemplate(wanted, tell, here) };
  }
}

/** Whether a message matches. `element` is what `@` refers to. */
export function holds(condition: Condition, document: unknown, scope: Scope, element: unknown = document): boolean {
  switch (condition.type) {
    case 'all':
      return condition.of.every((one) => holds(one, document, scope, element));
    case 'any':
      return condition.of.some((one) => holds(one, document, scope, element));
    case 'not':
      return !holds(condition.of, document, scope, element);
    case 'known':
      return fits(condition.matcher, fill(condition.template, scope), scope);
    case 'value':
      return fits(condition.matcher, at(condition.path, condition.path.isRelative ? element : document), scope);
  }
}

function fits(matcher: Matcher, value: unknown, scope: Scope): boolean {
  switch (matcher.is) {
    case 'equal':
      return value !== undefined && isDeepStrictEqual(value, fill(matcher.to, scope));
    case 'in':
      return value !== undefined && matcher.list.some((one) => isDeepStrictEqual(value, fill(one, scope)));
    case 'there':
      return (value !== undefined && value !== null) === matcher.wanted;
    case 'like':
      return (
        (typeof value === 'string' || typeof value === 'number') &&
        matcher.pattern.test(String(value).slice(0, PATTERN_CHARS_MAX))
      );
    case 'not':
      return !fits(matcher.matcher, value, scope);
  }
}

/** A condition as text, for messages about one that did not hold. */
export function conditionText(condition: Condition): string {
  switch (condition.type) {
    case 'all':
      return condition.of.length === 0 ? 'any message' : condition.of.map(conditionText).join(' and ');
    case 'any':
      return condition.of.map(conditionText).join(' or ');
    case 'not':
      return `not (${conditionText(condition.of)})`;
    case 'known':
      return `a known value ${matcherText(condition.matcher)}`;
    case 'value':
      return `${condition.path.text} ${matcherText(condition.matcher)}`;
  }
}

function matcherText(matcher: Matcher): string {
  switch (matcher.is) {
    case 'equal':
      return `= ${templateText(matcher.to)}`;
    case 'in':
      return `in [${matcher.list.map(templateText).join(', ')}]`;
    case 'there':
      return matcher.wanted ? 'exists' : 'is missing';
    case 'like':
      return `matches ${matcher.pattern.source}`;
    case 'not':
      return `not ${matcherText(matcher.matcher)}`;
  }
}

function templateText(template: Template): string {
  return template.type === 'constant' ? JSON.stringify(template.value) : 'the value of a placeholder';
}
