/** One timing before and after: by how much it changed, and whether that is more than noise. */
import { summaryOf, type TimingSummary } from '../../judge/history/timings.js';
import { mannWhitney } from './mann-whitney.js';

export interface TimingChange {
  readonly name: string;
  /** Null where that side has none. */
  readonly before: TimingSummary | null;
  readonly after: TimingSummary | null;
  /** Of the medians, in milliseconds and as a share of the one before (0.2 is 20 % longer); null where one of them is not a number. */
  readonly changeMs: number | null;
  readonly change: number | null;
  /** Two-sided p value of the Mann-Whitney test; null with fewer than SAMPLES_MIN on a side. */
  readonly p: number | null;
  /** `worse`: longer by more than the threshold and by more than noise, or newly never. */
  readonly verdict: 'same' | 'better' | 'worse' | 'unclear';
}

/** What a side knows of a timing: every sample (null for one that never came), or only its summary. */
export interface TimingSide {
  readonly samples: readonly (number | null)[] | null;
  readonly summary: TimingSummary;
}

/** With fewer values on a side no difference, however large, can be distinguished from chance at ALPHA. */
export const SAMPLES_MIN = 5;
export const ALPHA = 0.01;
/** Changes below this are the machine's, in milliseconds. */
export const FLOOR_MS = 2;

/** `threshold` is a share: 0.2 calls nothing worse that is less than 20 % longer. */
export function timingChange(name: string, before: TimingSide | null, after: TimingSide | null, threshold: number): TimingChange {
  const [from, to] = [before?.summary ?? null, after?.summary ?? null];
  const base = { name, before: from, after: to };
  if (from === null || to === null) return { ...base, changeMs: null, change: null, p: null, verdict: 'unclear' };
  const medians = from.p50 === null || to.p50 === null ? null : { from: from.p50, to: to.p50 };
  const changeMs = medians === null ? null : medians.to - medians.from;
  const change = medians === null || medians.from <= 0 ? null : medians.to / medians.from - 1;
  const [a, b] = [before?.samples ?? [], after?.samples ?? []];
  const p = a.length >= SAMPLES_MIN && b.length >= SAMPLES_MIN ? mannWhitney(a, b) : null;
  return { ...base, changeMs, change, p, verdict: verdictOf(from, to, changeMs, change, p, threshold) };
}

/** The timing of some samples. */
export function sideOf(samples: readonly (number | null)[]): TimingSide {
  return { samples, summary: summaryOf(samples) };
}

function verdictOf(
  before: TimingSummary,
  after: TimingSummary,
  changeMs: number | null,
  change: number | null,
  p: number | null,
  threshold: number,
): TimingChange['verdict'] {
  if (before.never === 0 && after.never > 0) return 'worse';
  if (before.never > 0 && after.never === 0) return 'better';
  if (p === null) return 'unclear';
  if (p >= ALPHA) return 'same';
  if (changeMs === null || change === null)
    return before.never < after.never ? 'worse' : before.never > after.never ? 'better' : 'same';
  if (Math.abs(changeMs) < FLOOR_MS || Math.abs(change) <= threshold) return 'same';
  return changeMs > 0 ? 'worse' : 'better';
}

/** The change in words: `+23 ms (+41 %), p 0.003, worse`; `now never` where it stopped happening. */
export function changeWords({ before, after, changeMs, change, p, verdict }: TimingChange): string {
  if (before === null) return 'only after';
  if (after === null) return 'only before';
  const words: string[] = [];
  if (after.never > 0 && before.never === 0)
    words.push(after.never === after.count ? 'now never' : `now never in ${after.never} of ${after.count}`);
  else if (before.never > 0 && after.never === 0) words.push('no longer never');
  if (changeMs !== null) {
    const share = change === null ? '' : ` (${signed(change * 100, 0)} %)`;
    words.push(`${signed(changeMs, Math.abs(changeMs) < 10 ? 1 : 0)} ms${share}`);
  }
  if (p !== null) words.push(p < 0.001 ? 'p < 0.001' : `p ${p.toFixed(3)}`);
  if (verdict === 'worse' || verdict === 'better') words.push(verdict);
  else if (verdict === 'same' && p !== null && p >= ALPHA) words.push('noise');
  return words.length === 0 ? 'both never' : words.join(', ');
}

function signed(value: number, digits: number): string {
  const text = value.toFixed(digits);
  return Number(text) > 0 ? `+${text}` : Number(text) === 0 ? (0).toFixed(digits) : text;
}
