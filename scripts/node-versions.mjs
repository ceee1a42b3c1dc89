/**
 * Tries the package as a user gets it on each version of Node that it is for: packs it, installs the tarball in an empty
 * project, and runs there the command with media, a script that imports `call-probe`, and the TypeScript compiler on such an import.
 * The npm package `node` provides the binaries. The native modules use Node-API, so that one installation is for all versions.
 */
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';

/** Major versions; the package runs on the first one and is made for the others. */
const VERSIONS = [20, 22, 24];
/** Longest time of one program, in milliseconds. */
const LIMIT_MS = 120_000;
/** What of the project's own tools must not be in the package. */
const NOT_PACKED = /^dist\/(?!bin\/|src\/)|^(lab|test|bench|scripts)\//;

const MODULE = `import { runScenario } from 'call-probe';
import { fileURLToPath } from 'node:url';
const scenario = fileURLToPath(import.meta.resolve('call-probe/package.json')).replace('package.json', 'scenarios/server-restart.yaml');
const { status, checks } = await runScenario(scenario);
if (status !== 'passed') throw new Error(\`\${status}: \${JSON.stringify(checks.filter(({ valid }) => valid !== true))}\`);
`;
const TYPED = `import { runScenario, type ScenarioResult } from 'call-probe';
const result: ScenarioResult = await runScenario('a.yaml', { repeat: 2 });
export const p95: number | null | undefined = result.timings['accept-to-connected']?.p95;
`;

const execute = promisify(execFile);
const folder = mkdtempSync(join(tmpdir(), 'call-probe-node-versions-'));
const project = join(folder, 'project');
const installed = join(project, 'node_modules', 'call-probe');
try {
  process.exitCode = (await tried()) ? 0 : 1;
} finally {
  rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
}

/** Whether everything passed. */
async function tried() {
  mkdirSync(project);
  writeFileSync(join(project, 'package.json'), '{ "private": true, "type": "module" }\n');
  writeFileSync(join(project, 'module.mjs'), MODULE);
  writeFileSync(join(project, 'typed.ts'), TYPED);
  const steps = [
    ['npm pack, npm install', install],
    ...VERSIONS.flatMap((version) => [
      [
        `Node ${version}: call-probe run`,
        () => onNode(version, [join(installed, 'dist/bin/call-probe.js'), 'run', join(installed, 'scenarios/accept.yaml')]),
      ],
      [`Node ${version}: import { runScenario }`, () => onNode(version, ['module.mjs'])],
    ]),
    ['TypeScript: import { runScenario }', compile],
  ];
  let isPassed = true;
  for (const [name, step] of steps) {
    const startedAt = performance.now();
    const problem = await step().then(() => null, wordsOf);
    const seconds = ((performance.now() - startedAt) / 1_000).toFixed(1);
    console.log(`${problem === null ? 'ok    ' : 'FAILED'} ${name} (${seconds} s)`);
    if (problem === null) continue;
    console.log(problem);
    isPassed = false;
    if (step === install) break;
  }
  return isPassed;
}

/** Installs the packed package, and beside it the versions of Node other than the running one. */
async function install() {
  await run(process.execPath, ['scripts/build.mjs', '--if-stale'], '.');
  const packed = JSON.parse(await run('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', folder], '.'));
  const [{ filename, files }] = Array.isArray(packed) ? packed : Object.values(packed);
  const surplus = files.map(({ path }) => path).filter((path) => NOT_PACKED.test(path));
  if (surplus.length > 0) throw new Error(`these files do not belong in the package: ${surplus.join(', ')}`);
  const flags = ['--no-audit', '--no-fund', '--prefer-offline'];
  await run('npm', ['install', ...flags, join(folder, filename)], project);
  for (const version of VERSIONS.filter((version) => !isRunning(version))) {
    const home = join(folder, `node-${version}`);
    mkdirSync(home);
    await run('npm', ['install', ...flags, '--prefix', home, `node@${version}`], home);
  }
}

function isRunning(version) {
  return process.versions.node.startsWith(`${version}.`);
}

/** Runs a script on a version of Node. Rejects when the binary is of another version, or the script fails. */
async function onNode(version, args) {
  const binary = isRunning(version) ? process.execPath : join(folder, `node-${version}`, 'node_modules', 'node', 'bin', 'node');
  const found = (await run(binary, ['--version'], project)).trim();
  if (!found.startsWith(`v${version}.`)) throw new Error(`${binary} is Node ${found}, not ${version}`);
  await run(binary, args, project);
}

async function compile() {
  const tsc = join(dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin', 'tsc');
  const flags = '--noEmit --strict --target es2023 --module nodenext --skipLibCheck'.split(' ');
  await run(process.execPath, [tsc, ...flags, 'typed.ts'], project);
}

/** Runs a program to its end and gives what it printed. Rejects when it fails. */
async function run(program, args, cwd) {
  const { stdout } = await execute(program, args, { cwd, timeout: LIMIT_MS, maxBuffer: 2 ** 26 });
  return stdout;
}

/** What a step that failed printed. */
function wordsOf({ message, stdout = '', stderr = '' }) {
  return [message, stdout, stderr].filter((text) => text !== '').join('\n');
}
