/** What the checks of a scenario found, folded over its repetitions, the two sides that disagree about the call first. */
import type { CheckEntry, RepetitionResult, ScenarioResult } from '../scenarios/run/result.js';
import type { WindowHint } from './ladder/window.js';

/** Two devices that show what cannot be true of one call. */
export interface Split {
  /** `caller=ringing callee=connected`. */
  readonly pair: string;
  /** The same in words: `callee is connected, caller still rings`. */
  readonly words: string;
  /** 2 when one side is connected and the other still rings, 1 when one side's call has ended and the other's has not. */
  readonly rank: 1 | 2;
}

/** Objections of one checker that differ in nothing but numbers and ids. */
export interface CheckGroup {
  /** The first of them, as it was found. */
  readonly first: CheckEntry;
  /** Repetitions that have it, in order, each once. */
  readonly repetitions: readonly number[];
  readonly split: Split | null;
}

/** Checks that did not hold, folded and in the order in which a person should read them. */
export function groupChecks(result: ScenarioResult): CheckGroup[] {
  const groups = new Map<string, { first: CheckEntry; repetitions: Set<number> }>();
  for (const check of result.checks) {
    if (check.valid === true) continue;
    const key = JSON.stringify([check.name, check.valid, ...[check.message, check.expected, check.actual].map(masked)]);
    const group = groups.get(key) ?? { first: check, repetitions: new Set() };
    group.repetitions.add(check.repetition);
    groups.set(key, group);
  }
  const folded = [...groups.values()].map(({ first, repetitions }): CheckGroup => {
    const split = splitOf(first.actual ?? '') ?? splitOf(first.message);
    return { first, repetitions: [...repetitions].sort((a, b) => a - b), split };
  });
  return folded.sort((a, b) => weight(b) - weight(a) || b.repetitions.length - a.repetitions.length);
}

/** The worst disagreement of a scenario: of its checks, else of where its devices ended up; null when it failed of something else. */
export function worstSplit(result: ScenarioResult): Split | null {
  if (result.status !== 'failed') return null;
  // What only the redial shows is not where the scenario ended.
  const found = groupChecks(result).flatMap(({ split, first }) => (split === null || first.redial === true ? [] : [split]));
  const left = splitOf(
    Object.entries(result.agents)
      .map(([device, agent]) => `${device}=${agent.state}${agent.reason === null ? '' : `(${agent.reason})`}`)
      .join(' '),
  );
  return found[0] ?? left;
}

/** What the verdict of a repetition points at in its trace; of the one that stands for its scenario when none is named. */
export function hintOf(result: ScenarioResult, one: RepetitionResult | undefined = shownOf(result)): WindowHint {
  const [worst] = groupChecks(result);
  const own = result.checks.find(
    ({ valid, repetition, name }) => valid !== true && repetition === one?.repetition && name === worst?.first.name,
  );
  const diagnosis = result.diagnoses[one?.diagnoses[0] ?? 0];
  const cause = diagnosis === undefined ? null : { code: diagnosis.code, evidence: diagnosis.evidence };
  return { evidence: own?.evidence ?? [], call: diagnosis?.call ?? null, cause };
}

function shownOf({ repetitions, trace }: ScenarioResult): RepetitionResult | undefined {
  return repetitions.find((one) => one.trace !== null && one.trace === trace);
}

function weight({ first, split }: CheckGroup): number {
  return (first.valid === false ? 10 : 0) + (split?.rank ?? 0) * 3;
}

/** Two messages are the same when only numbers, times and ids differ. */
function masked(text: string | null): string | null {
  return text === null ? null : text.replace(/[0-9a-f]*\d[0-9a-f.-]*/gi, '#');
}

const RINGING = new Set(['inviting', 'calling', 'ringing']);

/**
 * The first pair of `name=state` in a text in which one side is connected while another still rings, else one in which
 * a side is over and another is not. A device that shows `elsewhere` has left the call and disagrees with nobody.
 */
export function splitOf(text: string): Split | null {
  const sides = [...text.matchAll(/([^\s=,;:()]+)=([a-z]+)(\([a-z-]+\))?/g)].flatMap(([, name = '', state = '', reason = '']) => {
    return reason.includes('elsewhere') ? [] : [{ name, state, shown: `${name}=${state}${reason}` }];
  });
  const rings = sides.find(({ state }) => RINGING.has(state));
  const connected = sides.find(({ state }) => state === 'connected');
  const ended = sides.find(({ state }) => state === 'ended');
  const split = (a: (typeof sides)[number], b: (typeof sides)[number], words: string, rank: Split['rank']): Split => {
    const inOrder = sides.indexOf(a) < sides.indexOf(b) ? [a, b] : [b, a];
    return { pair: inOrder.map(({ shown }) => shown).join(' '), words, rank };
  };
  if (rings && connected) return split(rings, connected, `${connected.name} is connected, ${rings.name} still rings`, 2);
  if (connected && ended) return split(connected, ended, `${ended.name} has ended, ${connected.name} is still connected`, 1);
  if (rings && ended) return split(rings, ended, `${ended.name} has ended, ${rings.name} still rings`, 1);
  return null;
}
