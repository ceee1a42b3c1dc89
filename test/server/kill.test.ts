/** A server that is killed at every point of every change, and started again: nothing told is lost, both sides agree. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { SOUND_REPLICA } from '../../src/client/replica.js';
import type { Device } from '../../src/probe/device/device.js';
import { startDevice } from '../../src/probe/device/driver.js';
import { systemClock } from '../../src/probe/runtime/clock.js';
import type { UserAction } from '../../src/protocol/actions.js';
import type { CallRecord, Phase } from '../../src/protocol/call.js';
import { WAITS } from '../../src/protocol/limits.js';
import { createRng } from '../../src/protocol/rng.js';
import { mintToken } from '../../src/server/admission.js';
import { Bus, type LiveEvent } from '../../src/trace/bus.js';
import { PATIENCE_MS, within } from '../raw-client.js';
import { viewText } from '../world.js';
import { type FromKilled, type Plan, POINTS, type ToKilled } from './killed-server.js';

const SECRET = 'a secret of this test that is longer than 32 characters';
const ENTRY = fileURLToPath(new URL('./killed-server.js', import.meta.url));

type Ending = 'hang up' | 'cancel' | 'reject';

/** One call and where its server dies: at a point of the plan, or when the clients have seen this many frames. */
interface Round {
  readonly ending: Ending;
  readonly plan: Plan | null;
  readonly afterFrames: number | null;
}

const planned = (phase: Phase, ending: Ending): Round[] =>
  POINTS.map((point) => ({ ending, plan: { phase, point }, afterFrames: null }));
const wild = (count: number): Round[] => {
  const rng = createRng('wild');
  const endings: readonly Ending[] = ['hang up', 'cancel', 'reject'];
  return Array.from({ length: count }, (_, index) => {
    return { ending: endings[index % 3] ?? 'hang up', plan: null, afterFrames: 1 + rng.below(14) };
  });
};
/** How many kills; the first of them take every point of every phase. CALL_PROBE_KILLS=50 plays all that there are. */
const KILLS = Number(process.env['CALL_PROBE_KILLS'] ?? 24);
const ROUNDS: readonly Round[] = [
  ...planned('inviting', 'hang up'),
  ...planned('ringing', 'hang up'),
  ...planned('connected', 'hang up'),
  ...planned('ended', 'hang up'),
  ...wild(20),
  ...planned('ended', 'cancel'),
  ...planned('ended', 'reject'),
].slice(0, KILLS);

/** A process that has loaded everything and waits to be told to start: so a restart takes no longer than it has to. */
async function standBy(): Promise<ChildProcess> {
  const child = fork(ENTRY, [], { execArgv: [], stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  await heard(child, 'loaded');
  return child;
}

async function heard<T extends FromKilled['type']>(child: ChildProcess, type: T): Promise<Extract<FromKilled, { type: T }>> {
  const found = new Promise<Extract<FromKilled, { type: T }>>((resolve, reject) => {
    child.on('message', (message: FromKilled) => {
      if (message.type === type) resolve(message as Extract<FromKilled, { type: T }>);
    });
    child.once('exit', (code, signal) => reject(new Error(`the server ended with ${code ?? signal} before "${type}"`)));
  });
  return within(found, `"${type}" of the server`, PATIENCE_MS);
}

t.setTimeout(300_000);

t.test('a server that is killed loses nothing that it told', async (t) => {
  const folder = t.testdir({});
  let port = 0;
  let server = await standBy();
  let next = standBy();
  const say = (message: ToKilled): void => void server.send(message);
  const start = async (plan: Plan | null): Promise<void> => {
    say({ type: 'start', folder, port, secret: SECRET, plan });
    port = (await heard(server, 'ready')).port;
  };
  t.teardown(async () => {
    for (const child of [server, await next]) child.kill('SIGKILL');
  });
  await start(null);

  const bus = new Bus({ startedAt: systemClock.now(), wall: systemClock.wall() });
  const lookers = new Set<() => void>();
  const lookAgain = (): void => {
    for (const look of [...lookers]) look();
  };
  const devices = await Promise.all(
    ['ann', 'ben'].map(async (user) =>
      startDevice({
        address: { user, device: 'phone' },
        url: `ws://127.0.0.1:${port}`,
        token: await mintToken(SECRET, user),
        waits: WAITS,
        policy: SOUND_REPLICA,
        rng: createRng(user),
        clock: systemClock,
        bus,
        media: null,
        changed: lookAgain,
      }),
    ),
  );
  t.teardown(() => {
    for (const device of devices) device.stop();
  });
  const [ann, ben] = devices as [Device, Device];
  const both = (isSo: (device: Device) => boolean, what: string): Promise<void> => {
    const views = (): string => devices.map((device) => viewText(device.shown())).join(' and ');
    const come = new Promise<void>((resolve) => {
      const look = (): void => {
        if (!devices.every(isSo)) return;
        lookers.delete(look);
        resolve();
      };
      lookers.add(look);
      look();
    });
    return within(come, what, PATIENCE_MS).catch((error: Error) => {
      throw new Error(`${error.message}; shown are ${views()}`);
    });
  };
  const show = (view: string, call: string): Promise<void> =>
    both(
      (device) => viewText(device.shown()) === view && device.shown().call === call && device.isQuiet(),
      `${view} on both sides`,
    );

  const told: LiveEvent[] = [];
  let frames = 0;
  let killAfter: number | null = null;
  bus.subscribe((event) => {
    told.push(event);
    if (event.type === 'wire' && killAfter !== null && ++frames >= killAfter) {
      killAfter = null;
      server.kill('SIGKILL');
    }
  });
  for (const device of devices) device.act('open');
  await both((device) => device.presence() === 'online', 'both online');

  const deaths: string[] = [];
  for (const [index, { ending, plan, afterFrames }] of ROUNDS.entries()) {
    const name = `${index + 1}: ${plan === null ? `after ${afterFrames} frames` : `${plan.phase}, ${plan.point}`} (${ending})`;
    told.length = 0;
    frames = 0;
    say({ type: 'plan', plan });
    await heard(server, 'planned');
    killAfter = afterFrames;
    const reborn = once(server, 'exit').then(async ([, signal]) => {
      deaths.push(String(signal));
      server = await next;
      next = standBy();
      await start(null);
    });

    ann.act('call', { callee: 'ben', media: false });
    const call = ann.shown().call ?? '';
    await show('ringing', call);
    const steps: readonly (readonly [Device, UserAction, string])[] = {
      'hang up': [
        [ben, 'accept', 'connected'],
        [ann, 'hang up', 'ended(hangup)'],
      ] as const,
      cancel: [[ann, 'cancel', 'ended(cancelled)']] as const,
      reject: [[ben, 'reject', 'ended(rejected)']] as const,
    }[ending];
    for (const [device, verb, view] of steps) {
      device.act(verb);
      await show(view, call);
    }
    // A wild round may be over before its frame came: then the next thing that is said is the last.
    if (killAfter !== null) server.kill('SIGKILL');
    killAfter = null;
    await within(reborn, `${name}: the server's death and return`, PATIENCE_MS);
    await both((device) => device.presence() === 'online' && device.isQuiet(), `${name}: both back`);

    const response = await fetch(`http://127.0.0.1:${port}/v1/calls/${call}`, {
      headers: { authorization: `Bearer ${await mintToken(SECRET, 'ben')}` },
    });
    const final = (await response.json()) as CallRecord;
    t.strictSame(problemsOf(told, final, ending === 'hang up' ? 4 : 3), [], name);
  }
  t.strictSame(
    deaths,
    ROUNDS.map(() => 'SIGKILL'),
    'it was killed in every round',
  );
});

/** Two contents of one version, a version that went back, one that the server does not have, or moves made twice. */
function problemsOf(told: readonly LiveEvent[], final: CallRecord, versions: number): string[] {
  const problems: string[] = [];
  const contents = new Map<number, string>([[final.version, JSON.stringify(final)]]);
  const highest = new Map<string, number>();
  let heard = 0;
  for (const event of told) {
    if (event.type !== 'wire' || event.dir !== 'in') continue;
    const frame = JSON.parse(event.text) as { type: string; record?: CallRecord | null; calls?: readonly CallRecord[] };
    const records = [...(frame.calls ?? []), frame.record ?? null].filter((record) => record?.id === final.id);
    const seen = highest.get(event.node) ?? 0;
    if (frame.type === 'welcome' && seen > Math.max(0, ...records.map((record) => record?.version ?? 0)))
      problems.push(`${event.node} was told version ${seen}, and is welcomed with ${records[0]?.version ?? 'none'}`);
    for (const record of records) {
      if (record === null || record === undefined) continue;
      heard += 1;
      const text = JSON.stringify(record);
      const before = contents.get(record.version);
      if (before !== undefined && before !== text) problems.push(`version ${record.version} is ${before} and ${text}`);
      contents.set(record.version, text);
      highest.set(event.node, Math.max(highest.get(event.node) ?? 0, record.version));
    }
  }
  if (heard < 2 * versions) problems.push(`only ${heard} records were told`);
  if (Math.max(0, ...highest.values()) > final.version) problems.push(`the server only has version ${final.version}`);
  if (final.version !== versions) problems.push(`the call has ${final.version} versions, not ${versions}`);
  return problems;
}

t.test('the judge of these rounds finds what was lost, told twice or taken back', async (t) => {
  const record = (version: number, reason: string | null = null): CallRecord =>
    ({ id: 'call', version, phase: 'ended', reason }) as CallRecord;
  const read = (node: string, frame: object): LiveEvent => ({
    ...{ n: 1, at: 0, wall: 0, node, cause: null, type: 'wire', dir: 'in', link: `${node}.signaling`, conn: 1, kind: 'welcome' },
    ...{ call: 'call', seq: null, bytes: 0, text: JSON.stringify(frame) },
  });
  const event = (node: string, version: number): LiveEvent => read(node, { type: 'event', record: record(version) });
  const welcome = (node: string, ...versions: number[]): LiveEvent =>
    read(node, { type: 'welcome', calls: versions.map((version) => record(version)) });
  const sound = [event('ann', 1), event('ben', 1), welcome('ann', 1), event('ann', 2), event('ben', 2)];
  t.strictSame(problemsOf(sound, record(2), 2), []);
  for (const [name, told, final, versions] of [
    ['forgotten', [...sound, welcome('ann')], record(2), 2],
    ['taken back', [...sound, welcome('ben', 1)], record(2), 2],
    ['lost in the end', sound, record(1), 1],
    ['told with another content', sound, record(2, 'busy'), 2],
    ['moved twice', [...sound, event('ann', 3), event('ben', 3)], record(3), 2],
    ['nothing told', [], record(2), 2],
  ] as const) {
    t.equal(problemsOf(told, final, versions).length, 1, name);
  }
});
