import t from 'tap';
import { loadScenarioText } from '../../src/scenarios/language/load.js';

t.test('the lines of the name and of every step are known, also of steps within steps and of repeated text', async (t) => {
  const text = [
    '# a comment',
    'agents: { alice: {}, bob: {} }',
    'name: where things stand',
    'steps:',
    '  - &call',
    '    alice: call bob',
    '  - together:',
    '      - bob: accept',
    '',
    '      - alice: cancel',
    '  - repeat: { times: 2, steps: [*call] }',
  ].join('\n');
  t.strictSame(loadScenarioText(text, 'f').lines, {
    name: 3,
    'steps[0]': 6,
    'steps[1]': 7,
    'steps[1].together[0]': 8,
    'steps[1].together[1]': 10,
    'steps[2]': 11,
    'steps[2].repeat.steps[0]': 11,
  });
  t.strictSame(loadScenarioText(text, null).lines, {}, 'none without a file to point into');
});
