/** Makes the generated parts of docs/scenarios.md and docs/scenario.schema.json anew; run it after a build. */
import { readFileSync, writeFileSync } from 'node:fs';
import { withReference } from '../dist/src/scenarios/reference.js';
import { scenarioJsonSchema } from '../dist/src/scenarios/schema.js';

writeFileSync('docs/scenarios.md', withReference(readFileSync('docs/scenarios.md', 'utf8')));
writeFileSync('docs/scenario.schema.json', `${JSON.stringify(scenarioJsonSchema(), null, 2)}\n`);
