/**
 * Secrets of a few characters, which stand in every text by chance: `1234` is a password and a port, `max` is one and a
 * word. They are looked for where a secret is expected, and anywhere only when chance makes no such word.
 */
import type { SecretKind } from './pseudonyms.js';
import { isRole } from './roles.js';

/** Kept at most; later ones are not looked for. */
export const SHORT_SECRETS_MAX = 4_096;

/** What stands before a secret, with what may lie between: `password: `, `"pin\":\"`, `wrong passwd `. `token-1` is a stand-in. */
const NAMED =
  '(?:pass(?:word|wd|code|phrase)?|pwd|pin|secret|token|auth(?:orization)?|cred(?:ential)?s?|api[-_]?key|cookie|ticket)' +
  '(?!-(?:\\d|more))(?: (?:is|was))?[^\\p{L}\\p{N}]{1,8}';
const BEGINS = '(?<![\\p{L}\\p{N}])';
const ENDS = '(?![\\p{L}\\p{N}])';

export class ShortSecrets {
  readonly #kinds = new Map<string, SecretKind>();
  readonly #forms: (secret: string) => readonly string[];
  #finder: RegExp | null = null;

  /** `forms` are the ways in which formats write a secret. */
  constructor(forms: (secret: string) => readonly string[]) {
    this.#forms = forms;
  }

  add(kind: SecretKind, value: string): void {
    if (value === '' || this.#kinds.has(value) || this.#kinds.size >= SHORT_SECRETS_MAX) return;
    this.#kinds.set(value, kind);
    this.#finder = null;
  }

  values(): readonly string[] {
    return [...this.#kinds.keys()];
  }

  get size(): number {
    return this.#kinds.size;
  }

  /** The first of them in `text`, written exactly as it is. */
  find(text: string): { readonly tag: SecretKind; readonly index: number } | null {
    if (this.#kinds.size === 0) return null;
    this.#finder ??= finderOf(this.values(), this.#forms);
    const match = this.#finder.exec(text);
    if (match === null) return null;
    const [found = ''] = match;
    const secret = match.slice(1).find((group) => group !== undefined) ?? found;
    const kind = this.values().find((value) => this.#forms(value).includes(secret));
    return { tag: this.#kinds.get(kind ?? '') ?? 'credential', index: match.index + found.lastIndexOf(secret) };
  }
}

function finderOf(values: readonly string[], forms: (secret: string) => readonly string[]): RegExp {
  const either = (list: readonly string[]): string => {
    const written = [...new Set(list.flatMap(forms))].sort((a, b) => b.length - a.length);
    return written.map((form) => form.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&')).join('|');
  };
  const unlikely = values.filter(isUnlikely);
  const alone = values.filter((value) => value.length >= 3 && !/^\d+$/.test(value) && !isRole(value));
  const all = either(values);
  const parts = [
    `${BEGINS}(?:${cased(NAMED)})(${all})${ENDS}`,
    // User info of a URL, and a value of its query.
    `:(${all})@`,
    `[?&][\\w-]{1,32}=(${all})(?=[&"'\\s]|$)`,
    ...(alone.length === 0 ? [] : [`"(${either(alone)})\\\\?"`]),
    ...(unlikely.length === 0 ? [] : [`${BEGINS}(${either(unlikely)})${ENDS}`]),
  ];
  return new RegExp(parts.join('|'), 'u');
}

/** Letters of either case: the names of secrets are found in any, the secrets as they are. */
function cased(pattern: string): string {
  return pattern.replace(/\\p\{\w\}|\\.|[a-z]/g, (found) => (found.length === 1 ? `[${found}${found.toUpperCase()}]` : found));
}

/** Four characters or more of different sorts, such as `x7p2` and `ab!c`. Names with a number (`v12`) and measures (`20ms`) are none. */
function isUnlikely(value: string): boolean {
  if (value.length < 4 || !/\p{L}/u.test(value)) return false;
  if (/[^\p{L}\p{N}.:,/_\s-]/u.test(value)) return true;
  return /^(?=.*\d)[\p{L}\p{N}]+$/u.test(value) && !/^(?:\p{L}+\d+|\d+\p{L}+|0x[0-9a-f]+)$/iu.test(value);
}
