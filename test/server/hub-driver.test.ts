/** The driver of the hub: nothing is told before it is kept, and nothing is kept that tells nobody anything yet. */
import t from 'tap';
import { WAITS } from '../../src/protocol/limits.js';
import { createRng } from '../../src/protocol/rng.js';
import { Hub } from '../../src/server/hub/hub.js';
import type { HubEffect } from '../../src/server/hub/io.js';
import { SOUND_POLICY } from '../../src/server/hub/policy.js';
import { driveHub, type HubDriver } from '../../src/server/hub-driver.js';
import { memoryStore } from '../../src/server/store/memory.js';
import type { Store } from '../../src/server/store/store.js';

const NOW = 1_000_000;

interface Driven {
  readonly driver: HubDriver;
  /** What was done, in order: commits with their keys, and the types of effects. */
  readonly log: string[];
  readonly failures: unknown[];
  readonly store: Store;
}

function drive(fails: (commits: number) => boolean = () => false): Driven {
  const log: string[] = [];
  const failures: unknown[] = [];
  const memory = memoryStore();
  let commits = 0;
  const store: Store = {
    ...memory,
    commit(changes) {
      if (fails(++commits)) throw new Error('the disk is full');
      log.push(`commit ${[...new Set(changes.map(({ key }) => key.split(':')[0]))].join(' ')}`);
      memory.commit(changes);
    },
  };
  const perform = (effect: HubEffect, cause: number | null): number | null => {
    if (effect.type === 'transmit') log.push(`transmit ${effect.frame.type}`);
    return cause;
  };
  const hub = new Hub({ waits: WAITS, policy: SOUND_POLICY, rng: createRng('driver'), durable: true });
  const driver = driveHub({ hub, store, time: () => NOW, perform, broken: (error) => failures.push(error) });
  t.teardown(() => driver.stop());
  return { driver, log, failures, store };
}

/** Until what was fed is handled. */
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(() => setImmediate(resolve)));

function hello(driver: HubDriver, conn: string, user: string): void {
  driver.feed({ type: 'open', conn }, null);
  driver.feed({ type: 'hello', conn, user, hello: { type: 'hello', token: '-', device: 'phone' } }, null);
}

const invite = { type: 'command', seq: 1, id: 'the-command', op: 'invite', call: 'call', to: 'ben' } as const;

t.test('all inputs of a turn are kept with one commit, before anything of them is told', async (t) => {
  const { driver, log } = drive();
  hello(driver, 'a', 'ann');
  hello(driver, 'b', 'ben');
  driver.feed({ type: 'frame', conn: 'a', frame: invite }, null);
  t.strictSame(log, [], 'nothing happens within the turn');
  await turn();
  t.strictSame(log, [
    'commit session call result',
    'transmit welcome',
    'transmit welcome',
    'transmit result',
    'transmit event',
    'transmit event',
  ]);
});

t.test('what tells nobody anything is kept with the next thing that does, or at the end', async (t) => {
  const { driver, log } = drive();
  hello(driver, 'a', 'ann');
  hello(driver, 'b', 'ben');
  driver.feed({ type: 'frame', conn: 'a', frame: invite }, null);
  await turn();
  log.length = 0;
  driver.feed({ type: 'frame', conn: 'a', frame: { type: 'ack', ack: 2 } }, null);
  await turn();
  t.strictSame(log, [], 'an acknowledgement waits');
  driver.feed({ type: 'frame', conn: 'b', frame: { ...invite, op: 'ring', id: 'ring' } }, null);
  await turn();
  t.strictSame(log, ['commit session call result', 'transmit result', 'transmit event', 'transmit event']);
  log.length = 0;
  driver.feed({ type: 'frame', conn: 'b', frame: { type: 'ack', ack: 3 } }, null);
  driver.stop();
  t.strictSame(log, ['commit session'], 'the end keeps what waited');
});

t.test('a store that fails ends everything: nothing of the batch is told, not even when somebody asks', async (t) => {
  const { driver, log, failures } = drive((commits) => commits === 2);
  hello(driver, 'a', 'ann');
  hello(driver, 'b', 'ben');
  await turn();
  log.length = 0;
  driver.feed({ type: 'frame', conn: 'a', frame: invite }, null);
  await turn();
  t.strictSame(log, []);
  t.match(failures, [{ message: 'the disk is full' }]);
  t.equal(driver.read('call', 'ann'), null, 'the call that was not kept is not told over HTTP either');
  driver.feed({ type: 'frame', conn: 'b', frame: { ...invite, op: 'ring', id: 'ring' } }, null);
  await turn();
  driver.stop();
  t.strictSame(log, [], 'nothing more is handled');
  t.equal(failures.length, 1, 'and it is told once');
});

t.test('a hub that is replaced takes with it what waited', async (t) => {
  const { driver, log, store } = drive();
  hello(driver, 'a', 'ann');
  await turn();
  log.length = 0;
  driver.feed({ type: 'frame', conn: 'a', frame: { type: 'ack', ack: 0 } }, null);
  await turn();
  driver.replace(new Hub({ waits: WAITS, policy: SOUND_POLICY, rng: createRng('other'), durable: true }), store);
  driver.stop();
  t.strictSame(log, [], 'nothing of the old one is written into the store of the new one');
});

t.test('a hub takes the place of another with a store of its own, or with none', async (t) => {
  const { driver, log, store } = drive();
  const another = (durable: boolean): Hub => new Hub({ waits: WAITS, policy: SOUND_POLICY, rng: createRng('other'), durable });
  driver.replace(another(false), null);
  hello(driver, 'a', 'ann');
  await turn();
  t.strictSame(log, ['transmit welcome']);
  log.length = 0;
  driver.replace(another(true), store);
  hello(driver, 'b', 'ben');
  await turn();
  t.strictSame(log, ['commit session', 'transmit welcome']);
});
