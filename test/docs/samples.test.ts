import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { windowOf } from '../../src/reporters/ladder/window.js';
import { rejudge } from '../../src/scenarios/run/rejudge.js';
import { TRACE_SCHEMA, type TraceEvent } from '../../src/trace/event.js';
import { decodeTrace } from '../../src/trace/jsonl.js';
import { redactTrace } from '../../src/trace/redact-trace.js';
import { assertNoLeak, createPrivacy } from '../../src/trace/redaction/privacy.js';

/** Bytes of everything in reports/: it travels with every clone. */
const BYTES_MAX = 1_500_000;
const AGAIN = 'run: npm run build && npm run lab -- samples';
const TRACES = { before: 'reports/before/traces/accept-1.trace.jsonl', after: 'reports/after/traces/accept-1.trace.jsonl' };
const TEXTS = ['before.html', 'after.html', 'before.txt', 'compare.html', 'compare.md'].map((name) => join('reports', name));
const PICTURES = ['before.png', 'compare.png'].map((name) => join('reports', name));

function traceAt(path: string): TraceEvent[] {
  const { events, problems } = decodeTrace(readFileSync(path, 'utf8'));
  t.same(problems, [], `${path} is of the present schema; else ${AGAIN}`);
  return events;
}

t.test('the samples are there, small, and of this version', async (t) => {
  const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
  const all = readdirSync('reports', { recursive: true, encoding: 'utf8' }).map((name) => join('reports', name));
  for (const path of [...Object.values(TRACES), ...TEXTS, ...PICTURES])
    t.ok(all.includes(path), `${path} is there; else ${AGAIN}`);
  const bytes = all.reduce((sum, path) => sum + (statSync(path).isFile() ? statSync(path).size : 0), 0);
  t.ok(bytes < BYTES_MAX, `${bytes} bytes`);
  for (const path of Object.values(TRACES)) {
    const begin = traceAt(path)[0];
    t.match(begin, { type: 'run', schema: TRACE_SCHEMA, versions: { 'call-probe': version } }, AGAIN);
  }
  for (const path of ['reports/before.html', 'reports/compare.html']) {
    t.match(readFileSync(path, 'utf8'), `content="call-probe ${version}"`, AGAIN);
  }
  for (const path of PICTURES) t.equal(readFileSync(path).subarray(1, 4).toString('latin1'), 'PNG');
});

t.test('they show what they say: the bug with its cause, and no bug', async (t) => {
  const before = rejudge(traceAt(TRACES.before), TRACES.before, null)!.record.judgement;
  t.match(before, { status: 'failed', diagnoses: [{ code: 'not-forwarded', hop: 'server' }] });
  t.equal(rejudge(traceAt(TRACES.after), TRACES.after, null)!.record.judgement.status, 'passed');
  t.match(windowOf(traceAt(TRACES.before))?.divergence, { how: 'never-sent', kind: 'event.connected', device: 'alice/phone' });
  t.match(readFileSync('reports/compare.md', 'utf8'), /not-forwarded[\s\S]*after only: alice\/phone reads event\.connected/);
  t.match(readFileSync('README.md', 'utf8'), /!\[[^\]]+\]\(reports\/compare\.png\)/);
});

t.test('nothing in them leaks', async (t) => {
  const privacy = createPrivacy();
  for (const path of Object.values(TRACES)) {
    const events = traceAt(path);
    t.strictSame(redactTrace(events, privacy.names), events, `${path}: redaction finds nothing more to take out`);
  }
  for (const path of [...Object.values(TRACES), ...TEXTS]) {
    const text = readFileSync(path, 'utf8');
    t.doesNotThrow(() => assertNoLeak(text, privacy, path));
    t.notMatch(text, /(^|[\s"'`(=])\/(home|root|Users|tmp|work|var)\//m, `${path} names no folder of a machine`);
  }
});
