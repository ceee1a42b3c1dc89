import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import ts from 'typescript';
import { isCommon } from '../../../src/trace/redaction/vocabulary.js';

/** Where sentences are made that reports and traces hold. */
const FOLDERS = ['client', 'faults', 'judge', 'probe', 'protocol', 'scenarios/run', 'server', 'trace', 'adapters'];
/** People after whom something is named: as words of a sentence they are names. */
const PEOPLE = new Set(['gilbert', 'elliott']);
const ROOT = fileURLToPath(new URL('../../../../src/', import.meta.url));

/** The words of all sentences in a file: of texts with a gap in them. */
function wordsOf(file: string): string[] {
  const words: string[] = [];
  const take = (text: string): void => {
    if (/[a-z] [a-z]/i.test(text)) words.push(...text.split(/[^A-Za-z]+/).filter((word) => /^[A-Z]?[a-z]+$/.test(word)));
  };
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node)) return;
    // A name in a template parts no sentence.
    if (ts.isTemplateExpression(node))
      take([node.head.text, ...node.templateSpans.map(({ literal }) => literal.text)].join(' 0 '));
    else if (ts.isStringLiteralLike(node)) take(node.text);
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.Latest));
  return words;
}

t.test('the words of our own sentences are common: none of them is replaced in a report', async (t) => {
  const files = FOLDERS.flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts') && !/vocabulary|roles/.test(name))
      .map((name) => join(ROOT, folder, name)),
  );
  const missing = new Map<string, string>();
  for (const file of files)
    for (const word of wordsOf(file))
      if (!isCommon(word) && !PEOPLE.has(word.toLowerCase())) missing.set(word.toLowerCase(), file);
  t.same([...missing.keys()].sort(), [], 'add them to src/trace/redaction/vocabulary.ts');
});
