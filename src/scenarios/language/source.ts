/** From the bytes of a file to one YAML document, with limits of size, tokens and depth against hostile input. */
import { Composer, type CST, type Document, Lexer, Parser } from 'yaml';
import { type FileWords, SCENARIO_WORDS } from './file-words.js';
import { LANGUAGE_LIMITS as LIMITS } from './limits.js';
import { formatPath, type Path, type Place, type Problem, ScenarioProblems } from './problem.js';

/** A text with line and column by offset. */
export interface SourceText {
  readonly file: string | null;
  readonly text: string;
  readonly words: FileWords;
  placeAt(offset: number): Place;
}

/** Makes a problem at an offset of a source. */
export function problemAt(source: SourceText, offset: number, path: Path, message: string, hint: string | null): Problem {
  const { line, column, excerpt } = source.placeAt(offset);
  return { kind: 'invalid', file: source.file, line, column, path: formatPath(path), message, hint, excerpt };
}

/** The problem of a file that is too large; `bytes` is its size. */
export function tooLarge(file: string | null, bytes: number, { noun }: FileWords = SCENARIO_WORDS): Problem {
  return wholeFile(
    file,
    `the file has ${grouped(bytes)} bytes, more than the limit of ${grouped(LIMITS.fileBytesMax)}`,
    `a ${noun} is usually a page of text: split it, or check that this is the right file`,
  );
}

/** A problem of a file as a whole, without a place in its text. */
export function wholeFile(file: string | null, message: string, hint: string | null): Problem {
  return { kind: 'invalid', file, line: null, column: null, path: '', message, hint, excerpt: null };
}

/**
 * Decodes a file. Throws ScenarioProblems for one that is over 1 MB, is not UTF-8, has control characters or is empty.
 * A byte order mark is dropped.
 */
export function readSource(content: string | Uint8Array, file: string | null, words: FileWords = SCENARIO_WORDS): SourceText {
  const bytes = typeof content === 'string' ? Buffer.byteLength(content) : content.byteLength;
  if (bytes > LIMITS.fileBytesMax) throw new ScenarioProblems([tooLarge(file, bytes, words)]);
  const decoded = typeof content === 'string' ? content : new TextDecoder('utf-8', { ignoreBOM: true }).decode(content);
  const source = withPlaces(decoded.startsWith('\ufeff') ? decoded.slice(1) : decoded, file, words);
  if (typeof content !== 'string') {
    try {
      new TextDecoder('utf-8', { fatal: true }).decode(content);
    } catch {
      // The decoder does not report the place; the first replacement character shows it.
      const offset = Math.max(0, source.text.indexOf('\ufffd'));
      throw new ScenarioProblems([
        problemAt(source, offset, [], 'the file is not UTF-8 text', `save it as UTF-8; is it a ${words.noun} at all?`),
      ]);
    }
  }
  const control = /[\u0000-\u0008\u000b\u000c\u000e-\u001f]/.exec(source.text);
  if (control !== null) {
    const code = control[0].charCodeAt(0).toString(16).padStart(2, '0');
    const problem = problemAt(
      source,
      control.index,
      [],
      `the file is binary: it has the byte 0x${code}`,
      `a ${words.noun} is plain text`,
    );
    throw new ScenarioProblems([problem]);
  }
  if (source.text.trim() === '') throw new ScenarioProblems([problemAt(source, 0, [], 'the file is empty', words.begins)]);
  return source;
}

/** Hints for common YAML mistakes. */
const YAML_HINTS: Readonly<Record<string, string>> = {
  TAB_AS_INDENT: 'indent with spaces',
  BAD_INDENT: 'check the indentation, and that every bracket is closed',
  BLOCK_AS_IMPLICIT_KEY: 'put quotes around a text with ": "',
  MISSING_CHAR: 'check that every quote and bracket is closed',
  MULTILINE_IMPLICIT_KEY: 'is a ":" missing after a key?',
  BAD_ALIAS: 'an alias is "*" and the name of an anchor, without spaces',
};

/**
 * Parses a source into its only document, which has a content. Throws ScenarioProblems if it is not YAML, has no or several
 * documents, or exceeds the limits of tokens and depth. Those are applied before the parser's recursive part
 * runs: exhausting the stack there can abort the whole process, and some of its paths take quadratic time.
 */
export function parseYaml(source: SourceText): Document {
  const fail = (offset: number, message: string, hint: string | null): never => {
    throw new ScenarioProblems([problemAt(source, offset, [], message, hint)]);
  };
  const { noun, begins } = source.words;
  const lexer = new Lexer();
  const parser = new Parser();
  const tokens: CST.Token[] = [];
  let count = 0;
  for (const lexeme of lexer.lex(source.text)) {
    if (++count > LIMITS.tokensMax) {
      fail(parser.offset, `more than ${grouped(LIMITS.tokensMax)} YAML tokens`, `a ${noun} is usually a page of text: split it`);
    }
    tokens.push(...parser.next(lexeme));
    if (parser.stack.length > LIMITS.depthMax) {
      fail(parser.offset, `nested more than ${LIMITS.depthMax} levels deep`, 'is a bracket or an indentation wrong?');
    }
  }
  tokens.push(...parser.end());

  // Duplicate keys are reported later, with both places: the parser's own search for them is quadratic.
  const composer = new Composer({ schema: 'core', resolveKnownTags: false, uniqueKeys: false, merge: false, logLevel: 'silent' });
  let first: Document | null = null;
  for (const document of composer.compose(tokens, false, source.text.length)) {
    const error = document.errors[0];
    if (error !== undefined) {
      const sentence = error.message.split('\n')[0] ?? error.message;
      fail(error.pos[0], `not YAML: ${sentence.charAt(0).toLowerCase()}${sentence.slice(1)}`, YAML_HINTS[error.code] ?? null);
    }
    if (first !== null) {
      fail(
        document.range?.[0] ?? 0,
        'a second YAML document begins here',
        `one ${noun} per file: remove the "---" or split the file`,
      );
    }
    first = document;
  }
  if (first === null || first.contents === null) return fail(0, 'the file has only comments', begins);
  return first;
}

function withPlaces(text: string, file: string | null, words: FileWords): SourceText {
  const starts = [0];
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
  return {
    file,
    text,
    words,
    placeAt: (offset) => {
      const wanted = Math.max(0, Math.min(offset, text.length));
      let low = 0;
      let high = starts.length - 1;
      while (low < high) {
        const middle = (low + high + 1) >> 1;
        if ((starts[middle] ?? 0) <= wanted) low = middle;
        else high = middle - 1;
      }
      const start = starts[low] ?? 0;
      const end = starts[low + 1] ?? text.length + 1;
      return { line: low + 1, column: wanted - start + 1, excerpt: text.slice(start, end - 1).replace(/\r$/, '') };
    },
  };
}

function grouped(n: number): string {
  return String(n).replace(/\B(?=(\d{3})+$)/g, ',');
}
