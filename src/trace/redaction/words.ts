/** Which words of a text say nothing of anybody. */
import { isStandIn } from './pseudonyms.js';
import { isCommon } from './vocabulary.js';

/** Letters and digits, held together by what holds ids and names together. */
const TOKEN = /[\p{L}\p{M}\p{N}]+(?:[-_.'][\p{L}\p{M}\p{N}]+)*/gu;
/** Telephone, card and account numbers as people write them. */
const LONG_NUMBER = /(?<![\p{L}\p{N}.])\+?\(?\d(?:[ ()/-]{0,2}\d){6,}(?![\p{L}\p{N}])/gu;
const MEASURE = /^\d{1,6}(?:ms|s|kb|mb|b|x|h|min)?$/;
const DIGITS_MAX = 6;

/** Whether a token is made of common words and short numbers: `call-made`, `candidateInit`, `user17`, `host-1.ip4`. */
export function isPlain(token: string): boolean {
  if (isCommon(token) || isStandIn(token)) return true;
  const parts = token.split(/[-_.']/);
  const digits = parts.reduce((count, part) => count + (/^\d+/.exec(part)?.[0].length ?? 0), 0);
  if (/^\d{1,7}\.\d{1,3}$/.test(token)) return true;
  return digits <= DIGITS_MAX && parts.every(isPlainPart);
}

function isPlainPart(part: string): boolean {
  if (isCommon(part) || MEASURE.test(part)) return true;
  const letters = part.replace(/\d{1,4}$/, '');
  return isCommon(letters) || (/[a-z][A-Z]/.test(letters) && letters.split(/(?<=[a-z])(?=[A-Z])/).every(isCommon));
}

/** Whether a short text is made of common words and of signs. */
export function isPlainText(text: string): boolean {
  return (text.match(TOKEN) ?? []).every(isPlain) && text.search(LONG_NUMBER) === -1;
}

/** A text with a stand-in for every word that is not plain, and for every long number. `keeps` knows further ones. */
export function replaceUncommon(
  text: string,
  keeps: (token: string) => boolean,
  standIn: (kind: 'word' | 'number', found: string) => string,
): string {
  return text
    .replace(LONG_NUMBER, (found) => standIn('number', found))
    .replace(TOKEN, (token, index: number) => {
      // The digest of a frame in a line of evidence is ours.
      if (isPlain(token) || keeps(token) || (/^[0-9a-f]{1,16}$/.test(token) && text.slice(index - 7, index) === 'digest '))
        return token;
      return standIn('word', token);
    });
}
