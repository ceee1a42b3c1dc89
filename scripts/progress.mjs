/** Reads TAP (testanything.org, version 14), file by file: a line for each, failures in full, and the counts. */

const RESULT = /^(not )?ok\b(?: \d+)?(?: - )?(.*)$/;

export class Progress {
  #print;
  /** Open subtests from the outermost; the first is the file. */
  #open = [];
  #file = fresh();
  #all = fresh();
  /** Indentation of the failure whose details are being printed, or null. */
  #failing = null;
  #isDetail = false;

  constructor(print) {
    this.#print = print;
  }

  /** Takes what `runTestFile` resolves to. */
  file(name, { lines, isOk, tookMs, wrong }) {
    this.#read(`# Subtest: ${name}`);
    for (const line of lines) this.#read(`    ${line}`);
    if (wrong !== null) {
      for (const line of [`not ok - ${name} as a whole`, '  ---', `  why: ${wrong}`, '  ...']) this.#read(`    ${line}`);
    }
    this.#read(`${isOk ? 'ok' : 'not ok'} - ${name} # time=${tookMs}ms`);
  }

  /** What passed, failed and was skipped so far. */
  counts() {
    return { ...this.#all };
  }

  #read(line) {
    const text = line.trimStart();
    const indent = line.length - text.length;
    if (this.#failing !== null && this.#detail(line, text, indent)) return;
    if (text.startsWith('# Subtest')) {
      this.#open = this.#open.filter((subtest) => subtest.indent < indent);
      this.#open.push({ indent, name: text.slice('# Subtest: '.length), failures: this.#file.failed });
    } else if (text.startsWith('Bail out!')) this.#print(text);
    else this.#result(RESULT.exec(text), indent);
  }

  #result(match, indent) {
    if (match === null) return;
    const isOk = match[1] === undefined;
    const title = (match[2] ?? '').replace(/ # time=.*$/, '').replace(/ \{$/, '');
    const closed = this.#open.at(-1)?.indent === indent ? this.#open.pop() : undefined;
    if (closed === undefined || / # (SKIP|TODO)\b/i.test(title)) this.#count(isOk, title);
    const hasToldWhy = closed !== undefined && this.#file.failed > closed.failures;
    if (!isOk && !hasToldWhy && !/ # TODO\b/i.test(title)) {
      if (closed !== undefined) this.#count(false, title);
      this.#print(`\nnot ok  ${[...this.#open.map(({ name }) => name), title].join(' > ')}`);
      this.#failing = indent;
    }
    if (indent > 0) return;
    const { passed, failed, skipped } = this.#file;
    const took = / # time=([\d.]+)ms/.exec(match[0])?.[1];
    const seconds = took === undefined ? '' : `  ${(Number(took) / 1000).toFixed(1)} s`;
    const others = `${failed > 0 ? `, ${failed} failed` : ''}${skipped > 0 ? `, ${skipped} skipped` : ''}`;
    this.#print(`${isOk ? 'ok  ' : 'FAIL'}  ${title}  ${passed} passed${others}${seconds}`);
    this.#file = fresh();
  }

  #count(isOk, title) {
    const kind = / # (SKIP|TODO)\b/i.test(title) ? 'skipped' : isOk ? 'passed' : 'failed';
    this.#file[kind]++;
    this.#all[kind]++;
  }

  /** Prints the YAML block after a failure; false when the line is not part of it. */
  #detail(line, text, indent) {
    if (!this.#isDetail && text !== '---') {
      this.#failing = null;
      return false;
    }
    this.#isDetail = !(text === '...' && indent === this.#failing + 2);
    if (text !== '---' && text !== '...') this.#print(line.slice(Math.min(indent, this.#failing)));
    if (!this.#isDetail) this.#failing = null;
    return true;
  }
}

function fresh() {
  return { passed: 0, failed: 0, skipped: 0 };
}
