/** `call-probe dialect check`: explains a dialect, and with a target shows every message of two calls with its meaning. */
import { existsSync } from 'node:fs';
import { adapterOf } from '../adapters/dialect/adapter.js';
import type { Dialect } from '../adapters/dialect/dialect.js';
import { explainDialect } from '../adapters/dialect/explain.js';
import { loadDialect } from '../adapters/dialect/load.js';
import { ADAPTERS } from '../adapters/index.js';
import { dialectFile } from '../adapters/load.js';
import { tryTarget } from '../scenarios/run/trial.js';
import { EXIT, UsageError } from './exit.js';
import { type ForeignFlags, foreignSettings } from './foreign-flags.js';
import { mediaAddressFlag } from './media-address.js';
import { privacyOf } from './privacy.js';

interface CheckFlags extends Omit<ForeignFlags, 'adapter'> {
  readonly target?: string;
  readonly users?: string;
  readonly media: 'audio' | 'none';
  readonly mediaAddress?: string;
  readonly includeSensitive?: boolean;
}

/** The default users: the first of a role that can call, and the first of one that can answer. */
function usersOf({ roles }: Dialect): string {
  const first = (verb: 'call' | 'accept', but: string): string | undefined =>
    [...roles.values()].flatMap(({ users, actions }) => (actions.has(verb) ? users : [])).find((user) => user !== but);
  const caller = first('call', '') ?? 'alice';
  return `${caller},${first('accept', caller) ?? (caller === 'bob' ? 'alice' : 'bob')}`;
}

/** Runs `call-probe dialect check` and resolves to its exit code: 1 if the trial call failed. */
export async function dialectCheckCommand(file: string, flags: CheckFlags): Promise<number> {
  const known = ADAPTERS.find(({ name, dialect }) => dialect !== null && name === file)?.dialect;
  const path = known != null && !existsSync(file) ? dialectFile(known) : file;
  const dialect = loadDialect(path, known == null ? file : `dialects/${known}.yaml`);
  for (const line of explainDialect(dialect)) process.stdout.write(`${line}\n`);
  const { target } = flags;
  if (target === undefined) return EXIT.held;
  const [caller = '', callee = '', ...more] = (flags.users ?? usersOf(dialect)).split(',').map((name) => name.trim());
  if (caller === '' || callee === '' || more.length > 0 || caller === callee)
    throw new UsageError('--users names two users, such as alice,bob');
  const settings = await foreignSettings({ ...flags, adapter: path });
  if (settings === null) throw new UsageError(`${file} is not a dialect`);
  const privacy = privacyOf(flags.includeSensitive === true);
  for (const user of [caller, callee]) privacy.names.person(user);
  process.stdout.write(`\ntried with ${target}\n`);
  const trial = await tryTarget(target, {
    caller,
    callee,
    settings: { ...settings, adapter: adapterOf(dialect) },
    media: flags.media === 'audio',
    privacy,
    mediaAddress: mediaAddressFlag(flags.mediaAddress),
    print: (line) => process.stdout.write(`${line}\n`),
  });
  process.stdout.write(`\n${trial.verdict}\n`);
  return trial.isGood ? EXIT.held : EXIT.failed;
}
