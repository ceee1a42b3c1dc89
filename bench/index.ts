/** Runs every benchmark and prints its table; words on the command line choose those whose names hold one of them, `--against DIST` another build. */
import { parseArgs } from 'node:util';
import { type Bench, table } from './bench.js';
import { helloBench } from './hello.js';
import { htmlReportBench } from './html-report.js';
import { idleBench } from './idle.js';
import { proxyBench } from './proxy.js';
import { recordBench } from './record.js';
import { relayBench } from './relay.js';
import { sessionsBench } from './sessions.js';
import { storeBench } from './store.js';

export const BENCHES: readonly Bench[] = [
  storeBench,
  sessionsBench,
  helloBench,
  idleBench,
  proxyBench,
  relayBench,
  recordBench,
  htmlReportBench,
];

const { positionals: words, values } = parseArgs({ allowPositionals: true, options: { against: { type: 'string' } } });
for (const bench of BENCHES.filter(({ name }) => words.length === 0 || words.some((word) => name.includes(word)))) {
  process.stdout.write(`${bench.name}\n`);
  process.stdout.write(`${table(await bench.run({ against: values.against ?? null }))}\n`);
}
