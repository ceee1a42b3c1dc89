/** The replica: which records it takes on, how many it keeps, and which of its calls a device shows. */
import t from 'tap';
import {
  EMPTY_REPLICA,
  givenUpOn,
  inviting,
  type Replica,
  SOUND_REPLICA,
  shownBy,
  takeOn,
  withoutLost,
  withReported,
} from '../../src/client/replica.js';
import { applyMove, type CallRecord, invite, type Move } from '../../src/protocol/call.js';
import { LIMITS } from '../../src/protocol/limits.js';

const phone = (user: string) => ({ user, device: 'phone' });
const bob = phone('bob');
const make = (id: string, from = 'alice', to = 'bob', at = 1_000): CallRecord => invite(id, phone(from), to, at);
const after = (record: CallRecord, ...moves: readonly (readonly [Move, string | null])[]): CallRecord =>
  moves.reduce((now, [move, by]) => applyMove(now, move, by === null ? null : phone(by), 2_000).record, record);

/** Takes on all records in order; a record that is not taken on changes nothing. */
const holding = (records: readonly CallRecord[], start: Replica = EMPTY_REPLICA): Replica =>
  records.reduce((replica, record) => takeOn(replica, record, bob, SOUND_REPLICA) ?? replica, start);

t.test('every order of every version leaves the latest', async (t) => {
  const versions = [make('c-1')];
  for (const move of [
    ['ring', 'bob'],
    ['accept', 'bob'],
    ['hangup', 'alice'],
  ] as const)
    versions.push(after(versions.at(-1)!, move));
  const orders = permutations([0, 1, 2, 3]);
  t.equal(orders.length, 24);
  for (const order of orders) {
    const replica = holding([...order, ...order].map((index) => versions[index]!));
    t.strictSame(shownBy(replica, bob).view, { state: 'ended', reason: 'hangup', timerStartedAt: null }, `${order}`);
    t.equal(takeOn(replica, versions[0]!, bob, SOUND_REPLICA), null);
  }
});

t.test('a replica that is taken on from is left alone', async (t) => {
  const first = holding([make('c-1')]);
  holding([after(make('c-1'), ['accept', 'bob'])], first);
  t.equal(first.records.get('c-1')?.version, 1);
});

t.test('it keeps so many calls, and gives up the ended ones first', async (t) => {
  const live = after(make('live'), ['accept', 'bob']);
  const ended = Array.from({ length: 2 * LIMITS.replicaCallsMax }, (_, index) => after(make(`c-${index}`), ['cancel', 'alice']));
  const replica = holding([live, ...ended]);
  t.equal(replica.records.size, LIMITS.replicaCallsMax);
  t.ok(replica.records.has('live'));
  t.ok(replica.records.has(ended.at(-1)!.id), 'the latest is kept');
  t.equal(shownBy(replica, bob).call, 'live');
});

t.test('which call is shown: the furthest live one, else the invitation under way, else the one heard of last', async (t) => {
  const ringing = after(make('rings'), ['ring', 'bob']);
  const up = after(make('up', 'carol'), ['accept', 'bob']);
  const over = after(make('over', 'dave'), ['reject', 'bob']);
  const elsewhere = applyMove(make('elsewhere'), 'accept', { user: 'bob', device: 'tab' }, 2_000).record;
  const foreign = after(make('foreign', 'carol', 'dave'), ['accept', 'dave']);
  const cases: [string, CallRecord[], string | null, string | null][] = [
    ['nothing', [], null, null],
    ['a call of others', [foreign], null, null],
    ['furthest, in either order', [up, ringing], null, 'up'],
    ['furthest, in either order', [ringing, up], null, 'up'],
    ['an ended one hides no live one', [ringing, over], null, 'rings'],
    ['nor does one at a sibling', [ringing, elsewhere], null, 'rings'],
    ['the pending one over ended ones', [over, elsewhere], 'mine', 'mine'],
    ['a live one over the pending', [ringing, over], 'mine', 'rings'],
    ['the last heard of', [over, elsewhere], null, 'elsewhere'],
    ['the last heard of', [elsewhere, over], null, 'over'],
    ['the last heard of', [ringing, over, after(ringing, ['cancel', 'alice'])], null, 'rings'],
    ['of two in one phase the earlier', [make('late', 'carol', 'bob', 1_001), make('early')], null, 'early'],
    ['of two in one phase the earlier', [make('early'), make('late', 'carol', 'bob', 1_001)], null, 'early'],
    ['of two in one instant the first heard of', [make('first'), make('second', 'carol')], null, 'first'],
  ];
  for (const [name, records, pending, call] of cases) {
    t.equal(shownBy({ ...holding(records), pending }, bob).call, call, name);
  }
});

t.test('its record takes the place of the invitation under way', async (t) => {
  const mine = make('mine', 'bob', 'alice');
  t.equal(holding([mine], { ...EMPTY_REPLICA, pending: 'mine' }).pending, null);
  t.equal(holding([mine], { ...EMPTY_REPLICA, pending: 'other' }).pending, 'other');
});

t.test(
  'live calls that a fresh server does not know are dropped, ended ones kept; the one that was shown has an end',
  async (t) => {
    const replica = holding([after(make('over'), ['cancel', 'alice']), make('lost', 'carol'), make('known', 'dave')]);
    const rest = withoutLost(replica, new Set(['known']), 'peer-lost', bob);
    t.strictSame([...rest.records.keys()], ['over', 'known']);
    t.equal(replica.records.size, 3);
    t.equal(shownBy(rest, bob).call, 'known', 'what is live is shown');
    const nothing = withoutLost(rest, new Set(), 'server-error', bob);
    t.match(shownBy(nothing, bob), {
      call: 'known',
      version: null,
      side: 'callee',
      view: { state: 'ended', reason: 'server-error' },
    });
    const again = withoutLost(nothing, new Set(), 'peer-lost', bob);
    t.match(shownBy(again, bob), { call: 'known', view: { reason: 'server-error' } }, 'and keeps it');
    t.equal(shownBy(takeOn(again, make('next', 'erin'), bob, SOUND_REPLICA)!, bob).call, 'next');
  },
);

t.test('a provisional end is shown until the server reports the call; an old record changes nothing', async (t) => {
  const ringing = after(make('c'), ['ring', 'bob']);
  const replica = givenUpOn(holding([make('c'), ringing]), 'c', 'server-error', bob);
  t.match(shownBy(replica, bob), {
    call: 'c',
    version: null,
    view: { state: 'ended', reason: 'server-error', timerStartedAt: null },
  });
  t.equal(withReported(replica, make('c')), replica, 'version 1 is older than what was given up on');
  t.equal(withReported(replica, make('other')), replica);
  t.match(
    shownBy(withReported(replica, ringing), bob),
    { call: 'c', version: 2, view: { state: 'ringing' } },
    'the same version',
  );
  const ended = after(ringing, ['cancel', 'alice']);
  t.match(shownBy(takeOn(withReported(replica, ended), ended, bob, SOUND_REPLICA)!, bob), {
    version: 3,
    view: { reason: 'cancelled' },
  });
  const other = takeOn(replica, make('other', 'carol'), bob, SOUND_REPLICA)!;
  t.match(shownBy(other, bob), { call: 'other', view: { state: 'inviting' } }, 'a live call hides it');
});

t.test('an invitation that was given up on is unreachable, and the next one hides it', async (t) => {
  const replica = givenUpOn(inviting(holding([after(make('old'), ['reject', 'bob'])]), 'mine'), 'mine', 'unreachable', bob);
  t.match(shownBy(replica, bob), {
    call: 'mine',
    version: null,
    side: 'caller',
    view: { state: 'ended', reason: 'unreachable' },
  });
  const again = inviting(replica, 'again');
  t.match(shownBy(again, bob), { call: 'again', view: { state: 'inviting' } });
  t.equal(shownBy({ ...again, pending: null }, bob).call, 'old', 'and leaves nothing of it');
});

function permutations(items: readonly number[]): number[][] {
  if (items.length === 0) return [[]];
  return items.flatMap((item) => permutations(items.filter((other) => other !== item)).map((rest) => [item, ...rest]));
}
