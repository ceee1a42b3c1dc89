/** Words of a command that somebody copies into a shell. */

/** Quotes a word for a POSIX shell where it needs that. */
export function quote(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
