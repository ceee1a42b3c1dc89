/** From saved traces back to a report: judged anew, by the trace alone. */
import { notedChecks } from '../../judge/checkers/noted-checks.js';
import { appliedAt, type History, historyOf, markOf, screenAt } from '../../judge/history/history.js';
import type { RunEnd, Stamp, TraceEvent } from '../../trace/event.js';
import { groupBy } from '../../trace/grouping.js';
import { findingsOf } from './findings.js';
import { gather, type RepetitionRecord } from './gather.js';
import { judgeRepetition } from './judge.js';
import { type AgentResult, REPORT_SCHEMA, type RunReport, type Status } from './result.js';
import { limitResults } from './run-report.js';

/** A repetition that was judged from its trace, which need not be kept afterwards. */
export interface Rejudged {
  readonly record: RepetitionRecord;
  readonly scenario: string;
  readonly file: string | null;
  readonly target: string;
  readonly defects: readonly string[];
  /** The seed of the whole run. */
  readonly seed: string;
  readonly startedAt: number;
  readonly endedAt: number;
}

/**
 * Judges a trace as its run did, by the limits that it names in its first event. `problem` is what is wrong with the
 * text of the trace, or null: one that was cut short proves no success. Null when the trace has no beginning.
 */
export function rejudge(trace: readonly TraceEvent[], path: string, problem: string | null): Rejudged | null {
  const history = historyOf(trace);
  const { begin, last } = history;
  if (begin === null || last === null) return null;
  const end = endOf(last);
  const { repetition } = begin;
  const durationMs = last.at - begin.at;
  const agents = agentsOf(history);
  const outcome = { trace, end: end?.status ?? 'complete', message: end?.message ?? null, durationMs, agents } as const;
  const judged = judgeRepetition(outcome, repetition, notedChecks(history), history);
  const why = problem ?? (end === null ? 'the trace has no end: its run was cut short, or is still going on' : null);
  const judgement = judged.status === 'passed' && why !== null ? { ...judged, status: 'unknown' as const, why } : judged;
  return {
    record: {
      repetition,
      seed: begin.seed,
      judgement,
      durationMs,
      trace: path,
      agents,
      attempts: 1,
      earlier: [],
      replay: begin.replay,
    },
    scenario: begin.scenario,
    file: begin.file,
    target: begin.target,
    defects: begin.defects,
    seed: begin.seed.replace(/:\d+$/, ''),
    startedAt: begin.wall,
    endedAt: last.wall,
  };
}

/** A report of judged traces, at least one; those of one scenario, target and set of defects are its repetitions. */
export function reportOf(all: readonly Rejudged[], version: string): RunReport {
  const groups = groupBy(all, ({ scenario, file, target, defects }) => JSON.stringify([scenario, file, target, defects]));
  const isMixed = (of: (one: Rejudged) => string): boolean => new Set(all.map(of)).size > 1;
  const mixed = { defects: isMixed(({ defects }) => JSON.stringify(defects)), target: isMixed(({ target }) => target) };
  const scenarios = [...groups.values()].map((group) => {
    const [first] = group;
    // Runs of one scenario with and without a defect, or against several targets, lie side by side here: that tells them apart.
    const tags = [
      ...(mixed.defects ? (first?.defects ?? []) : []),
      ...(mixed.target && first !== undefined ? [first.target] : []),
    ];
    return gather({ name: first?.scenario ?? '', file: first?.file ?? null, tags, lines: {} }, numbered(group));
  });
  const count = (status: Status): number => scenarios.filter((result) => result.status === status).length;
  const sum = (of: (one: Rejudged) => number): number => all.reduce((total, one) => total + of(one), 0);
  const startedAt = all.reduce((least, one) => Math.min(least, one.startedAt), Infinity);
  const endedAt = all.reduce((most, one) => Math.max(most, one.endedAt), 0);
  return {
    schema: REPORT_SCHEMA,
    version,
    seed: fewOf(unique(all.map(({ seed }) => seed)), 'seeds'),
    target: fewOf(unique(all.map(({ target }) => target)), 'targets'),
    defects: unique(all.flatMap(({ defects }) => defects)),
    startedAt: new Date(Number.isFinite(startedAt) ? startedAt : 0).toISOString(),
    durationMs: Math.max(0, endedAt - startedAt),
    exitCode: count('failed') > 0 ? 1 : count('unknown') > 0 ? 3 : 0,
    interrupted: false,
    redacted: false,
    summary: {
      scenarios: scenarios.length,
      passed: count('passed'),
      failed: count('failed'),
      unknown: count('unknown'),
      skipped: count('skipped'),
      mediaSetups: sum(({ record }) => record.judgement.mediaSetups),
      mediaSetupsStalled: sum(({ record }) => record.judgement.mediaSetupsStalled),
    },
    scenarios,
    limits: limitResults(scenarios),
    findings: findingsOf(scenarios),
  };
}

/** Repetitions under numbers of their own: traces of several runs may carry the same ones. */
function numbered(group: readonly Rejudged[]): RepetitionRecord[] {
  const records = group.map(({ record }) => record);
  if (new Set(records.map(({ repetition }) => repetition)).size === records.length) return records;
  return records.map((record, index) => {
    const repetition = index + 1;
    const checks = record.judgement.checks.map((check) => ({ ...check, repetition }));
    return { ...record, repetition, judgement: { ...record.judgement, checks } };
  });
}

function endOf(last: TraceEvent): (Stamp & RunEnd) | null {
  return last.type === 'run' && last.phase === 'end' ? last : null;
}

/** What every device showed when the run was quiescent, or at the end of the trace where it never was. */
function agentsOf(history: History): Record<string, AgentResult> {
  const n = (markOf(history, 'quiesced') ?? history.last)?.n ?? 0;
  const media = [...history.media.values()].flat().sort((a, b) => a.n - b.n);
  return Object.fromEntries(
    history.devices.map((device): [string, AgentResult] => {
      const view = screenAt(history, device, n);
      const call = history.callsById.get(view?.call ?? '');
      const applied = call === undefined ? null : appliedAt(history, call, device, n);
      return [
        device,
        {
          state: view?.state ?? 'idle',
          reason: view?.reason ?? null,
          call: view?.call ?? null,
          version: applied?.version ?? null,
          timerStartedAt: view?.timerStartedAt ?? null,
          media: media.findLast((event) => event.node === device && event.n <= n)?.state ?? 'idle',
        },
      ];
    }),
  );
}

/** The texts where they are few, else their number: a report of many runs has no seed of its own. */
function fewOf(texts: readonly string[], plural: string): string {
  return texts.length <= 3 ? texts.join(', ') : `${texts.length} ${plural}`;
}

const unique = (texts: readonly string[]): string[] => [...new Set(texts)];
