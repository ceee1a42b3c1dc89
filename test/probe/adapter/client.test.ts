/** What the app of a foreign target shows: a function of the messages that it sent and got, and of what its user does. */
import t from 'tap';
import { CallBook } from '../../../src/probe/adapter/call-book.js';
import { ForeignClient } from '../../../src/probe/adapter/client.js';
import type { ClientEffect } from '../../../src/probe/adapter/client-io.js';
import {
  type AdapterSession,
  defineAdapter,
  type MessageMeaning,
  type SessionAction,
  type SessionEffect,
  STANDARD_TRAITS,
  type Traits,
} from '../../../src/probe/adapter/port.js';
import { createRng } from '../../../src/protocol/rng.js';
import { refusalsOf } from '../../client/lone.js';

/** A session that says whatever the test wants: a message is the JSON of what is heard. */
function scripted(deeds: SessionAction[]): AdapterSession {
  const kinds: Partial<Record<SessionAction['verb'], string>> = {
    call: 'command.invite',
    accept: 'command.accept',
    reject: 'command.reject',
    cancel: 'command.cancel',
    'hang up': 'command.hangup',
  };
  return {
    read: () => ({ kind: 'raw:x', name: 'x', key: null, wire: null, from: null, reason: null, frame: null, carries: [] }),
    handle(input): SessionEffect[] {
      if (input.type === 'opened') return [{ type: 'logged-in' }];
      if (input.type === 'message') return [{ type: 'heard', heard: JSON.parse(input.text) as MessageMeaning }];
      if (input.type !== 'deed') return [];
      deeds.push(input.deed);
      const { verb, call } = input.deed;
      return [
        {
          type: 'send',
          message: {
            kind: kinds[verb] ?? `signal.${verb}`,
            name: verb,
            key: call.key,
            wire: null,
            frame: null,
            carries: [],
            text: verb,
          },
        },
      ];
    },
    deadline: () => null,
    isBusy: () => false,
  };
}

interface Bench {
  readonly client: ForeignClient;
  readonly deeds: SessionAction[];
  act(verb: string, callee?: string): readonly ClientEffect[];
  hear(heard: object): readonly ClientEffect[];
  tick(ms: number): readonly ClientEffect[];
  readonly view: string;
}

function bench(traits: Partial<Traits> = {}, sessionOf = scripted): Bench {
  const user = 'alice';
  const deeds: SessionAction[] = [];
  let now = 0;
  const book = new CallBook(createRng('b'), ['alice', 'bob'], (name) => name);
  const client = new ForeignClient({
    address: { user, device: 'phone' },
    traits: { ...STANDARD_TRAITS, ...traits },
    makeSession: () => sessionOf(deeds),
    book,
    rng: createRng('c'),
    media: false,
  });
  client.handle({ type: 'act', verb: 'open' }, now);
  client.handle({ type: 'opened', conn: 1 }, now);
  return {
    client,
    deeds,
    act: (verb, callee) =>
      client.handle({ type: 'act', verb: verb as never, ...(callee === undefined ? {} : { callee }) }, ++now),
    hear: (heard) => client.handle({ type: 'message', conn: 1, text: JSON.stringify(heard) }, ++now),
    tick(ms) {
      now += ms;
      return client.handle({ type: 'tick' }, now);
    },
    get view() {
      const { state, reason } = client.shown.view;
      return reason === null ? state : `${state}(${reason})`;
    },
  };
}

const incoming = { event: 'incoming', key: 'k', wire: 'w', from: 'bob', description: { type: 'offer', sdp: 'v=0' } };
const codes = (effects: readonly ClientEffect[]): string[] =>
  effects.flatMap((effect) => (effect.type === 'violation' ? [effect.code] : []));

t.test('the caller', async (t) => {
  const alice = bench();
  alice.act('call', 'bob');
  t.equal(alice.view, 'inviting');
  t.match(
    alice.deeds[0],
    { verb: 'call', call: { peer: 'bob', side: 'caller' }, description: { type: 'offer' } },
    'without media the description leads nowhere',
  );
  alice.hear({ event: 'ringing', key: null });
  t.equal(alice.view, 'ringing');
  alice.hear({ event: 'accepted', key: null, description: null });
  t.equal(alice.view, 'connected');
  t.match(alice.client.timer(1_004), { elapsedMs: 1_001 }, 'its timer starts when it shows connected');
  alice.hear({ event: 'ended', key: null, reason: null });
  t.equal(alice.view, 'ended(hangup)', 'what an end means follows from the state');
  t.strictSame(codes(alice.hear({ event: 'accepted', key: null, description: null })), ['late-accept']);
  t.equal(alice.view, 'ended(hangup)');
  t.strictSame(refusalsOf(alice.act('hang up')), ['hang up: the call that this device shows is over']);
  t.strictSame(refusalsOf(bench().act('hang up')), ['hang up: this device shows no call']);
});

t.test('what an end means', async (t) => {
  const rings = bench();
  rings.hear(incoming);
  t.equal(rings.view, 'ringing');
  t.match(rings.deeds[0], { verb: 'ring' });
  rings.hear({ event: 'ended', key: 'k', reason: null });
  t.equal(rings.view, 'ended(cancelled)');
  const calls = bench();
  calls.act('call', 'bob');
  calls.hear({ event: 'ended', key: null, reason: null });
  t.equal(calls.view, 'ended(rejected)');
  const busy = bench();
  busy.act('call', 'bob');
  busy.hear({ event: 'ended', key: null, reason: 'busy' });
  t.equal(busy.view, 'ended(busy)');
});

t.test('at once, or when told; ringing told or assumed', async (t) => {
  const bold = bench({ ringing: 'assumed' });
  bold.act('call', 'bob');
  t.equal(bold.view, 'ringing');
  bold.act('cancel');
  t.equal(bold.view, 'ended(cancelled)');
  const shy = bench({ showsAtOnce: [] });
  shy.hear(incoming);
  shy.act('accept');
  t.equal(shy.view, 'ringing');
  shy.hear({ event: 'accepted', key: 'k', description: null });
  t.equal(shy.view, 'connected');
  shy.act('hang up');
  t.equal(shy.view, 'connected');
  shy.hear({ event: 'ended', key: 'k', reason: null });
  t.equal(shy.view, 'ended(hangup)');
});

t.test('a verb that does not exist has a stand-in', async (t) => {
  const alice = bench({ verbs: ['call', 'accept', 'hang up'] });
  alice.hear(incoming);
  alice.act('reject');
  t.match(alice.deeds.at(-1), { verb: 'hang up' });
  t.equal(alice.view, 'ended(rejected)');
  const none = bench({ verbs: ['call', 'accept'] });
  none.hear(incoming);
  t.strictSame(refusalsOf(none.act('reject')), ['reject: this target has no message for it']);
});

t.test('a second call while another one is live', async (t) => {
  for (const [secondCall, verb, peer] of [
    ['ignore', 'accept', 'bob'],
    ['reject', 'reject', 'bob'],
    ['replace', 'ring', 'carol'],
  ] as const) {
    const alice = bench({ secondCall });
    alice.hear(incoming);
    alice.act('accept');
    alice.hear({ ...incoming, key: 'k2', wire: 'w2', from: 'carol' });
    t.equal(alice.deeds.at(-1)?.verb, verb, secondCall);
    t.equal(alice.view, secondCall === 'replace' ? 'ringing' : 'connected', peer);
  }
});

t.test('the same call again, one that nobody knows, and one that rings for too long', async (t) => {
  const alice = bench({ callerRingMs: 5_000 });
  alice.hear(incoming);
  alice.hear(incoming);
  t.equal(alice.deeds.length, 1, 'rings once');
  t.strictSame(codes(alice.hear({ event: 'accepted', key: 'other', description: null })), ['unexpected']);
  t.strictSame(codes(alice.hear({ event: 'accepted', key: 'k', description: null })), ['unexpected'], 'nobody answered here');
  const caller = bench({ callerRingMs: 5_000 });
  caller.act('call', 'bob');
  caller.tick(5_000);
  t.equal(caller.view, 'ended(missed)');
  t.match(caller.deeds.at(-1), { verb: 'cancel' });
});

t.test('without a connection messages are dropped, or kept; the app comes back', async (t) => {
  const sent = (effects: readonly ClientEffect[]): number => effects.filter(({ type }) => type === 'transmit').length;
  for (const unsent of ['dropped', 'kept'] as const) {
    const alice = bench({ unsent });
    alice.client.handle({ type: 'closed', conn: 1, code: 1006, reason: '' }, 10);
    t.equal(alice.client.presence, 'offline');
    const effects = alice.act('call', 'bob');
    t.equal(sent(effects), 0);
    const lost = effects.filter(({ type }) => type === 'unsent');
    if (unsent === 'kept') t.strictSame(lost, []);
    else t.match(lost, [{ kind: 'command.invite', call: alice.client.shown.call, why: 'no-connection' }]);
    t.ok(alice.tick(500).some((effect) => effect.type === 'connect' && effect.conn === 2));
    t.equal(sent(alice.client.handle({ type: 'opened', conn: 2 }, 600)), unsent === 'kept' ? 1 : 0, unsent);
    t.equal(alice.client.presence, 'online');
  }
});

t.test('a log-in that the target refuses is no violation', async (t) => {
  const alice = bench({}, (deeds) => ({ ...scripted(deeds), handle: () => [{ type: 'login-failed', message: 'wrong pin' }] }));
  const effects = alice.hear({});
  t.match(
    effects.filter(({ type }) => type === 'session'),
    [{ device: 'alice/phone', state: 'refused', text: 'wrong pin' }],
  );
  t.strictSame(codes(effects), []);
  t.equal(alice.client.presence, 'offline');
});

t.test('a crash forgets everything', async (t) => {
  const alice = bench();
  alice.hear(incoming);
  t.ok(alice.act('crash').some((effect) => effect.type === 'shown' && effect.view.state === 'idle'));
  t.equal(alice.client.presence, 'away');
});

t.test('defineAdapter says what is wrong', async (t) => {
  const right = { name: 'a', doc: '', connect: () => ({ url: '' }), session: () => scripted([]) };
  t.strictSame(defineAdapter(right).traits, STANDARD_TRAITS);
  t.equal(defineAdapter(right).identify('alice', { run: 'r', credentials: {} }), 'alice');
  t.throws(() => defineAdapter({ ...right, name: '' }), /"name"/);
  t.throws(() => defineAdapter({ ...right, session: undefined as never }), /"session" has to be a function/);
  t.throws(() => defineAdapter({ ...right, traits: { ringin: 'told' } as never }), /unknown trait "ringin"; known: callerRingMs/);
});

t.test('an accept is sent once, whoever offers and whenever', async (t) => {
  const verbs = (offers: 'caller' | 'callee' | 'both', when: 'call' | 'accept' | 'connected', early: boolean): string[] => {
    const one = bench({ media: { offers, when, candidates: 'trickle', relay: 'as-is' } });
    const offer = { type: 'offer', sdp: 'v=0' };
    one.hear({ event: 'incoming', key: 'k', wire: null, from: 'bob', description: early ? offer : null });
    one.act('accept');
    if (offers === 'caller' && !early) one.hear({ event: 'description', key: 'k', description: offer });
    return one.deeds.map(({ verb }) => verb).filter((verb) => verb !== 'ring');
  };
  t.strictSame(verbs('caller', 'call', true), ['accept'], 'the answer goes with it');
  t.strictSame(verbs('caller', 'connected', false), ['accept', 'describe'], 'the answer to an offer that comes later');
  t.strictSame(verbs('callee', 'connected', false), ['accept', 'describe'], 'the offer after it');
  t.strictSame(verbs('callee', 'accept', false), ['accept'], 'the offer goes with it');
  t.strictSame(verbs('both', 'call', false), ['accept'], 'its own offer goes with it');
  t.strictSame(verbs('both', 'connected', false), ['accept', 'describe'], 'its own offer after it');
});
