/** Two SIP sessions face to face without a proxy: what the library's timers say out of turn, and what becomes of lost messages. */
import { t } from 'tap';
import type {
  AdapterAgent,
  AdapterSession,
  CallHandle,
  MessageMeaning,
  SessionEffect,
  SessionInput,
} from '../../../src/probe/adapter/port.js';
import { sip } from '../../../src/probe/adapters/sip/index.js';
import { createRng } from '../../../src/protocol/rng.js';
import { within } from '../../raw-client.js';

const OFFER = { type: 'offer', sdp: 'v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n' } as const;
const ANSWER = { type: 'answer', sdp: OFFER.sdp } as const;
const OWN: CallHandle = { key: 'c1', id: 'c1', side: 'caller', peer: 'bob' };
const THEIRS: CallHandle = { key: 'c1', id: 'c1', side: 'callee', peer: 'alice' };

interface End {
  readonly session: AdapterSession;
  readonly sent: string[];
  readonly heard: MessageMeaning[];
  readonly others: SessionEffect[];
  /** Kinds of messages that are lost on their way here, and how often. */
  readonly loses: Map<string, number>;
  handle(input: SessionInput): void;
}

/** Each hears what the other one sends, at once. `changed` resolves anew with everything that happens. */
function facing(): { readonly alice: End; readonly bob: End; until(holds: () => boolean, what: string): Promise<void> } {
  const lookers = new Set<() => void>();
  const changed = (): void => {
    for (const look of [...lookers]) look();
  };
  const open = (user: string, peer: () => End): End => {
    const agent: AdapterAgent = {
      user,
      device: 'phone',
      run: 'r1',
      credentials: {},
      url: 'ws://127.0.0.1:1',
      rng: createRng(user),
      addressOf: (other) => sip.identify(other, { run: 'r1', credentials: {} }),
      userAt: (address) => address,
      wake: () => end.handle({ type: 'tick' }),
    };
    const session = sip.session(agent, () => ({}));
    const end: End = {
      session,
      sent: [],
      heard: [],
      others: [],
      loses: new Map(),
      handle(input) {
        for (const effect of session.handle(input, performance.now())) {
          if (effect.type === 'heard') end.heard.push(effect.heard);
          else if (effect.type !== 'send') end.others.push(effect);
          else deliver(effect.message.kind, effect.message.text);
        }
        changed();
      },
    };
    const deliver = (kind: string, text: string): void => {
      end.sent.push(kind);
      const losses = peer().loses.get(kind) ?? 0;
      peer().loses.set(kind, losses - 1);
      if (losses > 0) return;
      // Not at once: whoever sent it is still at work.
      setImmediate(() => peer().handle({ type: 'message', text }));
    };
    return end;
  };
  const alice: End = open('alice', () => bob);
  const bob: End = open('bob', () => alice);
  t.teardown(() => {
    alice.session.stop?.();
    bob.session.stop?.();
  });
  return {
    alice,
    bob,
    until: (holds, what) =>
      within(
        new Promise<void>((resolve) => {
          const look = (): void => {
            if (!holds()) return;
            lookers.delete(look);
            resolve();
          };
          lookers.add(look);
          look();
        }),
        what,
      ),
  };
}

const has = (end: End, event: MessageMeaning['event']): boolean => end.heard.some((one) => one.event === event);

async function ringing({ alice, bob, until }: ReturnType<typeof facing>): Promise<void> {
  alice.handle({ type: 'deed', deed: { verb: 'call', call: OWN, description: OFFER } });
  await until(() => has(bob, 'incoming'), 'the call');
  bob.handle({ type: 'deed', deed: { verb: 'ring', call: THEIRS } });
  await until(() => has(alice, 'ringing'), 'the ringing');
}

t.test('an answer that is lost is sent again until it is confirmed', async (t) => {
  const ends = facing();
  const { alice, bob, until } = ends;
  await ringing(ends);
  alice.loses.set('command.accept', 1);
  bob.handle({ type: 'deed', deed: { verb: 'accept', call: THEIRS, description: ANSWER } });
  t.ok(bob.session.isBusy(), 'it waits for the ACK');
  await until(() => has(alice, 'accepted'), 'the answer');
  await until(() => !bob.session.isBusy(), 'the ACK');
  t.equal(bob.sent.filter((kind) => kind === 'command.accept').length, 2);
});

t.test('an answer whose confirmation is lost comes again and is confirmed again, and counts once', async (t) => {
  const ends = facing();
  const { alice, bob, until } = ends;
  await ringing(ends);
  bob.loses.set('ack', 1);
  bob.handle({ type: 'deed', deed: { verb: 'accept', call: THEIRS, description: ANSWER } });
  await until(() => !bob.session.isBusy(), 'the ACK');
  t.equal(alice.heard.filter(({ event }) => event === 'accepted').length, 1);
  t.equal(alice.sent.filter((kind) => kind === 'ack').length, 2);
});

t.test('what is no SIP, or does not fit, is a violation and ends nothing', async (t) => {
  const ends = facing();
  const { alice, bob } = ends;
  await ringing(ends);
  for (const text of ['hello', 'SIP/2.0 200 OK\r\n\r\n', 'BYE sip:bob@x SIP/2.0\r\nCall-ID: c9\r\n\r\n'])
    bob.handle({ type: 'message', text });
  t.match(bob.others, [{ type: 'violation', code: 'bad-message', message: /"hello"/ }]);
  alice.handle({ type: 'message', text: '\r\n' });
  t.strictSame(alice.others, [], 'the answer to a keepalive means nothing');
});

t.test('a connection is kept alive while it is up', async (t) => {
  const { alice } = facing();
  t.equal(alice.session.deadline(), null);
  const before = performance.now();
  alice.handle({ type: 'opened' });
  const at = alice.session.deadline() ?? 0;
  t.ok(at >= before + 25_000 && at <= performance.now() + 25_000, 'half a minute after the last message');
  t.match(alice.session.handle({ type: 'tick' }, at), [{ type: 'send', message: { kind: 'ping', text: '\r\n\r\n' } }]);
  alice.handle({ type: 'closed' });
  t.equal(alice.session.deadline(), null);
});
