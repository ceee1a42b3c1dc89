/** Exit codes of the contract, and how an error becomes one with a message that says what to do next. */
import { printable } from '../reporters/format.js';

export const EXIT = { held: 0, failed: 1, usage: 2, inconclusive: 3, broken: 4, interrupted: 130 } as const;

/** Wrong usage: told before anything ran. The message names the thing and the remedy. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** Errors that are the user's to mend, by name: their classes live in modules that are loaded only when needed. */
const USAGE_ERRORS: readonly string[] = [
  'UsageError',
  'TargetError',
  'ScenarioProblems',
  'ReporterSpecError',
  'StoreError',
  'AdapterError',
];

/** The exit code of an error and what to print of it. A stack trace is shown only where CALL_PROBE_DEBUG asks for it. */
export function explain(error: unknown): { readonly code: number; readonly text: string } {
  // Targets, files and mappings have their words in it.
  const message = (error instanceof Error ? error.message : String(error)).split('\n').map(printable).join('\n');
  if (error instanceof Error && USAGE_ERRORS.includes(error.name)) return { code: EXIT.usage, text: message };
  const stack = process.env['CALL_PROBE_DEBUG'] !== undefined && error instanceof Error ? `\n${error.stack}` : '';
  const advice = 'This is a fault of call-probe itself. CALL_PROBE_DEBUG=1 shows where it happened.';
  return { code: EXIT.broken, text: `${message}\n${advice}${stack}` };
}
