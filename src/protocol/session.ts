/**
 * Delivery, the same machine at both ends: numbers what is sent, acknowledges cumulatively, sends again what was not
 * acknowledged, drops what came twice, puts in order what came early, and goes on after a new connection. It knows
 * payloads and numbers, never calls.
 */
import { LIMITS, WAITS } from './limits.js';
import type { Machine, Millis, Step } from './machine.js';

interface Outgoing<P> {
  readonly seq: number;
  readonly payload: P;
}

export interface SessionState<P> {
  /** Whether a link is there that both sides have agreed on. */
  readonly up: boolean;
  readonly nextSeq: number;
  /** Sent or waiting, and not acknowledged; ascending. */
  readonly outbox: readonly Outgoing<P>[];
  /** The highest number up to which all was received. */
  readonly received: number;
  /** Received ahead of a gap; ascending. */
  readonly early: readonly Outgoing<P>[];
  readonly ackDueAt: Millis | null;
  readonly resendAt: Millis | null;
  readonly resends: number;
}

export type SessionInput<P> =
  /** Something to deliver to the other side. */
  | { readonly type: 'send'; readonly payload: P }
  /** A numbered frame arrived, perhaps with an acknowledgement. */
  | { readonly type: 'receive'; readonly seq: number; readonly ack: number | null; readonly payload: P }
  /** A bare acknowledgement arrived. */
  | { readonly type: 'ack'; readonly ack: number }
  /** A link is ready; `peerReceived` is the highest number that the other side has. */
  | { readonly type: 'up'; readonly peerReceived: number }
  | { readonly type: 'down' }
  | { readonly type: 'tick' };

export type SessionEffect<P> =
  | { readonly type: 'transmit'; readonly seq: number; readonly ack: number; readonly payload: P }
  | { readonly type: 'transmit-ack'; readonly ack: number }
  | { readonly type: 'deliver'; readonly seq: number; readonly payload: P }
  /** Seen before, dropped. */
  | { readonly type: 'duplicate'; readonly seq: number }
  /** The other side has left more unacknowledged, or sent further ahead, than the limits allow. */
  | { readonly type: 'overflow' };

export interface SessionWaits {
  readonly ackMs: Millis;
  readonly resendMs: Millis;
  readonly resendMsMax: Millis;
}

export type SessionMachine<P> = Machine<SessionState<P>, SessionInput<P>, SessionEffect<P>>;

/** A session that has sent and received nothing. */
export function freshSession<P>(): SessionState<P> {
  return { up: false, nextSeq: 1, outbox: [], received: 0, early: [], ackDueAt: null, resendAt: null, resends: 0 };
}

/** A fresh session that still has to deliver what `old` had not got through: it is numbered anew. */
export function renumbered<P>(old: SessionState<P>): SessionState<P> {
  const outbox = old.outbox.map(({ payload }, index) => ({ seq: index + 1, payload }));
  return { ...freshSession<P>(), outbox, nextSeq: outbox.length + 1 };
}

/** The session machine with its waits; one per process is enough, it holds no state. */
export function sessionMachine<P>(waits: SessionWaits = WAITS): SessionMachine<P> {
  type S = SessionState<P>;
  type E = SessionEffect<P>;

  // Fixed and doubled rather than estimated from round trips (RFC 6298): TCP below does that and repairs what the network
  // loses. A resend repairs what was lost above it, which no round trip foretells; after a lost link `up` sends at once.
  const resendDelay = (resends: number): Millis => Math.min(waits.resendMsMax, waits.resendMs * 2 ** resends);
  const frame = (state: S, out: Outgoing<P>): E => ({
    type: 'transmit',
    seq: out.seq,
    ack: state.received,
    payload: out.payload,
  });

  const send = (state: S, payload: P, now: Millis): Step<S, E> => {
    if (state.outbox.length >= LIMITS.outboxFramesMax) return { state, effects: [{ type: 'overflow' }] };
    const out = { seq: state.nextSeq, payload };
    const next = { ...state, nextSeq: state.nextSeq + 1, outbox: [...state.outbox, out] };
    if (!state.up) return { state: next, effects: [] };
    const resendAt = state.resendAt ?? now + resendDelay(0);
    return { state: { ...next, resendAt, ackDueAt: null }, effects: [frame(next, out)] };
  };

  const acknowledged = (state: S, ack: number | null, now: Millis): S => {
    const first = state.outbox[0];
    if (ack === null || first === undefined || ack < first.seq) return state;
    const outbox = state.outbox.filter(({ seq }) => seq > ack);
    const resendAt = outbox.length === 0 || !state.up ? null : now + resendDelay(0);
    return { ...state, outbox, resends: 0, resendAt };
  };

  const receive = (before: S, seq: number, ack: number | null, payload: P, now: Millis): Step<S, E> => {
    const state = acknowledged(before, ack, now);
    const ackDueAt = state.ackDueAt ?? now + waits.ackMs;
    if (seq <= state.received || state.early.some((held) => held.seq === seq)) {
      return { state: { ...state, ackDueAt }, effects: [{ type: 'duplicate', seq }] };
    }
    if (seq > state.received + 1) {
      if (state.early.length >= LIMITS.reorderFramesMax) return { state, effects: [{ type: 'overflow' }] };
      const early = [...state.early, { seq, payload }].sort((a, b) => a.seq - b.seq);
      return { state: { ...state, early, ackDueAt: now }, effects: [] };
    }
    const effects: E[] = [{ type: 'deliver', seq, payload }];
    let received = seq;
    let early = state.early;
    for (let head = early[0]; head !== undefined && head.seq === received + 1; head = early[0]) {
      effects.push({ type: 'deliver', seq: head.seq, payload: head.payload });
      received = head.seq;
      early = early.slice(1);
    }
    return { state: { ...state, received, early, ackDueAt }, effects };
  };

  const up = (before: S, peerReceived: number, now: Millis): Step<S, E> => {
    const state = { ...acknowledged({ ...before, up: true }, peerReceived, now), ackDueAt: null, resends: 0 };
    const resendAt = state.outbox.length === 0 ? null : now + resendDelay(0);
    return { state: { ...state, resendAt }, effects: state.outbox.map((out) => frame(state, out)) };
  };

  const tick = (state: S, now: Millis): Step<S, E> => {
    if (!state.up) return { state, effects: [] };
    if (state.resendAt !== null && state.resendAt <= now) {
      const resends = state.resends + 1;
      const next = { ...state, resends, resendAt: now + resendDelay(resends), ackDueAt: null };
      return { state: next, effects: state.outbox.map((out) => frame(state, out)) };
    }
    if (state.ackDueAt !== null && state.ackDueAt <= now) {
      return { state: { ...state, ackDueAt: null }, effects: [{ type: 'transmit-ack', ack: state.received }] };
    }
    return { state, effects: [] };
  };

  return {
    transition(state, input, now) {
      switch (input.type) {
        case 'send':
          return send(state, input.payload, now);
        case 'receive':
          return receive(state, input.seq, input.ack, input.payload, now);
        case 'ack':
          return { state: acknowledged(state, input.ack, now), effects: [] };
        case 'up':
          return up(state, input.peerReceived, now);
        case 'down':
          return { state: { ...state, up: false, ackDueAt: null, resendAt: null, resends: 0 }, effects: [] };
        case 'tick':
          return tick(state, now);
      }
    },
    deadline(state) {
      if (!state.up) return null;
      if (state.ackDueAt === null) return state.resendAt;
      return state.resendAt === null ? state.ackDueAt : Math.min(state.ackDueAt, state.resendAt);
    },
  };
}
