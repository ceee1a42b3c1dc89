/** Somebody's running server that speaks a protocol of its own: seen only from its clients, and spoken to through an adapter. */
import { randomBytes } from 'node:crypto';
import { createRng } from '../../protocol/rng.js';
import { Recorder } from '../../trace/recorder.js';
import { CallBook } from '../adapter/call-book.js';
import type { Adapter } from '../adapter/port.js';
import { systemClock } from '../clock.js';
import { type ForeignDevice, startForeignDevice } from '../foreign/device.js';
import type { SocketSettings } from '../ws-transport.js';
import { runCommand, type TargetCommands } from './commands.js';
import { nameOf } from './remote.js';
import { type Capability, type Target, TargetError } from './target.js';

/** How long a server that was restarted by a command may take to be there again, and how often it is asked. */
const RESTART_MS = 30_000;
const RETRY_MS = 100;
/** Beyond what the adapter allows for the log-in itself: the connection, and HTTP before it. */
const CONNECT_MS = 10_000;

/** Rows of credentials by user. */
export type Credentials = ReadonlyMap<string, Readonly<Record<string, string>>>;

/** What the user said about a foreign target beside its URL. */
export interface ForeignSettings {
  readonly adapter: Adapter;
  readonly socket: SocketSettings;
  readonly credentials: Credentials;
}

export interface ForeignOptions extends ForeignSettings {
  /** Who logs in before anything runs. */
  readonly users: readonly string[];
}

/**
 * Makes sure that each of `users` can log in at `url`, so that a wrong target, wrong credentials or a wrong mapping are told
 * before anything runs. Rejects with a TargetError.
 */
export async function connectForeign(url: string, options: ForeignOptions, commands: TargetCommands = {}): Promise<Target> {
  const name = nameOf(url);
  const { adapter, users } = options;
  const preflight = async (): Promise<string | null> => {
    const refused = await Promise.all(users.map((user) => tryLogin(url, user, users, options)));
    const at = refused.findIndex((failure) => failure !== null);
    return at < 0 ? null : `${users[at]} can't log in: ${refused[at]}`;
  };
  const failure = await preflight();
  if (failure !== null) throw new TargetError(`target ${name} can't be used with the adapter ${adapter.name}: ${failure}`);
  const cannot = (what: string, flag: string): TargetError =>
    new TargetError(`${name} runs elsewhere, it can't be ${what} from here without ${flag}`);
  let isStopped = false;
  const capabilities = new Set<Capability>();
  if (commands.restart !== undefined) capabilities.add('restart-server');
  if (commands.pause !== undefined && commands.resume !== undefined) capabilities.add('pause-server');
  return {
    name,
    url,
    salt: randomBytes(4).toString('hex'),
    capabilities,
    foreign: options,
    reset: async () => undefined,
    token: async () => '',
    settle: async () => undefined,
    async restart(_signal, begun) {
      if (commands.restart === undefined) throw cannot('restarted', '--restart-command');
      const from = systemClock.now();
      begun(null);
      await runCommand('restart', commands.restart);
      await backAgain(name, preflight);
      return { pid: null, formerPid: null, downMs: systemClock.now() - from };
    },
    async pause(isPaused) {
      const command = isPaused ? commands.pause : commands.resume;
      if (command === undefined) throw cannot('paused', '--pause-command and --resume-command');
      await runCommand(isPaused ? 'pause' : 'resume', command);
      isStopped = isPaused;
    },
    slowHandler: async () => {
      throw new TargetError(`${name} runs elsewhere, its handlers can't be slowed from here`);
    },
    fault: () => null,
    async stop() {
      // A run that is cut short must not leave somebody's server standing still.
      if (isStopped && commands.resume !== undefined) await runCommand('resume', commands.resume);
    },
  };
}

async function backAgain(name: string, preflight: () => Promise<string | null>): Promise<void> {
  const until = systemClock.now() + RESTART_MS;
  for (;;) {
    const failure = await preflight();
    if (failure === null) return;
    if (systemClock.now() > until)
      throw new TargetError(`${name} did not come back within ${RESTART_MS / 1_000} s after the restart: ${failure}`);
    await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
  }
}

/** Whether the target knows this user by another name in each repetition, so that several of them can be there at a time. */
export function isNamedPerRun(user: string, { adapter, credentials }: ForeignSettings): boolean {
  const nameIn = (run: string): string => adapter.identify(user, { run, credentials: credentials.get(user) ?? {} });
  return nameIn('r1') !== nameIn('r2');
}

/** Logs in once, as the client of that user would, and leaves; null when that worked, else what went wrong in a sentence. */
export async function tryLogin(
  url: string,
  user: string,
  users: readonly string[],
  settings: ForeignSettings,
): Promise<string | null> {
  const { adapter } = settings;
  const run = `preflight${randomBytes(4).toString('hex')}`;
  const credentialsOf = (one: string): Readonly<Record<string, string>> => settings.credentials.get(one) ?? {};
  const rng = createRng(run);
  return new Promise((resolve) => {
    const recorder = new Recorder({ startedAt: systemClock.now(), wall: systemClock.wall() });
    const timer = setTimeout(
      () => done(`no answer within ${(adapter.traits.loginMs + CONNECT_MS) / 1_000} s`),
      adapter.traits.loginMs + CONNECT_MS,
    );
    const done = (failure: string | null): void => {
      clearTimeout(timer);
      device.stop();
      resolve(failure);
    };
    const device: ForeignDevice = startForeignDevice({
      adapter,
      address: { user, device: 'preflight' },
      url,
      socket: settings.socket,
      run,
      credentials: credentialsOf(user),
      book: new CallBook(rng.fork('book'), users, (one) => adapter.identify(one, { run, credentials: credentialsOf(one) })),
      rng: rng.fork(user),
      clock: systemClock,
      recorder,
      media: null,
      redact: (frame) => frame,
      secret: () => undefined,
      changed() {
        const { isOnline, failure } = device.login();
        if (isOnline) done(null);
        else if (failure !== null) done(failure);
      },
    });
    device.act('open');
  });
}
