/** Sessions that leave out a part of their work: just that part. */
import t from 'tap';
import { freshSession, type SessionMachine, type SessionState, sessionMachine } from '../../src/protocol/session.js';
import { forgettingTheUnsent, handingUpAll, writingOnce } from '../../src/protocol/unhardened.js';

type Play = { state: SessionState<string>; effects: string[] };

function play(
  machine: SessionMachine<string>,
  ...inputs: readonly (readonly [Parameters<typeof machine.transition>[1], number])[]
): Play {
  let state = freshSession<string>();
  const effects: string[] = [];
  for (const [input, now] of inputs) {
    const step = machine.transition(state, input, now);
    state = step.state;
    for (const effect of step.effects) {
      if (effect.type === 'transmit') effects.push(`write ${effect.seq} ${effect.payload}`);
      if (effect.type === 'deliver') effects.push(`read ${effect.seq} ${effect.payload}`);
    }
  }
  return { state, effects };
}

const up = (peerReceived: number) => ({ type: 'up', peerReceived }) as const;
const send = (payload: string) => ({ type: 'send', payload }) as const;
const receive = (seq: number) => ({ type: 'receive', seq, ack: null, payload: `p${seq}` }) as const;

t.test('writing once: neither time nor a new link says anything again', async (t) => {
  const inputs = [
    [up(0), 0],
    [send('a'), 1],
    [{ type: 'tick' }, 5_000],
    [{ type: 'down' }, 6_000],
    [up(0), 7_000],
  ] as const;
  t.strictSame(play(sessionMachine(), ...inputs).effects, ['write 1 a', 'write 1 a', 'write 1 a']);
  const once = writingOnce(sessionMachine<string>());
  const { state, effects } = play(once, ...inputs);
  t.strictSame(effects, ['write 1 a']);
  t.equal(once.deadline(state), null, 'and nothing is waited for');
});

t.test('forgetting: what was under way when the link broke is gone, and no number is missing', async (t) => {
  const inputs = [
    [up(0), 0],
    [send('a'), 1],
    [{ type: 'down' }, 2],
    [send('b'), 3],
    [up(0), 4],
    [send('c'), 5],
  ] as const;
  t.strictSame(play(sessionMachine(), ...inputs).effects, ['write 1 a', 'write 1 a', 'write 2 b', 'write 3 c']);
  t.strictSame(play(forgettingTheUnsent(sessionMachine<string>()), ...inputs).effects, ['write 1 a', 'write 1 c']);
});

t.test('handing up all: early, late and twice', async (t) => {
  const inputs = [
    [up(0), 0],
    [receive(2), 1],
    [receive(1), 2],
    [receive(2), 3],
    [receive(3), 4],
  ] as const;
  t.strictSame(play(sessionMachine(), ...inputs).effects, ['read 1 p1', 'read 2 p2', 'read 3 p3']);
  t.strictSame(play(handingUpAll(sessionMachine<string>()), ...inputs).effects, [
    'read 2 p2',
    'read 1 p1',
    'read 2 p2',
    'read 3 p3',
  ]);
});
