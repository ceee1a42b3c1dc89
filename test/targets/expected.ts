/** What a page on a target says that the suite finds there, and a report held against it. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Test } from 'tap';
import type { RunReport } from '../../src/index.js';
import { causeOf, countsOf, type Outcome, scenarioOf, UNEXPLAINED, type Verdict } from './table.js';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const SCENARIOS = join(ROOT, 'scenarios');

/** The table of docs/targets/NAME.md by the scenario's file, in the order of its rows; whatever it does not name passes. */
export function expectedAt(name: string): Map<string, Outcome> {
  const page = pageOf(name);
  const expected = new Map<string, Outcome>();
  const all = readdirSync(SCENARIOS).map(scenarioOf);
  const rows = page
    .slice(page.indexOf('## What the suite finds'))
    .matchAll(/^\| ([\w, -]+) \| (fails|skipped|either) \| (.*?) ?\| (.*) \|$/gm);
  for (const [, names = '', verdict, causes = '', why = ''] of rows) {
    for (const scenario of names.split(', ')) {
      if (!all.includes(scenario)) throw new Error(`docs/targets/${name}.md names a scenario "${scenario}" that there is not`);
      expected.set(scenario, {
        verdict: verdict as Verdict,
        causes: [...causes.matchAll(/`([^`]+)`/g)].map(([, one = '']) => one),
        why,
      });
    }
  }
  for (const scenario of all) if (!expected.has(scenario)) expected.set(scenario, { verdict: 'passes', causes: [], why: '' });
  return expected;
}

/** The numbers in the sentence above the table are those of the table, and each row is explained. */
export function countsHold(t: Test, name: string): void {
  const sentence = countsOf(expectedAt(name).values());
  const page = pageOf(name).replace(/\s+/g, ' ');
  t.ok(page.includes(sentence), `docs/targets/${name}.md: "${sentence}"`);
  t.notOk(page.includes(UNEXPLAINED), `docs/targets/${name}.md explains each row`);
}

/** Every scenario of a report came out as the page says, with the cause that it says; what the probe itself could not tell is left out. */
export function holdsAsToldAt(t: Test, name: string, report: RunReport): void {
  const expected = expectedAt(name);
  let untold = 0;
  for (const result of report.scenarios) {
    const { file, status, why, checks } = result;
    const scenario = scenarioOf(file);
    const { verdict, causes } = expected.get(scenario) ?? { verdict: 'passes', causes: [] };
    if (status === 'unknown' && /probe-fault/.test(`${why} ${checks.map(({ message }) => message).join(' ')}`)) {
      untold += 1;
      continue;
    }
    const told = causeOf(result);
    const wrong = checks.filter(({ valid }) => valid !== true).map(({ message }) => message);
    const seen = `${scenario}: ${status}, ${told} (${why ?? wrong[0] ?? ''})`;
    if (verdict === 'passes') t.equal(status, 'passed', seen);
    else if (verdict === 'skipped') t.equal(status, 'skipped', seen);
    else if (verdict === 'fails') t.equal(status, 'failed', seen);
    if (status === 'failed' && verdict !== 'passes')
      t.ok(causes.includes(told), `${seen} is told of as one of ${causes.join(', ')}`);
  }
  t.ok(untold <= report.scenarios.length / 4, `${untold} scenarios said nothing: the probe's own machine was too busy`);
}

function pageOf(name: string): string {
  return readFileSync(join(ROOT, 'docs', 'targets', `${name}.md`), 'utf8');
}

/** Paths of built-in scenarios. */
export const filesOf = (names: readonly string[]): string[] => names.map((name) => join(SCENARIOS, `${name}.yaml`));

/** Those without media, which are quick and take no process of their own, and whatever does not pass. */
export function sampleOf(name: string): string[] {
  return [...expectedAt(name)]
    .filter(
      ([scenario, { verdict }]) =>
        verdict !== 'passes' || /^media: none$/m.test(readFileSync(join(SCENARIOS, `${scenario}.yaml`), 'utf8')),
    )
    .map(([scenario]) => scenario);
}
