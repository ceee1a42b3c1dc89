/** Makes text from a foreign server safe for one line on a terminal. */

const CHARS_MAX = 200;

export function clean(text: string): string {
  return text
    .replace(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, ' ')
    .trim()
    .slice(0, CHARS_MAX);
}
