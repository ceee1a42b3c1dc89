/** The short texts of a scenario: actions (`call bob`, `hang up`), states (`connected | ended(cancelled)`) and names. */
import { ACTIONS, isCallAction, USER_ACTIONS, type UserAction } from '../../protocol/actions.js';
import { VIEW_STATES, type ViewState } from '../../protocol/call.js';
import { VIEW_END_REASONS, type ViewEndReason } from '../../protocol/reasons.js';
import type { Read } from './duration.js';
import type { Action, StateSpec } from './plan.js';
import { quote } from './problem.js';
import { didYouMean, nearest } from './words.js';

const ALIASES: Partial<Record<UserAction, readonly string[]>> = { reject: ['decline'], 'hang up': ['hangup'] };

/** Every action except `call`, with its meaning and aliases. Schema and documents read this table. */
export const PLAIN_ACTIONS = USER_ACTIONS.filter((verb) => verb !== 'call').map((verb) => ({
  verb,
  aliases: ALIASES[verb] ?? [],
  doc: ACTIONS[verb].doc,
}));

const CALL = 'call NAME';

/** Reserved words of steps and traces, which cannot name an agent. */
export const RESERVED_NAMES = [
  'both',
  'all',
  'expect',
  'fault',
  'heal',
  'wait',
  'together',
  'repeat',
  'server',
  'probe',
  'media',
  'within',
  'between',
  'only',
] as const;

/** The pattern of names of agents and devices, also for the JSON Schema. */
export const NAME_PATTERN = '^[A-Za-z][A-Za-z0-9-]{0,31}$';
export const NAME_HINT = 'use letters, digits and "-", a letter first, at most 32';
const NAME = new RegExp(NAME_PATTERN);

/** A name as a part of other patterns. */
export const NAME_PART = '[A-Za-z][A-Za-z0-9-]{0,31}';
/** An agent, or one device of it: `bob`, `bob.phone`. */
export const TARGET_PATTERN = `^${NAME_PART}(\\.${NAME_PART})?$`;
const ANYWAY = 'anyway';
const canBeForced = ({ verb }: { readonly verb: string }): boolean => isCallAction(verb) && verb !== 'call';
const wordsOf = (actions: typeof PLAIN_ACTIONS): string =>
  actions
    .flatMap(({ verb, aliases }) => [verb, ...aliases])
    .map((words) => words.replaceAll(' ', ' +'))
    .join('|');
export const ACTION_PATTERN = `^(call +${NAME_PART}|(${wordsOf(PLAIN_ACTIONS.filter(canBeForced))})( +${ANYWAY})?|${wordsOf(
  PLAIN_ACTIONS.filter((action) => !canBeForced(action)),
)})$`;

const LIVE_STATES = VIEW_STATES.filter((state) => state !== 'ended');
const STATE = `(${LIVE_STATES.join('|')}|ended( *\\( *(${VIEW_END_REASONS.join('|')}) *\\))?)`;
/** States with `|` between alternatives; also the pattern of the JSON Schema. */
export const STATES_PATTERN = `^ *${STATE}( *\\| *${STATE})* *$`;

/** The verbs for hints, `call NAME` first. */
export function actionWords(): string[] {
  return [CALL, ...PLAIN_ACTIONS.map((action) => action.verb)];
}

/** Reads an action. Does not check whether the callee exists. Never throws. */
export function parseAction(text: string): Read<Action> {
  const words = text.slice(0, 200).trim().split(/ +/).join(' ');
  const call = /^call (.*)$/.exec(words);
  if (call !== null) {
    const callee = call[1] ?? '';
    if (NAME.test(callee)) return { ok: true, value: { verb: 'call', callee } };
    if (new RegExp(TARGET_PATTERN).test(callee)) {
      return refuse(
        `${quote(words)} calls one device`,
        `a call rings all devices of a user: write ${quote(`call ${callee.split('.')[0]}`)}`,
      );
    }
    return refuse(`${quote(words)} does not name one agent to call`, 'write call and a name, such as "call bob"');
  }
  const known = PLAIN_ACTIONS.find(({ verb, aliases }) => verb === words || aliases.includes(words));
  if (known !== undefined) return { ok: true, value: { verb: known.verb } };
  const forced = PLAIN_ACTIONS.find(({ verb, aliases }) => [verb, ...aliases].some((one) => words === `${one} ${ANYWAY}`));
  if (forced !== undefined) {
    if (canBeForced(forced)) return { ok: true, value: { verb: forced.verb, isForced: true } };
    return refuse(`${quote(words)} sends no message`, `write ${quote(forced.verb)}`);
  }
  if (words === 'call') return refuse('"call" names no agent', 'write call and a name, such as "call bob"');
  const [first = '', callee, ...rest] = words.split(' ');
  const called = callee !== undefined && rest.length === 0 && NAME.test(callee) && nearest(first, ['call']) !== null;
  return refuse(
    `unknown action ${quote(words)}`,
    called ? `did you mean ${quote(`call ${callee}`)}?` : didYouMean(words, actionWords()),
  );
}

/** Formats an action: the inverse of `parseAction`, aliases resolved. */
export function formatAction(action: Action): string {
  if (action.verb === 'call') return `call ${action.callee}`;
  return action.isForced === true ? `${action.verb} ${ANYWAY}` : action.verb;
}

/** Reads `connected | ended(cancelled)` into its alternatives, at least one. Never throws. */
export function parseStates(text: string): Read<readonly StateSpec[]> {
  if (text.length > 1_000) return refuse('too many alternatives', 'at most 1,000 characters');
  const states: StateSpec[] = [];
  for (const part of text.split('|')) {
    const one = parseState(part.trim(), text);
    if (!one.ok) return one;
    if (!states.some((state) => state.state === one.value.state && state.reason === one.value.reason)) states.push(one.value);
  }
  return { ok: true, value: states };
}

function parseState(text: string, whole: string): Read<StateSpec> {
  if (text === '') return refuse(`${quote(whole)} has an empty alternative`, 'write a state on both sides of "|"');
  const match = /^([^()]*?) *(?:\((.*)\))?$/.exec(text);
  const word = match?.[1] ?? text;
  const reasonWord = match?.[2]?.trim();
  const state = VIEW_STATES.find((known) => known === word);
  if (state === undefined) return refuse(`unknown state ${quote(word)}`, stateHint(word));
  if (reasonWord === undefined) return { ok: true, value: { state, reason: null } };
  if (state !== 'ended') return refuse(`${quote(state)} has no reason`, `only "ended" has one: write ${quote(state)}`);
  const reason = VIEW_END_REASONS.find((known) => known === reasonWord);
  if (reason === undefined) return refuse(`unknown end reason ${quote(reasonWord)}`, didYouMean(reasonWord, VIEW_END_REASONS));
  return { ok: true, value: { state, reason } };
}

/** The most common mistake is a reason in place of a state: `rejected` for `ended(rejected)`. */
function stateHint(word: string): string {
  const reason: ViewEndReason | undefined = VIEW_END_REASONS.find((known) => known === word);
  if (reason !== undefined) return `did you mean ${quote(`ended(${reason})`)}?`;
  const known: readonly ViewState[] = VIEW_STATES;
  return didYouMean(word, known);
}

/** Formats alternatives: the inverse of `parseStates`. */
export function formatStates(states: readonly StateSpec[]): string {
  return states.map(({ state, reason }) => (reason === null ? state : `${state}(${reason})`)).join(' | ');
}

/** Reads `bob` or `bob.phone` without checking whether they exist. Null for anything else. */
export function parseTarget(text: string): { readonly agent: string; readonly device: string | null } | null {
  const [agent, device, ...rest] = text.split('.');
  if (agent === undefined || !NAME.test(agent) || rest.length > 0) return null;
  if (device === undefined) return { agent, device: null };
  return NAME.test(device) ? { agent, device } : null;
}

/** Reads the name of an agent or device. Never throws. */
export function parseName(text: string, what: 'agent' | 'device'): Read<string> {
  if (!NAME.test(text)) {
    return refuse(`${quote(text)} cannot name ${what === 'agent' ? 'an agent' : 'a device'}`, NAME_HINT);
  }
  if (what === 'agent' && (RESERVED_NAMES as readonly string[]).includes(text.toLowerCase())) {
    return refuse(`${quote(text)} is a reserved word and cannot name an agent`, 'choose another name, such as alice or bob');
  }
  return { ok: true, value: text };
}

function refuse(message: string, hint: string): { readonly ok: false; readonly message: string; readonly hint: string } {
  return { ok: false, message, hint };
}
