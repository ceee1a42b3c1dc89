import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import t from 'tap';
import { createReporters, REPORTERS } from '../../../src/reporters/index.js';
import { guardEntry, guardOut, guardText } from '../../../src/reporters/redaction/guard.js';
import { redactReport } from '../../../src/reporters/redaction/report.js';
import type { Out, ReporterContext, ReporterEntry } from '../../../src/reporters/reporter.js';
import { encodeTrace } from '../../../src/trace/jsonl.js';
import { redactTrace } from '../../../src/trace/redact-trace.js';
import { createNames } from '../../../src/trace/redaction/names.js';
import { createPrivacy } from '../../../src/trace/redaction/privacy.js';
import { leaks } from '../../leaks.js';
import { brokenReport, brokenScenario, check, reportOf, scenario } from '../../report-builder.js';
import { TraceBuilder } from '../../trace-builder.js';
import { fakeOut } from '../fake-out.js';

/** Somebody's home. */
const HOME = ['', 'Users', 'jane'].join('/');

const context: ReporterContext = { now: () => 0, files: [], traceOf: () => null, redaction: 'on' };

t.test('a report of roles only says that it was redacted', async (t) => {
  t.same(redactReport(brokenReport(), createNames()), { ...brokenReport(), redacted: true });
  t.same(
    JSON.stringify(redactReport(brokenReport(), createNames())),
    JSON.stringify({ ...brokenReport(), redacted: true }),
    'in the same order',
  );
});

const people = () => {
  const sentence = 'jane=ringing otto=connected at 203.0.113.5, wss://u:p@staging.example.com/x?k=v of c-jane.phone-0k3v9x2';
  const { agents } = brokenScenario();
  return reportOf(
    [
      brokenScenario({
        name: 'Jane calls Otto',
        file: `${HOME}/scenarios/jane.yaml`,
        why: sentence,
        agents: { 'jane/phone': agents['alice/phone']!, 'otto/phone': agents['bob/phone']! },
        checks: [check({ valid: false, message: sentence, expected: 'otto rings', actual: sentence })],
        diagnoses: [
          {
            ...{
              code: 'lost-downlink',
              hop: 'jane/phone.signaling',
              call: 'c-jane.phone-0k3v9x2',
              title: 'A device does not receive a change',
              proof: [],
              lookAt: 'the log of the server',
              confidence: 0.5,
              summary: sentence,
            },
            ...{ evidence: [1], lines: [`n=1 jane/phone ${sentence}`], ruledOutBy: 'a log of otto' },
          },
        ],
        replay: "call-probe run jane.yaml --target wss://staging.example.com/x --restart-command 'ssh jane@box'",
      }),
      scenario({ name: 'otto sleeps', agents: {} }),
    ],
    { target: 'wss://staging.example.com/x' },
  );
};

t.test('people, hosts and commands are stand-ins, the same everywhere', async (t) => {
  const report = redactReport(people(), createNames());
  const text = JSON.stringify(report);
  t.notMatch(text, /jane|otto|staging|203\.0|box|u:p|k=v/i);
  t.equal(report.target, 'wss://host-1.name/x');
  t.same(Object.keys(report.scenarios[0]!.agents), ['user-1/phone', 'user-2/phone']);
  t.equal(report.scenarios[0]!.file, '~/scenarios/user-1.yaml');
  t.match(report.scenarios[0]!.diagnoses[0], { hop: 'user-1/phone.signaling', call: 'c-user-1.phone-0k3v9x2' });
  t.match(report.scenarios[0]!.replay, "--target wss://host-1.name/x --restart-command '<command>'");
  t.equal(report.scenarios[1]!.name, 'user-2 sleeps');
});

t.test('what a later version adds without a rule is not published', async (t) => {
  const report = { ...brokenReport(), notes: 'secret plans' };
  t.match(JSON.stringify(redactReport(report, createNames())), /"notes":"redacted\(len=12\)"/);
});

t.test('files are redacted, the terminal is not, and both tell of the same traces', async (t) => {
  const trace = new TraceBuilder({ devices: ['jane/phone', 'otto/phone'] }).rings('jane/phone', 'otto').events;
  const privacy = createPrivacy();
  const dir = t.testdir({ 'jane.trace.jsonl': encodeTrace(redactTrace(trace, privacy.names)) });
  const path = join(dir, 'jane.trace.jsonl');
  const told: Record<string, unknown[]> = {};
  const teller = (name: string, local: boolean): ReporterEntry => ({
    name,
    doc: 'Tells.',
    ...(local ? { local: true as const } : {}),
    create: (_, { traceOf }) => ({
      runEnd: ({ scenarios }) => {
        const [result] = scenarios;
        told[name] = [result!.name, traceOf(result!.trace!)?.[1]?.node];
      },
    }),
  });
  const readable = { ...context, traceOf: (asked: string) => (asked === path ? redactTrace(trace, privacy.names) : null) };
  const report = reportOf([
    brokenScenario({ name: 'jane calls', trace: path, repetitions: [{ ...scenario().repetitions[0]!, trace: path }] }),
  ]);
  for (const entry of [teller('local', true), teller('other', false)])
    await guardEntry(entry, null, privacy).create(fakeOut(), readable).runEnd?.(report);
  t.same(told, { local: ['jane calls', 'jane/phone'], other: ['user-1 calls', 'user-1/phone'] });
});

t.test('a reporter that leaks is refused: no file, a fault that names kind and place, the others unhurt', async (t) => {
  const dir = t.testdir();
  const privacy = createPrivacy();
  const value = 'x9-secret-of-the-run';
  privacy.vault.add('token', value);
  // Redaction itself knows nothing of it: that it is found is up to the last look.
  const report = reportOf([scenario({ name: `holds ${value}` })]);
  const set = createReporters([`json=${join(dir, 'a.json')}`, 'console'], { out: fakeOut(), now: () => 0, privacy });
  await set.runEnd(report);
  t.notOk(existsSync(join(dir, 'a.json')));
  const [fault] = set.faults();
  t.match(fault, { reporter: 'json', during: 'runEnd', error: { name: 'LeakError', leak: { kind: 'token', line: 23 } } });
  t.notMatch(String(fault?.error), value);
});

t.test('--include-sensitive writes everything and says so', async (t) => {
  const dir = t.testdir();
  const privacy = createPrivacy('off');
  privacy.vault.add('token', 'x9-secret-of-the-run');
  const report = reportOf([scenario({ name: 'jane: x9-secret-of-the-run' })]);
  await createReporters([`json=${join(dir, 'a.json')}`], { out: fakeOut(), now: () => 0, privacy }).runEnd(report);
  t.match(JSON.parse(readFileSync(join(dir, 'a.json'), 'utf8')), { redacted: false, scenarios: [{ name: /x9-secret/ }] });
});

t.test('every report that is not redacted says so, in its own format or in a field', async (t) => {
  const dir = t.testdir();
  const privacy = createPrivacy('off');
  const specs = REPORTERS.map(({ name }) => `${name}=${join(dir, name)}`);
  const set = createReporters(specs, { out: fakeOut(), now: () => 0, privacy });
  set.runBegin({ version: '0', seed: '1', target: 'bundled', defects: [], workers: 1, scenarios: [] });
  await set.runEnd(brokenReport());
  t.same(set.faults(), []);
  for (const { name } of REPORTERS) {
    const text = readFileSync(join(dir, name), 'utf8');
    t.match(
      text,
      /not redacted: it holds secrets|"redacted":\s?false|"redaction":"off"|redaction","value":\{"stringValue":"off"/,
      name,
    );
  }
});

t.test('a stream is looked at line by line: good ones pass at once, nothing follows a bad one', async (t) => {
  const privacy = createPrivacy();
  privacy.vault.add('pwd', 'abc-def-123');
  const out = fakeOut();
  const guarded = guardOut(out, privacy, 'The report x');
  guarded.write('one\ntwo abc');
  t.equal(out.text(), 'one\n');
  t.throws(() => guarded.write('-def-123\n'), { name: 'LeakError', leak: { line: 2, column: 5 } });
  t.throws(() => guarded.write('three\n'), { name: 'LeakError' });
  t.throws(() => guarded.end(), { name: 'LeakError' });
  t.equal(out.text(), 'one\n');
  const page: string[] = [];
  guardText((text) => page.push(text), privacy, 'The page')('fine');
  t.throws(() => guardText((text) => page.push(text), privacy, 'The page')('ABC-DEF-123'), /The page was not written/);
  t.same(page, ['fine']);
});

const secret = fc.stringMatching(/^[A-Za-z0-9]{10,24}$/).filter((text) => /\d[a-z]+\d/.test(text));

t.test('whatever a secret does in a report, it is redacted or refused', async (t) => {
  await fc.assert(
    fc.asyncProperty(
      fc.uniqueArray(secret, { minLength: 1, maxLength: 3 }),
      fc.array(fc.constantFrom('name', 'why', 'message', 'actual', 'replay', 'summary', 'hop', 'unlisted', 'target'), {
        minLength: 1,
      }),
      async (secrets, places) => {
        const privacy = createPrivacy();
        for (const value of secrets) privacy.vault.add('credential', value);
        const put = (place: string, text: string): string =>
          places.includes(place as never) ? secrets.map((one) => `${text} ${one}`).join() : text;
        const base = brokenScenario();
        const report = {
          ...reportOf(
            [
              {
                ...base,
                name: put('name', 'x'),
                why: put('why', 'password='),
                checks: [check({ message: put('message', 'Bearer'), actual: put('actual', 'saw') })],
                diagnoses: [{ ...base.diagnoses[0]!, summary: put('summary', 'at'), hop: put('hop', 'server') }],
                replay: put('replay', 'call-probe run x --pause-command'),
              },
            ],
            { target: put('target', 'wss://staging.example.com/') },
          ),
          unlisted: put('unlisted', ''),
        };
        const out = fakeOut();
        const set = createReporters(['json'], { out, now: () => 0, privacy });
        await set.runEnd(report);
        return leaks(out.text(), secrets).length === 0 && (out.text() !== '' || set.faults().length === 1);
      },
    ),
    { numRuns: 150, seed: 7 },
  );
  t.pass();
});

t.test('text from outside steers no terminal on its way through', async (t) => {
  const hostile = '\u001b]0;x\u0007\u001b[31m\u202e\r\n=cmd()';
  const out = fakeOut();
  const set = createReporters(['json'], { out, now: () => 0 });
  await set.runEnd(reportOf([scenario({ name: hostile, agents: { [`${hostile}/x`]: scenario().agents['alice/phone']! } })]));
  t.notMatch(out.text(), /[\u0000-\u0009\u000b-\u001f]/);
  const seen: Out = guardOut(fakeOut(), createPrivacy(), 'x');
  t.equal(seen.isTTY, false);
});
