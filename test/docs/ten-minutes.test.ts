/** The page that leads to a dialect: its dialect is the one of the tests, and it works at the server that the page describes. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { runScenario } from '../../src/index.js';
import { ends, folder, runCommand } from '../cli/command.js';
import { SUITE } from '../scenarios/files.js';
import { startDoorbell } from '../servers/doorbell/server.js';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const page = readFileSync(join(ROOT, 'docs', 'ten-minutes.md'), 'utf8');
const dialect = /```yaml\n(dialect: 1\n[\s\S]*?)```/.exec(page)?.[1] ?? '';

t.test('the dialect of the page', async (t) => {
  const fixture = readFileSync(join(ROOT, 'test', 'fixtures', 'dialects', 'doorbell.yaml'), 'utf8');
  t.equal(dialect, fixture.replace(/^#.*\n/, ''), 'is the one of the tests');
  const server = await startDoorbell();
  t.teardown(() => server.close());
  const { at } = folder(t, { 'doorbell.yaml': dialect });
  const args = ['dialect', 'check', 'doorbell.yaml', '--target', server.url];
  ends(t, 'check', await runCommand(args, at), 0, /The mapping works: .*media flowed.*\nevery message is mapped/);
  const adapter = join(at.cwd, 'doorbell.yaml');
  for (const name of ['accept', 'decline', 'cancel', 'busy', 'callee-hangs-up']) {
    const result = await runScenario(join(SUITE, `${name}.yaml`), { target: server.url, adapter });
    t.equal(result.status, 'passed', `${name}: ${result.why ?? result.checks.map(({ message }) => message).join('; ')}`);
    t.equal(result.unmapped, undefined);
  }
  t.strictSame(server.unknown, [], 'the server knows what it is sent');
});

t.test('the page names every message of the server', async (t) => {
  const source = readFileSync(join(ROOT, 'test', 'servers', 'doorbell', 'server.ts'), 'utf8');
  const written = [...source.matchAll(/type: '([a-z-]+)'/g)].map(([, type = '']) => type);
  for (const type of new Set(written)) t.ok(page.includes(`type: ${type}`), type);
});
