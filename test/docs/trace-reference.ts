/** The tables of docs/trace.md and docs/redaction.md: the meaning from the comments of the union, the rest from the table of fields. */
import { readFileSync } from 'node:fs';
import ts from 'typescript';
import { MESSAGE_KINDS } from '../../src/protocol/message-kinds.js';
import type { Field } from '../../src/trace/field.js';
import { ALL_FIELDS, STAMP } from '../../src/trace/fields.js';
import { FRAME_ROWS } from '../../src/trace/redaction/frame.js';

/** What fields mean that have no comment: those of several types by name, others by type and name. */
const MEANINGS: Readonly<Record<string, string>> = {
  call: 'The id of the call, or null where the event belongs to none.',
  version: 'The version of the record.',
  link: '`alice/phone.signaling`: the link is named after its device at both of its ends.',
  conn: 'Number of the connection of this device, from 1; 0 where the node does not know it.',
  kind: 'What the message is, in the terms of the probe.',
  device: '`alice/phone`.',
  message: 'A sentence for people.',
  error: 'What the socket or the request reported.',
  bytes: 'Size of the message.',
  digest: 'Digest of its text; equal at both ends unless something changed it.',
  phase: 'The phase of the call.',
  'run.phase': 'The beginning, or the end.',
  'receipt.by': 'What answered: a pong to a ping, or the response to an HTTP POST.',
  'run.schema': 'The version of this format.',
  'run.scenario': 'The title of the scenario.',
  'run.file': 'Its file, or null.',
  'run.seed': 'The seed of this repetition.',
  'run.defects': 'The known bugs that were switched on in the target.',
  'run.versions': 'Of the probe and of what it ran on.',
  'run.replay': 'The command that runs it again.',
  'run.message': 'Why it ended so, or null.',
  'mark.name': 'Which milestone.',
  'action.action': 'What the user did.',
  'action.peer': 'Whom the user calls, or null.',
  'wire.dir': 'As seen from the node.',
  'fault.act': 'What became of it.',
  'fault.target': 'The `n` of the event whose moment it is or which it struck, or null.',
  'fault.message': 'What it did, as a sentence.',
  'record.record': 'The whole record.',
  'media.state': 'The state of the media.',
  'media.stats': 'Figures of the receiver (RFC 3550) and what this side sent, or null.',
  'media.message': 'Why it failed or stalled, or null.',
  'timer.elapsedMs': 'What the timer reads, in milliseconds.',
  'state.state': 'What the device shows.',
  'state.reason': 'Why the call ended, or null.',
  'state.timerStartedAt': 'Server time at which the timer began, null while none runs.',
  'applied.device': 'Where it was applied.',
  'unsent.why': 'Why it could not be written.',
  'conn.state': 'What became of the connection.',
  'conn.reason': 'The reason of the close frame; empty without one.',
  'session.state': 'What became of the log-in.',
  'refused.device': 'Who sent the command.',
  'refused.command': 'The command.',
  'refused.why': 'The reason that the server gave.',
  'http.method': 'The method of the request.',
  'http.durationMs': 'From the request to its answer, or to its failure.',
  'http.message': 'What came of it.',
  'health.state': 'Nobody answers, or connections are turned away.',
  'not-applied.afterMs': 'For how long it was waited for.',
  'violation.code': 'A stable code.',
  'violation.message': 'What was seen.',
  'lag.lateMs': 'For how long, up to `at`.',
  'log.level': 'How much it matters.',
  'log.data': 'Its particulars.',
};

interface Documented {
  readonly doc: string;
  readonly fields: ReadonlyMap<string, string>;
}

/** Interfaces of the union by the value of their `type`; the beginning and the end of a run share one. */
function documented(source: ts.SourceFile): ReadonlyMap<string, Documented> {
  const found = new Map<string, Documented>();
  for (const node of source.statements) {
    if (!ts.isInterfaceDeclaration(node)) continue;
    const members = node.members.filter(ts.isPropertySignature);
    const fields = new Map(members.map((member) => [member.name.getText(source), commentOf(member)]));
    const type = members.find((member) => member.name.getText(source) === 'type')?.type?.getText(source) ?? `'${node.name.text}'`;
    const before = found.get(type.slice(1, -1));
    found.set(type.slice(1, -1), {
      doc: before?.doc ?? commentOf(node),
      fields: new Map([...(before?.fields ?? []), ...[...fields].filter(([, doc]) => doc !== '')]),
    });
  }
  return found;
}

function commentOf(node: ts.Node): string {
  return ts
    .getJSDocCommentsAndTags(node)
    .map(({ comment }) => ts.getTextOfJSDocComment(comment) ?? '')
    .join(' ')
    .replace(/\s+/g, ' ')
    .trim();
}

const SOURCES = ['event', 'connection-event'].map((name) => new URL(`../../../src/trace/${name}.ts`, import.meta.url));

function tableOf(fields: Readonly<Record<string, Field>>, docs: ReadonlyMap<string, string>, what: string): string[] {
  const rows = Object.entries(fields).map(([name, field]) => {
    const meaning = docs.get(name) ?? MEANINGS[`${what}.${name}`] ?? MEANINGS[name];
    if (meaning === undefined) throw new Error(`${what}.${name} has no comment in src/trace/event.ts`);
    return `| \`${name}\` | ${wantsOf(field)} | ${meaning.replaceAll('|', '\\|')} |`;
  });
  return ['| field | holds | meaning |', '|---|---|---|', ...rows];
}

/** Closed lists and objects are spelled out; the kinds of messages have a list of their own. */
function wantsOf({ wants, optional, words, inner }: Field): string {
  const code = (names: readonly string[]): string => names.map((name) => `\`${name}\``).join(' ');
  const isList = words !== undefined && wants.startsWith('one of');
  const what = isList
    ? words.length > 20
      ? 'a kind of message'
      : code(words)
    : inner === undefined
      ? wants
      : `${wants}: ${code(Object.keys(inner))}`;
  const orNull = (isList || inner !== undefined) && wants.endsWith(' or null');
  const shown = orNull ? `${what.replace(' or null', '')} or null` : what;
  return optional === true ? `${shown}; may be absent` : shown;
}

export function traceSections(): Readonly<Record<string, string>> {
  const docs = documented(
    ts.createSourceFile('event.ts', SOURCES.map((file) => readFileSync(file, 'utf8')).join('\n'), ts.ScriptTarget.Latest, true),
  );
  const sections = ALL_FIELDS.flatMap(([type, { body }], index) => {
    const known = docs.get(type);
    const isEnd = index > 0 && ALL_FIELDS[index - 1]?.[0] === type;
    const head = isEnd ? ['The last event of a complete trace:'] : [`### ${type}`, known?.doc ?? ''];
    return [...head, '', ...tableOf(body, known?.fields ?? new Map(), type), ''];
  });
  return {
    stamp: tableOf(STAMP, docs.get('Stamp')?.fields ?? new Map(), 'Stamp').join('\n'),
    types: sections.join('\n').trimEnd(),
    kinds: MESSAGE_KINDS.filter((kind) => !kind.endsWith('.part'))
      .map((kind) => `\`${kind}\``)
      .join(' '),
  };
}

export function redactionSections(): Readonly<Record<string, string>> {
  const byRule = new Map<string, string[]>();
  for (const [type, { body }] of [['every event', { body: STAMP }] as const, ...ALL_FIELDS])
    for (const [name, { shows }] of Object.entries(body))
      byRule.set(shows, [...(byRule.get(shows) ?? []), `\`${type}.${name}\``]);
  const fields = [...byRule].map(
    ([shows, names]) => `| ${shows} | ${[...new Set(names)].join(' ').replaceAll('every event.', '')} |`,
  );
  const frames = FRAME_ROWS.map(
    ({ keys, shows }) =>
      `| ${shows} | ${keys
        .split(' ')
        .map((key) => `\`${key}\``)
        .join(' ')} |`,
  );
  return {
    fields: ['| what stays | of which fields |', '|---|---|', ...fields].join('\n'),
    frames: ['| a text becomes | under these keys |', '|---|---|', ...frames, '| `redacted(len=12)` | any other |'].join('\n'),
  };
}
