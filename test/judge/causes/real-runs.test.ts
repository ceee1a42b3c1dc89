/** Real runs with a known bug: the diagnosis names it, a saved trace gives the same answer, and no part of a trace makes it fail. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import t, { type Test } from 'tap';
import { diagnose } from '../../../src/judge/diagnose.js';
import { historyOf } from '../../../src/judge/history/history.js';
import type { TraceEvent } from '../../../src/trace/event.js';
import { decodeTrace, encodeTrace } from '../../../src/trace/jsonl.js';
import { type Command, ends, folder, reportIn, runCommand, startCommand } from '../../cli/command.js';

const CALL = `name: a call is answered
media: none
agents: { alice: {}, bob: {} }
steps:
  - alice: call bob
  - expect: { both: ringing, within: 20s }
  - bob: accept
  - expect: { both: connected, within: 3s }
`;
const DROP = CALL.replace(
  '  - bob: accept',
  '  - fault: { drop: alice receives connected, times: 1000, heal: never }\n  - bob: accept',
);
const JUMP = `${CALL}  - fault: { clock: alice, jump: -90s }\n  - wait: 500ms\n`;
const LIMITS = 'checks: { timer-skew: { max: 20s }, latency: { accept-to-connected: { max: 20s } } }\n';

interface Case {
  readonly scenario: string;
  readonly defect: string | null;
  readonly code: string;
  readonly hop: string;
}

const CASES: readonly Case[] = [
  { scenario: CALL, defect: 'drop-answer', code: 'not-forwarded', hop: 'server' },
  { scenario: CALL, defect: 'answer-to-wrong-device', code: 'wrong-recipient', hop: 'server' },
  { scenario: CALL, defect: 'ignore-answered', code: 'received-not-applied', hop: 'alice/phone' },
  { scenario: JUMP, defect: 'timer-from-wall-clock', code: 'timer-skew', hop: 'alice/phone' },
  { scenario: DROP, defect: null, code: 'dropped-in-transit', hop: 'alice/phone.signaling' },
];

/** Runs a scenario and gives its report and the text of its trace. */
async function ran(
  t: Test,
  { scenario, defect }: Case,
): Promise<{ report: ReturnType<typeof reportIn>; text: string; dir: string }> {
  const { dir, at } = folder(t, { 'call.yaml': LIMITS + scenario });
  const flags = defect === null ? [] : ['--defect', defect];
  const run = ['run', 'call.yaml', '--seed', '1', '--out', 'out', '--reporter', 'json=report.json', ...flags];
  ends(t, 'the run', await runCommand(run, at), 1);
  const report = reportIn(dir, 'report.json');
  return { report, text: readFileSync(join(dir, report.scenarios[0]?.trace ?? ''), 'utf8'), dir };
}

let kept: TraceEvent[] = [];

for (const one of CASES) {
  t.test(`${one.code}: ${one.defect ?? 'a fault that drops the answer'}`, async (t) => {
    const { report, text, dir } = await ran(t, one);
    const result = report.scenarios[0];
    t.equal(result?.status, 'failed');
    t.match(result?.diagnoses[0], { code: one.code, hop: one.hop });
    if (one.defect === null) t.match(result?.diagnoses[0]?.summary, /own fault "drop" struck it/);
    const { events, problems } = decodeTrace(text);
    t.strictSame(problems, []);
    t.strictSame(diagnose(historyOf(events)), result?.diagnoses, 'a saved trace gives the same answer');
    const told = await runCommand(['diagnose', 'out', '--json'], { cwd: dir });
    t.equal(told.code, 1);
    t.match(JSON.parse(told.stdout), {
      schema: 'call-probe/diagnosis@1',
      traces: [{ verdict: 'failed', diagnoses: [{ code: one.code }] }],
    });
    kept = [...kept, ...(kept.length === 0 ? events : [])];
  });
}

t.test('no part of a real trace makes it fail, and cutting it short invents nothing', async (t) => {
  t.ok(kept.length > 50);
  const whole = diagnose(historyOf(kept))[0]?.code;
  const failedAt = kept.findIndex((event) => event.type === 'mark' && event.ok === false);
  fc.assert(
    fc.property(fc.nat({ max: kept.length }), (length) => {
      const told = diagnose(historyOf(kept.slice(0, length)));
      for (const { confidence } of told) if (confidence === 0) throw new Error(told[0]?.summary);
      if (length <= failedAt - 20 && told.length > 0 && told[0]?.code !== whole) throw new Error(JSON.stringify(told[0]));
    }),
    { numRuns: 60 },
  );
  fc.assert(
    fc.property(fc.array(fc.boolean(), { minLength: kept.length, maxLength: kept.length }), (keeps) => {
      const told = diagnose(historyOf(kept.filter((_, i) => keeps[i])));
      for (const { confidence, summary } of told) if (confidence === 0) throw new Error(summary);
    }),
    { numRuns: 60 },
  );
  fc.assert(
    fc.property(fc.shuffledSubarray(kept, { minLength: 1 }), (events) => {
      const told = diagnose(historyOf(events.map((event, i) => ({ ...event, n: i + 1 }))));
      for (const { confidence, summary } of told) if (confidence === 0) throw new Error(summary);
    }),
    { numRuns: 40 },
  );
  t.pass('subsets, prefixes and shuffles');
});

t.test('a black box leaves causes, and its log tells which', async (t) => {
  const secret = 'a-secret-for-the-tests-of-diagnosis-1234567';
  const { dir, at } = folder(t, { 'call.yaml': LIMITS + CALL });
  const env = { CALL_PROBE_SECRET: secret };
  const serve = ['serve', '--port', '0', '--defect', 'drop-answer', '--log-format', 'json', '--log-level', 'debug'];
  const server: Command = startCommand(serve, { ...at, env });
  const [, url = ''] = await server.printed(/listening on (ws:\/\/\S+)/);
  await runCommand(['run', 'call.yaml', '--target', url, '--seed', '1', '--out', 'out'], { ...at, env });
  server.child.kill('SIGTERM');
  const { stderr } = await server.ended;
  writeFileSync(join(dir, 'server.log'), stderr);
  writeFileSync(
    join(dir, 'info.log'),
    stderr
      .split('\n')
      .filter((line) => !line.startsWith('{"level":20'))
      .join('\n'),
  );
  const shift = (line: string): string => line.replace(/"time":(\d+)/, (_, time: string) => `"time":${Number(time) + 3_600_000}`);
  writeFileSync(join(dir, 'shifted.log'), stderr.split('\n').map(shift).join('\n'));
  const diagnosed = async (...flags: string[]): Promise<{ notes: string[]; diagnoses: ReturnType<typeof diagnose> }> => {
    const { stdout, code } = await runCommand(['diagnose', 'out', '--json', ...flags], {
      ...at,
      isMeasured: flags.includes('server.log'),
    });
    t.equal(code, 1, flags.join(' '));
    return (JSON.parse(stdout) as { traces: { notes: string[]; diagnoses: ReturnType<typeof diagnose> }[] }).traces[0]!;
  };
  const blind = await diagnosed();
  t.match(blind.diagnoses[0], { code: 'not-forwarded', hop: 'server', ruledOutBy: /server's log/ });
  t.ok((blind.diagnoses[0]?.confidence ?? 1) < 0.9);
  for (const log of ['server.log', 'shifted.log']) {
    const sure = await diagnosed('--server-log', log);
    t.match(sure.diagnoses[0], { code: 'not-forwarded', hop: 'server', confidence: 0.95 }, log);
    t.ok(
      sure.diagnoses[0]?.lines.some((line) => /server has connected, version 3/.test(line)),
      'a line of the log is the proof',
    );
    t.ok(
      sure.notes.some((note) => /log was joined/.test(note)),
      log,
    );
  }
  const short = await diagnosed('--server-log', 'info.log');
  t.ok(
    short.notes.some((note) => /--log-level debug/.test(note)),
    'a log that says too little says so',
  );
  t.equal(decodeTrace(encodeTrace(kept)).problems.length, 0);
});
