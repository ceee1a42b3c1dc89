import t from 'tap';
import { VIEW_END_REASONS } from '../../../src/protocol/reasons.js';
import {
  ACTION_PATTERN,
  formatAction,
  formatStates,
  NAME_PATTERN,
  PLAIN_ACTIONS,
  parseAction,
  parseName,
  parseStates,
  parseTarget,
  STATES_PATTERN,
  TARGET_PATTERN,
} from '../../../src/scenarios/language/grammar.js';

const ACTION_TEXTS = [
  'call bob',
  'call  bob',
  ...PLAIN_ACTIONS.flatMap(({ verb, aliases }) => [verb, ...aliases]),
  'hang  up',
  'call',
  'call bob.phone',
  'call bob carol',
  'call 7',
  'Accept',
  'hang-up',
  'toString',
  '',
];

t.test('actions and their aliases', async (t) => {
  t.same(parseAction('call bob'), { ok: true, value: { verb: 'call', callee: 'bob' } });
  t.same(parseAction('decline'), { ok: true, value: { verb: 'reject' } });
  t.same(parseAction('hangup'), { ok: true, value: { verb: 'hang up' } });
  for (const { verb } of PLAIN_ACTIONS) {
    const read = parseAction(verb);
    t.ok(read.ok && formatAction(read.value) === verb, verb);
  }
});

t.test('unknown actions name the nearest one', async (t) => {
  const hints: [string, string][] = [
    ['acept', 'did you mean "accept"?'],
    ['cal bob', 'did you mean "call bob"?'],
    ['dial bob', 'did you mean "call bob"?'],
    ['answer', 'did you mean "accept"?'],
    ['Hang Up', 'did you mean "hang up"?'],
    ['disconnect', 'did you mean "go offline"?'],
    ['sing', 'known: call NAME, accept, reject, cancel, hang up, go offline, come back, open, crash'],
    ['call', 'write call and a name, such as "call bob"'],
    ['call bob.phone', 'a call rings all devices of a user: write "call bob"'],
  ];
  for (const [text, hint] of hints) t.match(parseAction(text), { ok: false, hint }, text);
});

const STATE_TEXTS = [
  'ringing',
  ' ringing ',
  'ended',
  'ended(hangup)',
  'ended (hangup)',
  'ended( hangup )',
  'connected | ended(cancelled)',
  'idle|inviting|ringing',
  ...VIEW_END_REASONS.map((reason) => `ended(${reason})`),
  'ringing(busy)',
  'ended()',
  'ended(hangup',
  'ended hangup)',
  'ended(hangup) x',
  'connected |',
  '| connected',
  'rejected',
  'RINGING',
  '',
];

t.test('states, reasons and alternatives', async (t) => {
  t.same(parseStates('connected | ended(cancelled) | connected'), {
    ok: true,
    value: [
      { state: 'connected', reason: null },
      { state: 'ended', reason: 'cancelled' },
    ],
  });
  for (const text of STATE_TEXTS) {
    const read = parseStates(text);
    if (read.ok) t.same(parseStates(formatStates(read.value)), read, text);
  }
  t.match(parseStates('rejected'), { ok: false, hint: 'did you mean "ended(rejected)"?' });
  t.match(parseStates('ended(declined)'), { ok: false, hint: 'did you mean "rejected"?' });
  t.match(parseStates('ended(hangupp)'), { ok: false, hint: 'did you mean "hangup"?' });
  t.match(parseStates('ringing(busy)'), { ok: false, message: '"ringing" has no reason' });
  t.match(parseStates('conected'), { ok: false, hint: 'did you mean "connected"?' });
  t.match(parseStates('connected |'), { ok: false, message: /empty alternative/ });
});

t.test('the published patterns accept what the grammar accepts, and nothing else', async (t) => {
  for (const text of ACTION_TEXTS) t.equal(new RegExp(ACTION_PATTERN, 'u').test(text), parseAction(text).ok, `action ${text}`);
  for (const text of STATE_TEXTS) t.equal(new RegExp(STATES_PATTERN, 'u').test(text), parseStates(text).ok, `states ${text}`);
  for (const text of ['a', 'a-1', '1a', '', 'a'.repeat(32), 'a'.repeat(33), 'a b', 'ä']) {
    t.equal(new RegExp(NAME_PATTERN, 'u').test(text), parseName(text, 'device').ok, `name ${text}`);
  }
  for (const text of ['bob', 'bob.phone', 'bob.', '.phone', 'a.b.c', '']) {
    t.equal(new RegExp(TARGET_PATTERN, 'u').test(text), parseTarget(text) !== null, `target ${text}`);
  }
});

t.test('words of the language cannot name an agent, whatever their case', async (t) => {
  t.match(parseName('both', 'agent'), { ok: false, message: '"both" is a reserved word and cannot name an agent' });
  t.match(parseName('Both', 'agent'), { ok: false });
  t.match(parseName('both', 'device'), { ok: true });
});
