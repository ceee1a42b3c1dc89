/** From the trace of one repetition to its verdict: pure. */
import { losesMessage } from '../../faults/message/index.js';
import { DAMAGE } from '../../judge/causes/obstacles.js';
import type { CheckOptions } from '../../judge/checkers/checker.js';
import { judge as judgeTrace } from '../../judge/checkers/index.js';
import { diagnose } from '../../judge/diagnose.js';
import { type History, historyOf, userOf } from '../../judge/history/history.js';
import { type Outage, outageIn, suspectOf } from '../../judge/history/outage.js';
import { isOfRedial } from '../../judge/history/redial.js';
import { type Timing, timingsOf } from '../../judge/history/timings.js';
import { PARTIAL_MESSAGE } from '../../protocol/message-kinds.js';
import type { EventOf, TraceEvent } from '../../trace/event.js';
import { LIMIT_TEXTS } from './limits/codes.js';
import type { RepetitionOutcome } from './repetition-io.js';
import type { CheckEntry, Diagnosis, Status } from './result.js';

export interface Judgement {
  readonly status: Status;
  readonly why: string | null;
  readonly checks: readonly CheckEntry[];
  readonly timings: readonly Timing[];
  readonly diagnoses: readonly Diagnosis[];
  readonly mediaSetups: number;
  readonly mediaSetupsStalled: number;
  /** Messages of a foreign target that nobody mapped, by their names. */
  readonly unmapped: Readonly<Record<string, number>>;
  /** What takes several messages and came with some of them only: `accepted without media`. */
  readonly halfTold: Readonly<Record<string, number>>;
  /** Codes of the declared limits by which it was judged. */
  readonly limits: readonly string[];
  /** Steps and expectations that ran. */
  readonly steps: number;
}

/**
 * Judges a repetition. One that the probe itself cut short is unknown, whatever its trace shows: what the harness
 * broke is never charged to the target. Of one whose target went away only that is held against it which it had done before.
 */
export function judgeRepetition(
  outcome: Omit<RepetitionOutcome, 'hasBegun'>,
  repetition: number,
  options: CheckOptions,
  history: History = historyOf(outcome.trace),
): Judgement {
  const { trace, end, message } = outcome;
  const loss = lossIn(history);
  const media = {
    ...mediaSetups(history),
    unmapped: unmappedIn(history),
    halfTold: halfToldIn(history),
    limits: limitsIn(history),
    steps: stepsIn(history),
  };
  if (end === 'probe-fault' || end === 'interrupted') {
    const last = trace.at(-1)?.n ?? 0;
    const why = message ?? end;
    const check: CheckEntry = {
      name: 'probe',
      valid: 'unknown',
      message: end === 'probe-fault' ? `probe-fault: ${why}` : why,
      expected: null,
      actual: null,
      evidence: [last],
      repetition,
    };
    const diagnoses = diagnose(end === 'probe-fault' ? historyOf(broughtDown(trace, why)) : history, { checks: options });
    return { status: 'unknown', why: check.message, checks: [check], timings: [], diagnoses, ...media };
  }
  const outage = outageIn(history);
  const judged = outage === null ? history : historyOf(trace.filter(({ n }) => n < outage.sinceN));
  const isAway = end === 'target-gone' || end === 'target-busy';
  const verdicts = judgeTrace(judged, options);
  const checks = verdicts.flatMap(({ name, result }): CheckEntry[] => {
    if (outage !== null || isAway) if (result.valid !== false) return [];
    if (result.valid === true) {
      return [{ name, valid: true, message: 'held', expected: null, actual: null, evidence: [], repetition }];
    }
    return result.findings.map(({ message, expected, actual, evidence, path }) => {
      const redial = isOfRedial(judged, null, evidence) ? { redial: true as const } : {};
      const about = { ...(path === undefined ? {} : { path }), ...redial };
      return { name, valid: result.valid, message, expected, actual, evidence, repetition, ...about };
    });
  });
  // Nothing else may have failed: what the lost message cannot explain still counts.
  const isWhole = end === 'complete' && checks.every(({ valid }) => valid === true);
  if (loss !== null && end === 'complete' && !isWhole && checks.every((check) => followsFrom(check, loss, history))) {
    const held = checks.filter(({ valid }) => valid === true);
    const what = loss.act === 'hit' ? loss.message : `${loss.message}, which never took effect`;
    const why = `declared limit: ${LIMIT_TEXTS['no-redelivery']} (${what})`;
    const skipped = {
      checks: held,
      timings: [],
      diagnoses: [],
      ...media,
      limits: [...new Set([...media.limits, 'no-redelivery'])],
    };
    return { status: 'skipped', why, ...skipped };
  }
  if (end === 'target-fault') checks.push(serverDied(history, outage, message ?? end, repetition));
  if (isAway) checks.unshift(away(trace, outage, message ?? end, repetition));
  if (end === 'timeout') {
    const evidence = [trace.at(-1)?.n ?? 0];
    checks.push({ name: 'timeout', valid: false, message: message ?? end, expected: null, actual: null, evidence, repetition });
  }
  const status = checks.some(({ valid }) => valid === false)
    ? 'failed'
    : checks.some(({ valid }) => valid !== true)
      ? 'unknown'
      : 'passed';
  const why = status === 'unknown' ? (checks.find(({ valid }) => valid === 'unknown')?.message ?? null) : null;
  const known = judged === history ? verdicts : undefined;
  const diagnoses = status === 'passed' ? [] : diagnose(history, { checks: options, verdicts: known });
  return { status, why, checks, timings: timingsOf(judged), diagnoses, ...media };
}

/** Verdicts that a message which never arrived can explain. */
const FOLLOW_FROM_LOSS: readonly string[] = ['expectations', 'convergence', 'no-ghosts', 'latency', 'media'];

/**
 * At a target where nobody promises to send a message again: the first that a fault took away, or damaged, else a fault that was to do
 * so; null without one.
 */
function lossIn({ begin, faults }: History): EventOf<'fault'> | null {
  if (begin?.adapter?.limits.includes('no-redelivery') !== true) return null;
  const losing = faults.filter(({ layer, fault }) => layer === 'message' && losesMessage(fault));
  return losing.find(({ act, struck }) => act === 'hit' && struck !== null) ?? losing.find(({ act }) => act === 'armed') ?? null;
}

function followsFrom({ name, valid, path, evidence }: CheckEntry, loss: EventOf<'fault'>, { marks }: History): boolean {
  if (valid === true) return true;
  if (loss.act === 'armed') return name === 'faults-fired' && evidence.includes(loss.n);
  if (!FOLLOW_FROM_LOSS.includes(name)) return false;
  return name !== 'expectations' || !marks.some((mark) => mark.ok === false && mark.path === path && mark.n < loss.n);
}

/** The limits because of which steps were not played. */
function limitsIn({ marks }: History): string[] {
  return [...new Set(marks.flatMap(({ limit }) => (limit === undefined ? [] : [limit])))];
}

/** The trace with the fault of the probe as its end, where that came to light only after the trace was closed. */
function broughtDown(trace: readonly TraceEvent[], message: string): readonly TraceEvent[] {
  const last = trace.at(-1);
  if (last === undefined || (last.type === 'run' && last.phase === 'end' && last.status === 'probe-fault')) return trace;
  const isEnd = last.type === 'run' && last.phase === 'end';
  const { n, at, wall } = last;
  const stamp = { n: isEnd ? n : n + 1, at, wall, node: 'probe', cause: null };
  return [...(isEnd ? trace.slice(0, -1) : trace), { ...stamp, type: 'run', phase: 'end', status: 'probe-fault', message }];
}

/** The target was not there, or let nobody in: nothing is known of the scenario, and the reason comes first. */
function away(trace: readonly TraceEvent[], outage: Outage | null, message: string, repetition: number): CheckEntry {
  const evidence = outage === null ? [trace.at(-1)?.n ?? 0] : evidenceOf(outage);
  return { name: 'target', valid: 'unknown', message, expected: null, actual: null, evidence, repetition };
}

function evidenceOf({ last, closed, refused, health }: Outage): number[] {
  const events = [suspectOf(last), closed[0], refused[0], health];
  return [...new Set(events.flatMap((event) => (event == null ? [] : [event.n])))].sort((a, b) => a - b);
}

/** The server went down over a hostile agent, or a message that a fault had struck: who sent what last is the evidence. */
function serverDied(history: History, outage: Outage | null, message: string, repetition: number): CheckEntry {
  const devices = new Set(history.begin?.devices ?? []);
  const isHostile = (node: string): boolean => !history.isServer(node) && !devices.has(node);
  const suspect =
    (outage === null ? null : suspectOf(outage.last)) ??
    history.wires.findLast(({ node, dir, n }) => dir === 'out' && n < (outage?.sinceN ?? Infinity) && isHostile(node));
  const what = suspect == null ? '' : suspect.kind === 'unreadable' ? 'a raw message' : namedWords(suspect);
  return {
    name: 'server',
    valid: false,
    message: `the server went down${suspect == null ? '' : ` after ${what} of ${userOf(suspect.node)}`}: ${message}`,
    expected: 'to go on serving',
    actual: outage === null ? message : outage.error,
    evidence: outage === null ? [...(suspect == null ? [] : [suspect.n]), history.last?.n ?? 0] : evidenceOf(outage),
    repetition,
  };
}

/** A measure of length that is the same in every run, unlike time. */
function stepsIn({ marks }: History): number {
  return marks.filter(({ name }) => name === 'step' || name === 'expect').length;
}

function namedWords({ kind, name = null }: { readonly kind: string; readonly name?: string | null }): string {
  return name === null ? kind : `${kind} (${name})`;
}

/** Messages that arrived and that nobody mapped, counted by name. */
function unmappedIn({ wires, begin, isServer, hits }: History): Record<string, number> {
  const counts = new Map<string, number>();
  // What a hostile agent has broken arrives as it is at the others.
  if (wires.some(({ node, dir }) => dir === 'out' && begin?.devices.includes(node) === false && !isServer(node))) return {};
  // So does what the probe itself has damaged.
  const damaged = new Set(hits.flatMap(({ fault, node }) => (DAMAGE.includes(fault) ? [userOf(node)] : [])));
  for (const { dir, kind, name, node } of wires) {
    if (dir !== 'in' || name === undefined || kind !== 'unmapped' || damaged.has(userOf(node))) continue;
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return Object.fromEntries(counts);
}

/** What takes several messages and came with some of them only, counted by what was missing. */
function halfToldIn({ violations }: History): Record<string, number> {
  const counts = new Map<string, number>();
  for (const { code, message } of violations) {
    if (code !== PARTIAL_MESSAGE) continue;
    const what = message.split(':', 1)[0] ?? message;
    counts.set(what, (counts.get(what) ?? 0) + 1);
  }
  return Object.fromEntries(counts);
}

/** Set-ups that reached DTLS or beyond, by device and call, and how many of them the probe's own stack stalled. */
function mediaSetups({ media }: History): { mediaSetups: number; mediaSetupsStalled: number } {
  const setups = new Map<string, boolean>();
  for (const event of [...media.values()].flat()) {
    const key = `${event.node} ${event.call}`;
    if (event.state === 'flowing' || event.setupStalled) setups.set(key, setups.get(key) === true || event.setupStalled);
  }
  return { mediaSetups: setups.size, mediaSetupsStalled: [...setups.values()].filter(Boolean).length };
}
