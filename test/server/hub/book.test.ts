/** What the book of calls keeps beside the calls themselves, against looking at all of them. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import t from 'tap';
import { type CallRecord, MOVES, type Move, PHASES } from '../../../src/protocol/call.js';
import { Deadlines } from '../../../src/protocol/deadlines.js';
import { LIMITS, WAITS } from '../../../src/protocol/limits.js';
import { CallBook } from '../../../src/server/hub/book.js';
import { type HubPolicy, SOUND_POLICY } from '../../../src/server/hub/policy.js';

const USERS = ['alice', 'bob', 'carol', 'dave'];
const IDS = Array.from({ length: 12 }, (_, index) => `c-${index}`);

type Act =
  | { readonly type: 'invite'; readonly id: string; readonly caller: string; readonly callee: string }
  | { readonly type: 'move'; readonly id: string; readonly move: Move; readonly user: string }
  | { readonly type: 'wait'; readonly ms: number }
  | { readonly type: 'start again' };

const user = fc.constantFrom(...USERS);
const id = fc.constantFrom(...IDS);
const act: fc.Arbitrary<Act> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ type: fc.constant('invite' as const), id, caller: user, callee: user }) },
  { weight: 6, arbitrary: fc.record({ type: fc.constant('move' as const), id, move: fc.constantFrom(...MOVES), user }) },
  {
    weight: 1,
    arbitrary: fc.record({
      type: fc.constant('wait' as const),
      ms: fc.constantFrom(0, 1, 500, WAITS.endedMs / 2, WAITS.endedMs),
    }),
  },
  { weight: 1, arbitrary: fc.constant({ type: 'start again' as const }) },
);

/** A book, and the records that it must hold, in the order in which their calls came. */
class Modelled {
  readonly kept = new Map<string, CallRecord>();
  #now = 1_000;
  #deadlines = new Deadlines();
  book: CallBook;

  constructor(readonly policy: HubPolicy) {
    this.book = new CallBook(this.#deadlines, WAITS, policy);
  }

  do(one: Act): void {
    if (one.type === 'invite') {
      const invited = this.book.invite(one.id, { user: one.caller, device: 'phone' }, one.callee, this.#now);
      if (invited.kind !== 'created') return;
      this.kept.delete(one.id);
      this.kept.set(one.id, invited.record);
    } else if (one.type === 'move') this.#move(one.id, one.move, one.user);
    else if (one.type === 'wait') this.#wait(one.ms);
    else this.#startAgain();
  }

  #move(call: string, move: Move, by: string | null): void {
    const moved = this.book.move(call, move, by === null ? null : { user: by, device: 'phone' }, this.#now);
    if (moved?.changed) this.kept.set(call, moved.record);
  }

  #wait(ms: number): void {
    this.#now += ms;
    for (let key = this.#deadlines.takeDue(this.#now); key !== null; key = this.#deadlines.takeDue(this.#now)) {
      const call = key.slice('call:'.length);
      const wasOver = this.kept.get(call)?.phase === 'ended';
      const move = this.book.due(call);
      if (move !== null) this.#move(call, move, null);
      else if (wasOver) this.kept.delete(call);
    }
  }

  #startAgain(): void {
    this.#deadlines = new Deadlines();
    this.book = new CallBook(this.#deadlines, WAITS, this.policy);
    for (const record of this.kept.values()) this.book.restore({ record, movedBy: [] }, this.#now);
  }
}

/** What `of` means: all calls looked at, live ones first, then the latest. */
function callsOf(kept: Iterable<CallRecord>, name: string): CallRecord[] {
  const rank = ({ phase }: CallRecord): number => (phase === 'ended' ? 1 : 0);
  return [...kept]
    .filter(({ caller, callee }) => caller.user === name || callee.user === name)
    .sort((a, b) => rank(a) - rank(b) || b.invitedAt - a.invitedAt)
    .slice(0, LIMITS.welcomeCallsMax);
}

for (const [name, policy] of [
  ['a book', SOUND_POLICY],
  ['one that takes an id twice', { ...SOUND_POLICY, isSameInvitation: () => false, occupies: () => false }],
] as const) {
  t.test(`${name} counts and finds calls as if it looked at all of them`, async (t) => {
    let most = 0;
    fc.assert(
      fc.property(fc.array(act, { minLength: 20, maxLength: 80, size: 'max' }), (acts) => {
        const modelled = new Modelled(policy);
        for (const one of acts) {
          modelled.do(one);
          const records = [...modelled.kept.values()];
          most = Math.max(most, records.length);
          for (const name of USERS) assert.deepEqual(modelled.book.of(name), callsOf(records, name));
          const counts = PHASES.map((phase) => [phase, records.filter((record) => record.phase === phase).length]);
          assert.deepEqual(modelled.book.phases, Object.fromEntries(counts));
          assert.equal(modelled.book.liveCount, records.filter(({ phase }) => phase !== 'ended').length);
          assert.equal(modelled.book.size, records.length);
          assert.equal(modelled.book.busyCount, modelled.book.busyUsers().length);
        }
      }),
      { numRuns: 200, seed: 11 },
    );
    t.ok(most > 5, 'books of some size were among them');
  });
}

t.test('a user has at most so many calls in a welcome, the live one and the latest', async (t) => {
  const book = new CallBook(new Deadlines(), WAITS, SOUND_POLICY);
  const alice = { user: 'alice', device: 'phone' };
  for (let index = 0; index < LIMITS.welcomeCallsMax + 5; index++) {
    book.invite(`c-${index}`, alice, 'bob', index);
    book.move(`c-${index}`, 'cancel', alice, index);
  }
  book.invite('live', alice, 'carol', 1);
  const ids = book.of('alice').map(({ id }) => id);
  t.equal(ids.length, LIMITS.welcomeCallsMax);
  t.strictSame(ids.slice(0, 2), ['live', `c-${LIMITS.welcomeCallsMax + 4}`]);
  t.strictSame(book.of('nobody'), []);
});
