/** `call-probe schema`: the JSON Schemas of scenario files and of the JSON report. */
import { closest } from 'fastest-levenshtein';
import { scenarioJsonSchema } from '../scenarios/language/schema.js';
import { reportJsonSchema } from '../scenarios/run/report-schema.js';
import { EXIT, UsageError } from './exit.js';

const SCHEMAS: Readonly<Record<string, () => object>> = { scenario: scenarioJsonSchema, report: reportJsonSchema };

/** Prints a schema to standard output: of scenario files, or of the JSON report. Refuses any other with the nearest known one. */
export function schemaCommand(of: string): number {
  const schema = Object.hasOwn(SCHEMAS, of) ? SCHEMAS[of] : undefined;
  if (schema === undefined) {
    const names = Object.keys(SCHEMAS);
    throw new UsageError(
      `there is no schema of ${JSON.stringify(of.slice(0, 80))}; did you mean "${closest(of, names)}"? Known are ${names.join(', ')}`,
    );
  }
  process.stdout.write(`${JSON.stringify(schema(), null, 2)}\n`);
  return EXIT.held;
}
