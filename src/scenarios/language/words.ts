/** Finds the known word that was most likely meant. */
import { distance } from 'fastest-levenshtein';
import { quote } from './problem.js';

/** Common alternatives for words of the language. */
const SYNONYMS = new Map(
  Object.entries({
    answer: 'accept',
    'pick up': 'accept',
    dial: 'call',
    invite: 'call',
    'end call': 'hang up',
    disconnect: 'go offline',
    reconnect: 'come back',
    kill: 'crash',
    calling: 'inviting',
    online: 'idle',
    active: 'connected',
    declined: 'rejected',
    canceled: 'cancelled',
    'no-answer': 'missed',
    offline: 'unreachable',
    sleep: 'wait',
    pause: 'wait',
    parallel: 'together',
    loop: 'repeat',
    assert: 'expect',
    users: 'agents',
    title: 'name',
  }),
);

/** The known word nearest to `word`, or null if none is near: at most a third of its letters may differ, or two. */
export function nearest(word: string, known: readonly string[]): string | null {
  const wanted = word.slice(0, 64).toLowerCase();
  const synonym = SYNONYMS.get(wanted);
  if (synonym !== undefined && known.includes(synonym)) return synonym;
  const limit = Math.max(wanted.length <= 3 ? 1 : 2, Math.floor(wanted.length / 3));
  let best: string | null = null;
  let bestDistance = limit + 1;
  for (const candidate of known) {
    const far = apart(wanted, candidate.toLowerCase());
    if (far < bestDistance) {
      best = candidate;
      bestDistance = far;
    }
  }
  return best;
}

/** The edit distance of two words; swapped letters, the most common typo, count as one change. */
function apart(one: string, other: string): number {
  const letters = (word: string): string => [...word].sort().join('');
  return one !== other && letters(one) === letters(other) ? 1 : distance(one, other);
}

/** A hint with the nearest known word, or with all of them. */
export function didYouMean(word: string, known: readonly string[]): string {
  const near = nearest(word, known);
  if (near !== null) return `did you mean ${quote(near)}?`;
  return known.length === 0 ? 'nothing is known here' : `known: ${known.join(', ')}`;
}
