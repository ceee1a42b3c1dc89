/** Words of a stranger's server, harmless on a terminal and in a line. */

const CHARS_MAX = 200;

export function clean(text: string): string {
  return text
    .replace(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, ' ')
    .trim()
    .slice(0, CHARS_MAX);
}
