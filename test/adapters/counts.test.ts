/** `expect: { bob receives hang up: 1 }`: counts of messages, against a server that sends an end twice. */
import t from 'tap';
import { runScenario, type ScenarioResult } from '../../src/index.js';
import { parseScenario } from '../../src/scenarios/language/load.js';
import { ScenarioProblems } from '../../src/scenarios/language/problem.js';
import { PATIENT } from '../scenarios/files.js';
import { REST_DIALECT, startRestServer } from '../servers/rest/server.js';

const PAIR = { name: 'counts', media: 'none', agents: { alice: {}, bob: {} }, checks: PATIENT };
const HANG_UP = [
  { alice: 'call bob' },
  { expect: { both: 'ringing', within: '5s' } },
  { bob: 'accept' },
  { expect: { both: 'connected', within: '5s' } },
  { alice: 'hang up' },
  { expect: { both: 'ended(hangup)', within: '5s' } },
];

const expected = ({ checks }: ScenarioResult) => checks.find(({ name }) => name === 'expectations');

t.test('a message that comes twice is counted twice', async (t) => {
  for (const endsTimes of [1, 2]) {
    const server = await startRestServer({ endsTimes });
    t.teardown(() => server.close());
    for (const dialect of [REST_DIALECT, REST_DIALECT.replace(/, reason: \{ path: \$\.why.*?\} \} \}/, ' }')]) {
      const adapter = `${t.testdir({ 'rest.yaml': dialect })}/rest.yaml`;
      const steps = [
        ...HANG_UP,
        { expect: { 'bob receives hangup': 1, 'alice sends hang up': 1, 'alice receives raw:nothing': 0, within: '2s' } },
      ];
      const result = await runScenario({ ...PAIR, steps }, { target: server.url, adapter });
      t.equal(expected(result)?.valid, endsTimes === 1, JSON.stringify(result.checks));
      if (endsTimes === 2)
        t.match(expected(result), {
          message: /bob receives hang up: 1, alice sends hang up: 1/,
          actual: /bob receives hang up: 2, alice sends hang up: 1, alice receives raw:nothing: 0/,
        });
    }
  }
});

t.test('none at all, and too few', async (t) => {
  const server = await startRestServer();
  t.teardown(() => server.close());
  const adapter = `${t.testdir({ 'rest.yaml': REST_DIALECT })}/rest.yaml`;
  const run = (counts: object) =>
    runScenario({ ...PAIR, steps: [...HANG_UP, { expect: counts }] }, { target: server.url, adapter });
  t.equal(expected(await run({ 'bob.phone receives cancel': 0, within: '200ms' }))?.valid, true);
  t.match(expected(await run({ 'bob receives hang up': 0, within: '200ms' })), { valid: false, actual: /hang up: 1/ });
  t.match(expected(await run({ 'bob receives hang up': 2, within: '200ms' })), { valid: false, actual: /hang up: 1/ });
});

t.test('mistakes in a count have their place and the nearest word', async (t) => {
  const problem = (expect: object): string => {
    try {
      parseScenario({ ...PAIR, steps: [{ alice: 'call bob' }, { expect }] });
      return '';
    } catch (error) {
      if (!(error instanceof ScenarioProblems)) throw error;
      return error.message;
    }
  };
  t.equal(problem({ 'bob receives call': 1, within: '1s' }), '');
  t.match(problem({ 'bob receives hangp': 1 }), /steps\[1\]\.expect.*unknown message "hangp"; did you mean "hang up"/);
  t.match(problem({ 'bob recieves call': 1 }), /unknown verb "recieves" of a message; did you mean "receives"/);
  t.match(problem({ 'bbo receives call': 1 }), /unknown agent "bbo"; did you mean "bob"/);
  t.match(problem({ 'bob receives call': 'once' }), /a count is a whole number/);
  t.match(problem({ 'bob receives call': -1 }), /steps\[1\]\.expect/);
  t.match(
    problem({ 'bob receives call': 1, bob: 'ringing' }),
    /states and counts in one "expect"; write "bob" as a separate step/,
  );
});
