/** The table of user actions against the table of legal moves. */
import t from 'tap';
import {
  ACTIONS,
  CALL_ACTIONS,
  ENDING_ACTIONS,
  endingFor,
  isCallAction,
  isUserAction,
  presenceOf,
  USER_ACTIONS,
} from '../../src/protocol/actions.js';
import { LEGAL_MOVES, MOVER, PHASES } from '../../src/protocol/call.js';
import { TIMINGS } from '../../src/scenarios/language/schema.js';

t.test('every action in a call agrees with the legal moves', async (t) => {
  for (const action of CALL_ACTIONS) {
    const { move, leadsTo, ends, by } = ACTIONS[action];
    if (move === null) {
      t.equal(leadsTo, 'inviting', 'only a call has no move: it makes the record');
      continue;
    }
    const movers = by === 'either' ? ['caller', 'callee'] : [by];
    t.strictSame(MOVER[move], movers, `${action} belongs to ${by}`);
    const cells = PHASES.map((phase) => LEGAL_MOVES[phase][move]).filter((cell) => 'to' in cell);
    t.ok(cells.length > 0, `${action} is legal somewhere`);
    for (const cell of cells) t.strictSame(cell, ends === null ? { to: leadsTo } : { to: leadsTo, reason: ends }, action);
  }
});

t.test('actions come in three groups', async (t) => {
  t.strictSame(USER_ACTIONS, ['call', 'accept', 'reject', 'cancel', 'hang up', 'go offline', 'come back', 'open', 'crash']);
  t.strictSame(CALL_ACTIONS, USER_ACTIONS.slice(0, 5));
  t.strictSame(ENDING_ACTIONS, ['reject', 'cancel', 'hang up']);
  for (const action of USER_ACTIONS) {
    t.equal(isCallAction(action), presenceOf(action) === null, `${action} is in a call or about being there`);
    const { by, notifies } = ACTIONS[action];
    if (by !== 'either') t.equal(notifies, by === 'caller' ? 'callee' : 'caller', `${action} notifies the other side`);
  }
});

t.test(
  'what is measured from an action is a timing that scenarios can limit, and ending follows from what is shown',
  async (t) => {
    for (const action of USER_ACTIONS) {
      const { timing } = ACTIONS[action];
      if (timing !== null) t.ok(Object.hasOwn(TIMINGS, timing), `${action}: ${timing}`);
    }
    t.equal(endingFor('connected', 'callee'), 'hang up');
    t.equal(endingFor('inviting', 'caller'), 'cancel');
    t.equal(endingFor('ringing', 'callee'), 'reject');
  },
);

t.test('a word that is no action is none', async (t) => {
  for (const word of ['hangup', 'toString', 'ring', '']) {
    t.notOk(isUserAction(word), word);
    t.equal(presenceOf(word), null);
  }
});
