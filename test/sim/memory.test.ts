/** A hub that has seen many calls holds no more than one that has seen none. */
import t from 'tap';
import type { ClientPayload, ServerFrame } from '../../src/protocol/frames.js';
import { LIMITS, WAITS } from '../../src/protocol/limits.js';
import { createRng } from '../../src/protocol/rng.js';
import { Hub } from '../../src/server/hub/hub.js';
import { SOUND_POLICY } from '../../src/server/hub/policy.js';

const CALLS = 10_000;

t.setTimeout(300_000);

t.test(`after ${CALLS} calls the maps of the hub are back to where they were`, async (t) => {
  const hub = new Hub({ waits: WAITS, policy: SOUND_POLICY, rng: createRng('memory'), durable: true });
  const kept = new Set<string>();
  const numbers = new Map<string, number>();
  let now = 1_000;
  const take = (effects: ReturnType<Hub['handle']>): void => {
    for (const effect of effects) {
      if (effect.type === 'persist')
        for (const { key, value } of effect.entries) value === null ? kept.delete(key) : kept.add(key);
      if (effect.type !== 'transmit' || !('seq' in effect.frame)) continue;
      const { seq } = effect.frame as ServerFrame & { seq: number };
      take(hub.handle({ type: 'frame', conn: effect.conn, frame: { type: 'ack', ack: seq } }, now));
    }
  };
  const say = (conn: string, payload: ClientPayload): void => {
    const seq = (numbers.get(conn) ?? 0) + 1;
    numbers.set(conn, seq);
    take(hub.handle({ type: 'frame', conn, frame: { ...payload, seq } }, now));
  };
  const connect = (conn: string, user: string): void => {
    take(hub.handle({ type: 'open', conn }, now));
    take(hub.handle({ type: 'hello', conn, user, hello: { type: 'hello', token: user, device: 'phone' } }, now));
  };
  connect('a', 'alice');
  connect('b', 'bob');
  const before = { census: hub.census(), holdings: hub.holdings(), kept: [...kept].sort() };
  for (let n = 0; n < CALLS; n++) {
    // As often as one user may invite.
    now += 60_000 / LIMITS.invitationsPerMinuteMax;
    const call = `c-${n}`;
    const command = (op: 'invite' | 'accept' | 'hangup'): ClientPayload => ({
      type: 'command',
      id: `m-${n}-${op}`,
      op,
      call,
      ...(op === 'invite' ? { to: 'bob' } : {}),
    });
    say('a', command('invite'));
    say('b', command('accept'));
    say(n % 2 === 0 ? 'a' : 'b', command('hangup'));
    take(hub.handle({ type: 'tick' }, now));
  }
  t.ok(hub.holdings().calls >= LIMITS.invitationsPerMinuteMax - 1, 'ended calls can still be read');
  for (const end = now + WAITS.endedMs + WAITS.silentMs; now <= end; now += WAITS.silentMs / 2) {
    for (const conn of ['a', 'b']) take(hub.handle({ type: 'frame', conn, frame: { type: 'ping', at: now } }, now));
    take(hub.handle({ type: 'tick' }, now));
  }
  const results = [...kept].filter((key) => key.startsWith('result:'));
  const others = [...kept].filter((key) => !key.startsWith('result:'));
  t.strictSame({ census: hub.census(), holdings: hub.holdings(), kept: others.sort() }, before);
  t.ok(results.length > 0 && results.length <= 2 * LIMITS.commandResultsMax, 'of results no more than a device may repeat');

  for (const conn of ['a', 'b']) take(hub.handle({ type: 'closed', conn }, now));
  take(hub.handle({ type: 'tick' }, now + WAITS.graceMs));
  t.strictSame(hub.holdings(), { calls: 0, deadlines: 0, undelivered: 0 });
  t.strictSame(hub.census(), { connections: 0, sessions: 0, liveCalls: 0, busyUsers: 0 });
  t.equal(kept.size, 0, 'and the store keeps nothing');
});
