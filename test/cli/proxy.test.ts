/** `call-probe proxy` as a process: a run through it, what it refuses, its API, and its end. */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import t, { type Test } from 'tap';
import { createProgram } from '../../src/cli/program.js';
import { bytes } from '../../src/cli/proxy-log.js';
import { parseToxic } from '../../src/cli/toxic-flag.js';
import { LINK_FAULTS } from '../../src/faults/link/index.js';
import { within } from '../raw-client.js';
import { type Command, type CommandOptions, ends, folder, QUICK, runCommand, startCommand } from './command.js';

async function startServe(t: Test, at: CommandOptions): Promise<string> {
  const serve = startCommand(['serve', '--port', '0', '--log-format', 'json'], at);
  t.teardown(() => serve.child.kill('SIGKILL'));
  const [, url = ''] = await serve.printed(/^listening on (ws:\S+)$/m);
  return url;
}

async function startProxyCommand(t: Test, at: CommandOptions, ...flags: string[]): Promise<{ proxy: Command; port: number }> {
  const proxy = startCommand(['proxy', '--listen', '127.0.0.1:0', ...flags], { ...at, isMeasured: true });
  t.teardown(() => proxy.child.kill('SIGKILL'));
  const [, port = ''] = await proxy.printed(/^listening on 127\.0\.0\.1:(\d+), upstream \S+, seed \S+$/m);
  return { proxy, port: Number(port) };
}

t.test('proxy: a run through it, and its end', async (t) => {
  const { at } = folder(t, { 'quick.yaml': QUICK });
  const url = await startServe(t, at);
  const { proxy, port } = await startProxyCommand(
    t,
    at,
    '--upstream',
    url,
    '--toxic',
    'latency=20ms,jitter=5ms,stream=downstream',
    '--toxic',
    'slicer=50B,size_variation=10B',
    '--seed',
    'x',
  );
  const run = await runCommand(['run', 'quick.yaml', '--target', `ws://127.0.0.1:${port}`], at);
  ends(t, 'run through the proxy', run, 0);
  const idle = connect({ host: '127.0.0.1', port });
  await within(once(idle, 'connect'), 'a connection');
  idle.on('error', () => undefined);
  proxy.child.kill('SIGINT');
  const ended = await proxy.ended;
  ends(
    t,
    'proxy',
    ended,
    0,
    /^toxic latency_downstream {2}downstream {2}100% {2}latency=20ms jitter=5ms$/m,
    /^toxic slicer {14}both {8}100% {2}slicer=50B size-variation=10B$/m,
    /^ +1 {2}127\.0\.0\.1:\d+ .* (B|KB) .* ended by both sides, (latency_downstream slicer|slicer latency_downstream)$/m,
    /open until the end.*\n\d+ connections in .* up, .* down$/m,
    /^latency_downstream {2}downstream +[1-9]\d* /m,
  );
});

t.test('an upstream that is not there is told, and it runs on', async (t) => {
  const { at } = folder(t);
  const { proxy, port } = await startProxyCommand(t, at, '--upstream', '127.0.0.1:9');
  await proxy.printed(/^upstream 127\.0\.0\.1:9 cannot be reached \(ECONNREFUSED\)/m);
  const client = connect({ host: '127.0.0.1', port });
  await within(once(client, 'error'), 'the RST');
  await proxy.printed(/upstream unreachable \(ECONNREFUSED\)/);
  proxy.child.kill('SIGTERM');
  ends(t, 'proxy', await proxy.ended, 0);
});

t.test('wrong usage is told before anything runs', async (t) => {
  const { at } = folder(t);
  const { port } = await startProxyCommand(t, at, '--upstream', '127.0.0.1:9');
  const up = ['--upstream', '127.0.0.1:9'];
  for (const [name, flags, said] of [
    ['no upstream', [], /--upstream is required without --api: the target of connections/],
    ['an upstream that is none', ['--upstream', 'ftp:x'], /"ftp:x" is neither host:port nor a WebSocket URL/],
    ['a toxic without a proxy', ['--api', '127.0.0.1:0', '--toxic', 'down'], /--toxic needs --upstream/],
    ['a place that is none', [...up, '--listen', 'here'], /--listen "here" is not host:port/],
    [
      'a taken port',
      [...up, '--listen', `127.0.0.1:${port}`],
      /the port is in use by another program; port 0 takes any free port/,
    ],
    ['a taken port of the API', ['--api', `127.0.0.1:${port}`], /--api 127\.0\.0\.1:\d+: the port is in use by another program/],
    ["an address of another's", [...up, '--listen', '192.0.2.1:0'], /192\.0\.2\.1 is not an address of this machine/],
    ['itself', ['--upstream', '127.0.0.1:9000'], /is the proxy itself/],
    ['an unknown toxic', [...up, '--toxic', 'latancy=1ms'], /unknown toxic "latancy"; did you mean "latency"\?/],
    ['one twice', [...up, '--toxic', 'down', '--toxic', 'down'], /two toxics have the name down; give one another name: name=/],
    ['a bad seed', [...up, '--seed', 'a b'], /--seed "a b" may have/],
  ] as const)
    ends(t, name, await runCommand(['proxy', ...flags], at), 2, said);
  const byEnvironment = await runCommand(['proxy'], { ...at, env: { CALL_PROBE_UPSTREAM: 'nowhere' } });
  ends(t, 'the environment counts as the flag', byEnvironment, 2, /--upstream "nowhere"/);
});

t.test('every flag of a toxic is read or refused with the reason', async (t) => {
  t.match(parseToxic('latency=100ms'), {
    name: 'latency',
    values: { latency: 100, jitter: 0 },
    stream: 'both',
    toxicity: 1,
  });
  t.match(parseToxic('slow_close=2s,stream=upstream,toxicity=12.5%'), {
    name: 'slow-close_upstream',
    values: { 'slow-close': 2_000 },
    toxicity: 0.125,
  });
  t.match(parseToxic('bandwidth=64kbit/s,name=far'), { name: 'far', values: { bandwidth: 8_000 } });
  t.match(parseToxic('slicer=1KB,size-variation=10B,delay=0.5ms').values, { slicer: 1_000, 'size-variation': 10, delay: 0.5 });
  t.match(parseToxic('down'), { values: { down: 'refused' } });
  for (const { example } of LINK_FAULTS) {
    const [, flags = ''] = /link: alice\.signaling, (.*?)(, on: [^,]*)?, for:/.exec(example) ?? [];
    t.ok(parseToxic(flags.replaceAll(': ', '=').replaceAll(', ', ',')), `as a scenario writes it: ${flags}`);
  }
  for (const [text, said] of [
    ['latency', /latency has no value; write latency=100ms/],
    ['bandwidth', /write bandwidth=64KB\/s/],
    ['loss=', /write loss=5%/],
    ['limit-data', /write limit-data=512B/],
    ['latency=3', /"3" has no unit; did you mean "3s" or "3ms"/],
    ['latency=1ms,latency=2ms', /duplicate "latency"/],
    ['latency=1ms,jiter=2ms', /latency has no "jiter"; did you mean "jitter"/],
    ['latency=1ms,stream=up', /stream cannot be "up"/],
    ['loss=101%', /"101%" is too much/],
    ['loss=5%,toxicity=2', /toxicity: "2" has no unit/],
    ['bandwidth=0B/s', /too low/],
    ['slicer=0B', /too small/],
    ['slicer=4B,size-variation=4B', /has to be less than the size 4B/],
    ['', /unknown toxic ""/],
  ] as const)
    t.throws(() => parseToxic(text), { name: 'UsageError', message: said }, text);
  t.strictSame([0, 999, 1_000, 9_960, 123_456, 2_500_000, 7e9].map(bytes), [
    '0 B',
    '999 B',
    '1.0 KB',
    '10 KB',
    '123 KB',
    '2.5 MB',
    '7.0 GB',
  ]);
});

t.test('--api: a toxic that another program adds and takes away', async (t) => {
  const { at } = folder(t);
  const url = await startServe(t, at);
  const { proxy, port } = await startProxyCommand(t, at, '--upstream', url, '--api', '127.0.0.1:0');
  const [, api = ''] = await proxy.printed(/^toxiproxy's API on (http:\S+)$/m);
  const proxies = (await (await fetch(`${api}/proxies`)).json()) as Record<string, unknown>;
  t.match(proxies, { 'call-probe': { listen: `127.0.0.1:${port}`, upstream: url.slice(5), enabled: true, toxics: [] } });
  const added = await fetch(`${api}/proxies/call-probe/toxics`, {
    method: 'POST',
    body: JSON.stringify({ type: 'latency', attributes: { latency: 10 } }),
  });
  t.match(await added.json(), { name: 'latency_downstream', attributes: { latency: 10, jitter: 0 } });
  const health = await fetch(`http://127.0.0.1:${port}/healthz`, { headers: { connection: 'close' } });
  t.equal(health.status, 200);
  await proxy.printed(/^call-probe +1 {2}127\.0\.0\.1.*latency_downstream$/m);
  proxy.child.kill('SIGINT');
  ends(t, 'proxy', await proxy.ended, 0, /^call-probe latency_downstream {2}downstream +[1-9]/m);
});

t.test('docs/proxy.md names every toxic with its parameters and their defaults', async (t) => {
  const page = readFileSync('docs/proxy.md', 'utf8');
  for (const { name, parameters } of LINK_FAULTS) {
    const more = parameters.slice(1).map((parameter) => `\`${parameter.name}\` (${parameter.default})`);
    t.ok(page.includes(`\n| \`${name}\` | ${more.join(', ')}${more.length > 0 ? ' ' : ''}|`), name);
  }
  const options = createProgram(() => undefined).commands.find((command) => command.name() === 'proxy')?.options ?? [];
  t.ok(options.length > 0);
  for (const { long } of options) t.ok(page.includes(`\n| \`${long}\` |`), `${long}`);
});
