/** A file's content as plain values, with aliases expanded and the place of every key and value. */
import { type Document, isAlias, isMap, isScalar, isSeq } from 'yaml';
import { type FileWords, SCENARIO_WORDS } from './file-words.js';
import { LANGUAGE_LIMITS as LIMITS } from './limits.js';
import { formatPath, type Path, type Problem, quote, ScenarioProblems } from './problem.js';
import { parseYaml, problemAt, readSource, type SourceText, wholeFile } from './source.js';

/** Maps as objects without a prototype, so that no key has a special meaning. */
export type PlainMap = Readonly<Record<string, unknown>>;

/** The content of a file, with the places of paths in its text; a scenario from an object has no places. */
export interface Tree {
  readonly file: string | null;
  readonly value: PlainMap;
  /** Duplicate keys, tags and the like: reported with everything else. */
  readonly problems: readonly Problem[];
  /** Makes a problem at the key or the value of a path, or at the nearest path above that exists. */
  problem(kind: Problem['kind'], path: Path, at: 'key' | 'value', message: string, hint: string | null): Problem;
  /** Lines of the selected keys and list items, by their path as text; empty without places. */
  lines(isChosen: (path: Path) => boolean): Readonly<Record<string, number>>;
}

/** A value with its places in the text. */
interface Placed {
  readonly value: unknown;
  readonly offset: number;
  readonly keyOffset: number;
  readonly parts: ReadonlyMap<string | number, Placed>;
}

/** Whether a value is a map, as opposed to a list, a text, a number or nothing. */
export function isPlainMap(value: unknown): value is PlainMap {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The kind of a value as text for messages. */
export function kindOf(value: unknown): string {
  if (value === null || value === undefined) return 'nothing';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'string') return 'text';
  if (typeof value === 'boolean') return `the word "${value}"`;
  return typeof value === 'number' ? `the number ${value}` : 'a map';
}

/** A value as one line: text as it is, everything else as JSON. */
export function inLine(value: unknown): string {
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? '');
}

/** Reads a file's content. Throws ScenarioProblems if it has none; see `readSource` and `parseYaml`. */
export function readTree(content: string | Uint8Array, file: string | null, words: FileWords = SCENARIO_WORDS): Tree {
  const source = readSource(content, file, words);
  const document = parseYaml(source);
  const problems: Problem[] = [];
  const root = place(source, document, problems);
  if (!isPlainMap(root.value)) {
    const message = `a file has to be a map, not ${kindOf(root.value)}`;
    throw new ScenarioProblems([problemAt(source, root.offset, [], message, words.holds)]);
  }
  return {
    file,
    value: root.value,
    problems,
    problem: (kind, path, at, message, hint) => {
      let node = root;
      let offset = root.offset;
      for (const [index, part] of path.entries()) {
        const next = node.parts.get(part);
        if (next === undefined) break;
        node = next;
        offset = at === 'key' && index === path.length - 1 ? node.keyOffset : node.offset;
      }
      return { ...problemAt(source, offset, path, message, hint), kind };
    },
    lines: (isChosen) => (file === null ? {} : Object.fromEntries(linesOf(source, root, [], isChosen))),
  };
}

function linesOf(source: SourceText, node: Placed, path: Path, isChosen: (path: Path) => boolean): [string, number][] {
  return [...node.parts].flatMap(([key, part]) => {
    const at = [...path, key];
    const own: [string, number][] = isChosen(at) ? [[formatPath(at), source.placeAt(part.keyOffset).line]] : [];
    return [...own, ...linesOf(source, part, at, isChosen)];
  });
}

/** Makes a tree of an object of the API. Throws ScenarioProblems if it is not plain data or exceeds the limits. */
export function objectTree(object: unknown): Tree {
  const problem: Tree['problem'] = (kind, path, _at, message, hint) => ({
    ...wholeFile(null, message, hint),
    kind,
    path: formatPath(path),
  });
  const fail = (path: Path, message: string, hint: string | null): never => {
    throw new ScenarioProblems([problem('invalid', path, 'value', message, hint)]);
  };
  let values = 0;
  const copy = (value: unknown, path: Path): unknown => {
    if (++values > LIMITS.valuesMax) fail([], `more than ${LIMITS.valuesMax} values`, null);
    if (path.length > LIMITS.depthMax)
      fail([], `nested more than ${LIMITS.depthMax} levels deep`, 'does the object contain itself?');
    if (value === null || ['string', 'number', 'boolean'].includes(typeof value)) return value;
    if (Array.isArray(value)) return value.map((part, index) => copy(part, [...path, index]));
    const prototype: unknown = typeof value === 'object' ? Object.getPrototypeOf(value) : undefined;
    if (prototype !== Object.prototype && prototype !== null)
      return fail(path, 'not plain data', 'use only values that JSON can express');
    const map: Record<string, unknown> = Object.create(null);
    for (const [key, part] of Object.entries(value as object)) if (part !== undefined) map[key] = copy(part, [...path, key]);
    return map;
  };
  const value = copy(object, []);
  if (!isPlainMap(value)) return fail([], `a scenario is a map, not ${kindOf(value)}`, 'give name, agents and steps');
  return { file: null, value, problems: [], problem, lines: () => ({}) };
}

/** Walks the document in order, so that an alias refers to the latest anchor of its name. */
function place(source: SourceText, document: Document, problems: Problem[]): Placed {
  const anchors = new Map<string, unknown>();
  const open = new Set<unknown>();
  let values = 0;
  const report = (offset: number, path: Path, message: string, hint: string): void => {
    problems.push(problemAt(source, offset, path, message, hint));
  };
  const leaf = (value: unknown, offset: number, keyOffset: number): Placed => ({ value, offset, keyOffset, parts: new Map() });

  const visit = (node: unknown, path: Path, fallback: number, keyOffset: number | null): Placed => {
    const range = isAlias(node) || isScalar(node) || isMap(node) || isSeq(node) ? node.range : null;
    const offset = range?.[0] ?? fallback;
    const keyAt = keyOffset ?? offset;
    if (++values > LIMITS.valuesMax || path.length > LIMITS.depthMax) {
      const what = values > LIMITS.valuesMax ? `more than ${LIMITS.valuesMax} values` : `more than ${LIMITS.depthMax} levels`;
      throw new ScenarioProblems([
        problemAt(source, offset, path, `${what} after aliases were expanded`, 'write the values out, with fewer aliases'),
      ]);
    }
    if (isAlias(node)) {
      const meant = anchors.get(node.source);
      if (meant === undefined || open.has(meant)) {
        const message =
          meant === undefined
            ? `alias ${quote(`*${node.source}`)} has no anchor before it`
            : `alias ${quote(`*${node.source}`)} contains itself`;
        report(
          offset,
          path,
          message,
          meant === undefined ? `write "&${node.source.slice(0, 40)}" at the value that it repeats` : 'write the value out',
        );
        return leaf(null, offset, keyAt);
      }
      return visit(meant, path, offset, keyAt);
    }
    if (!isScalar(node) && !isMap(node) && !isSeq(node)) return leaf(null, offset, keyAt);
    if (node.anchor !== undefined) anchors.set(node.anchor, node);
    if (node.tag !== undefined && !/^tag:yaml\.org,2002:(str|int|float|bool|null|map|seq)$/.test(node.tag)) {
      report(offset, path, `tag ${quote(node.tag)} is not part of the language`, 'remove the tag');
    }
    if (isScalar(node)) return leaf(typeof node.value === 'bigint' ? Number(node.value) : node.value, offset, keyAt);
    open.add(node);
    const parts = new Map<string | number, Placed>();
    let value: unknown;
    if (isSeq(node)) {
      for (const [index, item] of node.items.entries()) parts.set(index, visit(item, [...path, index], offset, null));
      value = [...parts.values()].map((part) => part.value);
    } else {
      const map: Record<string, unknown> = Object.create(null);
      for (const pair of node.items) {
        const key = isAlias(pair.key) ? anchors.get(pair.key.source) : pair.key;
        const at = (isAlias(pair.key) || isScalar(pair.key) ? pair.key.range?.[0] : undefined) ?? offset;
        if (!isScalar(key)) {
          report(at, path, 'a key is a list or a map', 'a key is a single word');
          continue;
        }
        const name = key.source ?? String(key.value ?? '');
        const first = parts.get(name);
        if (first !== undefined) {
          const { line } = source.placeAt(first.keyOffset);
          report(at, [...path, name], `duplicate key ${quote(name)}`, `line ${line} has it already: keep one of them`);
          continue;
        }
        if (key.anchor !== undefined) anchors.set(key.anchor, key);
        const part = visit(pair.value, [...path, name], at, at);
        parts.set(name, part);
        map[name] = part.value;
      }
      value = map;
    }
    open.delete(node);
    return { value, offset, keyOffset: keyAt, parts };
  };
  return visit(document.contents, [], 0, null);
}
