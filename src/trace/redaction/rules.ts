/** How a field of a trace or a report may leave the machine: one small function a field, and none for what nobody listed. */

import type { Names } from './names.js';
import { lengthOnly } from './sdp.js';

/** From the value of a field to what may be published of it. */
export type Rule = (value: unknown, names: Names) => unknown;

/** A rule for every field of a type, so that the compiler asks for one when a field is added. */
export type Fields<T> = { readonly [K in keyof T]-?: Rule };

/** Numbers, truth values, null and the constants of the format: as they are. Any other text shows only its length. */
export const keep: Rule = (value) => {
  if (typeof value === 'string') return /^[\w@./:+-]{1,64}$/.test(value) ? value : lengthOnly(value);
  return typeof value === 'object' && value !== null ? null : value;
};

/** A word of a closed list, such as a phase or a verb. */
export const word: Rule = (value) => {
  if (typeof value !== 'string') return value === null ? null : keepNumber(value);
  return /^[a-z][a-z +-]{0,39}$/i.test(value) ? value : lengthOnly(value);
};

/** A short id that holds nothing but perhaps a name: kinds, digests, seeds, devices, versions. */
export const id: Rule = (value, names) => {
  if (typeof value !== 'string') return keepNumber(value);
  return /^[\p{L}\p{N}_.:~@+#/ -]{0,96}$/u.test(value) ? names.text(value) : lengthOnly(value);
};

function keepNumber(value: unknown): unknown {
  return typeof value === 'number' || typeof value === 'boolean' ? value : null;
}

const asText =
  (change: (text: string, names: Names) => string): Rule =>
  (value, names) =>
    typeof value === 'string' ? change(value, names) : null;

/** A sentence of the probe or of a scenario. */
export const text = asText((value, names) => names.text(value));
/** What somebody else wrote, or what holds it: the worst is assumed. */
export const foreign = asText((value, names) => names.foreign(value));
export const label = asText((value, names) => names.label(value));
export const node = asText((value, names) => names.address(value));
export const participant = asText((value, names) => names.participant(value));
export const person = asText((value, names) => names.person(value));
export const device = asText((value, names) => names.device(value));
export const call = asText((value, names) => names.call(value));
export const path = asText((value, names) => names.path(value));
export const command = asText((value, names) => names.command(value));
export const target = asText((value, names) => names.target(value));

export const orNull =
  (rule: Rule): Rule =>
  (value, names) =>
    value === null || value === undefined ? null : rule(value, names);

export const listOf =
  (rule: Rule): Rule =>
  (value, names) =>
    Array.isArray(value) ? value.map((member: unknown) => rule(member, names)) : [];

/** An object whose keys are not known beforehand. */
export const mapOf =
  (rule: Rule, key: Rule = id): Rule =>
  (value, names) =>
    typeof value === 'object' && value !== null
      ? Object.fromEntries(Object.entries(value).map(([name, member]) => [String(key(name, names)), rule(member, names)]))
      : {};

/** An object of these fields. */
export function shaped<T>(fields: Fields<T>): Rule {
  return (value, names) => (typeof value === 'object' && value !== null ? copyOf(value, fields, names) : null);
}

/** A copy by the rules of its fields, in the order in which they stood; of fields without a rule only the kind is shown. */
export function copyOf(value: object, rules: Readonly<Record<string, Rule>>, names: Names): Record<string, unknown> {
  const copy: Record<string, unknown> = {};
  for (const [name, held] of Object.entries(value)) {
    const rule = Object.hasOwn(rules, name) ? rules[name] : undefined;
    if (rule !== undefined) copy[name] = held === null || held === undefined ? held : rule(held, names);
    else if (/^[A-Za-z][A-Za-z_-]{0,31}$/.test(name)) copy[name] = unlisted(held);
  }
  return copy;
}

/** What is said of a value without a rule. */
export function unlisted(value: unknown): unknown {
  if (value === null || typeof value === 'boolean') return value;
  return typeof value === 'string' ? lengthOnly(value) : `redacted(${Array.isArray(value) ? 'list' : typeof value})`;
}
