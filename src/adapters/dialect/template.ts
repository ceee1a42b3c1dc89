/**
 * Templates: YAML values with `${...}` in their texts. They name values and call a few functions; nothing in them is executed.
 * A text that is a single placeholder yields the value with its type; undefined values are left out.
 */

/** The expression between `${` and `}`. */
export type Expression =
  | { readonly type: 'value'; readonly path: readonly string[] }
  | { readonly type: 'call'; readonly name: string; readonly args: readonly Expression[] }
  | { readonly type: 'literal'; readonly value: string | number };

type Part = string | Expression;

/** A value with placeholders, parsed. */
export type Template =
  | { readonly type: 'constant'; readonly value: unknown }
  | { readonly type: 'whole'; readonly expression: Expression }
  | { readonly type: 'text'; readonly parts: readonly Part[] }
  | { readonly type: 'list'; readonly items: readonly Template[] }
  | { readonly type: 'map'; readonly entries: readonly (readonly [key: string, value: Template])[] }
  /** `$json`, `$jwt` and the like: a map with this single key is replaced by the result. */
  | { readonly type: 'made'; readonly how: string; readonly from: Template };

export type TemplateProblem = (path: readonly (string | number)[], message: string, hint: string | null) => void;

/** The values for a template. */
export interface Scope {
  value(path: readonly string[]): unknown;
  call(name: string, args: readonly unknown[]): unknown;
  make(how: string, value: unknown): unknown;
}

/** A map with one of these keys and no other is replaced by its result. */
export const MAKERS = ['$json', '$jwt', '$base64'] as const;

/** Deepest nesting of a template. */
const DEPTH_MAX = 24;

/** Parses a value. Problems are reported with the path below the value, which then stays as it is. */
export function parseTemplate(value: unknown, tell: TemplateProblem, path: readonly (string | number)[] = []): Template {
  if (path.length > DEPTH_MAX) {
    tell(path, `nested more than ${DEPTH_MAX} levels deep`, null);
    return { type: 'constant', value: null };
  }
  if (typeof value === 'string') return parseText(value, (message, hint) => tell(path, message, hint));
  if (Array.isArray(value)) {
    return { type: 'list', items: value.map((item: unknown, index) => parseTemplate(item, tell, [...path, index])) };
  }
  if (typeof value !== 'object' || value === null) return { type: 'constant', value };
  const entries = Object.entries(value);
  const [only] = entries;
  if (entries.length === 1 && only !== undefined && (MAKERS as readonly string[]).includes(only[0])) {
    return { type: 'made', how: only[0], from: parseTemplate(only[1], tell, [...path, only[0]]) };
  }
  return { type: 'map', entries: entries.map(([key, member]) => [key, parseTemplate(member, tell, [...path, key])] as const) };
}

function parseText(text: string, tell: (message: string, hint: string | null) => void): Template {
  const parts: Part[] = [];
  let plain = '';
  for (let at = 0; at < text.length; ) {
    if (text.startsWith('$${', at)) {
      plain += '${';
      at += 3;
    } else if (text.startsWith('${', at)) {
      const end = text.indexOf('}', at);
      if (end < 0) {
        tell('"${" without its "}"', 'write "$${" for these two characters');
        return { type: 'constant', value: text };
      }
      if (plain !== '') parts.push(plain);
      plain = '';
      const expression = parseExpression(text.slice(at + 2, end).trim());
      if (expression === null) {
        tell(
          `cannot be read: "${text.slice(at, end + 1).slice(0, 60)}"`,
          'write a name such as ${call.id}, or a function such as ${uuid()}',
        );
        return { type: 'constant', value: text };
      }
      parts.push(expression);
      at = end + 1;
    } else plain += text[at++];
  }
  const [first] = parts;
  if (parts.length === 0) return { type: 'constant', value: plain };
  if (parts.length === 1 && plain === '' && first !== undefined && typeof first !== 'string')
    return { type: 'whole', expression: first };
  return { type: 'text', parts: plain === '' ? parts : [...parts, plain] };
}

const TOKEN = /\s*(?:([A-Za-z_][\w-]*(?:\.[A-Za-z_][\w-]*)*)|'([^']*)'|(-?\d+(?:\.\d+)?)|([(),]))/y;

/** Reads one expression; null if it is invalid. */
function parseExpression(text: string): Expression | null {
  let at = 0;
  const next = (): RegExpExecArray | null => {
    TOKEN.lastIndex = at;
    const match = TOKEN.exec(text);
    if (match !== null) at = TOKEN.lastIndex;
    return match;
  };
  const peek = (): string | undefined => {
    TOKEN.lastIndex = at;
    return TOKEN.exec(text)?.[4];
  };
  const read = (depth: number): Expression | null => {
    const token = next();
    if (token === null || token[4] !== undefined || depth > 4) return null;
    if (token[2] !== undefined) return { type: 'literal', value: token[2] };
    if (token[3] !== undefined) return { type: 'literal', value: Number(token[3]) };
    const name = token[1] ?? '';
    if (peek() !== '(') return { type: 'value', path: name.split('.') };
    next();
    const args: Expression[] = [];
    if (peek() === ')') next();
    else {
      for (;;) {
        const arg = read(depth + 1);
        if (arg === null) return null;
        args.push(arg);
        const mark = next()?.[4];
        if (mark === ')') break;
        if (mark !== ',') return null;
      }
    }
    return { type: 'call', name, args };
  };
  const expression = read(0);
  return expression !== null && text.slice(at).trim() === '' ? expression : null;
}

/** Fills in a template; undefined if all of it is. */
export function fill(template: Template, scope: Scope): unknown {
  switch (template.type) {
    case 'constant':
      return template.value;
    case 'whole':
      return evaluate(template.expression, scope);
    case 'text': {
      const values = template.parts.map((part) => (typeof part === 'string' ? part : evaluate(part, scope)));
      return values.includes(undefined) ? undefined : values.map(textOf).join('');
    }
    case 'list':
      return template.items.map((item) => fill(item, scope)).filter((item) => item !== undefined);
    case 'map': {
      const members = template.entries
        .map(([key, value]) => [key, fill(value, scope)] as const)
        .filter(([, value]) => value !== undefined);
      return Object.fromEntries(members);
    }
    case 'made': {
      const from = fill(template.from, scope);
      return from === undefined ? undefined : scope.make(template.how, from);
    }
  }
}

/** Every expression of a template, with its path below it. */
export function expressionsIn(template: Template): Placed[] {
  const within = (path: Placed['path'], expression: Expression): Placed[] => [
    { path, expression },
    ...(expression.type === 'call' ? expression.args.flatMap((arg) => within(path, arg)) : []),
  ];
  return placedIn(template).flatMap(({ path, expression }) => within(path, expression));
}

/** An expression, and its path below the template. */
export interface Placed {
  readonly path: readonly (string | number)[];
  readonly expression: Expression;
}

/** The top-level expressions of a template, without arguments of others. */
export function placedIn(template: Template, path: Placed['path'] = []): Placed[] {
  switch (template.type) {
    case 'constant':
      return [];
    case 'whole':
      return [{ path, expression: template.expression }];
    case 'text':
      return template.parts.flatMap((part) => (typeof part === 'string' ? [] : [{ path, expression: part }]));
    case 'list':
      return template.items.flatMap((item, index) => placedIn(item, [...path, index]));
    case 'map':
      return template.entries.flatMap(([key, value]) => placedIn(value, [...path, key]));
    case 'made':
      return placedIn(template.from, [...path, template.how]);
  }
}

/** The placeholders because of which a template has no value, as they are written. */
export function absentIn(template: Template, scope: Scope): string[] {
  return placedIn(template)
    .filter(({ expression }) => evaluate(expression, scope) === undefined)
    .map(({ expression }) => `\${${expressionText(expression)}}`);
}

function expressionText(expression: Expression): string {
  switch (expression.type) {
    case 'literal':
      return typeof expression.value === 'string' ? `'${expression.value}'` : String(expression.value);
    case 'value':
      return expression.path.join('.');
    case 'call':
      return `${expression.name}(${expression.args.map(expressionText).join(', ')})`;
  }
}

function evaluate(expression: Expression, scope: Scope): unknown {
  if (expression.type === 'literal') return expression.value;
  if (expression.type === 'value') return scope.value(expression.path);
  return scope.call(
    expression.name,
    expression.args.map((arg) => evaluate(arg, scope)),
  );
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? '');
}
