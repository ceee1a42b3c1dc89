/** The findings of two sides held against each other: which are new, which are fixed, which are still there. Pure. */
import { certaintyOf } from '../../judge/causes/certainty.js';
import { findingKey } from '../../scenarios/run/findings.js';
import type { RunFinding, Status } from '../../scenarios/run/result.js';
import { counted } from '../format.js';

/** `unclear`: the scenarios that show it on one side have no verdict on the other. */
export type Change = 'new' | 'unclear' | 'unchanged' | 'fixed';

export interface FindingChange {
  readonly change: Change;
  /** As the run after has it, or the run before where it is gone. */
  readonly finding: RunFinding;
  /** How many of the common scenarios show it. */
  readonly before: number;
  readonly after: number;
}

/** A scenario that both sides have. */
interface Common {
  readonly name: string;
  readonly before: { readonly status: Status };
  readonly after: { readonly status: Status };
}

const ORDER: readonly Change[] = ['new', 'unclear', 'unchanged', 'fixed'];

/** What becomes of each finding that a common scenario shows, what is new first. */
export function findingChanges(
  before: readonly RunFinding[],
  after: readonly RunFinding[],
  common: readonly Common[],
): readonly FindingChange[] {
  const scenarios = new Map(common.map((one) => [one.name, one]));
  const shownBy = ({ scenario, others }: RunFinding): Common[] =>
    [scenario, ...others].flatMap((name) => scenarios.get(name) ?? []);
  const [from, to] = [byKey(before), byKey(after)];
  const isJudged = ({ status }: { readonly status: Status }): boolean => status === 'passed' || status === 'failed';
  const changes = [...new Set([...to.keys(), ...from.keys()])].flatMap((key): FindingChange[] => {
    const [old, now] = [from.get(key), to.get(key)];
    const finding = now ?? old;
    if (finding === undefined) return [];
    const [were, are] = [old === undefined ? [] : shownBy(old), now === undefined ? [] : shownBy(now)];
    if (were.length + are.length === 0) return [];
    const isDecided = were.length === 0 ? are.some((one) => isJudged(one.before)) : were.some((one) => isJudged(one.after));
    const change = were.length > 0 && are.length > 0 ? 'unchanged' : !isDecided ? 'unclear' : were.length === 0 ? 'new' : 'fixed';
    return [{ change, finding, before: were.length, after: are.length }];
  });
  return changes.sort((a, b) => ORDER.indexOf(a.change) - ORDER.indexOf(b.change));
}

function byKey(findings: readonly RunFinding[]): ReadonlyMap<string, RunFinding> {
  return new Map(findings.map((finding) => [findingKey(finding), finding]));
}

/** Whether a bug came in: a new finding that is certain, since less certain ones may change with the run. */
export function isWorse({ change, finding: { confidence } }: FindingChange): boolean {
  return change === 'new' && confidence !== null && certaintyOf(confidence) === 'certain';
}

/** `1 new, 2 unchanged, 3 fixed`; null without any. */
export function changesSummary(changes: readonly FindingChange[]): string | null {
  const parts = ORDER.flatMap((change) => {
    const count = changes.filter((one) => one.change === change).length;
    return count === 0 ? [] : [`${count} ${change}`];
  });
  return parts.length === 0 ? null : parts.join(', ');
}

/** `in 3 scenarios before, 5 after`. */
export function shareText({ change, before, after }: FindingChange): string {
  if (change === 'unchanged') return `in ${counted(before, 'scenario')} before, ${after} after`;
  return before === 0 ? `in ${counted(after, 'scenario')} after` : `in ${counted(before, 'scenario')} before`;
}
