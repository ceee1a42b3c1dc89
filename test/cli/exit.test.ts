/** What becomes of an error: an exit code, and words that cannot steer the terminal. */
import t from 'tap';
import { EXIT, explain, UsageError } from '../../src/cli/exit.js';

t.test('an error of the user is told as it is, line by line, and steers nothing', async (t) => {
  const { code, text } = explain(new UsageError('a.yaml:3: no such thing\n  steps: \u001b[2J\u202eevil\r\n  ^'));
  t.equal(code, EXIT.usage);
  t.equal(text, 'a.yaml:3: no such thing\n  steps: \\x1b[2J\\u202eevil \n  ^');
});

t.test('any other is told as a fault of the command, also when it is no error at all', async (t) => {
  for (const [thrown, words] of [
    [new Error('odd \u001b]0;title\u0007'), /^odd \\x1b\]0;title\\x07\nThis is a bug of call-probe\./],
    ['text', /^text\n/],
    [null, /^null\n/],
  ] as const) {
    const { code, text } = explain(thrown);
    t.equal(code, EXIT.broken);
    t.match(text, words);
  }
});
