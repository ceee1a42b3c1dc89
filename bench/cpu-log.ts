/** Preloaded into the processes that a run starts: what each has used of the CPU, and when, goes to a file at its end. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

const EVERY_MS = 20;

/** Milliseconds since the epoch and milliseconds of CPU used by then, in order of time. */
export type CpuLog = readonly (readonly [wall: number, cpu: number])[];

/** The folder that the files go to, one for each process. */
export const CPU_LOG_FOLDER = 'CALL_PROBE_BENCH_CPU_LOG';

export const wallNow = (): number => performance.timeOrigin + performance.now();

/** Milliseconds of CPU that this process has used. */
export function cpuNow(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
}

/** What a process had used at an instant, between two entries as if it had worked evenly. */
export function cpuAt(log: CpuLog, wall: number): number {
  const index = log.findIndex(([at]) => at >= wall);
  const [after, before] = [log[index] ?? log.at(-1), log[index - 1] ?? log[0]];
  if (after === undefined || before === undefined || index === -1) return after?.[1] ?? 0;
  const share = after[0] === before[0] ? 0 : (wall - before[0]) / (after[0] - before[0]);
  return before[1] + share * (after[1] - before[1]);
}

const folder = process.env[CPU_LOG_FOLDER];
// Whoever forked this process with a task is the benchmark itself, which reads its own clock.
if (folder !== undefined && !(process.argv[1] ?? '').includes('record-worker')) {
  const log: (readonly [number, number])[] = [];
  const look = (): number => log.push([wallNow(), cpuNow()]);
  look();
  setInterval(look, EVERY_MS).unref();
  process.on('exit', () => {
    look();
    writeFileSync(join(folder, `${process.pid}.json`), JSON.stringify(log));
  });
}
