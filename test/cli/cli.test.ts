/** Runs from the command line as users meet them: what they say, exit with and leave behind. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import type { RunReport } from '../../src/index.js';
import { REPORT_SCHEMA } from '../../src/scenarios/run/result.js';
import { type Ended, ends, folder, LONG, QUICK, reportIn, runCommand, startCommand } from './command.js';

t.test('run: verdicts become exit codes, and the report holds them', async (t) => {
  const { dir, at } = folder(t, { 'quick.yaml': QUICK });
  const flags = ['--reporter', 'console', '--reporter', 'json=good.json', '--seed', 'abc'];
  const [good, bad] = await Promise.all([
    runCommand(['run', 'quick.yaml', ...flags], { ...at, isMeasured: true }),
    runCommand(['run', 'quick.yaml', '--reporter', 'json=sub/bad.json', '--defect', 'drop-answer', '--out', 'other'], at),
  ]);
  ends(t, 'good', good, 0, /seed abc/, /1 passed/);
  const report = reportIn(dir, 'good.json');
  t.match(report, {
    schema: REPORT_SCHEMA,
    version: String,
    seed: 'abc',
    target: 'bundled',
    startedAt: /^\d{4}-\d\d-\d\dT[\d:.]+Z$/,
    durationMs: Number,
    exitCode: 0,
    summary: { scenarios: 1, passed: 1, failed: 0, unknown: 0, skipped: 0 },
    scenarios: [
      {
        name: 'a quick call',
        file: 'quick.yaml',
        status: 'passed',
        seed: 'abc:1',
        agents: { 'alice/phone': { state: 'connected', reason: null, call: String, version: 3, media: 'idle' } },
        timings: { 'accept-to-connected': { count: 1, min: Number, p50: Number, p95: Number, p99: Number, max: Number } },
        diagnoses: [],
      },
    ],
  });
  for (const { name, valid, message, evidence } of report.scenarios[0]?.checks ?? [])
    t.ok(valid === true && message !== '' && Array.isArray(evidence), `${name} held`);
  t.ok(existsSync(join(dir, report.scenarios[0]?.trace ?? 'nowhere')), 'the trace is where the report says');

  ends(t, 'bad', bad, 1);
  const failed = reportIn(dir, 'sub/bad.json');
  t.match(failed, { exitCode: 1, defects: ['drop-answer'], scenarios: [{ status: 'failed' }] });
  t.match(JSON.stringify(failed.scenarios[0]?.checks), /alice=ringing bob=connected/);
  t.match(failed.scenarios[0]?.trace, /^other\//);
});

t.test('flags outweigh the environment, which outweighs the config file', async (t) => {
  const { dir } = folder(t, {
    'quick.yaml': QUICK,
    'call-probe.yaml': 'seed: from-file\nrepeat: 2\nout: elsewhere\nreporter: json\n',
  });
  const seedOf = async (args: readonly string[], env: Record<string, string>): Promise<RunReport> => {
    const ended = await runCommand(['run', 'quick.yaml', ...args], { cwd: dir, env, isMeasured: true });
    ends(t, `seed ${args.join(' ')}`, ended, 0);
    return JSON.parse(ended.stdout) as RunReport;
  };
  const CALL_PROBE_SEED = 'from-env';
  const [file, env, flag] = await Promise.all([
    seedOf([], {}),
    seedOf(['--out', 'b'], { CALL_PROBE_SEED }),
    seedOf(['--seed', 'from-flag', '--repeat', '1', '--out', 'c'], { CALL_PROBE_SEED }),
  ]);
  t.match(file, { seed: 'from-file', scenarios: [{ trace: /^elsewhere\// }] });
  t.equal(file.scenarios[0]?.repetitions.length, 2);
  t.match(env, { seed: 'from-env' });
  t.match(flag, { seed: 'from-flag' });
  t.equal(flag.scenarios[0]?.repetitions.length, 1);

  for (const [text, pattern] of [
    ['sede: 1\n', /call-probe\.yaml: unknown key "sede"; did you mean "seed"/],
    ['workers: many\n', /call-probe\.yaml: "workers".*whole number/],
    ['bail: perhaps\n', /"bail" has to be true or false/],
    ['- seed\n', /has to be a map of flags/],
    ['seed: [\n', /call-probe\.yaml/],
  ] as const) {
    const { at } = folder(t, { 'quick.yaml': QUICK, 'call-probe.yaml': text });
    ends(t, text, await runCommand(['run', 'quick.yaml'], { ...at, isMeasured: true }), 2, pattern);
  }
});

t.test('SIGINT cuts a run short and the report is written', async (t) => {
  const { dir, at } = folder(t, { 'a.yaml': QUICK, 'b.yaml': LONG, 'c.yaml': QUICK });
  const flags = ['--workers', '1', '--reporter', 'console', '--reporter', 'json=report.json'];
  const run = startCommand(['run', '.', ...flags], at);
  await run.printed(/passed a quick call/);
  run.child.kill('SIGINT');
  ends(t, 'SIGINT', await run.ended, 130, /interrupted: writing the results so far/);
  t.match(reportIn(dir, 'report.json'), {
    exitCode: 130,
    interrupted: true,
    scenarios: [{ status: 'passed' }, { status: 'unknown' }, { status: 'skipped' }],
  });
});

t.test('call draws the call, and its verdict is the exit code', async (t) => {
  const { at } = folder(t);
  const quick = ['--media', 'none', '--answer-after', '0s', '--talk', '0s'];
  const call = (...flags: string[]): Promise<Ended> =>
    runCommand(['call', 'alice', 'bob', ...quick, ...flags], { ...at, isMeasured: true });
  const [answered, declined] = await Promise.all([call('--out', 'a'), call('--decline', '--out', 'b')]);
  ends(
    t,
    'call',
    answered,
    0,
    /alice +server +bob/,
    /server/,
    /command\.invite|invite/,
    /accept/,
    /hangup/,
    /accept-to-connected|accept→connect/,
  );
  ends(t, 'call --decline', declined, 0, /reject/);
  t.notMatch(declined.stdout, /connected at/);
  const [cancelled, broken] = await Promise.all([call('--cancel', '--out', 'c'), call('--defect', 'drop-answer', '--out', 'd')]);
  ends(t, 'call --cancel', cancelled, 0, /cancel/);
  ends(t, 'call --defect drop-answer', broken, 1, /ringing/);
});

t.test('a reader who leaves is no error', async (t) => {
  const { dir, at } = folder(t, { 'quick.yaml': QUICK });
  const leave = (args: readonly string[]): Promise<Ended> => {
    const command = startCommand(args, at);
    command.child.stdout.destroy();
    return command.ended;
  };
  const [list, schema, run] = await Promise.all([
    leave(['list', 'defects']),
    leave(['schema']),
    leave(['run', 'quick.yaml', '--reporter', 'console', '--reporter', 'json=report.json']),
  ]);
  const { exitCode, scenarios } = reportIn(dir, 'report.json');
  const failed = scenarios.flatMap(({ checks }) => checks).filter(({ valid }) => valid !== true);
  t.equal(exitCode, 0, `the report in a file is written ${failed.map(({ message }) => message).join('; ')}`);
  for (const [name, ended] of Object.entries({ list, schema, run })) {
    ends(t, `${name}, which nobody reads`, ended, 0);
    t.equal(ended.stderr, '');
  }
});
