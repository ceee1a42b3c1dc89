/** Makes the generated parts of the documents and the published schema anew; run it after a build. */
import { readFileSync, writeFileSync } from 'node:fs';
import { scenarioJsonSchema } from '../dist/src/scenarios/language/schema.js';
import { reportJsonSchema } from '../dist/src/scenarios/run/report-schema.js';
import { ASYNCAPI_FILE, asyncApiText } from '../dist/test/docs/asyncapi.js';
import { DOCUMENTS, withSections } from '../dist/test/docs/documents.js';

for (const [file, sections] of Object.entries(DOCUMENTS)) {
  writeFileSync(file, withSections(readFileSync(file, 'utf8'), sections()));
}
writeFileSync('docs/scenario.schema.json', `${JSON.stringify(scenarioJsonSchema(), null, 2)}\n`);
writeFileSync('docs/report.schema.json', `${JSON.stringify(reportJsonSchema(), null, 2)}\n`);
writeFileSync(ASYNCAPI_FILE, asyncApiText());
