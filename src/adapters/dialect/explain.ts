/** Explains a dialect in lines of text: how it connects, what it sends for each action, and what each message means. */
import { CALL_ACTIONS } from '../../protocol/actions.js';
import { conditionText } from './condition.js';
import type { Dialect, Part, ScriptStep } from './dialect.js';
import { INCOMING_KIND, OUTGOING_KIND } from './kinds.js';
import { DIALECT_ACTIONS, MEANINGS, type Meaning } from './schema.js';
import type { Template } from './template.js';

/** The lines, without line ends. */
export function explainDialect(dialect: Dialect): string[] {
  const { traits, common, roles } = dialect;
  const missing = Object.entries(traits.missing ?? {});
  return [
    `${dialect.name}: ${dialect.about === '' ? 'a dialect' : dialect.about}`,
    `  transport  ${dialect.transport}${dialect.connect.isPolling ? ' by HTTP long-polling' : ''}${dialect.connect.subprotocols.length === 0 ? '' : `, subprotocol ${dialect.connect.subprotocols.join(', ')}`}`,
    ...(dialect.before.length === 0
      ? []
      : [`  before     ${dialect.before.length} HTTP ${dialect.before.length === 1 ? 'request' : 'requests'}`]),
    ...explainPart(dialect, common),
    ...[...roles].flatMap(([role, part]) => [
      '',
      `role ${role}: ${part.users.length === 0 ? 'by the credentials' : part.users.join(', ')}`,
      ...(part.group === null ? [] : ['  called     all at once, by the name of the group; the first to answer has the call']),
      ...Object.entries(traits.roles?.[role]?.missing ?? {}).map(
        ([verb, why]) => `  no ${verb}: ${why}; scenarios that need it are skipped`,
      ),
      ...explainPart(dialect, part),
    ]),
    '',
    `  call id    made by ${dialect.callId.from === 'none' ? 'no side: a message belongs to the call with its sender' : `the ${dialect.callId.from}`}`,
    `  ringing    ${traits.ringing === 'assumed' ? 'shown as soon as the call is sent' : 'shown when notified'}`,
    ...(traits.serverRingMs == null
      ? []
      : [`  time-out   the server ends an unanswered call after ${traits.serverRingMs / 1_000} s`]),
    `  media      ${dialect.media === null ? 'none' : `${dialect.media.offers === 'both' ? 'both sides offer' : `the ${dialect.media.offers} offers`} with ${dialect.media.when}, candidates ${dialect.media.candidates}`}`,
    `  devices    ${traits.devices ?? 'many'} per user`,
    ...(missing.length === 0 ? [] : missing.map(([verb, why]) => `  no ${verb}: ${why}; scenarios that need it are skipped`)),
    ...((traits.hides ?? []).length === 0
      ? []
      : [`  limits     ${(traits.hides ?? []).join(', ')}; scenarios that need one of these are skipped`]),
  ];
}

function explainPart(dialect: Dialect, part: Part): string[] {
  const sends = DIALECT_ACTIONS.flatMap((name) => {
    const steps = part.actions.get(name);
    return steps === undefined
      ? []
      : [`  ${name.padEnd(10)} sends ${stepsText(steps, dialect)} (${OUTGOING_KIND[name].join(', ')})`];
  });
  const receives = part.receive.map(({ when, means, part }) => {
    const kinds = means.flatMap((word) =>
      (MEANINGS as readonly string[]).includes(word) ? INCOMING_KIND[word as Meaning] : ['event.ended'],
    );
    const words = means.length === 0 ? 'nothing' : means.join(' and ');
    const meant = part === null ? words : `the part "${part}"`;
    return `  ${conditionText(when)}: ${meant}${kinds.length === 0 ? '' : ` (${[...new Set(kinds)].join(', ')})`}`;
  });
  const wholes = part.together.map(({ parts, means, withinMs }) => {
    const names = parts.map((name) => `"${name}"`).join(' and ');
    return `  ${names}, in any order within ${withinMs / 1_000} s: ${means.join(' and ')}`;
  });
  return [
    `  log-in     ${part.login.length === 0 ? 'none: the open connection is enough' : stepsText(part.login, dialect)}`,
    '',
    `actions (${CALL_ACTIONS.filter((verb) => part.actions.has(verb)).length} of ${CALL_ACTIONS.length} verbs)`,
    ...sends,
    '',
    'messages',
    ...receives,
    ...wholes,
    ...dialect.ignore.map((condition) => `  ${conditionText(condition)}: ignored`),
  ];
}

function stepsText(steps: readonly ScriptStep[], dialect: Dialect): string {
  return steps.map((step) => stepText(step, dialect)).join(', then ');
}

function stepText({ send, http, reply, expect, disconnects, set }: ScriptStep, dialect: Dialect): string {
  if (disconnects) return 'nothing and disconnects';
  if (expect !== null) return `waits for ${conditionText(expect.when)}`;
  if (http !== null) return `${http.name}${reply?.waits === true ? ' and waits for its answer' : ''}`;
  if (send === null) return `sets ${set.map(([name]) => name).join(', ')}`;
  const named = (message: Template): string | null =>
    dialect.messageName.map(({ text }) => nameIn(message, text)).find((name) => name !== null) ?? null;
  const name = 'event' in send ? send.event : (named(send.message) ?? 'a message');
  return `${name}${reply === null ? '' : reply.waits ? ' and waits for its reply' : ' (with a reply)'}`;
}

/** The name of a message, if the template contains it literally. */
function nameIn(template: Template, path: string): string | null {
  let here: Template | undefined = template;
  for (const key of path.replace(/^\$\.?/, '').split('.')) {
    if (here?.type !== 'map') return null;
    here = here.entries.find(([name]) => name === key)?.[1];
  }
  return here?.type === 'constant' ? String(here.value) : null;
}
