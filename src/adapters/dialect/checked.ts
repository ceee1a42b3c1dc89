/** Reads parts of a dialect by their schemas, with problems worded for dialects. */
import type * as z from 'zod';
import type { FileWords } from '../../scenarios/language/file-words.js';
import { validate } from '../../scenarios/language/issues.js';
import type { Path, Report } from '../../scenarios/language/problem.js';

export const DIALECT_WORDS: FileWords = {
  noun: 'dialect',
  begins: 'a dialect begins with dialect: 1, name, actions and receive; see docs/adapters.md, or let call-probe init write one',
  holds: 'a dialect is a map with the keys dialect, name, actions and receive',
  examples: {
    dialect: 'dialect: 1',
    name: 'name: my-app',
    actions: 'actions: with the messages for call, accept, reject, cancel and hang up',
    receive: 'receive: with a list of rules that begin with - when: { $.type: offer }',
    when: 'when: { $.type: offer }',
    path: 'path: $.id',
    every: 'every: 25s',
    id: 'id: caller, server or none',
    http: 'http: POST',
    url: 'url: "${target.http}/login"',
  },
  map: '{ name: value }',
};

/** The parsed value; null after a report. */
export function checked<T>(schema: z.ZodType<T>, value: unknown, path: Path, report: Report): T | null {
  return validate(schema, value, path, report, DIALECT_WORDS);
}
