/** Problems of scenarios: the place, the problem and a hint, for one file or many. */

/** Where a value or its key is in a source text; 1-based, columns in UTF-16 units. */
export interface Place {
  readonly line: number;
  readonly column: number;
  /** The whole line of the source. */
  readonly excerpt: string;
}

/** Keys and indices from the top of a file to a value: `['steps', 1, 'expect']`. */
export type Path = readonly (string | number)[];

export interface Problem {
  /** `not-yet`: correct language that this version cannot run; everything else is `invalid`. */
  readonly kind: 'invalid' | 'not-yet';
  /** As given by the user, or null for a scenario from an object. */
  readonly file: string | null;
  /** Null without a text: a missing file, or a scenario from an object. */
  readonly line: number | null;
  readonly column: number | null;
  /** YAML path, such as `steps[1].expekt`; empty for the file as a whole. */
  readonly path: string;
  readonly message: string;
  readonly hint: string | null;
  /** The source line, or null. */
  readonly excerpt: string | null;
}

/** Reports a problem at a path, at the key or at the value there. */
export type Report = (path: Path, at: 'key' | 'value', message: string, hint?: string | null, kind?: Problem['kind']) => void;

/** Thrown when scenarios cannot be loaded; holds every problem found, in the order of the files. */
export class ScenarioProblems extends Error {
  readonly problems: readonly Problem[];
  constructor(problems: readonly Problem[]) {
    super(problems.map(formatProblem).join('\n'));
    this.name = 'ScenarioProblems';
    this.problems = problems;
  }
}

/** A problem as one line: `accept.yaml:7:5  steps[1].expekt  unknown key "expekt"; did you mean "expect"?`. */
export function formatProblem(problem: Problem): string {
  const place = problem.line === null ? '' : `:${problem.line}:${problem.column ?? 1}`;
  const where = `${visible(problem.file ?? 'scenario')}${place}`;
  const what = problem.hint === null ? problem.message : `${problem.message}; ${problem.hint}`;
  return [where, problem.path, what].filter((part) => part !== '').join('  ');
}

const EXCERPT_CHARS = 100;

/** The line of `formatProblem` and, where the source is known, the source line with a caret under the place. */
export function formatProblemWithSource(problem: Problem): string {
  if (problem.excerpt === null || problem.line === null || problem.column === null) return formatProblem(problem);
  const from = Math.max(0, problem.column - 1 - EXCERPT_CHARS / 2);
  const shown = visible(problem.excerpt.slice(from, from + EXCERPT_CHARS));
  const before = visible(problem.excerpt.slice(from, problem.column - 1));
  const margin = String(problem.line);
  const cut = from > 0 ? '…' : '';
  return [
    formatProblem(problem),
    `  ${margin} | ${cut}${shown}`,
    `  ${' '.repeat(margin.length)} | ${' '.repeat(cut.length + before.length)}^`,
  ].join('\n');
}

/** A path as text: `steps[1].expect`, with quotes if a key is not a plain word: `expect["bob.phone"]`. */
export function formatPath(path: Path): string {
  let text = '';
  for (const part of path) {
    if (typeof part === 'number') text += `[${part}]`;
    else if (/^[A-Za-z_][\w-]{0,63}$/.test(part)) text += text === '' ? part : `.${part}`;
    else text += `[${quote(part)}]`;
  }
  return text;
}

/** A user's text in quotes, cut to 60 characters, safe for a terminal. */
export function quote(text: string): string {
  return `"${visible(text.length > 60 ? `${text.slice(0, 59)}…` : text)}"`;
}

/** Control, direction and line-breaking characters written out, so that a file cannot steer the reader's terminal. */
function visible(text: string): string {
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff]/g, (char) =>
    char === '\t' ? ' ' : `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
