/** All known bugs of the bundled server and client, and the check of their names. */
import { distance } from 'fastest-levenshtein';
import { CLIENT_DEFECTS } from '../../probe/defects/index.js';
import { SERVER_DEFECTS } from '../../server/defects/index.js';

export const DEFECTS = [...SERVER_DEFECTS, ...CLIENT_DEFECTS];

/** The problem of a choice of defects for a target, as a sentence with the remedy; null without one. */
export function defectProblem(names: readonly string[], target: string): string | null {
  for (const name of names) {
    const defect = DEFECTS.find((known) => known.name === name);
    if (defect === undefined) {
      const near = [...DEFECTS].sort((a, b) => distance(name, a.name) - distance(name, b.name))[0]?.name ?? '';
      const hint = distance(name, near) <= 4 ? `did you mean "${near}"?` : 'see "call-probe list defects"';
      return `unknown defect ${JSON.stringify(name)}; ${hint}`;
    }
    if (defect.side === 'server' && target !== 'bundled') {
      return `the defect "${name}" is a bug of the bundled server and does not work with ${target}; remove --target`;
    }
  }
  return null;
}
