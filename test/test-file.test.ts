/** The runner of `npm test`: no file that ends badly, or says nothing, is taken for one that passed. */
import { fileURLToPath } from 'node:url';
import t, { type Test } from 'tap';

interface Ran {
  readonly lines: readonly string[];
  readonly isOk: boolean;
  readonly wrong: string | null;
}
interface Runner {
  runTestFile(file: string, nodeOptions: readonly string[], env: NodeJS.ProcessEnv, limitSeconds: number): Promise<Ran>;
}
interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}
interface Telling {
  Progress: new (print: (line: string) => void) => { file(name: string, ran: Ran): void; counts(): Counts };
}

const scripts = new URL('../../scripts/', import.meta.url);
const { runTestFile } = (await import(new URL('test-file.mjs', scripts).href)) as Runner;
const { Progress } = (await import(new URL('progress.mjs', scripts).href)) as Telling;
const TAP = JSON.stringify(import.meta.resolve('tap'));

/** Runs a file with this code and tells what becomes of it, as `npm test` does. */
async function outcome(t: Test, code: string, limitSeconds = 60) {
  const folder = t.testdir({ 'a.test.mjs': `import t from ${TAP};\n${code}` });
  const { MEASURE: _, ...env } = process.env;
  const ran = await runTestFile(fileURLToPath(new URL(`file://${folder}/a.test.mjs`)), [], env, limitSeconds);
  const printed: string[] = [];
  const progress = new Progress((line) => printed.push(line));
  progress.file('a.test.mjs', ran);
  return { ...ran, counts: progress.counts(), printed: printed.join('\n') };
}

t.test('what passes', async (t) => {
  const passing = await outcome(t, "t.test('one', async (t) => { t.ok(true); t.ok(true); }); t.ok(1);");
  t.match(passing, { isOk: true, wrong: null, counts: { passed: 3, failed: 0, skipped: 0 } });
  t.match(passing.printed, /^ok {4}a\.test\.mjs {2}3 passed {2}[\d.]+ s$/);
  const skipping = await outcome(t, "t.ok(true); t.test('one', async (t) => t.plan(0, 'not here'));");
  t.match(skipping, { isOk: true, counts: { passed: 1, failed: 0, skipped: 1 } });
});

t.test('what fails, is told', async (t) => {
  const failing = await outcome(t, "t.test('one', async (t) => { t.equal(1, 2, 'the same'); t.ok(true); });");
  t.match(failing, { isOk: false, wrong: null, counts: { passed: 1, failed: 1 } });
  t.match(failing.printed, /not ok {2}a\.test\.mjs > one > the same[\s\S]*\+1/);
  t.match(failing.printed, /^FAIL {2}a\.test\.mjs {2}1 passed, 1 failed/m);
});

t.test('no end by accident passes', async (t) => {
  const cases: readonly (readonly [name: string, code: string, told: RegExp])[] = [
    ['no test', '', /no test/],
    ['an end in the midst', "t.test('one', async (t) => { t.ok(true); process.exit(0); });", /./],
    ['a signal', "t.test('one', async (t) => { t.ok(true); process.kill(process.pid, 'SIGKILL'); });", /SIGKILL ended it/],
    ['a plan that is not kept', 't.plan(2); t.ok(true);', /./],
    ['an error on loading', "throw new Error('broken');", /exited with 1/],
    ['an error after the last test', "t.ok(true); process.on('exit', () => { process.exitCode = 3; });", /exited with 3/],
    ['an end for which nobody waits', "t.test('one', () => new Promise(() => undefined));", /./],
    ['giving up', "t.ok(true); t.bailout('no more');", /no more/],
  ];
  for (const [name, code, told] of cases) {
    const { isOk, counts, printed } = await outcome(t, code);
    t.equal(isOk, false, name);
    t.ok(counts.failed > 0, `${name}: is counted`);
    t.match(printed, told, `${name}: is told`);
    t.match(printed, /^FAIL/m, name);
  }
});

t.test('a file that goes on for ever is ended', async (t) => {
  const { isOk, wrong, counts } = await outcome(t, "process.on('SIGALRM', () => {}); t.ok(true); for (;;);", 2);
  t.match({ isOk, wrong, counts }, { isOk: false, wrong: 'it was not done within 2 s', counts: { failed: 1 } });
});
