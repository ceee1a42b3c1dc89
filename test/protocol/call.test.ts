/** The record of a call: every cell of the table by every mover, the races in both orders, and what every device shows. */
import t from 'tap';
import type { Address } from '../../src/protocol/address.js';
import { addressOf, sameAddress } from '../../src/protocol/address.js';
import {
  applyMove,
  type CallRecord,
  IDLE,
  invite,
  LEGAL_MOVES,
  MOVER,
  MOVES,
  type Move,
  PHASES,
  viewOf,
} from '../../src/protocol/call.js';
import type { Refusal } from '../../src/protocol/reasons.js';

const caller: Address = { user: 'alice', device: 'phone' };
const callerTab: Address = { user: 'alice', device: 'tab' };
const callee: Address = { user: 'bob', device: 'phone' };
const calleeTab: Address = { user: 'bob', device: 'tab' };
const stranger: Address = { user: 'carol', device: 'phone' };
const MOVERS: readonly (Address | null)[] = [caller, callerTab, callee, calleeTab, stranger, null];
const DEVICES = MOVERS.filter((mover) => mover !== null);

const fresh = (): CallRecord => invite('c-1', caller, 'bob', 100);
const nameOf = (mover: Address | null): string => (mover === null ? 'server' : addressOf(mover));

/** Makes moves one after another, 100 ms apart, and returns the record with each move's refusal. */
function play(...moves: readonly (readonly [Move, Address | null])[]): { record: CallRecord; refused: (Refusal | null)[] } {
  let record = fresh();
  const refused = moves.map(([move, by], index) => {
    const moved = applyMove(record, move, by, 200 + 100 * index);
    record = moved.record;
    return moved.refused;
  });
  return { record, refused };
}

/** Every record that any moves of anybody lead to; the time is drawn from the version, so that the set is finite. */
function reachable(): CallRecord[] {
  const found = new Map<string, CallRecord>([[JSON.stringify(fresh()), fresh()]]);
  for (const record of found.values()) {
    for (const move of MOVES) {
      for (const by of MOVERS) {
        const next = applyMove(record, move, by, 100 * (record.version + 1)).record;
        found.set(JSON.stringify(next), next);
      }
    }
  }
  return [...found.values()];
}

/** What the table, the list of movers and the rule for sibling devices say of a move, without making it. */
function expected(record: CallRecord, move: Move, by: Address | null): { refused: Refusal | null; to: string | null } {
  const isCaller = by?.user === record.caller.user;
  const isCallee = by?.user === record.callee.user;
  if (by !== null && !isCaller && !isCallee) return { refused: 'not-a-participant', to: null };
  if (!MOVER[move].includes(by === null ? 'server' : isCaller ? 'caller' : 'callee'))
    return { refused: 'not-your-move', to: null };
  if (record.phase !== 'ended' && isCaller && by.device !== record.caller.device) return { refused: 'not-your-move', to: null };
  const answerer = record.callee.device;
  if (record.phase !== 'ended' && isCallee && answerer !== null && by.device !== answerer) {
    return { refused: 'answered-elsewhere', to: null };
  }
  const cell = LEGAL_MOVES[record.phase][move];
  if ('to' in cell) return { refused: null, to: cell.to };
  if ('same' in cell) return { refused: null, to: null };
  const repeats = { hangup: 'hangup', cancel: 'cancelled', reject: 'rejected' } as Partial<Record<Move, string>>;
  const isRepeat = by !== null && record.endedBy !== null && sameAddress(by, record.endedBy) && repeats[move] === record.reason;
  return { refused: isRepeat ? null : cell.refuse, to: null };
}

t.test('the whole table: every reachable record x move x mover', async (t) => {
  const records = reachable();
  t.strictSame(new Set(records.map(({ phase }) => phase)), new Set(PHASES), 'every phase is reached');
  t.strictSame(
    new Set(records.map(({ reason }) => reason).filter((reason) => reason !== null)),
    new Set(['hangup', 'cancelled', 'rejected', 'busy', 'missed', 'unreachable', 'peer-lost', 'server-error']),
  );
  const faults: string[] = [];
  for (const record of records) {
    for (const move of MOVES) {
      for (const by of MOVERS) {
        const at = 100 * (record.version + 1);
        const before = structuredClone(record);
        const moved = applyMove(record, move, by, at);
        const { refused, to } = expected(record, move, by);
        const where = `v${record.version} ${record.phase}(${record.reason}) x ${move} by ${nameOf(by)}`;
        const check = (isSo: boolean, what: string): void => void (isSo || faults.push(`${where}: ${what}`));
        check(JSON.stringify(record) === JSON.stringify(before), 'the record given was written to');
        check(moved.refused === refused, `refused ${moved.refused}, expected ${refused}`);
        check(moved.changed === (to !== null), `changed ${moved.changed}`);
        if (to === null) check(moved.record === record, 'nothing changes, yet the record is another one');
        else {
          const next = moved.record;
          check(next.version === record.version + 1, 'the version grows by one');
          check(next.phase === to, `to ${next.phase}`);
          const time = ({ ringing: 'ringingAt', connected: 'answeredAt', ended: 'endedAt' } as const)[to as 'ringing'];
          const set = Object.entries(next).filter(([key, value]) => value !== record[key as keyof CallRecord]);
          const mayChange = ['version', 'phase', time, ...(to === 'ended' ? ['reason', 'endedBy'] : [])];
          if (to === 'connected') mayChange.push('callee');
          check(next[time] === at && record[time] === null, 'the time of the phase is set, once');
          check(
            set.every(([key]) => mayChange.includes(key)),
            `changed ${set.map(([key]) => key)}`,
          );
          check(next.callee.device === (to === 'connected' ? by?.device : record.callee.device), 'the device that answered');
          check((next.reason !== null) === (next.phase === 'ended'), 'a reason and only at the end');
        }
      }
    }
  }
  t.strictSame(faults, []);
  t.ok(records.length > 30, `${records.length} records looked at`);
});

t.test('the end is final for everybody', async (t) => {
  for (const record of reachable().filter(({ phase }) => phase === 'ended')) {
    const after = MOVES.flatMap((move) => MOVERS.map((by) => applyMove(record, move, by, 9_999).record));
    t.ok(
      after.every((other) => other === record),
      `${record.reason}, v${record.version}`,
    );
  }
});

t.test('races come out one way per order, and the loser is told what happened', async (t) => {
  const accept = ['accept', callee] as const;
  const acceptTab = ['accept', calleeTab] as const;
  const ring = ['ring', callee] as const;
  const cancel = ['cancel', caller] as const;
  const reject = ['reject', callee] as const;
  const rejectTab = ['reject', calleeTab] as const;
  const noAnswer = ['no-answer', null] as const;
  const races: [string, readonly (readonly [Move, Address | null])[], string, (Refusal | null)[]][] = [
    ['accept, cancel', [ring, accept, cancel], 'connected', [null, null, 'already-connected']],
    ['cancel, accept', [ring, cancel, accept], 'cancelled', [null, null, 'already-ended']],
    ['accept, no-answer', [ring, accept, noAnswer], 'connected', [null, null, null]],
    ['no-answer, accept', [ring, noAnswer, accept], 'missed', [null, null, 'already-ended']],
    ['reject, cancel', [ring, reject, cancel], 'rejected', [null, null, 'already-ended']],
    ['cancel, reject', [ring, cancel, reject], 'cancelled', [null, null, 'already-ended']],
    ['two devices accept', [ring, accept, acceptTab], 'connected', [null, null, 'answered-elsewhere']],
    ['accept, other rejects', [ring, accept, rejectTab], 'connected', [null, null, 'answered-elsewhere']],
    ['reject, other accepts', [ring, rejectTab, accept], 'rejected', [null, null, 'already-ended']],
    ['ring after accept', [accept, ring], 'connected', [null, null]],
    ['ring after cancel', [cancel, ring], 'cancelled', [null, 'already-ended']],
    ['both hang up', [accept, ['hangup', caller], ['hangup', callee]], 'hangup', [null, null, 'already-ended']],
    [
      'hang up before the answer',
      [ring, ['hangup', caller], ['hangup', callee]],
      'ringing',
      [null, 'not-connected', 'not-connected'],
    ],
    ['accept before ring', [accept], 'connected', [null]],
    ['reject after accept', [accept, reject], 'connected', [null, 'already-connected']],
    ['busy after accept', [accept, ['busy', null]], 'connected', [null, null]],
  ];
  for (const [name, moves, outcome, refused] of races) {
    const played = play(...moves);
    t.equal(played.record.reason ?? played.record.phase, outcome, name);
    t.strictSame(played.refused, refused, `${name}: refusals`);
  }
  t.strictSame(play(ring, accept, acceptTab).record.callee, { user: 'bob', device: 'phone' });
  t.strictSame(play(ring, acceptTab, accept).record.callee, { user: 'bob', device: 'tab' });
  t.strictSame(play(accept, ['hangup', callee], ['hangup', caller]).record.endedBy, callee, 'the first hang-up is the cause');
});

t.test('a command repeated by the same device is no error and no second effect', async (t) => {
  const repeated: [Move, Address, readonly (readonly [Move, Address])[]][] = [
    ['ring', callee, []],
    ['accept', callee, []],
    ['reject', callee, [['ring', callee]]],
    ['cancel', caller, [['ring', callee]]],
    ['hangup', caller, [['accept', callee]]],
    ['hangup', callee, [['accept', callee]]],
  ];
  for (const [move, by, before] of repeated) {
    const once = play(...before, [move, by]);
    const thrice = play(...before, [move, by], [move, by], [move, by]);
    t.strictSame(thrice.record, once.record, `${move} by ${nameOf(by)}`);
    t.strictSame(thrice.refused.slice(-2), [null, null]);
  }
  t.strictSame(play(['ring', callee], ['ring', calleeTab]).refused, [null, null], 'a second device may ring too');
});

t.test('views of one record: no two devices contradict each other', async (t) => {
  const faults: string[] = [];
  for (const record of reachable()) {
    const view = (device: Address) => viewOf(record, device);
    const text = (device: Address): string => `${view(device).state}(${view(device).reason})`;
    const check = (isSo: boolean, what: string): void => void (isSo || faults.push(`${JSON.stringify(record)}: ${what}`));
    check(view(stranger) === IDLE && view(callerTab) === IDLE, 'who has no part shows nothing');
    check(view(caller).state === record.phase, 'the caller shows the phase');
    check(view(caller).reason === record.reason, 'the caller shows the reason');
    const answerer = record.callee.device;
    for (const device of [callee, calleeTab]) {
      const rejectedElsewhere =
        record.reason === 'rejected' && record.endedBy !== null && !sameAddress(record.endedBy, device) && answerer === null;
      if (answerer !== null && answerer !== device.device)
        check(text(device) === 'ended(answered-elsewhere)', 'answered elsewhere');
      else if (rejectedElsewhere) check(text(device) === 'ended(rejected-elsewhere)', 'rejected elsewhere');
      else check(text(device) === text(caller), `${text(device)} against the caller's ${text(caller)}`);
    }
    for (const device of DEVICES) {
      const { state, timerStartedAt } = view(device);
      check(
        timerStartedAt === (state === 'connected' ? record.answeredAt : null),
        'a timer runs from the answer while connected',
      );
      check(state !== 'connected' || timerStartedAt !== null, 'connected has a timer');
    }
    const talking = DEVICES.filter((device) => view(device).state === 'connected');
    check(talking.length === (record.phase === 'connected' ? 2 : 0), 'exactly two devices talk');
  }
  t.strictSame(faults, []);
});
