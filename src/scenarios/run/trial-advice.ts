/** What a trial call shows of a mapping: what did not hold, what was not understood, and what to change. Pure. */
import { relayed } from '../../judge/checkers/relayed.js';
import { eventAt, type History, userOf } from '../../judge/history/history.js';
import { isEndingAction } from '../../protocol/actions.js';
import { PARTIAL_MESSAGE } from '../../protocol/message-kinds.js';
import type { EventOf } from '../../trace/event.js';
import { viewText } from './expectation.js';
import { closeWords } from './trial-lines.js';

export interface TrialGround {
  readonly caller: string;
  readonly callee: string;
  /** Whether the target passes descriptions on as they are. */
  readonly relaysAsIs: boolean;
}

export interface TrialFindings {
  /** What makes the mapping fail, each with what to change. */
  readonly problems: readonly string[];
  /** What was seen and not understood, each once. */
  readonly notes: readonly string[];
}

export function trialFindings(history: History, ground: TrialGround): TrialFindings {
  const broken = history.marks.filter(({ ok }) => ok === false);
  const early = earlyEnd(history);
  // What follows an end that came too early says nothing of its own.
  const before = early === null ? broken : broken.filter(({ n }) => n < early.n);
  // Nor does a second call after a first one that failed.
  const after = before.length > 1 || early !== null ? before.filter(({ name }) => name !== 'redialed') : before;
  return {
    problems: [
      ...(early === null ? [] : [early.text]),
      ...after.map(
        (mark) =>
          `did not hold: ${mark.text}${mark.actual === null ? '' : `, but ${mark.actual}`}\n  ${advice(history, mark, ground)}`,
      ),
      ...(ground.relaysAsIs ? relayed.check(history, {}).findings.map(({ message }) => lostWords(message)) : []),
      ...partials(history),
    ],
    notes: [...unmapped(history), ...closes(history), ...refusals(history), ...complaints(history)],
  };
}

/** A side that shows the end of the first call before anybody has ended it; null if there is none. */
function earlyEnd(history: History): { readonly n: number; readonly text: string } | null {
  const first = history.actions.find(({ action, call }) => action === 'call' && call !== null)?.call ?? null;
  const ending = history.actions.find(({ action, call }) => isEndingAction(action) && call === first);
  const shown = [...history.states.values()]
    .flat()
    .filter(({ call, state, n }) => call === first && state === 'ended' && n < (ending?.n ?? Infinity))
    .sort((a, b) => a.n - b.n)[0];
  if (first === null || shown === undefined) return null;
  const cause = shown.cause === null ? null : eventAt(history, shown.cause);
  const who = userOf(shown.node);
  const text = `${who} shows ${viewText(shown)} at ${(shown.at / 1_000).toFixed(3)} s, before anybody hung up`;
  const change =
    cause?.type === 'wire'
      ? `it follows from "${cause.name ?? cause.kind}": if that is not the end of this call, change its rule in "receive" (its "when", or what it takes as call.id); if it is, the server ended the call by itself`
      : cause?.type === 'conn'
        ? 'its connection closed: see the code below, and byDesign.lostConnection'
        : 'an action was refused or got no reply: see the lines above, and the "reply" or "error" of that action';
  return { n: shown.n, text: `${text}\n  ${change}` };
}

/** What to change for an expectation that did not hold. */
function advice(history: History, mark: EventOf<'mark'>, { caller, callee }: TrialGround): string {
  const read = (user: string, kind: string): boolean =>
    history.wires.some((wire) => wire.dir === 'in' && wire.n < mark.n && userOf(wire.node) === user && wire.kind === kind);
  const shows = (user: string, state: string): boolean =>
    [...history.states].some(
      ([node, states]) => userOf(node) === user && states.some((one) => one.state === state && one.n < mark.n),
    );
  const rule = (user: string, means: string): string => {
    const names = unmappedNames(history, user);
    const which =
      names.length === 0
        ? 'no message to it came that could mean that: see what the server answers above'
        : `one of the unmapped messages may mean that: ${names.join(', ')}`;
    return `no message to ${user} means "${means}": give the right one "means: ${means}" in "receive"; ${which}`;
  };
  if (mark.name === 'expect' && mark.wants?.media.includes('flowing') === true)
    return 'check "description" in "take" of the incoming and the accepted message, "media" (who offers, and when), and the candidate rules; --media none leaves media out';
  const states = mark.wants?.states ?? [];
  if (states.includes('ringing') || mark.name === 'redialed') {
    if (!shows(callee, 'ringing'))
      return read(callee, 'event.inviting')
        ? 'the incoming message was read and shown as no call: check its "take", call.id above all'
        : rule(callee, 'incoming');
    if (!shows(caller, 'ringing'))
      return `${rule(caller, 'ringing')}; without such a message write byDesign: { ringing: assumed }`;
    return 'the second call differs from the first one: check the ids that the rules take, and whether the cancel reaches the callee';
  }
  if (states.includes('connected'))
    return read(caller, 'event.connected')
      ? 'the message that means "accepted" belongs to another call: check its call.id in "take"'
      : rule(caller, 'accepted');
  if (states.includes('ended') || mark.name === 'torn-down') {
    const who = [caller, callee].find((user) => !shows(user, 'ended')) ?? callee;
    return rule(who, 'ended');
  }
  return 'see the lines above';
}

function unmappedNames({ wires }: History, user: string): string[] {
  return [
    ...new Set(wires.flatMap((wire) => (wire.kind === 'unmapped' && userOf(wire.node) === user ? [`"${wire.name ?? ''}"`] : []))),
  ];
}

/** Each unmapped message once, with who got it. */
function unmapped({ wires }: History): string[] {
  const seen = new Map<string, { count: number; readonly users: Set<string> }>();
  for (const { dir, kind, name = '', node } of wires) {
    if (dir !== 'in' || kind !== 'unmapped') continue;
    const known = seen.get(name) ?? { count: 0, users: new Set() };
    known.count += 1;
    known.users.add(userOf(node));
    seen.set(name, known);
  }
  return [...seen].map(
    ([name, { count, users }]) =>
      `unmapped: ${name} (${count} to ${[...users].join(' and ')}): give it a meaning in "receive", or add it to "ignore"`,
  );
}

/** Connections that the other end closed, each code and reason once. */
function closes({ conns }: History): string[] {
  const found = conns.flatMap((event) =>
    event.state === 'closed' && event.by !== 'self' && event.by !== 'fault'
      ? [`${closeWords(event)} for ${userOf(event.node)}: find out why, and check the log-in and "keepalive"`]
      : [],
  );
  return [...new Set(found)];
}

const ADVICE: Readonly<Record<string, string>> = {
  'no-reply': 'check the "reply" or "expect" of that step',
  refused: 'check what that action sends',
  'target-error': 'check what was sent right before',
  'field-missing': 'write { value: PATH, optional: true } if it may be missing',
  unreadable: 'check connect.transport and connect.subprotocols',
};

/** Errors and missing parts, each once. */
function complaints({ violations }: History): string[] {
  const others = violations.filter(({ code }) => code !== PARTIAL_MESSAGE);
  return [
    ...new Set(others.map(({ code, message }) => `${code}: ${message}${ADVICE[code] === undefined ? '' : `; ${ADVICE[code]}`}`)),
  ];
}

/** What the server said in messages that have no meaning in the dialect but read like errors, each once. */
function refusals({ wires }: History): string[] {
  const found = wires.flatMap(({ dir, node, kind, name = '', refusal }) =>
    dir === 'in' && refusal !== undefined && (kind === 'ignored' || kind === 'unmapped')
      ? [`the server said to ${userOf(node)} (${name}): ${refusal}; check what was sent right before`]
      : [],
  );
  return [...new Set(found)];
}

function partials({ violations }: History): string[] {
  const own = violations.filter(({ code }) => code === PARTIAL_MESSAGE);
  return [...new Set(own.map(({ message }) => `partial message: ${message}\n  check the conditions of its parts in "together"`))];
}

function lostWords(message: string): string {
  return `did not hold: ${message}\n  check "description" and "candidate" in "take", and the messages of the actions that send them; a media server that writes its own needs media: { relay: own }`;
}
