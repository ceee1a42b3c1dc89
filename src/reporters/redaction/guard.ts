/** Stands between a run and a reporter whose output leaves the machine: redacted results in, nothing that leaks out. */
import type { TraceEvent } from '../../trace/event.js';
import { redactEvent, redactTrace, revealTrace } from '../../trace/redact-trace.js';
import { assertNoLeak, type Privacy } from '../../trace/redaction/privacy.js';
import type { Out, Reporter, ReporterContext, ReporterEntry } from '../reporter.js';
import { redactDone, redactPlan, redactReport, redactScenario, redactTargetEvent } from './report.js';

/**
 * The entry with a guard around what it makes. A reporter of the terminal (`local`) gets everything as it is, as long as it
 * writes to no file; it gets traces that were saved under stand-ins with the real names.
 */
export function guardEntry(entry: ReporterEntry, file: string | null, privacy: Privacy): ReporterEntry {
  if (privacy.redaction === 'off') return warning(entry);
  if (entry.local === true && file === null)
    return { ...entry, create: (out, context) => entry.create(out, revealing(context, privacy)) };
  const what = file === null ? `The report ${entry.name}` : `The report ${file}`;
  return {
    ...entry,
    create: (out, context) => {
      const paths = new Map<string, string>();
      const guarded = guardOut(out, privacy, what);
      const inner = entry.create(guarded, redacting(context, paths, privacy, what));
      return guardReporter(inner, guarded, paths, privacy);
    },
  };
}

/** What every report ends with that was not redacted. */
export const UNREDACTED = 'This report is not redacted: it holds secrets, addresses and names as they are. Give it to nobody.';

function warning(entry: ReporterEntry): ReporterEntry {
  const { unredacted } = entry;
  if (unredacted === undefined) return entry;
  return {
    ...entry,
    create: (out, context) => {
      const inner = entry.create(out, context);
      const runEnd: Reporter['runEnd'] = async (report) => {
        await inner.runEnd?.(report);
        out.write(unredacted(UNREDACTED));
      };
      return { ...inner, runEnd };
    },
  };
}

/** A way out that holds each text back until the end of its line and refuses it, and all that follows, when it leaks. */
export interface GuardedOut extends Out {
  /** Writes what has no line end yet. */
  end(): void;
}

/** Throws a LeakError from `write` and `end`. */
export function guardOut(out: Out, privacy: Privacy, what: string): GuardedOut {
  const held: string[] = [];
  let line = 1;
  let refusal: unknown = null;
  const pass = (text: string): void => {
    if (refusal !== null) throw refusal;
    try {
      assertNoLeak(text, privacy, what, line);
    } catch (error) {
      refusal = error;
      throw error;
    }
    line += text.split('\n').length - 1;
    out.write(text);
  };
  return {
    write(text) {
      if (refusal !== null) throw refusal;
      const end = text.lastIndexOf('\n') + 1;
      if (end === 0) {
        held.push(text);
        return;
      }
      const whole = [...held.splice(0), text.slice(0, end)].join('');
      if (end < text.length) held.push(text.slice(end));
      pass(whole);
    },
    end() {
      if (held.length > 0) pass(held.splice(0).join(''));
      else if (refusal !== null) throw refusal;
    },
    get isTTY() {
      return out.isTTY;
    },
    get columns() {
      return out.columns;
    },
    get colors() {
      return out.colors;
    },
    get unicode() {
      return out.unicode ?? true;
    },
  };
}

/** A function that takes a whole text to somewhere outside, with the same refusal. */
export function guardText(write: (text: string) => void, privacy: Privacy, what: string): (text: string) => void {
  return (text) => {
    assertNoLeak(text, privacy, what);
    write(text);
  };
}

/** Only callbacks that the reporter has are handed on, so that a run does not work for nobody. */
function guardReporter(inner: Reporter, out: GuardedOut, paths: Map<string, string>, privacy: Privacy): Reporter {
  const { names } = privacy;
  const remember = (path: string | null): void => {
    if (path !== null) paths.set(names.path(path), path);
  };
  return {
    ...(inner.runBegin === undefined ? {} : { runBegin: (plan) => inner.runBegin?.(redactPlan(plan, names)) }),
    ...(inner.repetitionEnd === undefined ? {} : { repetitionEnd: (done) => inner.repetitionEnd?.(redactDone(done, names)) }),
    ...(inner.target === undefined ? {} : { target: (event) => inner.target?.(redactTargetEvent(event, names)) }),
    ...(inner.trace === undefined ? {} : { trace: (event) => inner.trace?.(redactEvent(event, names)) }),
    ...(inner.scenarioEnd === undefined
      ? {}
      : {
          scenarioEnd: (result) => {
            for (const { trace } of result.repetitions) remember(trace);
            inner.scenarioEnd?.(redactScenario(result, names));
          },
        }),
    runEnd: async (report) => {
      for (const { repetitions } of report.scenarios) for (const { trace } of repetitions) remember(trace);
      const redacted = redactReport(report, names);
      await inner.runEnd?.(redacted);
      out.end();
    },
  };
}

/** What packs its data (a page with a compressed part) hides it from the look at its text: so the data is looked at, too. */
function redacting(
  context: ReporterContext,
  paths: ReadonlyMap<string, string>,
  privacy: Privacy,
  what: string,
): ReporterContext {
  const { summarise, ci = {} } = context;
  return {
    ...context,
    ci: Object.fromEntries(Object.entries(ci).map(([name, value]) => [name, privacy.names.text(value)])),
    ...(summarise === undefined ? {} : { summarise: guardText(summarise, privacy, what) }),
    traceOf: (path) => {
      const trace = context.traceOf(paths.get(path) ?? path);
      if (trace === null) return null;
      const redacted = redactTrace(trace, privacy.names);
      assertNoLeak(JSON.stringify(redacted), privacy, what);
      return redacted;
    },
  };
}

function revealing(context: ReporterContext, privacy: Privacy): ReporterContext {
  const reveal = (trace: readonly TraceEvent[] | null): readonly TraceEvent[] | null =>
    trace === null ? null : revealTrace(trace, privacy.names);
  return { ...context, traceOf: (path) => reveal(context.traceOf(path)) };
}
