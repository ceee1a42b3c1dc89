/** What messages mean: several meanings in one, ids that the server makes, ids that start anew, replies, and rules in vain. */
import t from 'tap';
import { bench, calls, heard, incoming, problemsOf, sent, violations } from './dialect-bench.js';

const ACTIONS = `
actions:
  call: [{ send: { type: call } }]
  accept: [{ send: { type: accept, id: "\${call.id}" } }]
`;

t.test('the order in which meanings are written means nothing', async (t) => {
  const yaml = (means: string): string => `${ACTIONS}
receive:
  - { when: { $.type: ring }, means: ${means}, take: { from: $.from, sdp: $.sdp } }
  - { when: { $.type: taken }, means: [description, accepted], take: { sdp: $.sdp } }
`;
  for (const means of ['[incoming, description]', '[description, incoming]']) {
    const device = bench(yaml(means));
    device.open();
    const ring = { type: 'ring', from: 'bob', sdp: 'v=0' };
    t.equal(device.kindOf(ring), 'event.inviting', means);
    t.match(heard(device.arrives(ring)), [{ event: 'incoming' }, { event: 'description' }], means);
    t.equal(device.kindOf({ type: 'taken', sdp: 'v=0' }), 'event.connected');
  }
  t.match(
    problemsOf(yaml('[incoming, busy, ended]')),
    /receive\[0\]\.means {2}one message ends a call once, not by "busy" and "ended"/,
  );
});

const SERVER_IDS = `
calls: { id: server }
${ACTIONS}
receive:
  - { when: { $.type: ring }, means: incoming, take: { call.id: $.id, from: $.from } }
  - { when: { $.type: rings }, means: ringing, take: { call.id: $.id } }
  - { when: { $.type: taken }, means: accepted, take: { call.id: $.id } }
  - { when: { $.type: engaged }, means: busy, take: { call.id: $.id } }
  - { when: { $.type: made }, means: call-id, take: { call.id: $.id } }
`;

t.test('an id of the server that comes with ringing, accepted or an end names the one call that waits for it', async (t) => {
  for (const [type, event] of [
    ['rings', 'ringing'],
    ['taken', 'accepted'],
    ['engaged', 'ended'],
  ] as const) {
    const device = bench(SERVER_IDS);
    device.open();
    device.act(calls('c1'));
    const effects = heard(device.arrives({ type, id: 41 }));
    t.match(
      effects,
      [
        { event: 'named', key: 'c1', wire: '41' },
        { event, key: 'c1' },
      ],
      type,
    );
  }
  const two = bench(SERVER_IDS);
  two.open();
  two.act(calls('c1'));
  two.act(calls('c2'));
  t.match(
    heard(two.arrives({ type: 'rings', id: 41 })),
    [{ event: 'ringing', key: '41' }],
    'two wait: nobody can say whose it is',
  );
  const named = bench(SERVER_IDS);
  named.open();
  named.act(calls('c1'));
  named.arrives({ type: 'made', id: 41 });
  t.match(heard(named.arrives({ type: 'taken', id: 42 })), [{ event: 'accepted', key: '42' }], 'one that has its id keeps it');
});

t.test('ids that start anew on each connection name the calls of that connection', async (t) => {
  for (const scope of ['server', 'connection']) {
    const device = bench(SERVER_IDS.replace('id: server', `id: server, scope: ${scope}`));
    device.open();
    device.act(calls('c1'));
    device.arrives({ type: 'made', id: 1 });
    device.act({ verb: 'hang up', call: { key: 'c1', id: 'c1', side: 'caller', peer: 'bob' } });
    device.close();
    device.open();
    device.act(calls('c2'));
    device.arrives({ type: 'made', id: 1 });
    t.match(heard(device.arrives({ type: 'taken', id: 1 })), [{ event: 'accepted', key: 'c2' }], scope);
    const first = heard(device.arrives({ type: 'ring', id: 2, from: 'bob' }));
    t.match(first, [{ event: 'incoming', key: '2', wire: scope === 'server' ? '2' : null }], scope);
    device.act({ verb: 'reject', call: incoming('2') });
    device.close();
    device.open();
    const [again] = heard(device.arrives({ type: 'ring', id: 2, from: 'bob' }));
    t.equal(again?.event, 'incoming');
    t.not(again?.key, '2', 'a call of its own');
    t.strictSame(
      sent(device.act({ verb: 'accept', call: incoming(again?.key ?? ''), description: null })),
      ['{"type":"accept","id":2}'],
      'under the id that the server gave it',
    );
  }
});

t.test('a reply with Socket.IO is an event, and nothing else', async (t) => {
  const yaml = (reply: string): string => `
connect: { transport: socket.io }
actions:
  call: [{ emit: call }]
  accept: [{ emit: accept }]
receive:
  - { when: { event: ring }, means: incoming, take: { from: "$.args[0].from", message.seq: "$.args[0].seq" }, reply: ${reply} }
  - { when: { event: taken }, means: accepted }
`;
  const device = bench(yaml('{ emit: got, args: [{ seq: "${message.seq}" }] }'));
  device.open();
  t.strictSame(sent(device.arrives('42["ring",{"from":"bob","seq":7}]')), ['42["got",{"seq":7}]']);
  t.match(problemsOf(yaml('{ emit: got, arg: [1] }')), /receive\[0\]\.reply\.arg {2}unknown key "arg"; did you mean "args"/);
  t.match(problemsOf(yaml('{ type: got }')), /receive\[0\]\.reply.*(unknown key "type"|missing key "emit")/);
});

t.test('two rules with one condition: the second is in vain', async (t) => {
  const yaml = (first: string, second: string): string => `${ACTIONS}
receive:
  - { when: { $.type: ring, $.v: 1 }, means: incoming, take: { from: $.from }${first} }
  - { when: { $.type: taken }, means: accepted }
  - { when: ${second}, means: nothing }
roles:
  operator:
    users: [olga]
    receive:
      - { when: { $.type: taken }, means: nothing }
`;
  t.equal(problemsOf(yaml('', '{ $.type: ring, $.v: 2 }')), '', 'a role may replace a common rule');
  t.match(
    problemsOf(yaml('', '{ $.v: 1, $.type: ring }')),
    /bench\.yaml:\d+:\d+ {2}receive\[2\]\.when {2}the same condition as receive\[0\], so that this rule never matches/,
  );
  t.equal(problemsOf(yaml(', continue: true', '{ $.type: ring, $.v: 1 }')), '');
});

t.test('composite ids: several fields name a call', async (t) => {
  const yaml = (id: string): string => `
calls: { id: server }
actions:
  call: [{ send: { type: call } }]
  accept: [{ send: { type: accept, room: "\${call.room}", leg: "\${call.leg}" } }]
receive:
  - { when: { $.type: ring }, means: incoming, take: { call.id: ${id}, call.room: $.room, call.leg: $.leg, from: $.from } }
  - { when: { $.type: taken }, means: accepted, take: { call.id: ${id} } }
  - { when: { $.type: end }, means: ended, take: { call.id: ${id} } }
`;
  for (const [id, between] of [
    ['[$.room, $.leg]', ':'],
    ['{ join: [$.room, $.leg], with: "/" }', '/'],
  ] as const) {
    const device = bench(yaml(id));
    device.open();
    t.match(heard(device.arrives({ type: 'ring', room: 'blue', leg: 1, from: 'bob' })), [{ key: `blue${between}1` }]);
    t.match(heard(device.arrives({ type: 'ring', room: 'blue', leg: 2, from: 'carol' })), [{ key: `blue${between}2` }]);
    t.strictSame(sent(device.act({ verb: 'accept', call: incoming(`blue${between}1`), description: null })), [
      '{"type":"accept","room":"blue","leg":1}',
    ]);
    t.match(heard(device.arrives({ type: 'end', room: 'blue', leg: 2 })), [{ event: 'ended', key: `blue${between}2` }]);
  }
  const device = bench(yaml('[$.room, $.leg]'));
  device.open();
  t.match(violations(device.arrives({ type: 'end', room: 'blue' })), [
    /take\["?call\.id"?\]: \$\.room and \$\.leg match nothing in a message with type, room/,
  ]);
  t.match(problemsOf(yaml('[$.room]')), /take\["?call\.id"?\]/);
  t.match(problemsOf(yaml('{ join: [$.room, "$.leg["] }')), /join\[1\].*is not a path/);
  t.match(problemsOf(yaml('{ path: $.room, with: "/" }')), /"with" without "join"/);
  t.match(problemsOf(yaml('{ path: $.room, join: [$.room, $.leg] }')), /more than one of a path/);
});
