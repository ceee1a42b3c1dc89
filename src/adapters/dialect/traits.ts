/** The traits of a target from its dialect: verbs, media, behaviour, declared limits, and message kinds. */
import type { AdapterVerb, Traits } from '../../probe/adapter/port.js';
import { CALL_ACTIONS } from '../../protocol/actions.js';
import { VIEW_END_REASONS } from '../../protocol/reasons.js';
import { type Path, quote } from '../../scenarios/language/problem.js';
import { isPlainMap } from '../../scenarios/language/tree.js';
import { didYouMean } from '../../scenarios/language/words.js';
import type { Dialect, Part, Role, Rule, ScriptStep, Take } from './dialect.js';
import { INCOMING_KIND, OUTGOING_KIND } from './kinds.js';
import type { Meaning } from './schema.js';

interface RawTraits {
  readonly actions: object;
  readonly byDesign?: {
    readonly reconnect?: 'never' | number;
    readonly silent?: number;
    readonly callerRings?: number;
    readonly serverRings?: number;
    readonly quiet?: number;
    readonly peerLostWithin?: number;
    readonly logIn?: 'together' | 'in-turn' | readonly string[];
  } & Partial<
    Pick<
      Traits,
      | 'ringing'
      | 'showsAtOnce'
      | 'devices'
      | 'hides'
      | 'reasons'
      | 'secondCall'
      | 'unsent'
      | 'lostConnection'
      | 'redelivers'
      | 'decline'
      | 'receipts'
    >
  >;
}

/** The traits of a dialect; reports contradictions. */
export function traitsOf(
  dialect: Dialect,
  { actions, byDesign = {} }: RawTraits,
  tell: (path: Path, message: string, hint: string) => void,
): Partial<Traits> {
  const written: Readonly<Record<string, unknown>> = { ...actions };
  const parts = [dialect.common, ...dialect.roles.values()];
  const has = (name: AdapterVerb): boolean => parts.some((part) => part.actions.has(name));
  const verbs = CALL_ACTIONS.filter(has);
  for (const verb of ['call', 'accept'] as const) {
    if (!has(verb))
      tell(['actions'], `no "${verb}"`, `without it there is no call: write ${verb}: with the messages that the app sends`);
  }
  const missing = CALL_ACTIONS.filter((verb) => !has(verb)).map((verb) => [verb, whyMissing(written[verb])] as const);
  const rules = parts.flatMap(({ receive, together }) => [...receive, ...together]);
  const means = (word: Meaning): boolean => rules.some((rule) => rule.means.includes(word));
  for (const word of ['incoming', 'accepted'] as const) {
    if (!means(word))
      tell(
        ['receive'],
        `no message means "${word}"`,
        `without it no call can be followed: write - when: {...} and means: ${word}`,
      );
  }
  if (means('still-ringing') && byDesign.hides?.includes('late-join') === true)
    tell(['byDesign', 'hides'], '"late-join", and a message means "still-ringing"', 'remove one of them');
  if (byDesign.serverRings !== undefined && byDesign.hides?.includes('server-timeout') === true)
    tell(['byDesign', 'serverRings'], 'the server ends calls, but "hides" lists "server-timeout"', 'remove it there');
  if (byDesign.peerLostWithin !== undefined && byDesign.lostConnection !== 'ends-call')
    tell(['byDesign', 'peerLostWithin'], 'it counts with "lostConnection: ends-call" only', 'add that, or remove it');
  if (byDesign.decline !== undefined && byDesign.decline !== 'ends-call' && byDesign.hides?.includes('reject') === true)
    tell(['byDesign', 'decline'], `"decline: ${byDesign.decline}", and "hides" lists "reject"`, 'remove "reject" there');
  if (byDesign.decline === 'once-all' && byDesign.devices === 'one')
    tell(['byDesign', 'decline'], '"once-all" needs several devices, but "devices" is "one"', 'remove one of them');
  const { silent, callerRings, serverRings, quiet, peerLostWithin, reconnect, logIn = 'together', ...rest } = byDesign;
  if (typeof logIn !== 'string')
    for (const [index, role] of logIn.entries())
      if (!dialect.roles.has(role))
        tell(['byDesign', 'logIn', index], `no role ${quote(role)}`, didYouMean(role, [...dialect.roles.keys()]));
  return {
    verbs,
    missing: Object.fromEntries(missing),
    ringing: means('ringing') ? 'told' : 'assumed',
    media: dialect.media,
    givesIds: dialect.before.some(({ take }) => takesId(take)) || parts.every(givesId),
    roles: rolesOf(dialect, Object.fromEntries(missing)),
    unsent: dialect.transport === 'socket.io' ? 'kept' : 'dropped',
    ...rest,
    ...(reconnect === undefined ? {} : { reconnectMs: reconnect === 'never' ? null : reconnect }),
    ...(silent === undefined ? {} : { silentMs: silent }),
    ...(callerRings === undefined ? {} : { callerRingMs: callerRings }),
    ...(serverRings === undefined ? {} : { serverRingMs: serverRings }),
    ...(quiet === undefined ? {} : { stillMs: quiet }),
    ...(peerLostWithin === undefined ? {} : { peerLostMs: peerLostWithin }),
    logInOrder: logIn === 'together' ? null : logIn === 'in-turn' ? [] : logIn,
    loginMs: loginMs(dialect),
    kinds: { sends: sent(dialect), receives: received(rules, dialect) },
  };
}

/** Whether the target assigns the user's name at the log-in. */
function givesId({ login, receive }: Part): boolean {
  const takes = [
    ...login.flatMap(({ reply, expect }) => [reply?.take ?? [], expect?.take ?? []]),
    ...receive.map(({ take }) => take),
  ];
  return takesId(takes.flat());
}

function takesId(takes: readonly Take[]): boolean {
  return takes.some(({ name }) => name === 'agent.id');
}

/** What each role can do, and why it lacks the rest. */
function rolesOf({ roles }: Dialect, common: Traits['missing']): Traits['roles'] {
  const of = ([role, part]: readonly [string, Role]): readonly [string, Pick<Traits, 'verbs' | 'missing'>] => {
    const lacking = CALL_ACTIONS.filter((verb) => !part.actions.has(verb));
    const why = (verb: AdapterVerb): string => part.none.get(verb) ?? common[verb] ?? 'the dialect does not define it';
    return [
      role,
      {
        verbs: CALL_ACTIONS.filter((verb) => part.actions.has(verb)),
        missing: Object.fromEntries(lacking.map((verb) => [verb, why(verb)])),
      },
    ];
  };
  return Object.fromEntries([...roles].map(of));
}

function whyMissing(action: unknown): string {
  return isPlainMap(action) && typeof action['none'] === 'string' ? action['none'] : 'the dialect does not define it';
}

/** Each step has its own limit; the log-in may take the sum of them. */
function loginMs({ common, roles }: Dialect): number {
  const all = [common, ...roles.values()].flatMap(({ login, relogin }) => [login, relogin ?? []]);
  const sums = all.map((steps) =>
    steps.reduce((sum, { reply, expect }) => sum + (reply?.withinMs ?? 0) + (expect?.withinMs ?? 0), 0),
  );
  return Math.max(5_000, ...sums) + 500;
}

function sent({ common, roles, keepalive }: Dialect): string[] {
  const parts = [common, ...roles.values()];
  const kinds = parts.flatMap(({ actions, login }) => [
    ...(login.some(isMessage) ? ['hello'] : []),
    ...[...actions].filter(([, steps]) => steps.some(isMessage)).flatMap(([name]) => OUTGOING_KIND[name]),
  ]);
  return [...new Set([...kinds, ...(keepalive === null ? [] : ['ping'])])];
}

const isMessage = ({ send, http }: ScriptStep): boolean => send !== null || http !== null;

function received(rules: readonly Pick<Rule, 'means'>[], { common, roles, transport }: Dialect): string[] {
  const ends: readonly string[] = VIEW_END_REASONS;
  const kinds = rules.flatMap(({ means }) =>
    means.flatMap((word) => (ends.includes(word) ? ['event.ended'] : INCOMING_KIND[word as Meaning])),
  );
  const greets =
    transport === 'socket.io' ||
    [common, ...roles.values()].some(({ login }) => login.some(({ expect, reply }) => expect !== null || reply !== null));
  const replies = [common, ...roles.values()].some(({ actions }) =>
    [...actions.values()].some((steps) => steps.some(({ reply }) => reply !== null)),
  );
  return [...new Set([...kinds, ...(greets ? ['welcome'] : []), ...(replies ? ['result.ok', 'result.refused'] : [])])];
}
