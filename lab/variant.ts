/** A built-in scenario on another network: the same calls, with the time that such a network may cost. */
import { readFileSync } from 'node:fs';
import type { CheckOptions } from '../src/judge/checkers/checker.js';
import { TIMER_SKEW_MAX_MS } from '../src/judge/checkers/timer-skew.js';
import { planOf } from '../src/scenarios/language/parse.js';
import { devicesOf, type Scenario, type Step } from '../src/scenarios/language/plan.js';
import { isPlainMap, readTree } from '../src/scenarios/language/tree.js';

/** What a network may add to every limit, in milliseconds: an outage, the way back, and a segment lost twice. */
export const SLACK_MS = 4_000;

/** The same for media, which take descriptions, ICE and DTLS: some eight ways there and back, and one flight sent again. */
export const MEDIA_SLACK_MS = 12_000;

/** How far a server's clock may be misread over a greeting of which a segment was lost on one way, in milliseconds. */
const CLOCK_SLACK_MS = 500;

export interface VariantOptions {
  /** A network by name, for every agent; null for the machine's own. */
  readonly network: string | null;
  /** Without it, calls go without media and nothing is expected of it. */
  readonly media: boolean;
}

/** Reads a scenario file as it is played on a network. Throws ScenarioProblems when the file is wrong. */
export function variantOf(file: string, { network, media }: VariantOptions): Scenario {
  const tree = readTree(readFileSync(file), file);
  const agents = isPlainMap(tree.value['agents']) ? Object.keys(tree.value['agents']) : [];
  const value = {
    ...tree.value,
    ...(media ? {} : { media: 'none', steps: withoutMedia(tree.value['steps']) }),
    ...(network === null ? {} : { network: Object.fromEntries(agents.map((agent) => [agent, network])) }),
  };
  const scenario = planOf({ ...tree, value });
  if (network === null) return scenario;
  const { ringMs } = scenario.server;
  const expects = devicesOf(scenario).length + scenario.steps.length;
  return {
    ...scenario,
    name: `${scenario.name} (${network})`,
    timeoutMs: scenario.timeoutMs + (expects + 4) * SLACK_MS + MEDIA_SLACK_MS,
    checks: withSlack(scenario.checks),
    // Who is to ring for longer waits longer, too.
    server: ringMs === undefined ? scenario.server : { ...scenario.server, ringMs: ringMs + SLACK_MS },
    steps: scenario.steps.map((step) => patient(step, ringMs !== undefined)),
  };
}

function withoutMedia(steps: unknown): unknown {
  const isMedia = (step: unknown): boolean => isPlainMap(step) && isPlainMap(step['expect']) && 'media' in step['expect'];
  return Array.isArray(steps) ? steps.filter((step) => !isMedia(step)) : steps;
}

function patient(step: Step, waits: boolean): Step {
  if (step.kind === 'together' || step.kind === 'repeat') return { ...step, steps: step.steps.map((one) => patient(one, waits)) };
  if (step.kind === 'wait') return waits ? { ...step, ms: step.ms + SLACK_MS } : step;
  if (!('withinMs' in step)) return step;
  return { ...step, withinMs: step.withinMs + (step.kind === 'expect-media' ? MEDIA_SLACK_MS : SLACK_MS) };
}

function withSlack(checks: CheckOptions): CheckOptions {
  const latency = Object.entries(checks.latency ?? {}).map(([timing, limits]) => {
    return [timing, Object.fromEntries(Object.entries(limits).map(([limit, ms]) => [limit, ms + SLACK_MS]))] as const;
  });
  const skew = { max: (checks['timer-skew']?.max ?? TIMER_SKEW_MAX_MS) + CLOCK_SLACK_MS };
  return { ...checks, 'timer-skew': skew, ...(latency.length === 0 ? {} : { latency: Object.fromEntries(latency) }) };
}
