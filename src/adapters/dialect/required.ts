/** Values of templates that have to exist: where one does not, the sentence names its place and the placeholders without a value. */
import type { Filled } from './dialect.js';
import { absentIn, fill, type Scope, type Template } from './template.js';

/** Its message is the sentence. */
export class NoValue extends Error {
  /** `isProven`: the mapping may be right, and something did not arrive. */
  constructor(
    message: string,
    readonly isProven: boolean,
  ) {
    super(message);
  }
}

/** Templates that have had a value in this process. */
const PROVEN = new WeakSet<Template>();

/** The value of a template. Throws NoValue. */
export function required({ template, place }: Filled, scope: Scope): unknown {
  const value = fill(template, scope);
  if (value !== undefined) {
    PROVEN.add(template);
    return value;
  }
  const names = [...new Set(absentIn(template, scope))];
  const message = `${place}: ${names.length === 0 ? 'it' : names.join(' and ')} ${names.length > 1 ? 'have' : 'has'} no value`;
  // A call that never reached the server, or whose reply was lost, has no id: that is no mistake of the mapping.
  const isOfCall = names.every((name) => name.startsWith('${call.'));
  throw new NoValue(message, isOfCall || PROVEN.has(template));
}
