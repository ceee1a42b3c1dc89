/** Users who do anything at any time over a network that does anything: when it heals, everybody sees the same calls. */
import t from 'tap';
import type { UserAction } from '../src/protocol/actions.js';
import { type CallRecord, viewOf } from '../src/protocol/call.js';
import { createRng, type Rng } from '../src/protocol/rng.js';
import { World } from './world.js';

const SEEDS = 300;
const ACTIONS = 80;
const QUIET_MS = 30_000;
const DEVICES = ['alice/phone', 'bob/phone', 'bob/laptop', 'carol/phone'];
const USERS = ['alice', 'bob', 'carol'];
const VERBS: readonly UserAction[] = [
  ...Array<UserAction>(6).fill('call'),
  ...Array<UserAction>(6).fill('accept'),
  ...Array<UserAction>(2).fill('reject'),
  ...Array<UserAction>(2).fill('cancel'),
  ...Array<UserAction>(3).fill('hang up'),
  'go offline',
  ...Array<UserAction>(3).fill('come back'),
  'crash',
];

const pick = <T>(rng: Rng, choices: readonly T[]): T => choices[rng.below(choices.length)]!;
const address = (name: string) => ({ user: name.split('/')[0]!, device: name.split('/')[1]! });

function misbehave(world: World, rng: Rng): void {
  const device = pick(rng, DEVICES);
  switch (rng.below(16)) {
    case 0:
      world.cut(device, pick(rng, ['closed', 'dead', 'up', 'down']));
      break;
    case 1:
      world.refuse(device, rng.below(3) === 0);
      break;
    case 2:
      world.weather = { drop: rng.next() * 0.3, duplicate: rng.next() * 0.3, reorder: rng.next() * 0.3, lateMsMax: 400 };
      break;
    case 3:
      world.heal();
      break;
    default: {
      const verb = pick(rng, VERBS);
      if (verb === 'call') world.act(device, verb, pick(rng, USERS));
      else world.act(device, verb);
    }
  }
}

/** Every record that the hub ever had, by call and version; what breaks the rules of the record on the way. */
function historyOf(world: World): { readonly records: Map<string, CallRecord>; readonly faults: string[] } {
  const records = new Map<string, CallRecord>();
  const faults: string[] = [];
  for (const { record } of world.hubEffects('changed')) {
    const before = records.get(`${record.id} ${record.version - 1}`);
    if (records.has(`${record.id} ${record.version}`)) faults.push(`${record.id} has version ${record.version} twice`);
    if (record.version > 1 && before === undefined) faults.push(`${record.id} skips to version ${record.version}`);
    if (before?.phase === 'ended') faults.push(`${record.id} changes after its end`);
    records.set(`${record.id} ${record.version}`, record);
  }
  return { records, faults };
}

/** What is not as it must be once all is quiet, in words. */
function disagreements(world: World): string[] {
  const wrong: string[] = [];
  const { records } = historyOf(world);
  const live = new Set<string>();
  for (const record of records.values()) {
    const now = world.record(record.id, record.caller.user);
    if (now !== null && now.phase !== 'ended') live.add(now.id);
  }
  for (const name of DEVICES) {
    const agent = world.agent(name);
    const { call, version, view } = agent.shown;
    if (agent.presence !== 'online') wrong.push(`${name} is ${agent.presence}`);
    if (!agent.isQuiet) wrong.push(`${name} still has something under way`);
    const record = world.record(call, address(name).user);
    if (record !== null) {
      if (record.version !== version) wrong.push(`${name} shows version ${version} of ${call}, the hub has ${record.version}`);
      const expected = viewOf(record, address(name));
      if (JSON.stringify(view) !== JSON.stringify(expected)) wrong.push(`${name} shows ${view.state}, not ${expected.state}`);
    } else if (view.state !== 'idle' && view.state !== 'ended') {
      wrong.push(`${name} shows ${view.state} of a call that the hub has not`);
    }
    for (const id of live) {
      const mine = world.record(id, address(name).user);
      const state = mine === null ? 'idle' : viewOf(mine, address(name)).state;
      if (state !== 'idle' && state !== 'ended' && call !== id) wrong.push(`${name} does not show the live call ${id}`);
    }
    for (const { record: applied } of world.effects(name, 'record')) {
      const said = records.get(`${applied.id} ${applied.version}`);
      if (JSON.stringify(said) !== JSON.stringify(applied)) wrong.push(`${name} applied a record that the hub never had`);
    }
    for (const { shown } of world.effects(name, 'shown')) {
      const said = records.get(`${shown.call} ${shown.version}`);
      if (said !== undefined && JSON.stringify(viewOf(said, address(name))) !== JSON.stringify(shown.view)) {
        wrong.push(`${name} showed ${shown.view.state} for version ${shown.version} in phase ${said.phase}`);
      }
    }
    const broken = world.effects(name, 'violation').filter(({ code }) => /^(closed-|bad-frame|overflow)/.test(code));
    wrong.push(...broken.map(({ code, message }) => `${name}: ${code} ${message}`));
  }
  if (live.size !== world.hub.census().liveCalls)
    wrong.push(`census counts ${world.hub.census().liveCalls} of ${live.size} live`);
  return wrong;
}

t.test(`${SEEDS} chaotic runs end in agreement`, async (t) => {
  let calls = 0;
  let connected = 0;
  for (let seed = 0; seed < SEEDS; seed++) {
    const rng = createRng(`chaos-${seed}`);
    const world = new World({ seed: `chaos-${seed}`, delayMs: 5 + rng.below(80), waits: { endedMs: 20_000 } });
    for (const name of DEVICES) world.add(name, { clockMs: rng.below(10_000_000) }).act(name, 'open');
    for (let action = 0; action < ACTIONS; action++) {
      world.run(rng.below(pick(rng, [30, 300, 300, 3_000])));
      misbehave(world, rng);
    }
    world.heal();
    for (const name of DEVICES) world.act(name, 'come back');
    world.run(QUIET_MS);
    // A call may be on the move at this very instant, for example because it rang long enough.
    world.until(() => disagreements(world).length === 0, 1_000);
    const wrong = [...historyOf(world).faults, ...disagreements(world)];
    if (wrong.length > 0) t.strictSame(wrong, [], `seed ${seed}`);
    calls += world.hubEffects('changed').filter(({ record }) => record.version === 1).length;
    connected += world.hubEffects('changed').filter(({ record }) => record.phase === 'connected').length;
  }
  t.comment(`${calls} calls, ${connected} of them answered`);
  t.ok(calls > 3 * SEEDS, `enough calls to mean something: ${calls}`);
  t.ok(connected > SEEDS / 2, `enough of them were answered: ${connected}`);
});
