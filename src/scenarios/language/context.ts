/** The context in which the steps of a file are resolved. */
import type { Cast } from './cast.js';
import { LANGUAGE_LIMITS as LIMITS } from './limits.js';
import { formatPath, type Path, quote, type Report } from './problem.js';
import type { PlainMap } from './tree.js';
import { didYouMean } from './words.js';

/** The context of steps. `cast` is null if the agents are unknown: then names are not checked. */
export interface StepContext {
  readonly cast: Cast | null;
  readonly media: 'audio' | 'none';
  readonly report: Report;
  /** Steps written so far, nested ones included. */
  readonly count: { steps: number };
}

/** Reports unknown keys of a map. */
export function unknownKeys(map: PlainMap, known: readonly string[], path: Path, report: Report): void {
  for (const key of Object.keys(map)) {
    if (!known.includes(key)) report([...path, key], 'key', `unknown key ${quote(key)}`, didYouMean(key, known));
  }
}

/** The path of a step and its text, cut if it is too long. */
export function sentence(path: Path, text: string): { readonly path: string; readonly text: string } {
  const cut = text.length > LIMITS.sentenceCharsMax ? `${text.slice(0, LIMITS.sentenceCharsMax - 1)}…` : text;
  return { path: formatPath(path), text: cut };
}
