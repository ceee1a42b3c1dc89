/** Turns the steps of a file into those of a plan: one key each, names resolved to devices, every problem reported. */
import type * as z from 'zod';
import type { Address } from '../../protocol/address.js';
import { actingDevice, agentHint, type Cast, isHostile, namedDevice, shownDevices, withOpened } from './cast.js';
import { type StepContext, sentence, unknownKeys } from './context.js';
import { namesMessage, resolveExpectCounts } from './count-step.js';
import { formatDuration } from './duration.js';
import { resolveFault } from './fault-step.js';
import { formatAction, formatStates } from './grammar.js';
import { resolveHeal } from './heal-step.js';
import { namesHostile, refuseHostileAct, resolveExpectHostile, resolveHostile } from './hostile-step.js';
import { validate } from './issues.js';
import { LANGUAGE_DEFAULTS as DEFAULTS, LANGUAGE_LIMITS as LIMITS } from './limits.js';
import type { StateExpectation, Step } from './plan.js';
import { type Path, quote } from './problem.js';
import { betweenSchema, expectMediaSchema, timesSchema, waitSchema, withinSchema } from './schema.js';
import { actionText, statesText } from './schema-words.js';
import { isPlainMap, kindOf, type PlainMap } from './tree.js';

/** Resolved steps, and the cast after them. */
interface Resolved {
  readonly steps: readonly Step[];
  readonly cast: Cast | null;
}

type Within = 'top' | 'repeat' | 'together';

/** Resolves a list of steps, each with the devices after the previous step. Reports problems; such steps are skipped. */
export function resolveSteps(context: StepContext, value: unknown, path: Path, within: Within = 'top'): Resolved {
  const { report } = context;
  const stepsMin = within === 'together' ? 2 : 1;
  if (!Array.isArray(value)) {
    report(path, 'value', `must be a list of steps, not ${kindOf(value)}`, 'begin each step with "- "');
    return { steps: [], cast: context.cast };
  }
  if (value.length < stepsMin) {
    report(
      path,
      'value',
      `${stepsMin === 1 ? 'no step' : 'fewer than two steps'} here`,
      `at least ${stepsMin === 1 ? 'one, such as - alice: call bob' : 'two: they begin at the same time'}`,
    );
  }
  const steps: Step[] = [];
  let cast = context.cast;
  for (const [index, item] of value.entries()) {
    context.count.steps++;
    if (context.count.steps > LIMITS.stepsMax) {
      report([...path, index], 'value', `more than ${LIMITS.stepsMax} steps in one file`, 'use "repeat", or split the scenario');
      break;
    }
    const step = resolveStep({ ...context, cast: within === 'together' ? context.cast : cast }, item, [...path, index], within);
    if (step === null) continue;
    steps.push(step);
    if (cast !== null) cast = withOpened(cast, opened([step]));
  }
  return { steps, cast };
}

function opened(steps: readonly Step[]): Address[] {
  return steps.flatMap((step) => {
    if (step.kind === 'action') return step.action.verb === 'open' ? [step.device] : [];
    return step.kind === 'together' || step.kind === 'repeat' ? opened(step.steps) : [];
  });
}

function resolveStep(context: StepContext, item: unknown, path: Path, within: Within): Step | null {
  const { report } = context;
  if (!isPlainMap(item)) {
    report(
      path,
      'value',
      `a step is a key and a value, not ${kindOf(item)}`,
      'write - alice: call bob, with a space after the colon',
    );
    return null;
  }
  const keys = Object.keys(item);
  const [key] = keys;
  if (key === undefined) {
    report(path, 'value', 'a step without a key', 'write an agent and an action, such as - alice: call bob');
    return null;
  }
  if (keys.length > 1) {
    const also = keys[1] ?? '';
    report(
      [...path, also],
      'key',
      `a step has one key, but this one has ${keys.length}: ${keys.slice(0, 4).map(quote).join(', ')}`,
      'begin each step with its own "- "',
    );
    return null;
  }
  const value = item[key];
  const at = [...path, key];
  if (within === 'together' && ['expect', 'together', 'repeat'].includes(key)) {
    report(at, 'key', `"${key}" inside "together"`, 'it takes actions, faults and waits only; put this after it');
    return null;
  }
  switch (key) {
    case 'expect':
      return resolveExpect(context, value, path);
    case 'wait': {
      const ms = validate(waitSchema, value, at, report);
      return ms === null ? null : { ...sentence(path, `wait ${formatDuration(ms)}`), kind: 'wait', ms };
    }
    case 'together': {
      const { steps } = resolveSteps(context, value, at, 'together');
      return { ...sentence(path, `together: ${steps.map((step) => step.text).join('; ')}`), kind: 'together', steps };
    }
    case 'fault':
      return resolveFault(context, value, path);
    case 'heal':
      return resolveHeal(context, value, path);
    case 'repeat':
      return resolveRepeat(context, value, path);
    default:
      return resolveAction(context, key, value, path);
  }
}

function resolveRepeat(context: StepContext, value: unknown, path: Path): Step | null {
  const { report } = context;
  const at = [...path, 'repeat'];
  if (!isPlainMap(value)) {
    report(at, 'value', `"repeat" is a map of times and steps, not ${kindOf(value)}`, 'write repeat: { times: 3, steps: [...] }');
    return null;
  }
  unknownKeys(value, ['times', 'steps'], at, report);
  for (const key of ['times', 'steps']) {
    if (!(key in value)) report(at, 'key', `missing key "${key}"`, 'write repeat: { times: 3, steps: [...] }');
  }
  const times = 'times' in value ? validate(timesSchema, value['times'], [...at, 'times'], report) : null;
  const resolved = 'steps' in value ? resolveSteps(context, value['steps'], [...at, 'steps'], 'repeat') : null;
  if (times === null || resolved === null) return null;
  const text = `repeat ${times} times: ${resolved.steps.map((step) => step.text).join('; ')}`;
  return { ...sentence(path, text), kind: 'repeat', times, steps: resolved.steps };
}

function resolveAction(context: StepContext, name: string, value: unknown, path: Path): Step | null {
  const { cast, report } = context;
  const at = [...path, name];
  if (cast === null) {
    validate(actionText, value, at, report);
    return null;
  }
  if (isHostile(cast, name)) return resolveHostile(context, name, value, path);
  const opens = typeof value === 'string' && value.trim() === 'open';
  const device = actingDevice(cast, name, opens, at, report);
  // The value of an unknown key is not checked, since its meaning is unknown.
  const known = device !== null || cast.devices.has(name.split('.')[0] ?? '');
  const isRefused = known && refuseHostileAct(name, value, at, report);
  const action = known && !isRefused ? validate(actionText, value, at, report) : null;
  if (device === null || action === null) return null;
  if (action.verb === 'call') {
    if (action.callee === device.user) {
      report(at, 'value', `${device.user} calls ${device.user}`, 'name another agent');
      return null;
    }
    if (cast.hostile.has(action.callee)) {
      report(at, 'value', `${action.callee} is a hostile agent and has no client to ring`, 'call an agent that is not hostile');
      return null;
    }
    if (!cast.devices.has(action.callee)) {
      report(at, 'value', `unknown agent ${quote(action.callee)}`, agentHint(cast, action.callee));
      return null;
    }
  }
  return { ...sentence(path, `${name}: ${formatAction(action)}`), kind: 'action', device, action };
}

const EXPECT_WORDS = ['within', 'media', 'between', 'only'] as const;

function resolveExpect(context: StepContext, value: unknown, path: Path): Step | null {
  const { report } = context;
  const at = [...path, 'expect'];
  if (!isPlainMap(value)) {
    report(
      at,
      'value',
      `"expect" is a map of names and states, not ${kindOf(value)}`,
      'write expect: { both: ringing, within: 2s }',
    );
    return null;
  }
  const withinMs = 'within' in value ? validate(withinSchema, value['within'], [...at, 'within'], report) : DEFAULTS.withinMs;
  const names = Object.keys(value).filter((key) => !(EXPECT_WORDS as readonly string[]).includes(key));
  const isOfHostile = namesHostile(context.cast, names);
  if ('only' in value && !isOfHostile) {
    report([...at, 'only'], 'key', '"only" is for expectations of hostile agents', 'remove it');
    return null;
  }
  if ('media' in value || 'between' in value) return resolveExpectMedia(context, value, names, withinMs, path);
  if (names.length === 0) {
    report(at, 'value', '"expect" is empty', 'write a name and a state, such as both: connected');
    return null;
  }
  if (names.some(namesMessage)) return resolveExpectCounts(context, value, names, withinMs, path);
  if (isOfHostile) return resolveExpectHostile(context, value, names, withinMs, path);
  const expectations: StateExpectation[] = [];
  for (const name of names) {
    const where = [...at, name];
    if (context.cast === null) {
      validate(statesText, value[name], where, report);
      continue;
    }
    const devices = shownDevices(context.cast, name, where, [...EXPECT_WORDS], report);
    const anyOf = devices === null ? null : validate(statesText, value[name], where, report);
    if (devices !== null && anyOf !== null) expectations.push({ label: name, devices, anyOf });
  }
  if (withinMs === null || expectations.length < names.length) return null;
  const states = expectations.map(({ label, anyOf }) => `${label}: ${formatStates(anyOf)}`).join(', ');
  return { ...sentence(path, `${states} within ${formatDuration(withinMs)}`), kind: 'expect', expectations, withinMs };
}

function resolveExpectMedia(
  context: StepContext,
  value: PlainMap,
  names: readonly string[],
  withinMs: number | null,
  path: Path,
): Step | null {
  const { cast, report } = context;
  const at = [...path, 'expect'];
  for (const key of ['media', 'between']) {
    if (!(key in value))
      report(at, 'key', `missing key "${key}"`, 'write expect: { media: flowing, between: [alice, bob], within: 3s }');
  }
  const [mixed] = names;
  if (mixed !== undefined)
    report([...at, mixed], 'key', 'states and media in one "expect"', `write ${quote(mixed)} as a separate step`);
  if (context.media === 'none')
    report([...at, 'media'], 'key', 'this scenario has no media', 'remove "media: none" at the top of the file');
  const state = 'media' in value ? check(expectMediaSchema, 'media') : null;
  const between = 'between' in value ? check(betweenSchema, 'between') : null;
  if (between === null || cast === null) return null;
  const devices = between
    .map((name, index) => namedDevice(cast, name, [...at, 'between', index], report))
    .filter((device) => device !== null);
  const [one, other] = devices;
  if (one !== undefined && one.user === other?.user) {
    report([...at, 'between', 1], 'value', `${one.user} is at both ends`, 'name two agents');
    return null;
  }
  if (state === null || withinMs === null || devices.length < 2) return null;
  const text = `media ${state} between ${between.join(' and ')} within ${formatDuration(withinMs)}`;
  return { ...sentence(path, text), kind: 'expect-media', state, devices, withinMs };

  function check<T>(schema: z.ZodType<T>, key: string): T | null {
    return validate(schema, value[key], [...at, key], report);
  }
}
