/** From the content of one file, or an object of the API, to a scenario; reports all of its problems at once. */
import type * as z from 'zod';
import type { CheckOptions } from '../../judge/checkers/checker.js';
import { type Cast, castOf } from './cast.js';
import { formatDuration } from './duration.js';
import { lastsMs } from './fault-time.js';
import { parseName } from './grammar.js';
import { missingKey, validate } from './issues.js';
import { LANGUAGE_DEFAULTS as DEFAULTS, LANGUAGE_LIMITS as LIMITS } from './limits.js';
import { resolveNetwork } from './network.js';
import type { AgentPlan, Scenario, ServerOptions, Step } from './plan.js';
import { type Problem, quote, type Report, ScenarioProblems } from './problem.js';
import { agentSchema, scenarioSchema } from './schema.js';
import { LOAD_KEYS } from './schema-reserved.js';
import { wholeFile } from './source.js';
import { resolveSteps } from './steps.js';
import { isPlainMap, objectTree, type PlainMap, readTree, type Tree } from './tree.js';
import { didYouMean, nearest } from './words.js';

/** Reads a scenario from the text or the bytes of a file. `file` names it in problems. Throws ScenarioProblems with all of them. */
export function loadScenarioText(text: string | Uint8Array, file: string | null): Scenario {
  return planOf(readTree(text, file));
}

/** Reads a scenario from an object with the structure of a file. Throws ScenarioProblems with all of its problems. */
export function parseScenario(object: unknown): Scenario {
  return planOf(objectTree(object));
}

/** Whether a file is a load test: a scenario has none of these keys, and a load test has at least `load`. */
export function isLoadTest(tree: Tree): boolean {
  return 'load' in tree.value;
}

/** Makes the plan of a tree. Throws ScenarioProblems with all problems, in the order of the file. */
export function planOf(tree: Tree): Scenario {
  const problems: Problem[] = [...tree.problems];
  const report: Report = (path, at, message, hint = null, kind = 'invalid') => {
    problems.push(tree.problem(kind, path, at, message, hint === '' ? null : hint));
  };
  const { value } = tree;
  const loadKey = LOAD_KEYS.find((key) => key in value);
  if (loadKey !== undefined) {
    const hint = 'load tests are part of the language, but this version cannot run them yet';
    report([loadKey], 'key', 'this file is a load test, not a scenario', hint, 'not-yet');
    throw new ScenarioProblems(problems);
  }
  const meant = topLevelKeys(value, report);
  const { shape } = scenarioSchema;
  /** The validated value of a key, or undefined if it is absent or invalid. */
  const read = <T>(key: string, schema: z.ZodType<T>): T | undefined =>
    key in value ? (validate(schema, value[key], [key], report) ?? undefined) : undefined;

  for (const key of ['name', 'agents', 'steps']) if (!(key in value) && !meant.has(key)) missingKey([], key, report);
  const name = read('name', shape.name);
  read('description', shape.description);
  const tags = read('tags', shape.tags);
  const agents = 'agents' in value ? readAgents(value['agents'], report) : null;
  const repeat = read('repeat', shape.repeat) ?? DEFAULTS.repeat;
  const timeoutMs = read('timeout', shape.timeout) ?? DEFAULTS.timeoutMs;
  const media = read('media', shape.media) ?? DEFAULTS.media;
  const needs = read('needs', shape.needs);
  const server = serverOptions(read('server', shape.server));
  const checks: CheckOptions = read('checks', shape.checks) ?? {};
  if (media === 'none' && checks.media !== undefined) {
    report(['checks', 'media'], 'key', 'this scenario has no media', 'remove it, or "media: none"');
  }
  const cast: Cast | null = agents === null ? null : castOf(agents.normal, agents.hostile);
  const before = problems.length;
  const steps =
    'steps' in value ? resolveSteps({ cast, media, report, count: { steps: 0 } }, value['steps'], ['steps']).steps : [];
  const network = 'network' in value ? resolveNetwork({ cast, media, report, count: { steps: 0 } }, value['network']) : [];
  if (problems.length === before) sizeOfPlan(steps, timeoutMs, report);
  if (problems.length > 0 || name === undefined || agents === null) throw new ScenarioProblems(bounded(inOrder(problems)));
  const { file } = tree;
  const { normal, hostile } = agents;
  return {
    name,
    file,
    lines: tree.lines((path) => path[0] === 'name' || (path[0] === 'steps' && typeof path.at(-1) === 'number')),
    tags: tags ?? [],
    agents: normal,
    hostile,
    repeat,
    timeoutMs,
    media,
    needs: needs ?? [],
    server,
    checks,
    network,
    steps,
  };
}

/** Reports unknown keys, and returns the keys that were meant: those are not reported as missing as well. */
function topLevelKeys(value: PlainMap, report: Report): ReadonlySet<string> {
  const meant = new Set<string>();
  const known = Object.keys(scenarioSchema.shape);
  for (const key of Object.keys(value)) {
    if (known.includes(key)) continue;
    report([key], 'key', `unknown key ${quote(key)}`, didYouMean(key, known));
    meant.add(nearest(key, known) ?? '');
  }
  return meant;
}

interface Agents {
  readonly normal: readonly AgentPlan[];
  readonly hostile: readonly string[];
}

/** The agents of a file. Null if not even their names are known, so that steps are not reported because of it. */
function readAgents(value: unknown, report: Report): Agents | null {
  validate(scenarioSchema.shape.agents, value, ['agents'], report);
  if (!isPlainMap(value)) return null;
  const names = Object.keys(value);
  const hostile = names.filter((name) => {
    const raw = value[name];
    return isPlainMap(raw) && raw['hostile'] === true;
  });
  if (names.length > 0 && hostile.length === names.length) {
    report(['agents'], 'key', 'all agents are hostile', 'add normal agents with a call: alice: {}, bob: {}');
  }
  const calling = names.filter((name) => !hostile.includes(name));
  const normal = calling.map((name): AgentPlan => {
    const raw = value[name];
    const listed: unknown = isPlainMap(raw) ? raw['devices'] : undefined;
    if (Array.isArray(listed)) repeatedDevices(name, listed, report);
    const agent = agentSchema.safeParse(raw);
    return { name, devices: (agent.success ? agent.data?.devices : undefined) ?? [DEFAULTS.device] };
  });
  return normal.length > 0 && names.every((name) => parseName(name, 'agent').ok) ? { normal, hostile } : null;
}

function repeatedDevices(agent: string, devices: readonly unknown[], report: Report): void {
  for (const [index, device] of devices.entries()) {
    if (typeof device !== 'string' || devices.indexOf(device) === index) continue;
    report(
      ['agents', agent, 'devices', index],
      'value',
      `duplicate device ${quote(device)} of ${agent}`,
      'give each device its own name',
    );
  }
}

interface Waits {
  readonly 'ring-timeout'?: number;
  readonly 'invite-timeout'?: number;
  readonly grace?: number;
}

function serverOptions(waits: Waits = {}): ServerOptions {
  const { 'ring-timeout': ringMs, 'invite-timeout': inviteMs, grace: graceMs } = waits;
  return {
    ...(ringMs === undefined ? {} : { ringMs }),
    ...(inviteMs === undefined ? {} : { inviteMs }),
    ...(graceMs === undefined ? {} : { graceMs }),
  };
}

/** Refuses plans that cannot end within their timeout. */
function sizeOfPlan(steps: readonly Step[], timeoutMs: number, report: Report): void {
  const { count, waitMs, faultMs } = extent(steps);
  if (count > LIMITS.unrolledStepsMax) {
    report(
      ['steps'],
      'key',
      `${count} steps once "repeat" is unrolled`,
      `at most ${LIMITS.unrolledStepsMax}: use the top-level "repeat" instead`,
    );
  }
  if (waitMs >= timeoutMs) {
    report(
      ['steps'],
      'key',
      `the waits alone take ${formatDuration(waitMs)}, but the timeout is ${formatDuration(timeoutMs)}`,
      'set a longer timeout at the top of the file',
    );
  }
  if (faultMs >= timeoutMs) {
    report(
      ['steps'],
      'key',
      `a fault takes ${formatDuration(faultMs)} to end, but the timeout is ${formatDuration(timeoutMs)}`,
      'set a longer timeout at the top of the file: the run is judged after all faults are over',
    );
  }
}

interface Extent {
  readonly count: number;
  readonly waitMs: number;
  /** The longest fault; faults continue during later steps. */
  readonly faultMs: number;
}

function extent(steps: readonly Step[]): Extent {
  let count = 0;
  let waitMs = 0;
  let faultMs = 0;
  for (const step of steps) {
    count++;
    if (step.kind === 'wait') waitMs += step.ms;
    if (step.kind === 'fault') faultMs = Math.max(faultMs, lastsMs(step));
    if (step.kind === 'together') {
      count += step.steps.length;
      faultMs = Math.max(faultMs, extent(step.steps).faultMs);
      waitMs += Math.max(0, ...step.steps.map((inner) => (inner.kind === 'wait' ? inner.ms : 0)));
    }
    if (step.kind === 'repeat') {
      const inner = extent(step.steps);
      count += step.times * inner.count;
      waitMs += step.times * inner.waitMs;
      faultMs = Math.max(faultMs, inner.faultMs);
    }
  }
  return { count, waitMs, faultMs };
}

/** Sorted by place in the file; problems without a place keep their order. */
function inOrder(problems: readonly Problem[]): Problem[] {
  return [...problems].sort((a, b) => (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0));
}

/** Bounds the number of problems per file. */
function bounded(problems: readonly Problem[]): readonly Problem[] {
  const [first] = problems;
  const more = problems.length - LIMITS.problemsMax;
  if (first === undefined || more <= 0) return problems;
  return [
    ...problems.slice(0, LIMITS.problemsMax),
    wholeFile(first.file, `${more} more problems in this file`, 'fix those above first'),
  ];
}
