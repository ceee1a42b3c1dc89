/** From the value of `--adapter` to an adapter: a name of the registry, a dialect file, or a module. */
import { existsSync } from 'node:fs';
import { extname, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { distance } from 'fastest-levenshtein';
import { type Adapter, isAdapter } from '../probe/adapter/port.js';
import { AdapterError } from './adapter-error.js';
import { ADAPTERS, CALLSYNC } from './index.js';

const MODULES: readonly string[] = ['.js', '.mjs', '.cjs', '.ts', '.mts'];

/** Loads an adapter; null stands for the bundled protocol. Rejects with an AdapterError that names the problem and the place. */
export async function loadAdapter(value: string): Promise<Adapter | null> {
  if (value === CALLSYNC) return null;
  if (value === 'sip') return (await import('../probe/adapters/sip/index.js')).sip;
  const extension = extname(value).toLowerCase();
  if (MODULES.includes(extension)) return fromModule(value);
  const { dialectAdapter } = await import('./dialect/load.js');
  if (/\.ya?ml$/i.test(value)) return dialectAdapter(value);
  const known = ADAPTERS.find(({ name }) => name === value);
  if (known?.dialect != null) return dialectAdapter(dialectFile(known.dialect), `dialects/${known.dialect}.yaml`);
  throw new AdapterError(unknownName(value));
}

/** The file of an included dialect. */
export function dialectFile(name: string): string {
  return fileURLToPath(new URL(`../../../dialects/${name}.yaml`, import.meta.url));
}

function unknownName(value: string): string {
  const names = ADAPTERS.map(({ name }) => name);
  const near = [...names].sort((a, b) => distance(value, a) - distance(value, b))[0] ?? '';
  const hint =
    distance(value, near) <= 3
      ? `did you mean "${near}"?`
      : `known: ${names.join(', ')}; or a file: ./my-dialect.yaml, ./my-adapter.js`;
  return `there is no adapter ${JSON.stringify(value.slice(0, 80))}; ${hint}`;
}

/** A module whose default export is made by `defineAdapter`. TypeScript is compiled on loading. */
async function fromModule(file: string): Promise<Adapter> {
  const path = resolve(file);
  if (!existsSync(path)) throw new AdapterError(`${file}: no such file; the path is relative to the current folder`);
  let loaded: unknown;
  try {
    loaded = /\.m?ts$/i.test(path) ? await importTypeScript(path) : await import(pathToFileURL(path).href);
  } catch (error) {
    throw new AdapterError(`${file}: cannot be loaded: ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
    });
  }
  const adapter = typeof loaded === 'object' && loaded !== null && 'default' in loaded ? loaded.default : undefined;
  if (isAdapter(adapter)) return adapter;
  throw new AdapterError(
    `${file}: its default export is no adapter; write: import { defineAdapter } from 'call-probe'; export default defineAdapter({ ... })`,
  );
}

async function importTypeScript(path: string): Promise<unknown> {
  const { createJiti } = await import('jiti');
  return createJiti(import.meta.url, { interopDefault: false }).import(path);
}
