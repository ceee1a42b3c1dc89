/** Exit codes, and the mapping from errors to an exit code and a message with the next step. */
import { printable } from '../reporters/format.js';

export const EXIT = { held: 0, failed: 1, usage: 2, inconclusive: 3, broken: 4, interrupted: 130 } as const;

/** Wrong usage, reported before anything runs. The message names the problem and the remedy. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** Errors that the user can fix, by name: their classes are in modules that are loaded only when needed. */
const USAGE_ERRORS: readonly string[] = [
  'UsageError',
  'TargetError',
  'ScenarioProblems',
  'ReporterSpecError',
  'StoreError',
  'AdapterError',
];

/** The exit code of an error and its text. A stack trace is shown only with CALL_PROBE_DEBUG. */
export function explain(error: unknown): { readonly code: number; readonly text: string } {
  // The message may contain text from targets, files and mappings.
  const message = (error instanceof Error ? error.message : String(error)).split('\n').map(printable).join('\n');
  if (error instanceof Error && USAGE_ERRORS.includes(error.name)) return { code: EXIT.usage, text: message };
  const stack = process.env['CALL_PROBE_DEBUG'] !== undefined && error instanceof Error ? `\n${error.stack}` : '';
  const advice = 'This is a bug of call-probe. CALL_PROBE_DEBUG=1 shows where it happened.';
  return { code: EXIT.broken, text: `${message}\n${advice}${stack}` };
}
