/** Which scenarios of a report a reader wants to see, and in which order: pure. */
import type { Status } from '../../scenarios/run/result.js';
import type { PageReport, PageScenario } from './page-data.js';

export interface Filter {
  /** Words that all have to occur in the name, file, tags, checks or causes. */
  readonly text: string;
  /** Verdicts to show; none stands for all. */
  readonly verdicts: ReadonlySet<Status>;
  readonly tag: string | null;
  readonly cause: string | null;
}

export const NO_FILTER: Filter = { text: '', verdicts: new Set(), tag: null, cause: null };

const WORST_FIRST: readonly Status[] = ['failed', 'unknown', 'passed', 'skipped'];

/** Indices of all scenarios: failures first, then what is unknown, each in the order of the run. */
export function inReadingOrder(scenarios: readonly Pick<PageScenario, 'status'>[]): number[] {
  const rank = (index: number): number => WORST_FIRST.indexOf(scenarios[index]?.status ?? 'skipped');
  return scenarios.map((_, index) => index).sort((a, b) => rank(a) - rank(b) || a - b);
}

/** A test for scenarios; what is searched of each is put together once. */
export function matcher(scenarios: PageReport['scenarios']): (index: number, filter: Filter) => boolean {
  const texts = new Map<number, string>();
  const textOf = (index: number, scenario: PageScenario): string => {
    const known = texts.get(index) ?? searchable(scenario);
    texts.set(index, known);
    return known;
  };
  return (index, { text, verdicts, tag, cause }) => {
    const scenario = scenarios[index];
    if (scenario === undefined) return false;
    if (verdicts.size > 0 && !verdicts.has(scenario.status)) return false;
    if (tag !== null && !scenario.tags.includes(tag)) return false;
    if (cause !== null && !scenario.diagnoses.some(({ code }) => code === cause)) return false;
    const words = text.toLowerCase().split(/\s+/).filter(Boolean);
    return words.every((word) => textOf(index, scenario).includes(word));
  };
}

/** Every tag of the report, and every cause, in the order of the alphabet. */
export function choicesOf(scenarios: PageReport['scenarios']): { tags: string[]; causes: string[] } {
  return {
    tags: [...new Set(scenarios.flatMap(({ tags }) => tags))].sort(),
    causes: [...new Set(scenarios.flatMap(({ diagnoses }) => diagnoses.map(({ code }) => code)))].sort(),
  };
}

function searchable({ name, file, tags, status, why, checks, diagnoses }: PageScenario): string {
  const found = checks.flatMap(({ check, message, expected, actual }) => [check, message, expected ?? '', actual ?? '']);
  const causes = diagnoses.flatMap(({ code, hop, summary }) => [code, hop, summary]);
  return [name, file ?? '', ...tags, status, why ?? '', ...found, ...causes].join('\n').toLowerCase();
}

/** A repetition that did not pass. */
export interface Trouble {
  readonly scenario: number;
  readonly repetition: number | null;
}

/** Everything that did not pass in these scenarios, in their order: what "next failure" walks through. */
export function troublesOf(scenarios: PageReport['scenarios'], order: readonly number[]): Trouble[] {
  return order.flatMap((index): Trouble[] => {
    const scenario = scenarios[index];
    if (scenario === undefined || (scenario.status !== 'failed' && scenario.status !== 'unknown')) return [];
    const troubled = scenario.repetitions.filter(({ status }) => status === 'failed' || status === 'unknown');
    if (troubled.length === 0) return [{ scenario: index, repetition: null }];
    return troubled.map(({ repetition }) => ({ scenario: index, repetition }));
  });
}
