/** The trace files of a run: folder, names, and redaction. */
import { constants } from 'node:fs';
import { access, mkdir, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { TargetError } from '../../probe/targets/target.js';
import { makeFolder } from '../../server/store/make-folder.js';
import type { TraceEvent } from '../../trace/event.js';
import { traceText } from '../../trace/redact-trace.js';
import { LeakError } from '../../trace/redaction/leak-scan.js';
import { assertNoLeak, type Privacy } from '../../trace/redaction/privacy.js';
import type { Scenario } from '../language/plan.js';

/** Makes the folder for traces, before anything runs. Throws a TargetError. */
export async function prepareOut(out: string): Promise<void> {
  const folder = join(out, 'traces');
  try {
    makeFolder(folder);
    await access(folder, constants.W_OK);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new TargetError(`traces cannot be written to ${folder}: ${reason}; name another folder with --out`, { cause });
  }
}

/** The folder of traces that must not be shared: a separate one, so that globs for traces do not include them. */
const PRIVATE_FOLDER = 'do-not-share';

/** Writes a trace and returns its path. Rejects with a LeakError for one that leaks, which is then kept for this user only. */
export async function writeTrace(out: string, name: string, trace: readonly TraceEvent[], privacy: Privacy): Promise<string> {
  const path = join(out, 'traces', `${name}.trace.jsonl`);
  const text = traceText(trace, privacy);
  try {
    assertNoLeak(text, privacy, `The trace ${path}`);
  } catch (error) {
    if (!(error instanceof LeakError)) throw error;
    privacy.refusals.push(`${error.message} ${await keepPrivate(join(out, PRIVATE_FOLDER), `${name}.jsonl`, text)}`);
    throw error;
  }
  await writeFile(path, text);
  return path;
}

/** Keeps a leaking trace readable by this user only; returns a sentence with the place. */
async function keepPrivate(folder: string, name: string, text: string): Promise<string> {
  const path = join(folder, name);
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    // A file of an earlier run with this name may be readable by others.
    await rm(path, { force: true });
    await writeFile(path, text, { mode: 0o600, flag: 'wx' });
    return `It is kept in ${path}, which only you can read: do not share it.`;
  } catch (error) {
    return `It could not be kept in ${path} either: ${error instanceof Error ? error.message : String(error)}.`;
  }
}

/** A file name per scenario, from its file or its name; duplicates get a number. */
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
