/** Many reporters as one, in which a broken one can hurt neither the run nor the others. */
import type { RunReport } from '../scenarios/run/result.js';
import type { Reporter } from './reporter.js';

/** What a reporter threw, or rejected with. It was muted at once; a reporter has at most one. */
export interface ReporterFault {
  readonly reporter: string;
  readonly during: keyof Reporter;
  readonly error: unknown;
}

export interface NamedReporter {
  readonly name: string;
  readonly reporter: Reporter;
}

/** The one reporter that a run sees: it has every callback, `trace` only where a reporter has it, and never throws. */
export interface Multiplexer extends Required<Omit<Reporter, 'trace'>>, Pick<Reporter, 'trace'> {
  runEnd(report: RunReport): Promise<void>;
  /** Reporters that broke so far, in order. */
  faults(): readonly ReporterFault[];
}

/** Calls the reporters in their order; `runEnd` resolves when the last has ended, whatever the others did. */
export function multiplex(reporters: readonly NamedReporter[]): Multiplexer {
  const faults: ReporterFault[] = [];
  const muted = new Set<NamedReporter>();
  const note = (named: NamedReporter, during: keyof Reporter, error: unknown): void => {
    if (muted.has(named)) return;
    muted.add(named);
    faults.push({ reporter: named.name, during, error });
  };
  const each = (during: keyof Reporter, call: (reporter: Reporter) => unknown): Promise<void>[] => {
    const pending: Promise<void>[] = [];
    for (const named of reporters) {
      if (muted.has(named)) continue;
      try {
        const answer = call(named.reporter);
        // A callback that is async although nobody asked it to be must not end the process with its rejection.
        if (isThenable(answer))
          pending.push(Promise.resolve(answer).then(nothing, (error: unknown) => note(named, during, error)));
      } catch (error) {
        note(named, during, error);
      }
    }
    return pending;
  };
  return {
    runBegin: (plan) => void each('runBegin', (reporter) => reporter.runBegin?.(plan)),
    repetitionEnd: (done) => void each('repetitionEnd', (reporter) => reporter.repetitionEnd?.(done)),
    scenarioEnd: (result) => void each('scenarioEnd', (reporter) => reporter.scenarioEnd?.(result)),
    target: (event) => void each('target', (reporter) => reporter.target?.(event)),
    // Only where one draws live: an event costs more than most of what it is about.
    ...(reporters.some(({ reporter }) => reporter.trace !== undefined)
      ? { trace: (event) => void each('trace', (reporter) => reporter.trace?.(event)) }
      : {}),
    runEnd: async (report) => {
      await Promise.all(each('runEnd', (reporter) => reporter.runEnd?.(report)));
    },
    faults: () => [...faults],
  };
}

function nothing(): void {}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function';
}
