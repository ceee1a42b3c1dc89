/** The names that templates may use, and the check that each used name is set somewhere. */
import { type Path, quote, type Report } from '../../scenarios/language/problem.js';
import { didYouMean } from '../../scenarios/language/words.js';
import { FUNCTIONS } from './functions.js';
import { type Expression, expressionsIn, type Template } from './template.js';

/** Built-in names, for the checks and the documents. */
export const BUILT_IN: Readonly<Record<string, string>> = {
  user: 'the name of the agent in the scenario',
  device: 'the name of the device',
  role: 'the role of the user, if the dialect has roles',
  run: 'an id of this repetition, different each time',
  'target.url': 'the URL of --target',
  'target.host': 'its host and port',
  'target.http': 'the same as an http:// or https:// URL, without path',
  'agent.id': "the target's name of this user",
  'peer.user': 'the other side of the call',
  'peer.id': "the target's name of the other side; for a group the group's name until a user has answered",
  'peer.group': "the target's name of the called group, also after a user has answered",
  'call.id': 'the id of the call on the wire',
  'call.probeId': 'an id of the call made by the probe, 15 letters and digits',
  'call.side': 'caller or callee',
  tx: 'the id of this transaction',
  sdp: 'the outgoing session description as text',
  'description.type': 'its type: offer or answer',
  description: 'both, as { type, sdp }',
  candidate: 'the outgoing candidate as text',
  mid: 'its media section (sdpMid)',
  candidateInit: 'the candidate as { candidate, sdpMid, sdpMLineIndex }',
};

/** Scopes for the dialect's own names, and how long each keeps its values. */
export const SCOPES: Readonly<Record<string, string>> = {
  agent: 'as long as the agent exists',
  connection: 'until the connection ends',
  call: 'as long as the call is known',
  message: 'while one message is handled',
};

/** Outside scopes, with any names. */
const OUTSIDE: readonly string[] = ['credentials', 'env'];

/** Names that `take` can set for the probe itself. */
export const TAKEN: Readonly<Record<string, string>> = {
  from: "the target's name of the sender",
  'call.id': 'the id of the call on the wire',
  'peer.id': 'the other side from now on; for a call to a group also `from` of the message that means accepted',
  sdp: 'a session description as text',
  type: 'its type, if the message has it',
  description: 'a session description as { type, sdp }',
  candidate: 'a candidate as text, or as { candidate, sdpMid }',
  mid: 'its media section',
  reason: 'an end reason',
  error: 'a description of what went wrong',
  'agent.id': "the target's name of this user, for others to call",
};

export class Names {
  readonly #given = new Set<string>();
  readonly #used: { readonly path: Path; readonly expression: Expression }[] = [];

  /** `name` is set somewhere. */
  give(name: string): void {
    this.#given.add(name);
  }

  use(template: Template, path: Path): void {
    for (const used of expressionsIn(template)) this.#used.push({ path: [...path, ...used.path], expression: used.expression });
  }

  /** Environment variables that are used. */
  get environment(): { readonly name: string; readonly path: Path }[] {
    return this.#used.flatMap(({ path, expression }) =>
      expression.type === 'value' && expression.path[0] === 'env' ? [{ name: expression.path.slice(1).join('.'), path }] : [],
    );
  }

  /** Reports unknown functions, and names that are never set. */
  check(report: Report): void {
    for (const { path, expression } of this.#used) {
      if (expression.type === 'call') checkCall(expression, path, report);
      else if (expression.type === 'value') this.#checkValue(expression.path, path, report);
    }
  }

  #checkValue(parts: readonly string[], path: Path, report: Report): void {
    const name = parts.join('.');
    const [scope = ''] = parts;
    if (Object.hasOwn(BUILT_IN, name) || this.#given.has(name)) return;
    if (OUTSIDE.includes(scope) && parts.length > 1) return;
    // A taken value may be a map of which one member is used.
    if ([...this.#given].some((given) => name.startsWith(`${given}.`))) return;
    const known = [...Object.keys(BUILT_IN), ...this.#given];
    if (Object.hasOwn(SCOPES, scope) && parts.length > 1) {
      report(path, 'value', `nothing in this dialect takes or sets ${quote(name)}`, didYouMean(name, known));
    } else report(path, 'value', `unknown name ${quote(name)}`, didYouMean(name, known));
  }
}

function checkCall(expression: Extract<Expression, { type: 'call' }>, path: Path, report: Report): void {
  const known = FUNCTIONS.find(({ name }) => name === expression.name);
  if (known === undefined) {
    const names = FUNCTIONS.map(({ name }) => name);
    return report(path, 'value', `unknown function ${quote(expression.name)}`, didYouMean(expression.name, names));
  }
  const count = expression.args.length;
  if (count < known.argsMin || count > known.argsMax)
    report(path, 'value', `${quote(`${known.name}()`)} with ${count} arguments`, `write ${known.name}(${known.args})`);
}
