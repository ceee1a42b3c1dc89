/** `call-probe schema`: the JSON Schema of scenario files. */
import { scenarioJsonSchema } from '../scenarios/schema.js';
import { EXIT } from './exit.js';

/** Prints the schema to standard output. */
export function schemaCommand(): number {
  process.stdout.write(`${JSON.stringify(scenarioJsonSchema(), null, 2)}\n`);
  return EXIT.held;
}
