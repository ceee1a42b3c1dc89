/** Moments: the sentences that name them, and the events of a trace that are them. */
import t from 'tap';
import { FAULTS, faultNamed } from '../../src/faults/index.js';
import {
  formatTrigger,
  isMoment,
  matches,
  parseTrigger,
  TRIGGER_EVENTS,
  TRIGGER_VERBS,
  type Trigger,
  wordsOf,
} from '../../src/faults/trigger.js';
import { COMMANDS, PHASES } from '../../src/protocol/call.js';
import type { MessageKind } from '../../src/protocol/message-kinds.js';
import type { TraceEvent, WireEvent } from '../../src/trace/event.js';

const read = (text: string): Trigger => {
  const result = parseTrigger(text);
  if (!result.ok) throw new Error(`${text}: ${result.wrong} ${result.word}`);
  return result.trigger;
};

const wire = (node: string, dir: WireEvent['dir'], kind: MessageKind, more: Partial<WireEvent> = {}): TraceEvent => ({
  ...{ n: 1, at: 0, wall: 0, node, cause: null, type: 'wire', dir, link: `${node}.signaling`, conn: 1, kind, call: 'c' },
  ...{ seq: 1, bytes: 1, digest: 'd' },
  ...more,
});

t.test('a sentence is read and written back', async (t) => {
  t.strictSame(read('bob sends accept'), { user: 'bob', device: null, verb: 'sends', event: 'accept' });
  t.strictSame(read(' alice.phone  receives   hang  up '), {
    user: 'alice',
    device: 'phone',
    verb: 'receives',
    event: 'hang up',
  });
  for (const verb of TRIGGER_VERBS)
    for (const word of wordsOf(verb)) {
      const trigger = read(`bob ${verb} ${word}`);
      t.strictSame(read(formatTrigger(trigger)), trigger, `${verb} ${word}`);
    }
  t.equal(read('bob sends invite').event, 'call');
  t.equal(read('bob receives answered').event, 'accept');
  t.equal(read('bob receives declined').event, 'reject');
});

t.test('what is wrong with a sentence is told apart', async (t) => {
  for (const [text, wrong, word] of [
    ['', 'sentence', ''],
    ['bob', 'sentence', 'bob'],
    ['.phone sends accept', 'sentence', '.phone sends accept'],
    ['bob.phone.x sends accept', 'sentence', 'bob.phone.x sends accept'],
    ['bob send accept', 'verb', 'send'],
    ['bob sends', 'event', ''],
    ['bob sends acept', 'event', 'acept'],
    ['bob sends connected', 'direction', 'connected'],
    ['bob sends ended', 'direction', 'ended'],
    ['bob receives accept now', 'event', 'accept now'],
  ] as const) {
    t.match(parseTrigger(text), { ok: false, wrong, word }, text);
  }
});

t.test('every event of the table is a kind that frames have', async (t) => {
  for (const { word, sends, receives } of TRIGGER_EVENTS) {
    if (sends !== null) t.ok((COMMANDS as readonly string[]).includes(sends.replace('command.', '')), `${word}: ${sends}`);
    t.ok((PHASES as readonly string[]).includes(receives.replace('event.', '')), `${word}: ${receives}`);
  }
});

t.test('a moment is one message of one device in one direction', async (t) => {
  const accept = read('bob sends accept');
  t.ok(isMoment(accept, wire('bob/phone', 'out', 'command.accept')));
  t.ok(isMoment(accept, wire('bob/laptop', 'out', 'command.accept')), 'any device of bob');
  t.notOk(isMoment(read('bob.phone sends accept'), wire('bob/laptop', 'out', 'command.accept')));
  t.ok(isMoment(read('bob.laptop sends accept'), wire('bob/laptop', 'out', 'command.accept')));
  t.notOk(isMoment(accept, wire('server', 'in', 'command.accept')), 'the server reads it later');
  t.notOk(isMoment(accept, wire('bob/phone', 'in', 'command.accept')));
  t.notOk(isMoment(accept, wire('bob/phone', 'out', 'command.reject')));
  t.notOk(isMoment(accept, wire('bobby/phone', 'out', 'command.accept')), 'another user whose name begins like it');
  t.notOk(
    isMoment(accept, {
      ...{ n: 1, at: 0, wall: 0, node: 'bob/phone', cause: null },
      type: 'action',
      action: 'accept',
      peer: null,
      call: 'c',
    }),
    'the button is not the message',
  );
  t.ok(isMoment(read('alice receives ringing'), wire('alice/phone', 'in', 'event.ringing')));
  t.ok(isMoment(read('bob receives call'), wire('bob/phone', 'in', 'event.inviting')));
});

t.test('kinds on the wire, by their whole name or by what they begin with, and anything', async (t) => {
  t.ok(isMoment(read('alice receives event.ended'), wire('alice/phone', 'in', 'event.ended')));
  t.ok(isMoment(read('alice receives event'), wire('alice/phone', 'in', 'event.ended')));
  t.notOk(matches(read('alice receives event'), { node: 'alice/phone', dir: 'in', kind: 'eventual', reason: null }));
  t.ok(isMoment(read('alice receives welcome'), wire('alice/phone', 'in', 'welcome')));
  t.ok(isMoment(read('bob sends anything'), wire('bob/phone', 'out', 'ack')));
  t.notOk(isMoment(read('bob sends anything'), wire('bob/phone', 'in', 'ack')));
  t.match(parseTrigger('bob sends event.ended'), { ok: false, wrong: 'event' }, 'a device never sends that');
});

t.test('an end that is received is told by its reason', async (t) => {
  const ended = (reason: WireEvent['reason']) => wire('bob/phone', 'in', 'event.ended', reason === undefined ? {} : { reason });
  t.ok(isMoment(read('bob receives hang up'), ended('hangup')));
  t.notOk(isMoment(read('bob receives hang up'), ended('cancelled')));
  t.ok(isMoment(read('bob receives cancel'), ended('cancelled')));
  t.ok(isMoment(read('bob receives reject'), ended('rejected')));
  for (const reason of ['hangup', 'missed', undefined] as const) t.ok(isMoment(read('bob receives ended'), ended(reason)));
  for (const frame of [undefined, null, 'x', { record: null }, { record: { reason: 'hangup' } }]) {
    const event = wire('bob/phone', 'in', 'event.ended', frame === undefined ? {} : { frame });
    t.notOk(isMoment(read('bob receives hang up'), event), 'its own field says so, and no frame is looked into');
  }
});

t.test('the registry', async (t) => {
  t.equal(new Set(FAULTS.map(({ layer, name }) => `${layer} ${name}`)).size, FAULTS.length);
  for (const { name, doc } of FAULTS) t.ok(doc.length > 20 && doc.endsWith('.'), name);
  t.equal(faultNamed('restart-server', 'server')?.needs, 'restart-server');
  t.equal(faultNamed('disconnect', 'connection')?.needs, null);
  t.equal(faultNamed('disconnect', 'message'), null, 'a name counts on its layer');
});

t.test('another device of the callee is told of an answer as of an end, where there is no record', async (t) => {
  const told = (reason: NonNullable<WireEvent['reason']>): TraceEvent => wire('bob/laptop', 'in', 'event.ended', { reason });
  t.ok(isMoment(read('bob.laptop receives connected'), told('answered-elsewhere')));
  t.ok(isMoment(read('bob receives accept'), told('answered-elsewhere')));
  t.ok(isMoment(read('bob receives reject'), told('rejected-elsewhere')));
  t.notOk(isMoment(read('bob receives connected'), told('rejected-elsewhere')));
  t.notOk(isMoment(read('bob receives connected'), told('cancelled')));
  t.notOk(isMoment(read('bob receives ringing'), told('answered-elsewhere')));
});
