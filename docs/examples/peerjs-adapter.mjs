/**
 * An adapter written by hand: the PeerJS server (npm `peer`), as an example of the port. The dialect `peerjs` says the same in YAML.
 *
 *   npx call-probe run scenarios/accept.yaml --target ws://127.0.0.1:9000/peerjs --adapter ./docs/examples/peerjs-adapter.mjs
 */
import { defineAdapter } from 'call-probe';

const HEARTBEAT_MS = 5_000;

/** What each message of the server is in the words of the probe. */
const KINDS = {
  OPEN: 'welcome',
  OFFER: 'event.inviting',
  ANSWER: 'event.connected',
  CANDIDATE: 'signal.candidate',
  LEAVE: 'event.ended',
  EXPIRE: 'event.ended',
  'ID-TAKEN': 'error',
  ERROR: 'error',
};

/** What each message of ours is. */
const SENT = { call: 'command.invite', accept: 'command.accept', candidate: 'signal.candidate' };

export default defineAdapter({
  name: 'peerjs-by-hand',
  doc: 'The PeerJS server, written by hand as an example.',
  traits: {
    // The server has no ringing and one socket for each id; the app says "calling" by itself.
    ringing: 'assumed',
    devices: 'one',
    hides: ['busy', 'glare', 'other-devices', 'server-timeout', 'peer-lost'],
    // LEAVE names no call: one that is still under way ends the next call of the same pair.
    stillMs: 200,
  },
  identify: (user, { run }) => `${user}-${run}`,
  connect(agent) {
    const url = new URL(agent.url);
    url.searchParams.set('key', 'peerjs');
    url.searchParams.set('id', agent.addressOf(agent.user));
    url.searchParams.set('token', `t${agent.run}`);
    return { url: url.href };
  },
  session(agent) {
    let heartbeatAt = null;

    const frameOf = (text) => {
      try {
        const frame = JSON.parse(text);
        return typeof frame === 'object' && frame !== null ? frame : {};
      } catch {
        return {};
      }
    };

    const read = (text) => {
      const frame = frameOf(text);
      const name = String(frame.type ?? 'no JSON');
      const payload = frame.payload ?? {};
      const carries = [];
      if (payload.sdp?.sdp) carries.push({ what: name === 'OFFER' ? 'offer' : 'answer', text: payload.sdp.sdp });
      if (payload.candidate?.candidate) carries.push({ what: 'candidate', text: payload.candidate.candidate });
      return {
        kind: KINDS[name] ?? `raw:${name}`,
        name,
        key: payload.connectionId ?? null,
        wire: payload.connectionId ?? null,
        from: frame.src ?? null,
        reason: name === 'EXPIRE' ? 'unreachable' : null,
        frame,
        carries,
      };
    };

    const send = (kind, frame) => {
      const { name, key, wire, carries } = read(JSON.stringify(frame));
      return { type: 'send', message: { kind, name, key, wire, frame, carries, text: JSON.stringify(frame) } };
    };

    const heard = (text) => {
      const frame = frameOf(text);
      const { name, key, wire, from } = read(text);
      switch (name) {
        case 'OPEN':
          return [{ type: 'logged-in' }];
        case 'ID-TAKEN':
        case 'ERROR':
          return [{ type: 'login-failed', message: `the server said ${name}: ${frame.payload?.msg ?? ''}` }];
        case 'OFFER':
          return [{ type: 'heard', heard: { event: 'incoming', key, wire, from, description: frame.payload.sdp } }];
        case 'ANSWER':
          return [{ type: 'heard', heard: { event: 'accepted', key, description: frame.payload.sdp } }];
        case 'CANDIDATE': {
          const { candidate, sdpMid } = frame.payload.candidate;
          return [{ type: 'heard', heard: { event: 'candidate', key, candidate, sdpMid } }];
        }
        case 'LEAVE':
          return [{ type: 'heard', heard: { event: 'ended', key: null, reason: null } }];
        case 'EXPIRE':
          return [{ type: 'heard', heard: { event: 'ended', key: null, reason: 'unreachable' } }];
        default:
          return [];
      }
    };

    const doing = ({ verb, call, description, candidate, sdpMid }) => {
      const dst = call.peer === null ? null : agent.addressOf(call.peer);
      const about = { connectionId: call.side === 'caller' ? call.id : call.key, type: 'media' };
      switch (verb) {
        case 'call':
          return [send(SENT.call, { type: 'OFFER', dst, payload: { ...about, sdp: description } })];
        case 'accept':
          return [send(SENT.accept, { type: 'ANSWER', dst, payload: { ...about, sdp: description } })];
        case 'candidate':
          return [send(SENT.candidate, { type: 'CANDIDATE', dst, payload: { ...about, candidate: { candidate, sdpMid } } })];
        case 'reject':
        case 'cancel':
        case 'hang up':
          return [send(`command.${verb === 'hang up' ? 'hangup' : verb}`, { type: 'LEAVE', dst })];
        default:
          return [];
      }
    };

    return {
      read,
      handle(input, now) {
        switch (input.type) {
          case 'opened':
            heartbeatAt = now + HEARTBEAT_MS;
            return [];
          case 'closed':
            heartbeatAt = null;
            return [];
          case 'message':
            return heard(input.text);
          case 'deed':
            return doing(input.deed);
          case 'tick':
            heartbeatAt = now + HEARTBEAT_MS;
            return [send('ping', { type: 'HEARTBEAT' })];
        }
      },
      deadline: () => heartbeatAt,
      isBusy: () => false,
    };
  },
});
