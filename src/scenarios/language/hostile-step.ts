/** Turns actions of hostile agents, and expectations of their connections, into plans. */

import { formatTrigger, type Trigger } from '../../faults/trigger.js';
import { agentHint, type Cast, isHostile } from './cast.js';
import { type StepContext, sentence, unknownKeys } from './context.js';
import { formatDuration } from './duration.js';
import { triggerAt } from './fault-moment.js';
import { PLAIN_ACTIONS, parseAction, parseTarget } from './grammar.js';
import { formatConnection, HOSTILE_SAYS, HOSTILE_WORDS, type HostileSaying, readPlaceholder } from './hostile-words.js';
import { validate } from './issues.js';
import { LANGUAGE_LIMITS as LIMITS } from './limits.js';
import type { ConnectionExpectation, HostileAct, Step } from './plan.js';
import { type Path, quote, type Report } from './problem.js';
import { connectionText, HOSTILE_SCHEMAS, hostileOnly } from './schema-hostile.js';
import { isPlainMap, kindOf, type PlainMap } from './tree.js';
import { didYouMean } from './words.js';

const EXAMPLE = 'mallory: { send: "not json" }';
const WORDS = HOSTILE_WORDS.map(({ word }) => word);
const SAYS = HOSTILE_SAYS.map(({ key }) => key);

/** Resolves the action of a hostile agent. Null after a report. */
export function resolveHostile(context: StepContext, name: string, value: unknown, path: Path): Step | null {
  const { report } = context;
  const at = [...path, name];
  const agent = parseTarget(name)?.agent ?? name;
  if (agent !== name) {
    report(at, 'key', `${agent} is a hostile agent and has no devices`, `write ${quote(agent)}`);
    return null;
  }
  const act = typeof value === 'string' ? wordOf(value, agent, at, report) : sayingOf(context, value, at);
  return act === null ? null : { ...sentence(path, `${name}: ${formatAct(act)}`), kind: 'hostile', agent, act };
}

/** Reports an action of hostile agents at a normal agent; false if it is not one. */
export function refuseHostileAct(name: string, value: unknown, at: Path, report: Report): boolean {
  const isWord = typeof value === 'string' && WORDS.some((word) => word === value.trim());
  if (!isWord && !(isPlainMap(value) && SAYS.some((key) => key in value))) return false;
  const what = isPlainMap(value) ? (SAYS.find((key) => key in value) ?? '') : String(value).trim();
  report(
    at,
    'value',
    `${quote(what)} is for hostile agents, and ${name} is not hostile`,
    `use a hostile agent: agents: { mallory: { hostile: true } }`,
  );
  return true;
}

/** Resolves an `expect` of the connections of hostile agents only. Null after a report. */
export function resolveExpectHostile(
  context: StepContext,
  value: PlainMap,
  names: readonly string[],
  withinMs: number | null,
  path: Path,
): Step | null {
  const { cast, report } = context;
  const at = [...path, 'expect'];
  const expectations = names.map((name): ConnectionExpectation | null => {
    const where = [...at, name];
    if (cast === null || !isHostile(cast, name)) {
      report(where, 'key', `${quote(name)} beside a hostile agent in one "expect"`, 'write it as a separate step');
      return null;
    }
    const anyOf = validate(connectionText, value[name], where, report);
    const agent = parseTarget(name)?.agent ?? name;
    if (agent !== name) report(where, 'key', `${agent} is a hostile agent and has no devices`, `write ${quote(agent)}`);
    return anyOf === null || agent !== name ? null : { agent, anyOf };
  });
  const known = expectations.filter((one) => one !== null);
  const only = 'only' in value ? validate(hostileOnly, value['only'], [...at, 'only'], report) : null;
  if ('only' in value && only === null) return null;
  if (withinMs === null || known.length < expectations.length) return null;
  const states = known.map(({ agent, anyOf }) => `${agent}: ${formatConnection(anyOf)}`).join(', ');
  const text = `${states} within ${formatDuration(withinMs)}${only === null ? '' : `, only with ${only}`}`;
  return { ...sentence(path, text), kind: 'expect-hostile', expectations: known, only, withinMs };
}

/** Whether any of the names in an `expect` is a hostile agent's. */
export function namesHostile(cast: Cast | null, names: readonly string[]): boolean {
  return cast !== null && names.some((name) => isHostile(cast, name));
}

function wordOf(value: string, agent: string, at: Path, report: Report): HostileAct | null {
  const text = value.trim().split(/ +/).join(' ');
  const word = WORDS.find((known) => known === text);
  if (word !== undefined) return { do: word };
  if (SAYS.some((key) => key === text)) {
    report(at, 'value', `${quote(text)} names no message`, `write it as a map, such as ${EXAMPLE}`);
    return null;
  }
  const normal = parseAction(text);
  if (normal.ok) {
    const said = `known: ${[...WORDS, ...SAYS].join(', ')}`;
    report(at, 'value', `${agent} is a hostile agent and has no client for ${quote(text.slice(0, 80))}`, said);
    return null;
  }
  const verbs: readonly string[] = PLAIN_ACTIONS.map(({ verb }) => verb);
  const known = [...WORDS, ...SAYS].filter((word) => !verbs.includes(word));
  report(at, 'value', `unknown action ${quote(text.slice(0, 80))} of a hostile agent`, didYouMean(text, known));
  return null;
}

function sayingOf(context: StepContext, value: unknown, at: Path): HostileAct | null {
  const { report } = context;
  if (!isPlainMap(value)) {
    report(
      at,
      'value',
      `an action of a hostile agent is a word or a map, not ${kindOf(value)}`,
      `such as connect, or ${EXAMPLE}`,
    );
    return null;
  }
  const named = SAYS.filter((key) => key in value);
  const [saying, second] = named;
  if (saying === undefined) {
    report(at, 'value', 'the map names no action of a hostile agent', `one of: ${SAYS.join(', ')}, such as ${EXAMPLE}`);
    unknownKeys(value, [...SAYS, 'times'], at, report);
    return null;
  }
  if (second !== undefined) {
    report([...at, second], 'key', `${quote(saying)} and ${quote(second)} in one step`, 'write each as a separate step');
    return null;
  }
  if (saying === 'repeat' && 'times' in value) {
    report([...at, 'times'], 'key', '"repeat" is already a number of times', 'write { repeat: 20 }');
    return null;
  }
  const allowed = saying === 'repeat' ? ['repeat'] : saying === 'forge' ? ['forge', 'call', 'times'] : [saying, 'times'];
  unknownKeys(value, allowed, at, report);
  if (Object.keys(value).some((key) => !allowed.includes(key))) return null;
  const times = 'times' in value ? validate(HOSTILE_SCHEMAS.times, value['times'], [...at, 'times'], report) : 1;
  const act = saying === 'forge' ? forgeOf(context, value, at) : partOf(context, saying, value[saying], [...at, saying]);
  return times === null || act === null ? null : act.do === 'repeat' ? act : { ...act, times };
}

type Said = Extract<HostileAct, { readonly times: number }>;

function forgeOf({ cast, report }: StepContext, value: PlainMap, at: Path): Said | null {
  const words = validate(HOSTILE_SCHEMAS.forge, value['forge'], [...at, 'forge'], report);
  const nth = 'call' in value ? validate(HOSTILE_SCHEMAS.call, value['call'], [...at, 'call'], report) : null;
  if (words === null || ('call' in value && nth === null)) return null;
  if (words.callee !== null && cast !== null && !cast.devices.has(words.callee)) {
    report([...at, 'forge'], 'value', `unknown agent ${quote(words.callee)}`, agentHint(cast, words.callee));
    return null;
  }
  return { do: 'forge', ...words, nth, times: 1 };
}

function partOf(context: StepContext, saying: Exclude<HostileSaying, 'forge'>, value: unknown, at: Path): Said | null {
  const { report } = context;
  if (saying === 'repeat') {
    const times = validate(HOSTILE_SCHEMAS.repeat, value, at, report);
    return times === null ? null : { do: 'repeat', times };
  }
  if (saying === 'send') {
    const message = validate(HOSTILE_SCHEMAS.send, value, at, report);
    if (message === null || !isFit(message, at, report)) return null;
    return { do: 'send', message, times: 1 };
  }
  const read: Trigger | null = validate(HOSTILE_SCHEMAS[saying], value, at, report);
  const trigger = triggerAt(context, read, at);
  return trigger === null ? null : { do: saying, trigger, times: 1 };
}

/** Checks the limits and the placeholders of a message. */
function isFit(message: string | PlainMap, at: Path, report: Report): boolean {
  if (typeof message === 'string') return true;
  const chars = JSON.stringify(message).length;
  if (chars > LIMITS.hostileCharsMax) {
    report(at, 'value', `a message of ${chars} characters`, `at most ${LIMITS.hostileCharsMax}`);
    return false;
  }
  const visit = (value: unknown, where: Path): boolean => {
    if (Array.isArray(value)) return value.map((part, index) => visit(part, [...where, index])).every(Boolean);
    if (isPlainMap(value))
      return Object.entries(value)
        .map(([key, part]) => visit(part, [...where, key]))
        .every(Boolean);
    const read = typeof value === 'string' ? readPlaceholder(value) : null;
    if (read === null) return true;
    if (!read.ok) report(where, 'value', read.message, read.hint);
    else if (read.value.name === 'token' && where.at(-1) !== 'token') {
      report(
        where,
        'value',
        '"$token" outside of "token"',
        'write token: $token; elsewhere, answers of the server could reveal it',
      );
      return false;
    }
    return read.ok;
  };
  return visit(message, at);
}

/** An action as text, for traces. */
function formatAct(act: HostileAct): string {
  const often = 'times' in act && act.times > 1 ? ` ${act.times} times` : '';
  switch (act.do) {
    case 'send':
      return `send ${excerpt(JSON.stringify(act.message))}${often}`;
    case 'replay':
    case 'mutate':
      return `${act.do} ${formatTrigger(act.trigger)}${often}`;
    case 'forge': {
      const whom = act.callee === null ? '' : ` ${act.callee}`;
      return `forge ${act.action}${whom}${act.nth === null ? '' : ` in call ${act.nth}`}${often}`;
    }
    case 'repeat':
      return `repeat its last message ${act.times === 1 ? 'once' : `${act.times} times`}`;
    default:
      return act.do;
  }
}

/** The beginning of a message, enough to recognise it. */
function excerpt(text: string): string {
  return text.length > 100 ? `${text.slice(0, 99)}…` : text;
}
