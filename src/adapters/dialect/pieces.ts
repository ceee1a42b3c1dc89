/** The building blocks of a dialect, read from YAML: templates, conditions, paths and takes. */
import type * as z from 'zod';
import { type Path, quote, type Report } from '../../scenarios/language/problem.js';
import type { Tree } from '../../scenarios/language/tree.js';
import { didYouMean } from '../../scenarios/language/words.js';
import { checked } from './checked.js';
import { type Condition, parseCondition } from './condition.js';
import type { ErrorReply, Filled, HttpStep, Need, Place, Send, Take } from './dialect.js';
import { Names, SCOPES, TAKEN } from './names.js';
import { needsOf } from './needs.js';
import { parsePath, type ValuePath } from './path.js';
import { type errorSchema, type httpErrorSchema, type httpSchema, takeValueSchema } from './schema.js';
import { parseTemplate, type Template } from './template.js';

/** Reads the building blocks, and collects the names that they use and set. Problems are reported with their places. */
export class Pieces {
  readonly names = new Names();
  /** What templates need from outside. */
  readonly needs: Need[] = [];

  constructor(
    readonly tree: Tree,
    readonly report: Report,
  ) {}

  template(value: unknown, path: Path): Template {
    const template = parseTemplate(value, (below, message, hint) => this.report([...path, ...below], 'value', message, hint));
    this.names.use(template, path);
    this.needs.push(...needsOf(template, path, (where) => this.place(where)));
    return template;
  }

  /** A template that has to have a value. */
  filled(value: unknown, path: Path): Filled {
    return { template: this.template(value, path), place: this.place(path) };
  }

  /** A message: its text or content, or for Socket.IO its event and arguments. */
  message(value: unknown, path: Path): Send {
    return { message: this.template(value, path), place: this.place(path) };
  }

  event(event: string, args: readonly unknown[], path: Path): Send {
    return {
      event,
      args: args.map((arg, index) => this.template(arg, [...path, 'args', index])),
      place: this.place(path),
    };
  }

  request(step: z.infer<typeof httpSchema>, path: Path): HttpStep {
    const { status } = step;
    return {
      method: step.http,
      url: this.filled(step.url, [...path, 'url']),
      headers: this.template(step.headers ?? {}, [...path, 'headers']),
      body: step.body === undefined ? null : this.template(step.body, [...path, 'body']),
      isRight: (code) => (status === undefined ? code >= 200 && code < 300 : [status].flat().includes(code)),
      take: this.takes(step.take ?? {}, [...path, 'take']),
      place: this.place(path),
    };
  }

  condition(value: unknown, path: Path): Condition {
    const condition = parseCondition(value, (below, message, hint) => this.report([...path, ...below], 'value', message, hint));
    for (const template of templatesIn(condition)) this.names.use(template, path);
    return condition;
  }

  path(text: string, path: Path): ValuePath | null {
    const parsed = parsePath(text);
    if ('path' in parsed && /^[$@]/.test(text)) return parsed.path;
    const why = 'problem' in parsed ? parsed.problem : 'it has to begin with "$"';
    this.report(path, 'value', `${quote(text)} is not a path: ${why}`, 'write a path such as $.payload.id (RFC 9535)');
    return null;
  }

  place(path: Path): Place {
    const { file, line, column, path: text } = this.tree.problem('invalid', path, 'key', '', null);
    return `${file ?? 'dialect'}${line === null ? '' : `:${line}:${column}`} ${text}`;
  }

  /** Without `when`, for a request, nothing but its status makes an answer an error. */
  error(error: z.infer<typeof errorSchema | typeof httpErrorSchema>, path: Path): ErrorReply {
    return {
      when: error.when === undefined ? { type: 'any', of: [] } : this.condition(error.when, [...path, 'when']),
      text: error.text === undefined ? null : this.path(error.text, [...path, 'text']),
      code: error.code === undefined ? null : this.path(error.code, [...path, 'code']),
      ends: new Map(Object.entries(error.ends ?? {})),
    };
  }

  takes(value: Readonly<Record<string, unknown>>, path: Path): Take[] {
    return Object.entries(value).flatMap(([name, raw]) => {
      const here = [...path, name];
      if (!Object.hasOwn(TAKEN, name) && !this.isOwnName(name)) this.unknownTake(name, here);
      this.names.give(name);
      const spec =
        typeof raw === 'string'
          ? { path: raw }
          : checked(takeValueSchema, Array.isArray(raw) ? { join: raw as unknown } : raw, here, this.report);
      if (spec === null) return [];
      const full = spec as z.infer<typeof takeValueSchema>;
      const sources = [full.path, full.value, full.join].filter((source) => source !== undefined);
      if (sources.length !== 1) {
        const message = sources.length === 0 ? 'neither a path nor a value' : 'more than one of a path, a value and "join"';
        this.report(here, 'value', message, 'write a path such as $.id, a list of paths, or { value: ... }');
        return [];
      }
      if (full.with !== undefined && full.join === undefined)
        this.report([...here, 'with'], 'key', '"with" without "join"', 'write join: [$.room, $.id]');
      const map = Object.entries(full.map ?? {}).map(
        ([word, made]) => [word, this.template(made, [...here, 'map', word])] as const,
      );
      return [
        {
          name,
          path: full.path === undefined ? null : this.path(full.path, typeof raw === 'string' ? here : [...here, 'path']),
          join:
            full.join === undefined
              ? null
              : this.#join(full.join, full.with ?? ':', Array.isArray(raw) ? here : [...here, 'join']),
          json: full.json === undefined ? null : this.path(full.json, [...here, 'json']),
          value: full.value === undefined ? null : this.template(full.value, [...here, 'value']),
          map: full.map === undefined ? null : new Map(map),
          isOptional: full.optional === true,
          place: this.place(here),
        },
      ];
    });
  }

  #join(paths: readonly string[], between: string, at: Path): Take['join'] {
    return { paths: paths.flatMap((text, index) => this.path(text, [...at, index]) ?? []), between };
  }

  isOwnName(name: string): boolean {
    const [scope = '', ...rest] = name.split('.');
    return Object.hasOwn(SCOPES, scope) && rest.length === 1 && /^[A-Za-z_][\w-]*$/.test(rest[0] ?? '');
  }

  unknownTake(name: string, path: Path): void {
    const known = [...Object.keys(TAKEN), ...Object.keys(SCOPES).map((scope) => `${scope}.name`)];
    this.report(
      path,
      'key',
      `${quote(name)} cannot be stored`,
      `${didYouMean(name, known)} Custom names are call.x, connection.x, agent.x and message.x`,
    );
  }
}

function templatesIn(condition: Condition): Template[] {
  switch (condition.type) {
    case 'all':
    case 'any':
      return condition.of.flatMap(templatesIn);
    case 'not':
      return templatesIn(condition.of);
    case 'known':
      return [condition.template, ...matcherTemplates(condition.matcher)];
    case 'value':
      return matcherTemplates(condition.matcher);
  }
}

function matcherTemplates(matcher: Extract<Condition, { type: 'value' }>['matcher']): Template[] {
  if (matcher.is === 'equal') return [matcher.to];
  if (matcher.is === 'in') return [...matcher.list];
  return matcher.is === 'not' ? matcherTemplates(matcher.matcher) : [];
}
