/** Servers that speak in their own ways, each with one known bug: it is found, its first cause is right, and nothing healthy fails. */
import t from 'tap';
import { nameOf } from './case.js';
import { CASES } from './cases.js';
import { firstWords, play } from './play.js';

/** Runs wait far more than they work. */
const LANES = 16;

t.test('each bug is found with its cause, and healthy servers pass', async (t) => {
  const wanted = process.argv.slice(2);
  const cases = wanted.length === 0 ? CASES : CASES.filter((one) => wanted.some((name) => nameOf(one).startsWith(name)));
  const outcomes = await play(cases, { lanes: LANES, signal: new AbortController().signal });
  for (const outcome of outcomes) {
    const { of, scenario, verdict, result } = outcome;
    const said = `${nameOf(of)}, ${scenario}: ${firstWords(outcome)}`;
    const findings = result.checks.filter(({ valid }) => valid !== true).map(({ name, message }) => `${name}: ${message}`);
    t.equal(verdict, of.bug === null ? 'silent' : 'right', said, { findings, wanted: of.causes });
  }
});
