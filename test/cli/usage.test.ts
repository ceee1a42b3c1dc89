/** The command line before anything runs: help, lists, and what wrong usage is told. */
import { existsSync, mkdirSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import { createServer } from 'node:net';
import { join } from 'node:path';
import t from 'tap';
import { CHECKERS } from '../../src/judge/checkers/index.js';
import { REPORTERS } from '../../src/reporters/index.js';
import { ends, folder, LONG, QUICK, runCommand, runInOne } from './command.js';

const BROKEN = QUICK.replace('- bob: accept', '- bob: acept');

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => {
    server.close(resolve);
  });
  return port;
}

t.test('version and help', async (t) => {
  const { at } = folder(t);
  const { version } = createRequire(import.meta.url)('call-probe/package.json') as { version: string };
  const [short, long, help, helpOfRun] = await Promise.all([
    runCommand(['-V'], at),
    runCommand(['--version'], at),
    runCommand(['--help'], at),
    runCommand(['run', '--help'], at),
  ]);
  t.equal(long.stdout, `${version}\n`);
  t.equal(short.stdout, long.stdout);
  ends(t, '--help', help, 0, /\brun\b/, /\bcall\b/, /\bserve\b/, /\blist\b/, /\bschema\b/);
  t.notMatch(help.stdout, /^ +(matrix|confusion)\b/m, 'the test lab of the project has a command line of its own');
  ends(t, 'run --help', helpOfRun, 0, /--target/, /CALL_PROBE_TARGET/, /--seed/, /--target-wait <duration>/);
  ends(t, 'a wait that is none', await runCommand(['run', '--target-wait', 'soon'], at), 2, /--target-wait "soon": /);
});

t.test('help loads nothing heavy', async (t) => {
  const { at } = folder(t);
  const load = 'export function load(url, context, next) { process._rawDebug("loaded", url); return next(url, context); }';
  const hook = `import { register } from 'node:module'; register('data:text/javascript,${encodeURIComponent(load)}');`;
  const execArgv = [`--import=data:text/javascript,${encodeURIComponent(hook)}`];
  const loadedBy = async (args: readonly string[]): Promise<string[]> => {
    const { stderr } = await runCommand(args, { ...at, execArgv });
    return [...stderr.matchAll(/^loaded (.*)$/gm)].map((match) => match[1] ?? '');
  };
  const heavy =
    /node_modules\/(ws|pino|zod|jose|yaml|node-datachannel)\/|\/src\/(server|probe|scenarios|reporters(?!\/format\.js))\//;
  const [help, list, faults, diagnose, compare, wrong] = await Promise.all([
    loadedBy(['--help']),
    loadedBy(['list', 'defects']),
    loadedBy(['list', 'faults']),
    loadedBy(['diagnose', 'nowhere']),
    loadedBy(['compare', 'nowhere', 'nowhere']),
    loadedBy(['run', 'nowhere.yaml']),
  ]);
  t.ok(
    help.some((url) => url.includes('commander')),
    'the hook sees what is loaded',
  );
  t.strictSame(
    help.filter((url) => heavy.test(url)),
    [],
  );
  t.ok(
    list.some((url) => heavy.test(url)),
    'a command loads what it needs',
  );
  const foreign = /node_modules\/(ws|pino|zod|jose|yaml|json-p3|node-datachannel|lmdb|prom-client|jiti|sip\.js)\//;
  for (const [command, loaded] of Object.entries({ list, faults, diagnose, compare }))
    t.strictSame([command, loaded.filter((url) => foreign.test(url))], [command, []], `${command} needs no package of those`);
  t.notOk(
    wrong.some((url) => /node_modules\/(ws|jose|json-p3)\/|\/src\/reporters\/index/.test(url)),
    'a run that comes to nothing loads nothing that runs or reports',
  );
});

t.test('wrong usage is told in a sentence with the remedy, before anything runs', async (t) => {
  const { dir, at } = folder(t, { 'quick.yaml': QUICK, 'broken.yaml': BROKEN, 'notes.txt': 'no scenario', 'a-file': '' });
  const port = await freePort();
  const cases: readonly (readonly [args: string, pattern: RegExp, env?: Record<string, string>])[] = [
    ['rum', /unknown command 'rum'[\s\S]*run/],
    ['run --sed 1', /unknown option '--sed'[\s\S]*--seed/],
    ['run --workers none', /whole number from 1 to 16/],
    ['run quick.yaml', /whole number/, { CALL_PROBE_REPEAT: '0' }],
    ['run --workers 2 --target ws://127.0.0.1:1', /\w+ is the same user in all/],
    [
      'run --workers 2 --target ws://127.0.0.1:1 --adapter peerjs --restart-command true',
      /restarting the server would affect all/,
    ],
    ['run quick.yaml --defect drop-anser', /did you mean "drop-answer"/],
    ['run quick.yaml --reporter jsn', /did you mean json/],
    ['run quick.yaml --reporter json=', /No file is named/],
    ['run quick.yaml --adapter sip', /--adapter sip needs a --target/],
    ['run quick.yaml --media-address localhost', /is not an IPv4 address/],
    ['run quick.yaml --media-address 203.0.113.7', /is not an address of this machine; available are 127\.0\.0\.1/],
    ['run quick.yaml --timeout 5', /--timeout.*"5s"/],
    ['run quick.yaml --out a-file/x', /--out/],
    ['run quick.yaml --out nowhere-link/x', /traces cannot be written to nowhere-link\/x.*--out/],
    ['run quick.yaml --reporter json=nowhere-link/x/r.json', /cannot be written/],
    ['list reporter', /did you mean "reporters"/],
    ['list toString', /did you mean/],
    ['run broken.yaml', /broken\.yaml:9:\d+ [\s\S]*accept/],
    ['run nowhere.yaml', /nowhere\.yaml[\s\S]*no such file/],
    ['run notes.txt', /notes\.txt/],
    [`run ${join(dir, 'empty')}`, /empty/],
    ['run quick.yaml --tag slow', /no scenario matches/],
    ['run quick.yaml --grep nothing', /no scenario matches/],
    ['run quick.yaml --target localhost', /target "localhost" is neither/],
    ['run quick.yaml --target ftp://127.0.0.1', /ws:\/\/ or wss:\/\//],
    [`run quick.yaml --target ws://me:pass@127.0.0.1:${port}/?key=hidden`, /ECONNREFUSED[\s\S]*call-probe serve/],
    ['report nowhere.json', /nowhere\.json: there is no such file/],
    ['call alice alice', /name two users/],
    ['call alice bob --decline --cancel', /--decline and --cancel cannot be combined/],
    ['call alice bob --talk forever', /--talk/],
    ['serve --host 0.0.0.0 --port 0', /CALL_PROBE_SECRET/],
    ['serve --port 0', /CALL_PROBE_SECRET is shorter/, { CALL_PROBE_SECRET: 'short' }],
    ['serve --port 0 --defect ignore-answerd', /did you mean "ignore-answered"/],
    ['serve --port 70000', /65535/],
  ];
  mkdirSync(join(dir, 'empty'));
  // Below it no folder can be made, which the system says in the words that it has for a missing parent.
  symlinkSync('nowhere', join(dir, 'nowhere-link'));
  const lines = cases.map(([args, , env]) => ({ args: args.split(' '), ...(env === undefined ? {} : { env }) }));
  // The first of each command as a process of its own, the others in one.
  const isFirst = lines.map(({ args: [command] }, at) => lines.findIndex(({ args }) => args[0] === command) === at);
  const together = runInOne(
    lines.filter((_, at) => !isFirst[at]),
    at,
  );
  const own = await Promise.all(lines.map(({ args }, nth) => (isFirst[nth] ? runCommand(args, at) : null)));
  const others = [...(await together)];
  for (const [nth, [args, pattern]] of cases.entries()) {
    const ended = own[nth] ?? others.shift();
    if (ended === undefined) throw new Error(`${args} did not run`);
    ends(t, args, ended, 2, pattern);
    t.equal(ended.stdout, '', `${args}: told on standard error`);
    t.notMatch(ended.stderr, /hidden|pass@/, `${args}: no secret`);
  }
  t.notOk(existsSync(join(dir, 'call-probe-out')), 'nothing ran, nothing was written');
});

t.test('lists and schema', async (t) => {
  const { at } = folder(t, { 'quick.yaml': QUICK, 'long.yaml': LONG });
  const [checkers, json, list, tagged, grepped, schema, reports, report, neither] = await Promise.all([
    runCommand(['list', 'checkers'], { ...at, isMeasured: true }),
    runCommand(['list', 'defects', '--json'], at),
    runCommand(['run', '.', '--list'], at),
    runCommand(['run', '.', '--list', '--tag', 'long'], at),
    runCommand(['run', '.', '--list', '--grep', 'QUICK'], at),
    runCommand(['schema'], { ...at, isMeasured: true }),
    runCommand(['list', 'reporters'], at),
    runCommand(['schema', 'report'], at),
    runCommand(['schema', 'raport'], at),
  ]);
  for (const { name } of CHECKERS) t.match(checkers.stdout, name);
  const { defects } = JSON.parse(json.stdout) as { defects: { name: string }[] };
  t.ok(defects.some(({ name }) => name === 'drop-answer'));
  ends(t, '--list', list, 0, /quick\.yaml {2}a quick call {2}\[quick\]/, /long\.yaml/);
  t.notMatch(tagged.stdout, /quick/, '--tag chooses');
  t.notMatch(grepped.stdout, /long/, '--grep chooses, whatever the case');
  t.match(JSON.parse(schema.stdout), { $schema: /json-schema\.org/, title: String });
  t.match(schema.stdout, /"steps"/);
  for (const { name } of REPORTERS) t.match(reports.stdout, new RegExp(`^ *${name} `, 'm'));
  t.match(JSON.parse(report.stdout), { title: 'call-probe report', properties: { schema: { const: 'call-probe/report@1' } } });
  t.match(neither, { code: 2, stderr: /no schema of "raport"; did you mean "report"\?/ });
});
