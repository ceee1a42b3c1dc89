/** The names that templates may use, and whether each of those that a dialect uses is ever given a value. */
import { type Path, quote, type Report } from '../../scenarios/language/problem.js';
import { didYouMean } from '../../scenarios/language/words.js';
import { FUNCTIONS } from './functions.js';
import { type Expression, expressionsIn, type Template } from './template.js';

/** Names with a value of their own, for the checks and the documents. */
export const BUILT_IN: Readonly<Record<string, string>> = {
  user: 'the name of the agent in the scenario',
  device: 'the name of his device',
  role: 'his role, where the dialect has roles',
  run: 'an id of this repetition, another one each time',
  'target.url': 'the URL that --target gave',
  'target.host': 'its host and port',
  'target.http': 'the same place as an http:// or https:// URL, without path',
  'agent.id': 'how the target calls this user',
  'peer.user': 'the other side of the call',
  'peer.id': 'how the target calls the other side; of a group the group itself, until one of it has answered',
  'peer.group': 'how the target calls the group that was called, also after one of it has answered',
  'call.id': 'the id of the call on the wire',
  'call.probeId': 'an id that the probe made for it, 15 letters and digits',
  'call.side': 'caller or callee',
  tx: 'the id of this transaction',
  sdp: 'the session description that goes out, as text',
  'description.type': 'its type: offer or answer',
  description: 'both, as { type, sdp }',
  candidate: 'the candidate that goes out, as text',
  mid: 'its media section (sdpMid)',
  candidateInit: 'the candidate as { candidate, sdpMid, sdpMLineIndex }',
};

/** Scopes with names of the dialect's own, and for how long each remembers. */
export const SCOPES: Readonly<Record<string, string>> = {
  agent: 'as long as the agent lives',
  connection: 'until the connection ends',
  call: 'as long as the call is known',
  message: 'while one message is handled',
};

/** Scopes that come from outside, with any names. */
const OUTSIDE: readonly string[] = ['credentials', 'env'];

/** What `take` can give to the probe itself. */
export const TAKEN: Readonly<Record<string, string>> = {
  from: 'who sent it, as the target calls him',
  'call.id': 'the id of the call on the wire',
  'peer.id': 'who the other side is from now on; of a call to a group also `from` of the message that means accepted',
  sdp: 'a session description as text',
  type: 'its type, where the message says it',
  description: 'a session description as { type, sdp }',
  candidate: 'a candidate as text, or as { candidate, sdpMid }',
  mid: 'its media section',
  reason: 'an end reason',
  error: 'what went wrong, in words',
  'agent.id': 'how the target calls this user, for others to call him',
};

export class Names {
  readonly #given = new Set<string>();
  readonly #used: { readonly path: Path; readonly expression: Expression }[] = [];

  /** `name` is given a value somewhere. */
  give(name: string): void {
    this.#given.add(name);
  }

  use(template: Template, path: Path): void {
    for (const used of expressionsIn(template)) this.#used.push({ path: [...path, ...used.path], expression: used.expression });
  }

  /** Environment variables that are asked for. */
  get environment(): { readonly name: string; readonly path: Path }[] {
    return this.#used.flatMap(({ path, expression }) =>
      expression.type === 'value' && expression.path[0] === 'env' ? [{ name: expression.path.slice(1).join('.'), path }] : [],
    );
  }

  /** Reports functions that there are not, and names that are never given a value. */
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
    // A value that was taken may be a map, of which one member is used.
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
