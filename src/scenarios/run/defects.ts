/** All known bugs that the bundled system can be given, of servers and of clients, and the check of their names. */
import { distance } from 'fastest-levenshtein';
import { type DefectName, hopWords, SHOWS, type Showing } from '../../../lab/showing.js';
import { CLIENT_DEFECTS } from '../../probe/defects/index.js';
import { SERVER_DEFECTS } from '../../server/defects/index.js';
import { markdownTable } from '../language/markdown.js';

export interface DefectEntry {
  readonly name: DefectName;
  readonly side: 'server' | 'client';
  readonly doc: string;
  /** The bug in public after which it is modelled. */
  readonly seenIn: string;
  /** The scenario that shows it, and what a diagnosis has to say. */
  readonly shows: Showing;
}

export const DEFECTS: readonly DefectEntry[] = [...SERVER_DEFECTS, ...CLIENT_DEFECTS].map(({ name, side, doc, seenIn }) => ({
  name,
  side,
  doc,
  seenIn,
  shows: SHOWS[name],
}));

/** The defects for docs/defects.md, as Markdown. */
export function defectsTable(): string {
  return markdownTable(
    ['defect', 'side', 'what goes wrong', 'seen in', 'shown by', 'diagnosis'],
    DEFECTS.map(({ name, side, doc, seenIn, shows }) => [
      `\`${name}\``,
      side,
      doc,
      seenIn,
      `\`${shows.scenario}\``,
      `\`${shows.code}\` at ${hopWords(shows.hop)}`,
    ]),
  );
}

/** What is wrong with a choice of defects for a target, in a sentence with the remedy; null when nothing is. */
export function defectProblem(names: readonly string[], target: string): string | null {
  for (const name of names) {
    const defect = DEFECTS.find((known) => known.name === name);
    if (defect === undefined) {
      const near = [...DEFECTS].sort((a, b) => distance(name, a.name) - distance(name, b.name))[0]?.name ?? '';
      const hint = distance(name, near) <= 4 ? `did you mean "${near}"?` : 'see "call-probe list defects"';
      return `there is no defect ${JSON.stringify(name)}; ${hint}`;
    }
    if (defect.side === 'server' && target !== 'bundled') {
      return `the defect "${name}" is one of the bundled server, it can't be put into ${target}; leave out --target`;
    }
  }
  return null;
}
