/** Starts the devices of a repetition: the probe's own clients of callsync.v1, or those of a foreign target's adapter. */
import { CallBook } from '../../probe/adapter/call-book.js';
import { agentDecisionsWith, replicaPolicyWith } from '../../probe/defects/index.js';
import type { Device } from '../../probe/device/device.js';
import { startDevice } from '../../probe/device/driver.js';
import { type AgentOptions, startForeignDevice } from '../../probe/device/foreign.js';
import { foreignProtocol } from '../../probe/device/hostile-foreign.js';
import { callsyncProtocol, type HostileProtocol } from '../../probe/device/hostile-protocol.js';
import type { Via } from '../../probe/links/transport.js';
import type { Clock, MediaHost } from '../../probe/runtime/ports.js';
import type { Target } from '../../probe/targets/target.js';
import { type Address, addressOf } from '../../protocol/address.js';
import { WAITS } from '../../protocol/limits.js';
import { createRng, drawId, type Rng } from '../../protocol/rng.js';
import type { Bus } from '../../trace/bus.js';
import { LANGUAGE_DEFAULTS as DEFAULTS } from '../language/limits.js';
import { devicesOf, faultsOf, type Scenario } from '../language/plan.js';

/** Options that the devices of one repetition share. */
export interface DeviceGround {
  readonly scenario: Scenario;
  readonly target: Target;
  readonly seed: string;
  /** See `RepetitionOptions`. */
  readonly playedBefore: number;
  readonly defects: readonly string[];
  readonly clock: Clock;
  readonly bus: Bus;
  readonly media: MediaHost | null;
  readonly viaOf: (address: Address) => Via | undefined;
  /** Registers a secret; returns the same text. */
  readonly secret: (text: string) => string;
  readonly changed: () => void;
}

/** The devices of a repetition, and its hostile agents. */
export interface Cast {
  readonly devices: readonly Device[];
  /** How a hostile agent speaks to the target; `token` is its own. */
  readonly hostile: (user: string, token: string) => HostileProtocol;
}

/** Starts every device of the scenario; none is online yet. In the order of the file. */
export async function startDevices(ground: DeviceGround): Promise<Cast> {
  const { scenario, target, seed, playedBefore } = ground;
  // A server that outlives the run may still have calls of other scenarios, and of earlier runs and attempts.
  const again = target.salt === '' || playedBefore === 0 ? '' : ` again ${playedBefore}`;
  const rng = createRng(seed).fork(`${scenario.name} ${target.salt}${again}`);
  const { start, hostile } = target.foreign === undefined ? ownCast(ground, rng) : foreignCast(ground, target.foreign, rng);
  return { devices: await Promise.all(devicesOf(scenario).map(start)), hostile };
}

interface Starter extends Pick<Cast, 'hostile'> {
  readonly start: (address: Address) => Promise<Device>;
}

function ownCast(ground: DeviceGround, rng: Rng): Starter {
  const { target, clock, bus, changed, viaOf } = ground;
  const start = async (address: Address): Promise<Device> =>
    startDevice({
      address,
      url: target.url,
      via: viaOf(address),
      token: ground.secret(await target.token(address.user)),
      waits: WAITS,
      policy: replicaPolicyWith(ground.defects),
      decisions: agentDecisionsWith(ground.defects),
      rng: rng.fork(addressOf(address)),
      clock,
      bus,
      media: ground.media,
      changed,
    });
  const hostile = (user: string, token: string): HostileProtocol =>
    callsyncProtocol({ url: target.url, token, device: DEFAULTS.device, rng: rng.fork(`hostile ${user}`) });
  return { start, hostile };
}

function foreignCast(ground: DeviceGround, foreign: NonNullable<Target['foreign']>, rng: Rng): Starter {
  const { scenario, target, clock, bus, changed, viaOf, media } = ground;
  const { adapter, socket, credentials } = foreign;
  // A ping is bytes, too: a fault that counts bytes would strike elsewhere.
  const countsBytes = faultsOf(scenario).some(({ fault }) => fault.parts.some(({ name }) => name === 'limit-data'));
  const receipts = foreign.receipts !== false && adapter.traits.receipts && !countsBytes;
  const run = drawId(rng.fork('run'), 1);
  const users = [...scenario.agents.map(({ name }) => name), ...scenario.hostile];
  const credentialsOf = (user: string): Readonly<Record<string, string>> => credentials.get(user) ?? {};
  const identify = (user: string): string => adapter.identify(user, { run, credentials: credentialsOf(user) });
  const groupOf = (user: string): string | null => adapter.groupOf(user, { run, credentials: credentialsOf(user) });
  const book = new CallBook(rng.fork('book'), users, identify, groupOf);
  const agentOptions = (address: Address): AgentOptions => ({
    address,
    url: target.url,
    run,
    credentials: credentialsOf(address.user),
    book,
    rng: rng.fork(addressOf(address)),
    secret: (text) => void ground.secret(text),
  });
  const start = async (address: Address): Promise<Device> =>
    startForeignDevice({
      ...agentOptions(address),
      ...{ adapter, socket, clock, bus, media, receipts, changed },
      via: viaOf(address),
    });
  const hostile = (user: string): HostileProtocol =>
    foreignProtocol({ ...agentOptions({ user, device: DEFAULTS.device }), adapter, socket, clock });
  return { start, hostile };
}
