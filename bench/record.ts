/** What a trace costs: CPU of one repetition with its trace written, kept, or not recorded, and of judging it; beside another build on demand. */
import { fork } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Bench, median, type Row } from './bench.js';
import { CPU_LOG_FOLDER } from './cpu-log.js';
import { KEEPINGS, type RecordSamples, type RecordTask } from './record-task.js';

const ROUNDS = 3;

type Task = RecordTask extends infer One ? (One extends RecordTask ? Omit<One, 'dist' | 'folder'> : never) : never;

/** Does a task with a build in a process of its own. */
async function measured(dist: string, task: Task): Promise<RecordSamples> {
  const folder = mkdtempSync(join(tmpdir(), 'call-probe-bench-'));
  const logs = mkdtempSync(join(tmpdir(), 'call-probe-bench-cpu-'));
  try {
    const worker = fork(fileURLToPath(new URL('record-worker.js', import.meta.url)), [], {
      env: {
        ...process.env,
        [CPU_LOG_FOLDER]: logs,
        NODE_OPTIONS: `--import=${new URL('cpu-log.js', import.meta.url).href}`,
      },
    });
    return await new Promise((settle, refuse) => {
      let samples: RecordSamples | null = null;
      worker.once('message', (message: RecordSamples) => {
        samples = message;
      });
      worker.once('error', refuse);
      worker.once('close', (code) => {
        if (samples === null) refuse(new Error(`a process of the benchmark ended with ${code} and without figures`));
        else settle(samples);
      });
      worker.send({ ...task, dist, folder });
    });
  } finally {
    for (const path of [folder, logs]) rmSync(path, { recursive: true, force: true });
  }
}

/** The samples of each build, taken in turns: the first of one round is the last of the next. */
async function inTurns(builds: readonly string[], task: Task): Promise<Map<string, number>[]> {
  const all = builds.map(() => new Map<string, number[]>());
  for (let round = 0; round < ROUNDS; round++) {
    const order = [...builds.entries()];
    for (const [index, dist] of round % 2 === 0 ? order : order.reverse()) {
      const samples = all[index];
      for (const [name, figures] of Object.entries(await measured(dist, task)))
        samples?.set(name, [...(samples.get(name) ?? []), ...figures]);
    }
  }
  return all.map((samples) => new Map([...samples].map(([name, figures]) => [name, median(figures)])));
}

const ms = (figure: number): string => `${figure.toFixed(figure < 10 ? 2 : 1)} ms`;
const times = (figure: number): string => `${figure.toFixed(2)} x`;

/** The figures of the builds, and how much the first takes of what the second does. */
function row(what: string, figures: readonly number[], written: (figure: number) => string = ms): Row {
  const [mine = Number.NaN, other] = figures;
  return [what, ...figures.map(written), ...(other === undefined ? [] : [times(mine / other)])];
}

export const recordBench: Bench = {
  name: 'record: CPU of one repetition of an answered call, signaling only, and of judging its trace',
  async run({ against }) {
    const builds = [fileURLToPath(new URL('..', import.meta.url)), ...(against === null ? [] : [resolve(against)])];
    const rows: Row[] = [['', 'this build', ...(against === null ? [] : ['the other', 'this / other'])]];
    const kept: { readonly name: string; readonly figures: Map<string, number>[] }[] = [];
    for (const { name, options } of KEEPINGS) kept.push({ name, figures: await inTurns(builds, { type: 'run', options }) });
    const of = (figures: readonly Map<string, number>[], name: string): number[] =>
      figures.map((samples) => samples.get(name) ?? Number.NaN);
    for (const who of ['probe', 'server'])
      for (const { name, figures } of kept) rows.push(row(`${who}: ${name}`, of(figures, who)));
    const least = kept.at(-1);
    for (const { name, figures } of kept.slice(0, -1)) {
      const ratios = of(figures, 'probe').map((figure, build) => figure / (least?.figures[build]?.get('probe') ?? Number.NaN));
      rows.push(row(`probe: ${name} / ${least?.name}`, ratios, times));
    }
    const bare = of(await inTurns(builds, { type: 'unrecorded' }), 'probe');
    rows.push(row('probe: without a recorder', bare));
    const [mine] = kept;
    const written = mine === undefined ? Number.NaN : (of(mine.figures, 'probe')[0] ?? Number.NaN);
    rows.push(['probe: trace written to disk / without a recorder', times(written / (bare[0] ?? Number.NaN))]);
    const judged = await inTurns(builds, { type: 'judge' });
    rows.push(row('judging a trace that passes', of(judged, 'passed')));
    rows.push(row('judging and diagnosing one that fails', of(judged, 'failed')));
    return rows;
  },
};
