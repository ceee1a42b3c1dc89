/** What Ctrl-C and a service manager do to the commands that take their time: what is there is kept, and nothing stays. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { decodeTrace } from '../../src/trace/jsonl.js';
import { within } from '../raw-client.js';
import { type Command, ends, folder, LONG, QUICK, reportIn, startCommand } from './command.js';

/** The commands are gone after a fraction of a second; a machine that is busy with other things may take this long. */
const GONE_MS = 15_000;

/** A signal as a terminal or a service manager sends it: to the whole group. */
function signal({ child }: Command, name: NodeJS.Signals): void {
  process.kill(-(child.pid ?? 0), name);
}

/** Processes that the command started. */
function childrenOf({ child }: Command): number[] {
  const parentOf = (pid: string): string => {
    try {
      return /\) \S (\d+) /.exec(readFileSync(`/proc/${pid}/stat`, 'utf8'))?.[1] ?? '';
    } catch {
      return '';
    }
  };
  const pids = existsSync('/proc') ? readdirSync('/proc').filter((name) => /^\d+$/.test(name)) : [];
  return pids.filter((pid) => parentOf(pid) === String(child.pid)).map(Number);
}

/** Resolves when none of these processes is there any more. */
async function gone(pids: readonly number[]): Promise<void> {
  const isThere = (pid: number): boolean => {
    try {
      return !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
    } catch {
      return false;
    }
  };
  while (pids.some(isThere)) await new Promise(setImmediate);
}

t.test('run: what was recorded of a run that is cut short is written', async (t) => {
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    const { dir, at } = folder(t, { 'a.yaml': QUICK, 'b.yaml': LONG, 'c.yaml': LONG.replace('a long', 'another long') });
    const flags = ['--workers', '2', '--reporter', 'ndjson', '--reporter', 'json=report.json'];
    const run = startCommand(['run', '.', ...flags], { ...at, isGroup: true });
    await run.printed(/"repetition-end"/);
    const children = childrenOf(run);
    t.not(children.length, 0, 'it has servers');
    signal(run, name);
    ends(t, name, await within(run.ended, 'the end', GONE_MS), 130, /interrupted: writing the results so far/);
    await within(gone(children), 'the end of its processes', GONE_MS);
    const report = reportIn(dir, 'report.json');
    t.match(report, { exitCode: 130, interrupted: true, summary: { passed: 1, failed: 0, unknown: 2 } });
    // One that had not begun has none.
    for (const trace of report.scenarios.flatMap((one) => one.trace ?? [])) {
      const { events, problems } = decodeTrace(readFileSync(join(dir, trace), 'utf8'));
      t.same(problems, [], 'its trace is whole');
      t.match(events.at(-1), { type: 'run', phase: 'end' });
    }
  }
});

t.test('a run that is cut short while its server starts waits for no server', async (t) => {
  const { dir, at } = folder(t, { 'a.yaml': LONG });
  const run = startCommand(['run', 'a.yaml', '--reporter', 'json=report.json'], { ...at, isGroup: true });
  await within(
    (async () => {
      while (childrenOf(run).length === 0) await new Promise(setImmediate);
    })(),
    'a server that starts',
    GONE_MS,
  );
  const children = childrenOf(run);
  signal(run, 'SIGINT');
  ends(t, 'SIGINT', await within(run.ended, 'the end', GONE_MS), 130);
  await within(gone(children), 'the end of its processes', GONE_MS);
  t.match(reportIn(dir, 'report.json'), { interrupted: true, summary: { failed: 0 } });
});

t.test('a second signal leaves at once', async (t) => {
  const { at } = folder(t, { 'a.yaml': LONG });
  const run = startCommand(['run', 'a.yaml', '--reporter', 'console'], { ...at, isGroup: true });
  await run.printed(/1 scenario/);
  const children = childrenOf(run);
  signal(run, 'SIGINT');
  await run.printed(/interrupted/);
  signal(run, 'SIGINT');
  ends(t, 'twice', await within(run.ended, 'the end', GONE_MS), 130);
  await within(gone(children), 'the end of its processes', GONE_MS);
});

t.test('sim and the test lab leave nothing behind, and call nothing broken that was only cut short', async (t) => {
  const begun = {
    confusion: { isLab: true, args: ['confusion', '--seeds', '1', '--workers', '2', '--out', 'kept'], mark: /runs of/ },
    matrix: { isLab: true, args: ['matrix', '--workers', '2'], mark: /scenarios with/ },
    sim: { isLab: false, args: ['sim', '--minutes', '5', '--workers', '2'], mark: /seed / },
  };
  for (const [what, { isLab, args, mark }] of Object.entries(begun)) {
    for (const name of ['SIGINT', 'SIGTERM'] as const) {
      const { dir, at } = folder(t);
      const command = startCommand(args, { ...at, isLab, isGroup: true });
      await command.printed(mark);
      await within(
        (async () => {
          while (childrenOf(command).length < 2) await new Promise(setImmediate);
        })(),
        `the processes of ${what}`,
        GONE_MS,
      );
      const children = childrenOf(command);
      signal(command, name);
      const ended = await within(command.ended, `the end of ${what}`, GONE_MS);
      ends(t, `${what}, ${name}`, ended, 130, /interrupted/);
      t.notMatch(ended.stderr, /bug of call-probe|expected, inconclusive/, 'nobody is blamed');
      await within(gone(children), `the end of the processes of ${what}`, GONE_MS);
      if (what === 'confusion') t.ok(existsSync(join(dir, 'kept', 'confusion.json')), 'what was found is kept');
    }
  }
});
