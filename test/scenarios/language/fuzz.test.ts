import t from 'tap';
import { createRng, type Rng } from '../../../src/protocol/rng.js';
import { loadScenarioText } from '../../../src/scenarios/language/load.js';
import { formatProblemWithSource, ScenarioProblems } from '../../../src/scenarios/language/problem.js';
import { scenarioJsonSchema } from '../../../src/scenarios/language/schema.js';
import { readTree } from '../../../src/scenarios/language/tree.js';
import { EXAMPLES, SUITE, textsOf } from '../files.js';
import { misfits } from '../json-schema.js';

const ROUNDS = 500;
const PIECES = [
  '{',
  '}',
  '[',
  ']',
  ':',
  ': ',
  '- ',
  '\n',
  ' ',
  '\t',
  '&a ',
  '*a',
  '!x ',
  '|',
  '>',
  '"',
  "'",
  '#',
  '---\n',
  '<<',
  '0',
  '-1',
  '1e9',
  'both',
  'all',
  'null',
  '~',
  '\u202e',
  '\ud800',
  '__proto__',
  'constructor',
  'expect',
  'ended()',
  '.',
  '%',
  '1s',
  'ms',
];

/** One to four edits: a piece put in, a stretch cut out, doubled or moved, a line dropped, a character changed. */
function mutate(text: string, rng: Rng): string {
  let result = text;
  for (let edits = 1 + rng.below(4); edits > 0; edits--) {
    const at = rng.below(result.length + 1);
    const end = Math.min(result.length, at + 1 + rng.below(20));
    const cut = result.slice(at, end);
    const lines = result.split('\n');
    const choices = [
      () => result.slice(0, at) + (PIECES[rng.below(PIECES.length)] ?? '') + result.slice(at),
      () => result.slice(0, at) + result.slice(end),
      () => result.slice(0, at) + cut + result.slice(at),
      () => result.slice(0, at) + result.slice(end) + cut,
      () => lines.toSpliced(rng.below(lines.length), 1).join('\n'),
      () => result.slice(0, at) + String.fromCharCode(rng.below(0x250)) + result.slice(at + 1),
    ];
    result = choices[rng.below(choices.length)]?.() ?? result;
  }
  return result;
}

t.test('a mangled file is loaded or refused with a place, and nothing else ever happens', async (t) => {
  const seed = 'scenario-fuzz-1';
  const texts = [...textsOf(EXAMPLES), ...textsOf(SUITE)].map(({ text }) => text);
  const schema = scenarioJsonSchema();
  let loaded = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const rng = createRng(`${seed}/${round}`);
    const text = mutate(texts[rng.below(texts.length)] ?? '', rng);
    const where = `seed ${seed}/${round}: ${JSON.stringify(text)}`;
    try {
      const scenario = loadScenarioText(text, 'f');
      loaded++;
      if (scenario.steps.length === 0 || scenario.agents.length === 0) t.fail(`an empty plan, ${where}`);
      const unfit = misfits(schema, readTree(text, 'f').value);
      if (unfit.length > 0) t.fail(`runs, but an editor marks it (${unfit.join(', ')}), ${where}`);
    } catch (error) {
      if (!(error instanceof ScenarioProblems)) t.fail(`${String(error)}, ${where}`);
      else {
        const [first] = error.problems;
        if (first === undefined || first.line === null) t.fail(`a problem without a place, ${where}`);
        for (const problem of error.problems) {
          const lines = formatProblemWithSource(problem).split('\n');
          if (lines.length > 3 || /undefined|NaN|\[object/.test(lines[0] ?? '')) t.fail(`a bad sentence ${lines[0]}, ${where}`);
        }
      }
    }
  }
  t.ok(loaded > ROUNDS / 20 && loaded < ROUNDS, `${loaded} of ${ROUNDS} mangled files still load`);
});
