/**
 * Loaded into a process whose lines count for coverage: each test file, and what test/measured.ts says. Writes at its end
 * what V8 counted in this repository's own code. NODE_V8_COVERAGE would write megabytes, nearly all of them about others'.
 */
import { randomUUID } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { Session } from 'node:inspector';
import { join } from 'node:path';

const OWN = ['bin', 'src'].map((folder) => new URL(`../dist/${folder}/`, import.meta.url).href);
const into = process.env.MEASURE_INTO;

// What `fork` hands on when it is told nothing.
process.execArgv = process.execArgv.filter((option) => !option.endsWith(import.meta.url));

const session = new Session();
session.connect();
session.post('Profiler.enable');
session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true });
process.once('exit', () => {
  session.post('Profiler.takePreciseCoverage', (error, taken) => {
    if (error) throw error;
    const result = taken.result.filter(({ url }) => OWN.some((folder) => url.startsWith(folder)));
    writeFileSync(join(into, `${randomUUID()}.json`), JSON.stringify({ result }));
  });
});
