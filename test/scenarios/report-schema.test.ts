import { readFileSync } from 'node:fs';
import t from 'tap';
import type * as z from 'zod';
import { reportJsonSchema, reportSchema } from '../../src/scenarios/run/report-schema.js';
import type { RunReport } from '../../src/scenarios/run/result.js';
import { brokenReport, healthyReport, reportOf } from '../report-builder.js';
import { sorryReport } from '../reporters/sorry-report.js';

/** A type without `readonly` and `?`, so that types that mean the same are the same. */
type Plain<T> = T extends readonly (infer Item)[]
  ? Plain<Item>[]
  : T extends object
    ? { -readonly [Key in keyof T]-?: Plain<Exclude<T[Key], undefined>> }
    : T;
type Same<A, B> = [A] extends [B] ? ([B] extends [A] ? true : false) : false;

t.test('the schema and the type of the report are the same, field by field', async (t) => {
  // It does not compile when a field is missing in src/scenarios/run/report-schema.ts, or is another one there.
  const same: Same<Plain<z.infer<typeof reportSchema>>, Plain<RunReport>> = true;
  t.ok(same);
  const other: Same<Plain<z.infer<typeof reportSchema>>, Plain<Omit<RunReport, 'seed'>>> = false;
  t.notOk(other, 'a missing field is noticed');
});

t.test('reports are valid, and what is no report is not', async (t) => {
  const timings = { 'accept-to-connected': { count: 1, never: 1, min: null, p50: null, p95: null, p99: null, max: null } };
  for (const report of [healthyReport(), brokenReport(), sorryReport(), reportOf([])]) {
    t.strictSame(reportSchema.parse(JSON.parse(JSON.stringify(report))), report);
  }
  const wrong = (over: object): boolean => reportSchema.safeParse({ ...healthyReport(), ...over }).success;
  t.notOk(wrong({ schema: 'call-probe/report@2' }));
  t.notOk(wrong({ more: 1 }));
  t.notOk(wrong({ scenarios: [{ timings }] }));
});

t.test('docs/report.schema.json is up to date', async (t) => {
  const published: unknown = JSON.parse(readFileSync('docs/report.schema.json', 'utf8'));
  t.strictSame(published, reportJsonSchema(), 'run: node scripts/build.mjs && node scripts/docs.mjs');
  t.match(published, { title: 'call-probe report', type: 'object', properties: { schema: { const: 'call-probe/report@1' } } });
});
