import t from 'tap';
import { referenceSections } from '../../lab/docs/scenario-tables.js';
import { scenarioJsonSchema } from '../../src/scenarios/language/schema.js';
import { textOf } from '../scenarios/files.js';

const HOW = 'run: node scripts/build.mjs && node scripts/docs.mjs';

t.test('docs/scenario.schema.json is up to date', async (t) => {
  t.same(JSON.parse(textOf('docs/scenario.schema.json')), scenarioJsonSchema(), HOW);
});

t.test('no cell of the tables is left without words', async (t) => {
  for (const [name, section] of Object.entries(referenceSections())) {
    t.notMatch(section, /undefined|\[object/, name);
    for (const row of section.split('\n').filter((line) => line.startsWith('| `'))) t.notMatch(row, /^\| `[^`]+` \| {2}\|/, row);
  }
});

t.test('every YAML block of the document that is a whole scenario loads', async (t) => {
  const { loadScenarioText } = await import('../../src/scenarios/language/load.js');
  const blocks = [...textOf('docs/scenarios.md').matchAll(/```yaml\n([\s\S]*?)```/g)].map((match) => match[1] ?? '');
  const whole = blocks.filter((block) => block.startsWith('name:'));
  t.ok(whole.length >= 1);
  for (const block of whole) t.ok(loadScenarioText(block, 'docs').steps.length > 0);
});
