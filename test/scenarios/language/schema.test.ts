import t from 'tap';
import { scenarioJsonSchema, scenarioSchema } from '../../../src/scenarios/language/schema.js';
import { readTree } from '../../../src/scenarios/language/tree.js';
import { EXAMPLES, SUITE, textOf, textsOf } from '../files.js';
import { misfits } from '../json-schema.js';

const SCHEMA = scenarioJsonSchema();
const check = (text: string): string[] => misfits(SCHEMA, readTree(text, 'f').value);

t.test('every example and the whole suite are valid for an editor', async (t) => {
  for (const { name, text } of [...textsOf(EXAMPLES), ...textsOf(SUITE)]) t.same(check(text), [], name);
});

t.test('what the loader refuses by shape, the editor refuses', async (t) => {
  const good = textOf('test/fixtures/examples/accept.yaml');
  t.same(check(good.replace('tags:', 'tag:')), ['/tag: not allowed']);
  t.same(check(good.replace('timer-skew:', 'timerskew:')), ['/checks/timerskew: not allowed']);
  t.match(check(good.replace('within: 2s', 'within: 2')), ['/steps/1/expect/within: number is not string']);
  t.match(check(good.replace('within: 2s', 'within: 2 s')), ['/steps/1/expect/within: does not match']);
  t.match(check(good.replace('bob: accept', 'bob: acept')), ['/steps/2/bob: fits none of anyOf']);
  t.match(check(good.replace('both: ringing', 'both: rining')), ['/steps/1/expect/both: fits none of anyOf']);
  t.match(check(good.replace('expect: {', 'expekt: {')), ['/steps/1/expekt: fits none of anyOf']);
  t.match(check(good.replace('bob: {}', 'both: {}')), ['/agents/both (name): fits what it must not']);
  t.match(check(good.replace('- wait: 1s', '- wait: 1s\n    bob: accept')), ['/steps/5: maxProperties 1']);
  t.match(check(good.replace('name: ', 'nme: ')).join(), 'lacks name');
});

t.test('the schema that validates is the one that is published', async (t) => {
  for (const { name, text } of textsOf(SUITE)) t.ok(scenarioSchema.safeParse(readTree(text, name).value).success, name);
  t.notOk(scenarioSchema.safeParse(readTree('name: x', 'f').value).success);
});

t.test('every key has words for the reader', async (t) => {
  const visit = (schema: unknown, at: string): void => {
    if (typeof schema !== 'object' || schema === null) return;
    for (const [keyword, part] of Object.entries(schema)) {
      if (keyword === 'properties') {
        for (const [key, value] of Object.entries(part as Record<string, Record<string, unknown>>)) {
          const words = JSON.stringify(value);
          t.match(words, /"description"/, `${at}/${key}`);
        }
      }
      visit(part, `${at}/${keyword}`);
    }
  };
  visit({ else: SCHEMA['else'], step: SCHEMA['$defs'] }, '');
});
