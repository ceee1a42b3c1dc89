/** A running server with its own protocol: visible only from its clients, and driven by an adapter. */

import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { createRng } from '../../protocol/rng.js';
import { Bus, type LiveEvent } from '../../trace/bus.js';
import { CallBook } from '../adapter/call-book.js';
import { type ForeignDevice, startForeignDevice } from '../device/foreign.js';
import { systemClock } from '../runtime/clock.js';
import type { TargetCommands } from './commands.js';
import { targetElsewhere } from './elsewhere.js';
import { type Endpoint, healthChecker, healthOf, tryConnection } from './health-check.js';
import { withEndpoint } from './learnt-endpoint.js';
import { nameOf } from './remote.js';
import type { ForeignSettings } from './target.js';
import { type Capability, type Target, TargetError, TargetGoneError } from './target.js';

/** Time for the connection and HTTP before it, in addition to the adapter's log-in time. */
const CONNECT_MS = 10_000;
/** How long a target has to answer, or to refuse, the first ping, in milliseconds. */
const PING_MS = 300;
/** Before a second health check confirms the first. */
const CONFIRM_MS = 300;

export interface ForeignOptions extends ForeignSettings {
  /** The users that log in before anything runs. */
  readonly users: readonly string[];
}

/**
 * Checks that each of `users` can log in at `url`, so that a wrong target, wrong credentials or a wrong mapping are reported before
 * anything runs. Rejects with a TargetError.
 */
export async function connectForeign(url: string, asked: ForeignOptions, commands: TargetCommands = {}): Promise<Target> {
  const name = nameOf(url);
  const { adapter, endpoint } = withEndpoint(asked.adapter, url, asked.socket);
  const options = { ...asked, adapter };
  const { users } = options;
  let receipts = asked.receipts !== false;
  const refusesPings = (): void => {
    receipts = false;
  };
  const preflight = async (seen?: Seen): Promise<string | null> => {
    const refused = await Promise.all(users.map((user) => tryLogin(url, user, users, options, seen, refusesPings)));
    const at = refused.findIndex((failure) => failure !== null);
    return at < 0 ? null : `${users[at]} cannot log in: ${refused[at]}`;
  };
  const seen = newSeen();
  const failure = await preflight(seen);
  if (failure !== null) {
    const gone = await goneAfter(seen, endpoint);
    const message = `target ${name} cannot be used with the adapter ${adapter.name}: ${failure}`;
    if (gone === null) throw new TargetError(message);
    const target = { name, capabilities: new Set<Capability>(), foreign: options };
    throw new TargetGoneError(`${message}; it is gone since: ${gone}`, target, seen.events, seen.secrets);
  }
  const checkHealth = await healthChecker(endpoint);
  if (!receipts && asked.receipts !== false)
    asked.notice?.(`target ${name} ends connections on WebSocket pings: this run does without receipts`);
  return {
    ...targetElsewhere({ name, url, commands, checkHealth, logIn: () => preflight() }),
    foreign: { ...options, receipts },
  };
}

/** What happened during the first log-ins. */
interface Seen {
  readonly bus: Bus;
  readonly events: LiveEvent[];
  readonly secrets: string[];
}

function newSeen(): Seen {
  const seen = { bus: new Bus({ startedAt: systemClock.now(), wall: systemClock.wall() }), events: [], secrets: [] };
  const { bus, events }: Seen = seen;
  bus.subscribe((event) => events.push(event));
  return seen;
}

/** Whether the target took a connection, was sent something, and takes no connections since: the error of the health check, or null. */
async function goneAfter({ bus, events }: Seen, endpoint: () => Endpoint): Promise<string | null> {
  const wasThere = events.some((event) => event.type === 'conn' && event.state === 'opened');
  if (!wasThere || !events.some((event) => event.type === 'wire' && event.dir === 'out')) return null;
  let health = healthOf(await tryConnection(endpoint()));
  if (health.is === 'gone' && !health.isSure) {
    await delay(CONFIRM_MS);
    health = healthOf(await tryConnection(endpoint()));
  }
  if (health.is !== 'gone') return null;
  bus.publish('probe', systemClock.now(), null, { type: 'health', state: 'gone', error: health.error });
  return health.error;
}

/** Logs in once as this user and disconnects; returns null, or a sentence about the failure. */
async function tryLogin(
  url: string,
  user: string,
  users: readonly string[],
  settings: ForeignSettings,
  { bus, secrets }: Seen = newSeen(),
  refusesPings: () => void = () => undefined,
): Promise<string | null> {
  const { adapter } = settings;
  const run = `preflight${randomBytes(4).toString('hex')}`;
  const credentialsOf = (one: string): Readonly<Record<string, string>> => settings.credentials.get(one) ?? {};
  const rng = createRng(run);
  return new Promise((resolve) => {
    const timer = setTimeout(
      () => done(`no answer within ${(adapter.traits.loginMs + CONNECT_MS) / 1_000} s`),
      adapter.traits.loginMs + CONNECT_MS,
    );
    const done = (failure: string | null): void => {
      clearTimeout(timer);
      device.stop();
      resolve(failure);
    };
    let isAsked = false;
    let isAnswered = false;
    /** A target that bears no pings ends the connection; one that answers none is let be. */
    const asksForReceipt = (): void => {
      const isPossible = device.ask(() => {
        isAnswered = true;
        done(null);
      });
      if (isPossible) setTimeout(() => done(null), PING_MS);
      else done(null);
    };
    const device: ForeignDevice = startForeignDevice({
      adapter,
      receipts: settings.receipts !== false && adapter.traits.receipts,
      address: { user, device: 'preflight' },
      url,
      socket: settings.socket,
      run,
      credentials: credentialsOf(user),
      book: new CallBook(
        rng.fork('book'),
        users,
        (one) => adapter.identify(one, { run, credentials: credentialsOf(one) }),
        (one) => adapter.groupOf(one, { run, credentials: credentialsOf(one) }),
      ),
      rng: rng.fork(user),
      clock: systemClock,
      bus,
      media: null,
      secret: (text) => void secrets.push(text),
      changed() {
        const { isOnline, failure } = device.login();
        if (isOnline && !isAsked) {
          isAsked = true;
          asksForReceipt();
        } else if (isAsked && !isOnline) {
          if (!isAnswered) refusesPings();
          done(null);
        } else if (failure !== null) done(failure);
      },
    });
    device.act('open');
  });
}
