/** What a user waits for comes, and comes in time. */
import type { Millis } from '../../protocol/machine.js';
import type { TraceEvent } from '../../trace/event.js';
import { groupBy } from '../../trace/grouping.js';
import { eventAt, type History, onlineAt } from '../history/history.js';
import { summaryOf, type Timing, type TimingName, timingsOf } from '../history/timings.js';
import { millis, seconds } from '../history/wording.js';
import { type Checker, type CheckOptions, type Finding, verdictOf } from './checker.js';

type Limits = NonNullable<CheckOptions['latency']>[string];

/** Limits in milliseconds of timings that a scenario sets none for; naming a timing replaces its default. */
export const LATENCY_LIMITS: Readonly<Partial<Record<TimingName, Limits>>> = {
  'accept-to-connected': { max: 1_000 },
  'reject-to-ended': { max: 1_000 },
  'hangup-to-ended': { max: 1_000 },
};

/** How long before an action a fault counts as one that may slow it down: clients back off before they come back. */
const DISTURBED_MS = 2_000;

const defaults = Object.entries(LATENCY_LIMITS)
  .map(([name, limits]) => `\`${name}\` ${limits.max} ms`)
  .join(', ');

export const latency: Checker = {
  name: 'latency',
  doc: `What a user waits for comes at all, and within its limits (\`max\`, \`p50\`, \`p95\`, \`p99\` by timing); unless set ${defaults}, while no fault is active and everybody is online.`,
  check(history, options) {
    const timings = groupBy(timingsOf(history), ({ name }) => name);
    const disturbances = disturbancesOf(history);
    const names = new Set<string>([...Object.keys(LATENCY_LIMITS), ...Object.keys(options.latency ?? {})]);
    return verdictOf(
      [...names].flatMap((name): Finding[] => {
        const measured = timings.get(name as TimingName) ?? [];
        const set = options.latency?.[name];
        if (set !== undefined) return [...neverCame(name, measured), ...tooSlow(name, measured, set)];
        const undisturbed = measured.filter((timing) => !isDisturbed(history, disturbances, timing));
        return [...neverCame(name, measured), ...tooSlow(name, undisturbed, LATENCY_LIMITS[name as TimingName] ?? {})];
      }),
    );
  },
};

function neverCame(name: string, timings: readonly Timing[]): Finding[] {
  return timings
    .filter(({ ms }) => ms === null)
    .map(({ call, from }) => ({
      message: `${name} of call ${call} never came: the action took effect, the other side did not show it`,
      expected: 'to come',
      actual: 'never',
      evidence: [from],
    }));
}

function tooSlow(name: string, timings: readonly Timing[], limits: Limits): Finding[] {
  const summary = summaryOf(timings.map(({ ms }) => ms));
  const findings: Finding[] = [];
  for (const { call, ms, from, to } of timings) {
    if (limits.max === undefined || ms === null || ms <= limits.max) continue;
    findings.push({
      message: `${name} of call ${call} took ${seconds(ms)}, more than ${millis(limits.max)}`,
      expected: `at most ${millis(limits.max)}`,
      actual: millis(ms),
      evidence: [from, ...(to === null ? [] : [to])],
      late: { byMs: ms - limits.max, sinceN: from },
    });
  }
  for (const rank of ['p50', 'p95', 'p99'] as const) {
    const limit = limits[rank];
    const value = summary[rank];
    if (limit === undefined || summary.count === 0 || (value !== null && value <= limit)) continue;
    const over = timings.filter(({ ms }) => ms === null || ms > limit);
    findings.push({
      message: `${rank} of ${name} over ${summary.count} is ${value === null ? 'never' : millis(value)}, more than ${millis(limit)}`,
      expected: `${rank} at most ${millis(limit)}`,
      actual: value === null ? 'never' : millis(value),
      evidence: over.flatMap(({ from, to }) => [from, ...(to === null ? [] : [to])]).sort((a, b) => a - b),
      ...(value === null ? {} : { late: { byMs: value - limit, sinceN: Math.min(...over.map(({ from }) => from)) } }),
    });
  }
  return findings;
}

/** Whether a fault, or a user who went away, may have cost the time: then only a limit that the scenario sets applies. */
function isDisturbed(history: History, { spans, leaving }: Disturbances, { from, to }: Timing): boolean {
  const start = eventAt(history, from);
  if (start === undefined) return false;
  const meanwhile = spans.some(({ until, first }) => until >= start.at - DISTURBED_MS && (to === null || first.n <= to));
  return meanwhile || leaving.some((device) => !onlineAt(history, device, from));
}

interface Disturbances {
  /** Faults from their hit until they were healed, and turns of devices, unordered. */
  readonly spans: readonly { readonly first: TraceEvent; readonly until: Millis }[];
  /** Devices that were there and left, unlike those that are only opened later. */
  readonly leaving: readonly string[];
}

function disturbancesOf({ presenceActions, faults }: History): Disturbances {
  const moves = presenceActions.filter(({ action }) => action !== 'open');
  const effective = faults.filter(({ act }) => act !== 'armed');
  const healed = new Map(effective.flatMap(({ act, cause, at }) => (act === 'healed' ? [[cause, at] as const] : [])));
  const spans = [...effective, ...moves].map((first) => ({ first, until: healed.get(first.n) ?? first.at }));
  return { spans, leaving: [...new Set(moves.map(({ node }) => node))] };
}
