/** One device's side of SIP over WebSocket (RFC 7118), behind the port of adapters: actions and meanings of messages. */
import type { Millis } from '../../../protocol/machine.js';
import { drawId } from '../../../protocol/rng.js';
import type { AdapterAgent, AdapterSession, Reading, SessionAction, SessionEffect, SessionInput } from '../../adapter/port.js';
import { KEEPALIVE } from './message.js';
import { outgoing, readIncoming } from './reading.js';
import { type SipEvent, type SipIdentity, SipUserAgent } from './user-agent.js';

/** Interval of keep-alives (RFC 5626 section 4.4.1 asks for at most 95 to 120 s). */
const KEEPALIVE_MS = 25_000;
/** A registration is refreshed after this share of its time. */
const REFRESH_AT = 0.8;

/** A device of `agent`. Effects of the library's own timers are queued until the `tick` that `agent.wake` requests. */
export function openSipSession(agent: AdapterAgent, identity: SipIdentity): AdapterSession {
  let effects: SessionEffect[] = [];
  let isHandling = false;
  let isUp = false;
  let isRegistered = false;
  let now: Millis = 0;
  let refreshAt: Millis | null = null;
  let keepaliveAt: Millis | null = null;
  const registration = `r${drawId(agent.rng, 2)}`;
  /** The probe's ids of outgoing calls; an incoming call is identified by its Call-ID. */
  const keyOf = new Map<string, string>();

  const ua = new SipUserAgent(identity, (event) => {
    effects.push(...effectsOf(event));
    if (!isHandling) agent.wake();
  });

  const effectsOf = (event: SipEvent): SessionEffect[] => {
    const key = 'call' in event && event.call !== null ? (keyOf.get(event.call) ?? event.call) : null;
    switch (event.type) {
      case 'send':
        keepaliveAt = now + KEEPALIVE_MS;
        return [{ type: 'send', message: outgoing(event.text) }];
      case 'registered': {
        refreshAt = now + event.expiresMs * REFRESH_AT;
        const isFirst = !isRegistered;
        isRegistered = true;
        return isFirst ? [{ type: 'logged-in' }] : [];
      }
      case 'register-failed':
        return [registerFailed(event.status, event.phrase)];
      case 'incoming': {
        const { call, from, sdp } = event;
        const description = sdp === '' ? null : ({ type: 'offer', sdp } as const);
        return [{ type: 'heard', heard: { event: 'incoming', key: call, wire: call, from, description } }];
      }
      case 'ringing':
        return [{ type: 'heard', heard: { event: 'ringing', key } }];
      case 'accepted': {
        const description = event.sdp === '' ? null : ({ type: 'answer', sdp: event.sdp } as const);
        return [{ type: 'heard', heard: { event: 'accepted', key, description } }];
      }
      case 'ended':
        return [{ type: 'heard', heard: { event: 'ended', key, reason: event.reason } }];
      case 'bye-waits':
        return [{ type: 'unsent', kind: 'command.hangup', key, why: 'awaits-confirmation' }];
      case 'violation':
        return [{ type: 'violation', code: event.code, message: event.message, key }];
    }
  };

  const registerFailed = (status: number, phrase: string): SessionEffect => {
    const who = `sip:${identity.user}@${identity.domain}`;
    const hint =
      status === 401 || status === 407 || status === 403
        ? '; give "password", and "username" if it differs, for this user with --credentials'
        : '';
    if (isRegistered) {
      const message = `the registration of ${who} could not be refreshed: ${status} ${phrase}`;
      return { type: 'violation', code: 'register-refused', message, key: null };
    }
    return { type: 'login-failed', message: `REGISTER of ${who} was answered ${status} ${phrase}${hint}` };
  };

  const perform = (action: SessionAction): void => {
    // An outgoing call has the probe's id as its Call-ID, so that it is the same at both ends.
    const id = action.call.side === 'caller' ? action.call.id : action.call.key;
    switch (action.verb) {
      case 'call':
        keyOf.set(id, action.call.key);
        return ua.invite(id, agent.addressOf(action.call.peer ?? ''), action.description?.sdp ?? '');
      case 'ring':
        return ua.ring(id);
      case 'accept':
        return ua.accept(id, action.description?.sdp ?? '');
      case 'reject':
        return ua.reject(id, ua.hasOther(id) ? 'busy' : 'decline');
      case 'cancel':
        return ua.cancel(id);
      case 'hang up':
        return ua.hangUp(id);
      case 'describe':
      case 'candidate':
        // Offer and answer are in INVITE and 200 OK, with all candidates.
        return;
    }
  };

  const tick = (): void => {
    if (!isUp) return;
    if (refreshAt !== null && now >= refreshAt) {
      refreshAt = null;
      ua.register(registration);
    }
    if (keepaliveAt !== null && now >= keepaliveAt) {
      keepaliveAt = now + KEEPALIVE_MS;
      effects.push({ type: 'send', message: outgoing(KEEPALIVE) });
    }
  };

  const take = (input: SessionInput): void => {
    switch (input.type) {
      case 'opened':
        isUp = true;
        isRegistered = false;
        return ua.register(registration);
      case 'closed':
        isUp = false;
        refreshAt = null;
        keepaliveAt = null;
        return;
      case 'message':
        return isSip(input.text) ? ua.receive(input.text) : undefined;
      case 'deed':
        return perform(input.deed);
      case 'tick':
        return tick();
    }
  };

  return {
    read: (text): Reading => readIncoming(text),
    handle(input, at) {
      now = at;
      isHandling = true;
      take(input);
      isHandling = false;
      const done = effects;
      effects = [];
      return done;
    },
    deadline: () => (effects.length > 0 ? now : [refreshAt, keepaliveAt].reduce<Millis | null>(earlier, null)),
    isBusy: () => ua.isBusy,
    stop: () => ua.stop(),
  };
}

const isSip = (text: string): boolean => text.trim() !== '';

function earlier(a: Millis | null, b: Millis | null): Millis | null {
  if (a === null || b === null) return a ?? b;
  return Math.min(a, b);
}
