/** The table of a target's page from reports of runs: outcomes and causes are those of the reports, explanations stay those of the page. */
/** What is read of a scenario in a JSON report. */
export interface Reported {
  readonly file?: string | null;
  readonly status: string;
  readonly why: string | null;
  readonly diagnoses: readonly { readonly code: string; readonly hop: string; readonly title: string }[];
}

export type Verdict = 'passes' | 'fails' | 'skipped' | 'either';

/** How a scenario comes out, in some runs or by a page. */
export interface Outcome {
  readonly verdict: Verdict;
  /** The first cause of each failed run. */
  readonly causes: readonly string[];
  /** The page's explanation, or what the reports say where there is none. */
  readonly why: string;
}

/** Marks an explanation that somebody has to write. */
export const UNEXPLAINED = '(unexplained)';

/** Of the rows. */
const ORDER: readonly Verdict[] = ['fails', 'either', 'skipped'];

/** The scenario of a result, by its file. */
export function scenarioOf(file: string | null | undefined): string {
  return (file ?? '').replace(/^.*\//, '').replace(/\.yaml$/, '');
}

/** The first cause of a result, as a page names it. */
export function causeOf({ diagnoses: [first] }: Pick<Reported, 'diagnoses'>): string {
  return first === undefined ? 'no cause' : `${first.code} @ ${first.hop}`;
}

/** Outcomes by scenario. A run that says nothing, since the probe was too busy, does not count. */
export function outcomesIn(reports: readonly { readonly scenarios: readonly Reported[] }[]): Map<string, Outcome> {
  const seen = new Map<string, { statuses: Set<string>; causes: Set<string>; why: string }>();
  for (const result of reports.flatMap(({ scenarios }) => scenarios)) {
    const { file, status, why } = result;
    if (status === 'unknown') continue;
    const name = scenarioOf(file);
    const one = seen.get(name) ?? { statuses: new Set(), causes: new Set(), why: '' };
    seen.set(name, one);
    one.statuses.add(status);
    if (status === 'failed') {
      one.causes.add(causeOf(result));
      one.why = `${UNEXPLAINED} ${result.diagnoses[0]?.title ?? ''}`.trim();
    } else if (status === 'skipped' && one.why === '') one.why = plain(why ?? '');
  }
  return new Map(
    [...seen].map(([name, { statuses, causes, why }]) => [
      name,
      { verdict: verdictOf(statuses), causes: [...causes].sort(), why },
    ]),
  );
}

function verdictOf(statuses: ReadonlySet<string>): Verdict {
  if (statuses.size > 1) return 'either';
  if (statuses.has('passed')) return 'passes';
  return statuses.has('failed') ? 'fails' : 'skipped';
}

/** A reason without the place in the file, the message and the address. */
function plain(why: string): string {
  return why
    .replace(/^\w+[.[][\w.[\]-]*: /, '')
    .replace(/^declared limit: /, '')
    .replace(/ \([^()]*\)$/, '')
    .replace(/(the target) \w+:\/\/\S+/, '$1');
}

/**
 * These outcomes with what the page has beyond them: explanations, and for a scenario that varies also what happened to come out in
 * none of these runs.
 */
function merged(outcomes: ReadonlyMap<string, Outcome>, page: ReadonlyMap<string, Outcome>): Map<string, Outcome> {
  return new Map([...outcomes].map(([name, outcome]) => [name, mergedOne(outcome, page.get(name))]));
}

function mergedOne(outcome: Outcome, old: Outcome | undefined): Outcome {
  if (old === undefined) return outcome;
  const { verdict, causes } = outcome;
  const isFailure = causes.length > 0;
  const varied = old.verdict === 'either';
  if (varied && verdict === 'passes') return old;
  const isKnown = causes.every((cause) => old.causes.includes(cause));
  if (!isKnown || (!isFailure && old.verdict !== verdict)) return outcome;
  return {
    verdict: varied ? 'either' : verdict,
    causes: isFailure ? old.causes : causes,
    why: old.why === '' ? outcome.why : old.why,
  };
}

/** The rows, scenarios with the same outcome and explanation together, in the order of the page as it was. */
function tableOf(outcomes: ReadonlyMap<string, Outcome>, page: ReadonlyMap<string, Outcome>): string {
  const rows = new Map<string, { readonly outcome: Outcome; readonly names: string[] }>();
  for (const [name, outcome] of [...outcomes].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const { verdict, causes, why } = outcome;
    if (verdict === 'passes') continue;
    const key = JSON.stringify([verdict, causes, why]);
    const row = rows.get(key) ?? { outcome, names: [] };
    row.names.push(name);
    rows.set(key, row);
  }
  const explanations = [...page.values()].map(({ why }) => why);
  const place = ({ outcome: { verdict, why } }: { readonly outcome: Outcome }): number => {
    const at = explanations.indexOf(why);
    return ORDER.indexOf(verdict) * 1_000 + (at < 0 ? 999 : at);
  };
  const lines = [...rows.values()]
    .sort((a, b) => place(a) - place(b))
    .map(({ outcome: { verdict, causes, why }, names }) => {
      const listed = causes.map((cause) => `\`${cause}\``).join(', ');
      return `| ${[names.join(', '), verdict, listed, why].join(' | ')} |`.replace('|  |', '| |');
    });
  return ['| scenarios | | first cause | why that is true |', '|---|---|---|---|', ...lines].join('\n');
}

/** The sentence above the table. */
export function countsOf(outcomes: Iterable<Pick<Outcome, 'verdict'>>): string {
  const all = [...outcomes];
  const count = (verdict: Verdict): number => all.filter((one) => one.verdict === verdict).length;
  const either = count('either');
  const varies = either === 0 ? '' : `; ${either === 1 ? 'one varies' : `${either} vary`}`;
  return `Of the ${all.length} scenarios ${count('passes')} pass, ${count('fails')} fail and ${count('skipped')} are skipped${varies}.`;
}

/** The page with the table and its sentence made anew; `before` is what it says so far. */
export function withTable(page: string, outcomes: ReadonlyMap<string, Outcome>, before: ReadonlyMap<string, Outcome>): string {
  const all = merged(outcomes, before);
  return page
    .replace(/Of the \d+ scenarios [^.]*\./, countsOf(all.values()))
    .replace(/\| scenarios \|[^\n]*\n(?:\|[^\n]*\n)+/, `${tableOf(all, before)}\n`);
}
