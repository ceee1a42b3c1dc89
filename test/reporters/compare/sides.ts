/** Sides of a comparison for tests: the bug, and the same call without it. */
import type { ComparedRun, ComparedSide } from '../../../src/reporters/compare/comparison.js';
import { rejudge, reportOf } from '../../../src/scenarios/run/rejudge.js';
import type { RunFinding } from '../../../src/scenarios/run/result.js';
import type { TraceEvent, WireEvent } from '../../../src/trace/event.js';
import { healthyCall } from '../../trace-builder.js';
import { CALLEE, CALLER, unansweredCall } from '../unanswered-call.js';

/** A call of two devices that goes well. */
export const pairCall = (): TraceEvent[] => healthyCall({ devices: [CALLER, CALLEE], media: 'none' });

export function runOf(events: readonly TraceEvent[], over: Partial<ComparedRun> = {}): ComparedRun {
  const judged = rejudge(events, 'x.trace.jsonl', null);
  if (judged === null) throw new Error('the trace has no beginning');
  const { record, scenario, file } = judged;
  const { status, why, diagnoses, timings } = record.judgement;
  return {
    name: scenario,
    file,
    repetition: 1,
    status,
    why,
    diagnoses,
    timings,
    path: 'x.trace.jsonl',
    trace: () => events,
    ...over,
  };
}

function findingsIn(events: readonly TraceEvent[]): readonly RunFinding[] {
  const judged = rejudge(events, 'x.trace.jsonl', null);
  return judged === null ? [] : reportOf([judged], '0').findings;
}

export function side(runs: readonly ComparedRun[], over: Partial<ComparedSide> = {}): ComparedSide {
  const findings = runs.flatMap(({ trace }) => findingsIn(trace() ?? []));
  return { label: 'before/', target: 'bundled', defects: [], runs, findings, summaries: new Map(), ...over };
}

export const before = (): ComparedSide => side([runOf(unansweredCall().events)], { defects: ['drop-answer'] });
export const after = (): ComparedSide => side([runOf(pairCall())], { label: 'after/' });

/** What a hostile server or file would like to say. */
export const EVIL = '</pre></svg><script>alert(1)</script><img src=x onerror=alert(1)>\u001b[2J\u202e`|[x](javascript:1)\n# head';

/** A message that nobody mapped, by the target's own name of it. */
export function unmapped(device: string, dir: WireEvent['dir'], name: string): WireEvent {
  const wire = { type: 'wire', kind: 'unmapped', conn: 1, call: 'c1', seq: null, bytes: 9, digest: `unmapped ${dir}` } as const;
  return { ...wire, dir, link: `${device}.signaling`, name };
}

/** The bug with EVIL wherever text comes from outside. */
export function hostileSide(): ComparedSide {
  const { events } = unansweredCall((trace) => {
    trace.add(CALLER, unmapped(CALLER, 'in', EVIL));
    trace.add('server', { type: 'violation', code: EVIL, message: EVIL, call: 'c1' });
  });
  const run = runOf(events, { name: EVIL, file: EVIL, why: EVIL });
  const diagnoses = run.diagnoses.map((one) => ({ ...one, hop: EVIL, summary: EVIL, lines: [EVIL] }));
  return side([{ ...run, diagnoses }], { label: EVIL, target: EVIL, defects: [EVIL] });
}
