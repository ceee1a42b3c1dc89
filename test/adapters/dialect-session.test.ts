/** A device's side of a dialect, message by message and in virtual time. */
import t from 'tap';
import { adapterOf } from '../../src/adapters/dialect/adapter.js';
import { dialectOf } from '../../src/adapters/dialect/load.js';
import type { AdapterSession, SessionEffect } from '../../src/probe/adapter/port.js';
import { createRng } from '../../src/protocol/rng.js';

const ACTIONS = `
actions:
  call: [{ send: { type: call } }]
  accept: [{ send: { type: accept } }]
`;

function sessionOf(rest: string): AdapterSession {
  const agent = {
    user: 'bob',
    device: 'phone',
    run: 'r1',
    credentials: {},
    url: 'ws://127.0.0.1:1',
    rng: createRng('rooms'),
    addressOf: (user: string) => user,
    userAt: (address: string) => address,
    wake: () => undefined,
  };
  return adapterOf(dialectOf(`dialect: 1\nname: rooms${ACTIONS}${rest}`, 'rooms.yaml')).session(agent, () => ({}));
}

/** What a message that arrives does; with what it was read as beforehand. */
function arrives(
  session: AdapterSession,
  message: object,
): { readonly effects: readonly SessionEffect[]; readonly read: unknown } {
  const text = JSON.stringify(message);
  const { reason } = session.read(text);
  return { effects: session.handle({ type: 'message', text }, 0), read: reason };
}

function heard(session: AdapterSession, message: object): unknown[] {
  const { effects, read } = arrives(session, message);
  return effects.flatMap((effect) => (effect.type === 'heard' ? [{ ...effect.heard, read }] : []));
}

t.test('rules see what is remembered of the call that a message is about', async (t) => {
  const session = sessionOf(`
calls: { id: server }
receive:
  - when: { $.type: ring }
    means: incoming
    take: { call.id: $.id, call.room: $.room }
  - when: { $.type: taken }
    means: accepted
  - when: { $.type: end, "\${call.room}": blue }
    means: busy
    take: { call.id: $.id }
  - when: { $.type: end }
    means: ended
    take: { call.id: $.id, reason: { value: "\${call.room}", map: { red: missed } } }
`);
  for (const [id, room] of Object.entries({ 1: 'blue', 2: 'red' }))
    t.match(heard(session, { type: 'ring', id, room }), [{ event: 'incoming' }]);
  t.match(heard(session, { type: 'end', id: '1' }), [{ event: 'ended', reason: 'busy', read: 'busy' }]);
  t.match(heard(session, { type: 'end', id: '2' }), [{ event: 'ended', reason: 'missed', read: 'missed' }]);
});

t.test('later rules look at a message as well where one lets them', async (t) => {
  const rules = (first: string): string => `
receive:
  - when: { $.from: { exists: true } }
    take: { connection.last: $.from }
    ${first}
  - when: { $.type: ring }
    means: incoming
    take: { from: $.from }
  - when: { $.type: taken }
    means: accepted
  - when: { $.type: who }
    means: ping
    reply: { type: it-was, who: "\${connection.last}" }
`;
  const both = sessionOf(rules('continue: true'));
  t.match(heard(both, { type: 'ring', from: 'alice' }), [{ event: 'incoming', from: 'alice' }]);
  t.match(arrives(both, { type: 'who' }).effects, [{ type: 'send', message: { text: '{"type":"it-was","who":"alice"}' } }]);
  const first = sessionOf(rules('means: nothing'));
  t.strictSame(heard(first, { type: 'ring', from: 'alice' }), []);
});

t.test('a call that ended with its connection is over for the session as well', async (t) => {
  const rules = (byDesign: string): string => `
calls: { id: none }
receive:
  - { when: { $.type: ring }, means: incoming, take: { from: $.from } }
  - { when: { $.type: taken }, means: accepted }
byDesign: { lostConnection: ${byDesign} }
`;
  const keys = (byDesign: string): unknown[] => {
    const session = sessionOf(rules(byDesign));
    const ring = (): unknown[] =>
      arrives(session, { type: 'ring', from: 'alice' }).effects.map((effect) => effect.type === 'heard' && effect.heard);
    const before = ring();
    session.handle({ type: 'closed' }, 1);
    session.handle({ type: 'opened' }, 2);
    return [...before, ...ring()];
  };
  t.match(keys('ends-call'), [{ key: 'in-1' }, { key: 'in-2' }], 'the next one is another call');
  t.match(keys('keeps-call'), [{ key: 'in-1' }, { key: 'in-1' }], 'else it is the same');
});

t.test('keep-alive goes out at its interval while the connection is up, and after a log-in only', async (t) => {
  const session = sessionOf(`
login:
  - send: { type: hello }
  - expect: { when: { $.type: ready } }
keepalive: { every: 25s, send: { type: ping } }
receive:
  - when: { $.type: ring }
    means: incoming
  - when: { $.type: taken }
    means: accepted
`);
  const kinds = (effects: readonly SessionEffect[]): string[] =>
    effects.flatMap((effect) => (effect.type === 'send' ? [effect.message.kind] : []));
  t.strictSame(kinds(session.handle({ type: 'opened' }, 1_000)), ['hello']);
  t.ok((session.deadline() ?? 0) < 26_000, 'until then it waits for the greeting');
  session.handle({ type: 'message', text: '{"type":"ready"}' }, 2_000);
  t.equal(session.deadline(), 27_000);
  t.strictSame(kinds(session.handle({ type: 'tick' }, 26_999)), []);
  t.strictSame(kinds(session.handle({ type: 'tick' }, 27_000)), ['ping']);
  t.equal(session.deadline(), 52_000);
  session.handle({ type: 'closed' }, 30_000);
  t.equal(session.deadline(), null);
});

t.test('a message of a third user is none of the call, by its id or without one', async (t) => {
  const session = sessionOf(`
calls: { id: server }
receive:
  - { when: { $.type: ring }, means: incoming, take: { call.id: { value: $.id, optional: true }, from: $.from } }
  - { when: { $.type: answer }, means: accepted }
  - { when: { $.type: end }, means: ended, take: { call.id: { value: $.id, optional: true }, from: $.from } }
`);
  heard(session, { type: 'ring', id: 'a', from: 'alice' });
  t.strictSame(heard(session, { type: 'end', id: 'a', from: 'mallory' }), []);
  t.strictSame(heard(session, { type: 'end', from: 'mallory' }), []);
  t.match(session.read(JSON.stringify({ type: 'end', id: 'a', from: 'mallory' })), { kind: 'noise:end', key: null });
  t.match(heard(session, { type: 'end', id: 'a', from: 'alice' }), [{ event: 'ended' }]);
});

t.test('a call that the app gave up with its connection is not the next one of the same sender', async (t) => {
  const keysOf = (byDesign: string): unknown[] => {
    const session = sessionOf(`
calls: { id: none }
receive:
  - { when: { $.type: ring }, means: incoming, take: { from: $.from } }
  - { when: { $.type: taken }, means: accepted }
byDesign: { ${byDesign} }
`);
    const ring = (): unknown[] => heard(session, { type: 'ring', from: 'alice' });
    const first = ring();
    session.handle({ type: 'closed' }, 0);
    session.handle({ type: 'opened' }, 0);
    return [...first, ...ring()].map((one) => (one as { readonly key: string }).key);
  };
  const [one, other] = keysOf('lostConnection: ends-call');
  t.not(one, other);
  const [kept, again] = keysOf('lostConnection: keeps-call');
  t.equal(kept, again, 'an app that keeps its call is told of it again');
});

t.test('a value that a map does not have is said as that, with what it has', async (t) => {
  const session = sessionOf(`
receive:
  - { when: { $.type: ring }, means: incoming, take: { from: $.from } }
  - { when: { $.type: taken }, means: accepted }
  - { when: { $.type: end }, means: ended, take: { reason: { path: $.why, map: { busy: busy, gone: peer-lost } } } }
`);
  heard(session, { type: 'ring', from: 'alice' });
  const lacking = arrives(session, { type: 'end', why: 'left' }).effects;
  t.match(lacking, [
    { type: 'violation', message: /\$\.why is "left", which "map" does not have \(busy, gone\); add it there, or "default"/ },
  ]);
  t.match(heard(session, { type: 'end', why: 'busy' }), [{ event: 'ended', reason: 'busy' }]);
});
