/** Text from outside in a Mermaid diagram, where it can end no line, open no directive and be no keyword. */
import { printable } from './format.js';

const LABEL_CHARS_MAX = 120;

/** The name of a participant: letters, digits and a few signs as they are, everything else as an entity (`#59;`). Never empty. */
export function mermaidName(text: string): string {
  return escaped(text, /[\p{L}\p{N} ()./=_-]/u);
}

/** What stands on an arrow or in a note: as a name, with commas and colons. Never empty. */
export function mermaidLabel(text: string): string {
  // "wrap:" at the beginning would be an order to Mermaid.
  return escaped(text, /^\s*(no)?wrap/i.test(text) ? /[\p{L}\p{N} ,()./=_-]/u : /[\p{L}\p{N} ,:()./=_-]/u);
}

/** The word `end` is a keyword for Mermaid's parser also within text: its first letter becomes an entity. */
function escaped(text: string, plain: RegExp): string {
  const line = printable(text).trim();
  const chars = [...(line === '' ? '-' : line)];
  const shown = chars.length > LABEL_CHARS_MAX ? [...chars.slice(0, LABEL_CHARS_MAX - 1), '…'] : chars;
  return shown
    .map((char) => (plain.test(char) ? char : `#${char.codePointAt(0)};`))
    .join('')
    .replace(/(?<![\p{L}\p{N}_#])end(?![\p{L}\p{N}_])/giu, (word) => `#${word.charCodeAt(0)};${word.slice(1)}`);
}
