/** Delivery: exactly once and in order over a link that does its worst, and each mechanism by itself. */
import t from 'tap';
import { LIMITS } from '../../src/protocol/limits.js';
import { createRng } from '../../src/protocol/rng.js';
import { freshSession, renumbered, type SessionInput, type SessionState, sessionMachine } from '../../src/protocol/session.js';
import { HostileLink } from './link.js';

const WAITS = { ackMs: 25, resendMs: 1_000, resendMsMax: 8_000 };
const machine = sessionMachine<string>(WAITS);

/** One end that is up, driven by hand. Every input checks that the state before it was left alone. */
function atEnd(state: SessionState<string> = machine.transition(freshSession(), { type: 'up', peerReceived: 0 }, 0).state) {
  const end = {
    state,
    put(input: SessionInput<string>, now: number) {
      const before = structuredClone(end.state);
      const given = end.state;
      const step = machine.transition(end.state, input, now);
      if (JSON.stringify(given) !== JSON.stringify(before)) throw new Error(`${input.type} wrote to the state it was given`);
      end.state = step.state;
      return step.effects;
    },
    send: (payload: string, now: number) => end.put({ type: 'send', payload }, now),
    receive: (seq: number, now: number, ack: number | null = null) =>
      end.put({ type: 'receive', seq, ack, payload: `p${seq}` }, now),
    tick: (now: number) => end.put({ type: 'tick' }, now),
    deadline: () => machine.deadline(end.state),
  };
  return end;
}

const numbers = (count: number, prefix: string): string[] => Array.from({ length: count }, (_, index) => `${prefix}${index}`);

t.test('300 hostile links with cuts deliver everything once, in order, and drain', async (t) => {
  let duplicates = 0;
  for (let seed = 0; seed < 300; seed++) {
    const rng = createRng(`link-${seed}`);
    const link = new HostileLink(rng.fork('link'));
    const sent: [string[], string[]] = [[], []];
    for (let act = 0; act < 40; act++) {
      link.weather = { drop: rng.next() * 0.5, duplicate: rng.next() * 0.4, reorder: rng.next() * 0.5 };
      const what = rng.below(8);
      if (what === 0) link.cut();
      else if (what === 1) {
        link.cut();
        link.resume();
      } else {
        const from = rng.below(2) as 0 | 1;
        for (const payload of numbers(1 + rng.below(6), `${act}.`)) {
          link.send(from, payload);
          sent[from].push(payload);
        }
      }
      link.run(rng.below(1_500));
      if (!link.ends[0].state.up && rng.below(2) === 0) link.resume();
    }
    link.weather = { drop: 0, duplicate: 0, reorder: 0 };
    if (!link.ends[0].state.up) link.resume();
    link.run(2 * WAITS.resendMsMax);
    t.ok(link.isDrained, `seed ${seed} drains`);
    t.strictSame(link.ends[1].delivered, sent[0], `seed ${seed}: to the server`);
    t.strictSame(link.ends[0].delivered, sent[1], `seed ${seed}: to the client`);
    t.ok(
      link.ends.every(({ overflows }) => overflows === 0),
      `seed ${seed}: no overflow`,
    );
    duplicates += link.ends[0].duplicates + link.ends[1].duplicates;
  }
  t.ok(duplicates > 1_000, `the links did their worst: ${duplicates} duplicates dropped`);
});

t.test(
  '300 hostile links whose server forgets: nothing of the client is lost, and only what was not acknowledged comes twice',
  async (t) => {
    let twice = 0;
    for (let seed = 0; seed < 300; seed++) {
      const rng = createRng(`over-${seed}`);
      const link = new HostileLink(rng.fork('link'));
      const sent: [string[], string[]] = [[], []];
      const mayRepeat = new Set<string>();
      const lost = new Set<string>();
      for (let act = 0; act < 30; act++) {
        link.weather = { drop: rng.next() * 0.4, duplicate: rng.next() * 0.3, reorder: rng.next() * 0.4 };
        if (rng.below(6) === 0) {
          for (const { payload } of link.ends[0].state.outbox) mayRepeat.add(payload);
          const had = new Set(link.ends[0].delivered);
          for (const payload of link.startOver()) if (!had.has(payload)) lost.add(payload);
        }
        const from = rng.below(2) as 0 | 1;
        link.send(from, `${act}`);
        sent[from].push(`${act}`);
        link.run(rng.below(1_000));
      }
      link.weather = { drop: 0, duplicate: 0, reorder: 0 };
      link.run(2 * WAITS.resendMsMax);
      t.ok(link.isDrained, `seed ${seed} drains`);
      const firsts = [...new Set(link.ends[1].delivered)];
      t.strictSame(firsts, sent[0], `seed ${seed}: all of the client's, in order`);
      const repeated = link.ends[1].delivered.filter((payload, index, all) => all.indexOf(payload) !== index);
      t.strictSame(
        repeated.filter((payload) => !mayRepeat.has(payload)),
        [],
        `seed ${seed}: nothing acknowledged comes twice`,
      );
      t.strictSame(
        link.ends[0].delivered,
        sent[1].filter((payload) => !lost.has(payload)),
        `seed ${seed}: the server's, but for what it forgot`,
      );
      twice += repeated.length;
    }
    t.ok(twice > 0, 'some did come twice: the case was there');
  },
);

t.test('an acknowledgement covers everything up to its number', async (t) => {
  const end = atEnd();
  for (const payload of ['a', 'b', 'c']) end.send(payload, 0);
  end.put({ type: 'ack', ack: 2 }, 10);
  t.strictSame(end.state.outbox, [{ seq: 3, payload: 'c' }]);
  const { state } = end;
  end.put({ type: 'ack', ack: 1 }, 20);
  t.equal(end.state, state, 'an old one changes nothing');
  end.put({ type: 'ack', ack: 3 }, 30);
  t.strictSame(end.state.outbox, []);
  t.equal(end.deadline(), null, 'nothing to resend');
});

t.test('what is sent carries the acknowledgement, and spares the bare one', async (t) => {
  const end = atEnd();
  t.strictSame(end.receive(1, 0), [{ type: 'deliver', seq: 1, payload: 'p1' }]);
  t.equal(end.deadline(), WAITS.ackMs);
  t.strictSame(end.send('a', 5), [{ type: 'transmit', seq: 1, ack: 1, payload: 'a' }]);
  t.equal(end.deadline(), 5 + WAITS.resendMs, 'only the resend is left to wait for');
});

t.test('without anything to send a bare acknowledgement follows, once for many', async (t) => {
  const end = atEnd();
  end.receive(1, 0);
  end.receive(2, 20);
  t.equal(end.deadline(), WAITS.ackMs, 'from the first');
  t.strictSame(end.tick(24), [], 'a tick that comes early does nothing');
  t.strictSame(end.tick(25), [{ type: 'transmit-ack', ack: 2 }]);
  t.equal(end.deadline(), null);
});

t.test('a tick that comes early changes nothing', async (t) => {
  for (const end of [atEnd(), atEnd(freshSession())]) {
    end.send('a', 0);
    end.receive(1, 0);
    const { state } = end;
    t.strictSame(end.tick(1), []);
    t.equal(end.state, state);
  }
});

t.test('resends wait longer each time, up to the limit, and start over with progress', async (t) => {
  const end = atEnd();
  end.send('a', 0);
  end.send('b', 500);
  const waits: number[] = [];
  let now = 0;
  for (let resend = 0; resend < 6; resend++) {
    const at = end.deadline()!;
    waits.push(at - now);
    now = at;
    t.strictSame(
      end.tick(now).map((effect) => effect.type === 'transmit' && effect.seq),
      [1, 2],
      'all that is not acknowledged, in order',
    );
  }
  t.strictSame(waits, [1_000, 2_000, 4_000, 8_000, 8_000, 8_000]);
  end.put({ type: 'ack', ack: 1 }, now);
  t.equal(end.deadline(), now + 1_000);
  end.put({ type: 'ack', ack: 1 }, now + 900);
  t.equal(end.deadline(), now + 1_000, 'the same acknowledgement again is no progress');
  end.tick(now + 1_000);
  t.equal(end.deadline(), now + 3_000, 'and the waits grow from the first again');
});

t.test('frames that come early wait for the gap, and ask for it at once', async (t) => {
  const end = atEnd();
  t.strictSame(end.receive(3, 0), []);
  t.equal(end.deadline(), 0, 'the acknowledgement of what there is goes out now');
  t.strictSame(end.tick(0), [{ type: 'transmit-ack', ack: 0 }]);
  t.strictSame(end.receive(2, 1), []);
  t.strictSame(end.receive(3, 2), [{ type: 'duplicate', seq: 3 }], 'waiting counts as seen');
  t.strictSame(
    end.receive(1, 3).map((effect) => effect.type === 'deliver' && effect.payload),
    ['p1', 'p2', 'p3'],
  );
  t.equal(end.state.received, 3);
  t.strictSame(end.state.early, []);
});

t.test('a duplicate is dropped and acknowledged again, for its acknowledgement may be what was lost', async (t) => {
  const end = atEnd();
  end.receive(1, 0);
  end.tick(25);
  t.strictSame(end.receive(1, 1_000), [{ type: 'duplicate', seq: 1 }]);
  t.strictSame(end.tick(1_025), [{ type: 'transmit-ack', ack: 1 }]);
});

t.test('overflow, sending: one frame more than the outbox holds is refused and leaves the state alone', async (t) => {
  const end = atEnd();
  for (let count = 0; count < LIMITS.outboxFramesMax; count++) t.equal(end.send('x', 0)[0]?.type, 'transmit');
  const { state } = end;
  t.strictSame(end.send('x', 0), [{ type: 'overflow' }]);
  t.equal(end.state, state);
});

t.test('overflow, receiving: too many frames ahead of a gap, and the gap can still be filled', async (t) => {
  const end = atEnd();
  for (let count = 0; count < LIMITS.reorderFramesMax; count++) t.strictSame(end.receive(2 + count, 0), []);
  t.strictSame(end.receive(2 + LIMITS.reorderFramesMax, 0), [{ type: 'overflow' }]);
  t.equal(end.receive(1, 1).length, LIMITS.reorderFramesMax + 1, 'all that waited is delivered');
});

t.test('down: nothing leaves and nothing is due; up: what the other side has not got goes out again', async (t) => {
  const end = atEnd();
  for (const payload of ['a', 'b']) end.send(payload, 0);
  end.receive(1, 0);
  end.put({ type: 'down' }, 10);
  t.equal(end.deadline(), null);
  t.strictSame(end.send('c', 20), []);
  t.strictSame(end.tick(99_999), []);
  t.strictSame(end.put({ type: 'up', peerReceived: 1 }, 30), [
    { type: 'transmit', seq: 2, ack: 1, payload: 'b' },
    { type: 'transmit', seq: 3, ack: 1, payload: 'c' },
  ]);
  t.equal(end.deadline(), 30 + WAITS.resendMs);
});

t.test('renumbered: what had not got through, from 1, and nothing else of the old session', async (t) => {
  const end = atEnd();
  for (const payload of ['a', 'b', 'c']) end.send(payload, 0);
  end.put({ type: 'ack', ack: 1 }, 0);
  end.receive(1, 0);
  end.receive(5, 0);
  t.strictSame(renumbered(end.state), {
    ...freshSession(),
    nextSeq: 3,
    outbox: [
      { seq: 1, payload: 'b' },
      { seq: 2, payload: 'c' },
    ],
  });
});
