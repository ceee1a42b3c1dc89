import t from 'tap';
import { LIMITS } from '../../../src/protocol/limits.js';
import type { HubEffect } from '../../../src/server/hub/io.js';
import { newHub } from '../started.js';

t.test('a user may call so often in a minute, and others are not held back by it', async (t) => {
  const hub = newHub();
  const seqs = new Map<string, number>();
  const invite = (user: string, now: number, id?: string): string | null => {
    const seq = (seqs.get(user) ?? 0) + 1;
    seqs.set(user, seq);
    const frame = {
      type: 'command',
      seq,
      id: id ?? `m-${user}-${seq}`,
      op: 'invite',
      call: `c-${user}-${seq}`,
      to: 'nobody',
    } as const;
    const effects = hub.handle({ type: 'frame', conn: user, frame }, now);
    // Everything is acknowledged, so that only the limit in question can be met.
    hub.handle({ type: 'frame', conn: user, frame: { type: 'ack', ack: 1_000_000 } }, now);
    const answered = effects.find((effect): effect is Extract<HubEffect, { type: 'answered' }> => effect.type === 'answered');
    return answered === undefined ? 'repeated' : answered.refused;
  };
  for (const user of ['ann', 'ben']) {
    hub.handle({ type: 'open', conn: user }, 0);
    hub.handle({ type: 'hello', conn: user, user, hello: { type: 'hello', token: 't', device: 'phone' } }, 0);
  }
  for (let count = 0; count < LIMITS.invitationsPerMinuteMax; count++) t.equal(invite('ann', 0), null);
  t.equal(invite('ann', 0), 'too-many-invitations');
  t.equal(invite('ann', 0, `m-ann-${LIMITS.invitationsPerMinuteMax}`), 'repeated', 'a repeated command gets its old answer');
  t.equal(invite('ben', 0), null);
  const oneMoreMs = 60_000 / LIMITS.invitationsPerMinuteMax;
  t.equal(invite('ann', oneMoreMs - 1), 'too-many-invitations');
  t.equal(invite('ann', oneMoreMs), null, 'the minute moves on');
  t.equal(invite('ann', oneMoreMs), 'too-many-invitations');
});
