/** Unhardened sessions, for known bugs of servers and clients. */
import type { SessionEffect, SessionMachine, SessionState } from './session.js';

/** A session that writes every frame once: neither silence nor a new connection makes it say anything again. */
export function writingOnce<P>(machine: SessionMachine<P>): SessionMachine<P> {
  const once = (state: SessionState<P>): SessionState<P> => ({ ...state, resendAt: null });
  return {
    transition(state, input, now) {
      const step = machine.transition(once(state), input, now);
      const effects = input.type === 'up' ? step.effects.filter(({ type }) => type !== 'transmit') : step.effects;
      return { state: once(step.state), effects };
    },
    deadline: (state) => machine.deadline(once(state)),
  };
}

/** A session that hands up every frame when it arrives: early, late, and as often as it comes. */
export function handingUpAll<P>(machine: SessionMachine<P>): SessionMachine<P> {
  return {
    transition(state, input, now) {
      if (input.type !== 'receive') return machine.transition(state, input, now);
      const { seq, payload } = input;
      const step = machine.transition({ ...state, received: Math.max(state.received, seq - 1) }, input, now);
      const deliver: SessionEffect<P> = { type: 'deliver', seq, payload };
      return seq <= state.received ? { ...step, effects: [deliver] } : step;
    },
    deadline: machine.deadline,
  };
}

/** A session that forgets, when a link comes back, what the link before had not carried; its numbers go on without a gap. */
export function forgettingTheUnsent<P>(machine: SessionMachine<P>): SessionMachine<P> {
  return {
    transition(state, input, now) {
      const kept = input.type === 'up' ? { ...state, outbox: [], nextSeq: input.peerReceived + 1 } : state;
      return machine.transition(kept, input, now);
    },
    deadline: machine.deadline,
  };
}
