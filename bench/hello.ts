/** What the log-in of a device costs a hub that keeps many calls: whether thousands can come back at the same time. */
import type { CallRecord } from '../src/protocol/call.js';
import { WAITS } from '../src/protocol/limits.js';
import { createRng } from '../src/protocol/rng.js';
import { Hub } from '../src/server/hub/hub.js';
import { SOUND_POLICY } from '../src/server/hub/policy.js';
import type { StoredEntry } from '../src/server/hub/stored.js';
import { type Bench, type Row, timed } from './bench.js';

const DEVICES = 6_000;
const NOW = 1e12;

/** Calls that are over and can still be read, spread evenly over all users. */
function* keptCalls(count: number): Generator<StoredEntry> {
  for (let index = 0; index < count; index++) {
    const at = NOW - 1_000 - (index % 1_000);
    const record: CallRecord = {
      id: `call-${index}`,
      version: 3,
      phase: 'ended',
      caller: { user: `user-${index % DEVICES}`, device: 'phone' },
      callee: { user: `user-${(index * 7 + 1) % DEVICES}`, device: null },
      invitedAt: at,
      ringingAt: at,
      answeredAt: null,
      endedAt: at,
      reason: 'cancelled',
      endedBy: null,
    };
    yield { key: `call:${record.id}`, value: { kind: 'call', call: { record, movedBy: [] } } };
  }
}

/** Milliseconds per log-in when all devices come at once, and per count of what the hub holds. */
function measured(kept: number): { readonly hello: number; readonly count: number } {
  const hub = new Hub({ waits: WAITS, policy: SOUND_POLICY, rng: createRng('bench') });
  hub.restore(keptCalls(kept), NOW);
  const logIns = (round: string): number =>
    timed(() => {
      for (let index = 0; index < DEVICES; index++) {
        const conn = `${round}-${index}`;
        hub.handle({ type: 'open', conn }, NOW);
        hub.handle({ type: 'hello', conn, user: `user-${index}`, hello: { type: 'hello', token: '-', device: 'phone' } }, NOW);
      }
    }) / DEVICES;
  logIns('warm');
  const hello = logIns('measured');
  const rounds = 100;
  const count = timed(() => {
    for (let round = 0; round < rounds; round++) [hub.phases(), hub.census()];
  });
  return { hello, count: count / rounds };
}

export const helloBench: Bench = {
  name: `log-in: ${DEVICES} devices that come back to a hub that keeps calls`,
  async run() {
    const us = (ms: number): string => `${(ms * 1_000).toFixed(0)} us`;
    const rows: Row[] = [['calls kept', 'per log-in', 'of the one with none', 'per count of phases and sessions']];
    measured(0);
    const none = measured(0);
    for (const kept of [0, 6_000, 60_000, 180_000]) {
      const { hello, count } = kept === 0 ? none : measured(kept);
      rows.push([`${kept}`, us(hello), `${(hello / none.hello).toFixed(1)} x`, us(count)]);
    }
    return rows;
  },
};
