/** Values of templates that have to exist: where one does not, the sentence names its place and the placeholders without a value. */
import type { Filled, Place } from './dialect.js';
import { absentIn, fill, type Scope, type Template } from './template.js';

/** Its message is the sentence. */
export class NoValue extends Error {
  /** `isProven`: the template has had a value before, so that the mapping is right and something did not arrive. */
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
  if (value === undefined) throw new NoValue(withoutValue(template, place, scope), PROVEN.has(template));
  PROVEN.add(template);
  return value;
}

function withoutValue(template: Template, place: Place, scope: Scope): string {
  const names = [...new Set(absentIn(template, scope))];
  return `${place}: ${names.length === 0 ? 'it' : names.join(' and ')} ${names.length > 1 ? 'have' : 'has'} no value`;
}
