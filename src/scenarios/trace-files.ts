/** The trace files of a run: their folder, their names, and what may be written into them. */
import { constants } from 'node:fs';
import { access, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { TargetError } from '../probe/targets/target.js';
import { makeFolder } from '../server/store/make-folder.js';
import type { TraceEvent } from '../trace/event.js';
import { type Privacy, publishTrace } from '../trace/redaction/privacy.js';
import type { Scenario } from './plan.js';

/** Makes the folder for traces, before anything runs. Throws a TargetError. */
export async function prepareOut(out: string): Promise<void> {
  const folder = join(out, 'traces');
  try {
    makeFolder(folder);
    await access(folder, constants.W_OK);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new TargetError(`traces can't be written to ${folder}: ${reason}; name another folder with --out`, { cause });
  }
}

export async function writeTrace(out: string, name: string, trace: readonly TraceEvent[], privacy: Privacy): Promise<string> {
  const path = join(out, 'traces', `${name}.trace.jsonl`);
  await writeFile(path, publishTrace(trace, privacy, `The trace ${path}`));
  return path;
}

/** A file name per scenario, from its own file's or its name; the same one twice gets a number. */
export function traceNames(scenarios: readonly Scenario[]): string[] {
  const seen = new Map<string, number>();
  return scenarios.map((scenario) => {
    const raw = scenario.file === null ? scenario.name : basename(scenario.file).replace(/\.ya?ml$/i, '');
    const slug = raw.replace(/[^\w-]+/g, '-').slice(0, 60) || 'scenario';
    const count = (seen.get(slug) ?? 0) + 1;
    seen.set(slug, count);
    return count === 1 ? slug : `${slug}.${count}`;
  });
}
