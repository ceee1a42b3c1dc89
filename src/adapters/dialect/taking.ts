/** The values that a rule, a reply or an expectation takes from a message. */
import type { SessionDescription } from '../../protocol/media.js';
import { VIEW_END_REASONS, type ViewEndReason } from '../../protocol/reasons.js';
import type { Take } from './dialect.js';
import { at, type ValuePath } from './path.js';
import { fill, type Scope } from './template.js';
import { clean } from './words.js';

export interface Taken {
  readonly values: ReadonlyMap<string, unknown>;
  /** Sentences about required paths without a match. */
  readonly missing: readonly Missing[];
}

export interface Missing {
  readonly message: string;
  /** Whether the path has matched before: then the message lacks something, and the mapping is right. */
  readonly isProven: boolean;
}

/** Paths that have matched in this process. */
const PROVEN = new WeakSet<Take>();

/** Takes values from a message. `element` is what `@` refers to. */
export function take(takes: readonly Take[], document: unknown, scope: Scope, element: unknown = document): Taken {
  const values = new Map<string, unknown>();
  const missing: Missing[] = [];
  for (const one of takes) {
    const value = valueOfTake(one, document, scope, element);
    if (value !== undefined) {
      values.set(one.name, value);
      PROVEN.add(one);
    } else if (!one.isOptional) {
      const path = one.path?.text ?? one.join?.paths.map(({ text }) => text).join(' and ') ?? 'its value';
      const within = one.json === null ? '' : ` with ${one.json.text} in the JSON text there`;
      const raw = one.map === null ? undefined : valueOfTake({ ...one, map: null }, document, scope, element);
      if (raw !== undefined) {
        const known = [...(one.map?.keys() ?? [])].join(', ');
        const what = `${path}${within} is "${clean(String(raw)).slice(0, 40)}", which "map" does not have (${known})`;
        missing.push({ message: `${one.place}: ${what}; add it there, or "default"`, isProven: PROVEN.has(one) });
        continue;
      }
      const message = `${one.place}: ${path}${within} ${one.join === null ? 'matches' : 'match'} nothing in a message with ${keysOf(one.path?.isRelative ? element : document)}`;
      missing.push({ message, isProven: PROVEN.has(one) });
    }
  }
  return { values, missing };
}

/** The id of the call and the sender in a message, without taking any values. */
export function idsTaken(
  takes: readonly Take[],
  document: unknown,
  scope: Scope,
  element: unknown,
): { readonly wire: string | null; readonly from: string | null } {
  const named = takes.filter(({ name }) => name === 'call.id' || name === 'from');
  const values = new Map(named.map((one) => [one.name, valueOfTake(one, document, scope, element)]));
  return { wire: idIn(values, 'call.id'), from: idIn(values, 'from') };
}

function valueOfTake(one: Take, document: unknown, scope: Scope, element: unknown): unknown {
  const { path, json, value, map, join } = one;
  const valueAt = (where: ValuePath): unknown => at(where, where.isRelative ? element : document);
  let found =
    value !== null ? fill(value, scope) : join !== null ? joined(join, valueAt) : path === null ? undefined : valueAt(path);
  if (json !== null && found !== undefined) found = at(json, parsed(found));
  if (map === null || found === undefined) return found;
  const meant = map.get(String(found)) ?? map.get('default');
  return meant === undefined ? undefined : fill(meant, scope);
}

/** One text of several fields; undefined unless all of them are there. */
function joined({ paths, between }: NonNullable<Take['join']>, valueAt: (path: ValuePath) => unknown): string | undefined {
  const values = paths.map(valueAt);
  if (values.some((value) => value === undefined || value === null)) return undefined;
  return values.map((value) => (typeof value === 'string' ? value : JSON.stringify(value))).join(between);
}

function parsed(text: unknown): unknown {
  try {
    return typeof text === 'string' ? (JSON.parse(text) as unknown) : text;
  } catch {
    return undefined;
  }
}

/** The paths in a message, to help with a mistyped one: its keys, and those one level below. */
export function keysOf(document: unknown): string {
  if (typeof document !== 'object' || document === null) return `no fields: ${typeof document}`;
  const keys = Object.entries(document).flatMap(([key, value]) =>
    typeof value === 'object' && value !== null && Object.keys(value).length > 0
      ? Object.keys(value).map((inner) => `${key}.${inner}`)
      : [key],
  );
  return keys.length === 0 ? 'no fields' : keys.slice(0, 12).join(', ').slice(0, 200);
}

/** An id as text: servers use numbers as well. */
export function idIn(values: ReadonlyMap<string, unknown>, name: string): string | null {
  const value = values.get(name);
  return typeof value === 'string' && value !== '' ? value : typeof value === 'number' ? String(value) : null;
}

/** A session description: an object with type and sdp, or a text whose type is given elsewhere or follows. */
export function descriptionIn(values: ReadonlyMap<string, unknown>, standard: 'offer' | 'answer'): SessionDescription | null {
  const value = values.get('description') ?? values.get('sdp');
  const said = values.get('type');
  const type = said === 'offer' || said === 'answer' ? said : standard;
  if (typeof value === 'string') return value === '' ? null : { type, sdp: value };
  if (typeof value !== 'object' || value === null || !('sdp' in value) || typeof value.sdp !== 'string') return null;
  const own = 'type' in value && (value.type === 'offer' || value.type === 'answer') ? value.type : type;
  return { type: own, sdp: value.sdp };
}

/** A candidate; null for the end of candidates, in any form. */
export function candidateIn(
  values: ReadonlyMap<string, unknown>,
): { readonly candidate: string; readonly sdpMid: string } | null {
  const value = values.get('candidate');
  const mid = values.get('mid');
  if (typeof value === 'string') return value === '' ? null : { candidate: value, sdpMid: textOr(mid, '0') };
  if (typeof value !== 'object' || value === null || !('candidate' in value) || typeof value.candidate !== 'string') return null;
  if (value.candidate === '') return null;
  return { candidate: value.candidate, sdpMid: textOr(mid, 'sdpMid' in value ? textOr(value.sdpMid, '0') : '0') };
}

function textOr(value: unknown, standard: string): string {
  return typeof value === 'string' && value !== '' ? value : standard;
}

export function reasonIn(values: ReadonlyMap<string, unknown>): ViewEndReason | null {
  const value = values.get('reason');
  return VIEW_END_REASONS.find((reason) => reason === value) ?? null;
}
