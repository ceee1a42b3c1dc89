/** The adapter `sip`: SIP over WebSocket (RFC 7118) against any registrar and proxy, such as Kamailio. See docs/targets/kamailio.md. */
import { type AdapterAgent, defineAdapter } from '../../adapter/port.js';
import { openSipSession } from './session.js';
import type { SipIdentity } from './user-agent.js';

export const sip = defineAdapter({
  name: 'sip',
  doc: 'SIP over WebSocket (RFC 7118): REGISTER, INVITE, CANCEL, BYE through a registrar and proxy such as Kamailio',
  traits: {
    media: { offers: 'caller', when: 'call', candidates: 'in-description', relay: 'as-is' },
    devices: 'many',
    // Two crossing calls are two calls, each answered 486. Only session timers would detect a vanished peer. A proxy has to pass on each
    // 200, late ones and repeated ones (RFC 3261 section 16.7). Over WebSocket only the 200 is repeated: `redelivers` would promise more.
    hides: ['glare', 'peer-lost', 'late-answer', 'duplicates'],
    // A cancel that crosses the answer leads to ACK and BYE.
    reasons: { cancelled: ['hangup'] },
    secondCall: 'reject',
    ringing: 'told',
    kinds: {
      sends: [
        'hello',
        'command.invite',
        'command.ring',
        'command.accept',
        'command.reject',
        'command.cancel',
        'command.hangup',
        'ack',
        'ping',
      ],
      receives: [
        'welcome',
        'event.inviting',
        'event.ringing',
        'event.connected',
        'event.ended',
        'result.ok',
        'result.refused',
        'error',
        'pong',
      ],
    },
  },
  identify: (user, { run, credentials }) => nameAt(user, run, credentials),
  connect: ({ url }) => ({ url, subprotocols: ['sip'] }),
  session: (agent) => openSipSession(agent, identityOf(agent)),
});

/** The user part of an address. Without an account it is another user in each repetition, without leftovers of the previous one. */
function nameAt(user: string, run: string, credentials: AdapterAgent['credentials']): string {
  return credentials['username'] || (credentials['password'] ? user : `${user}-${run}`);
}

/** The identity of a device: `username`, `password` and `domain` come from its user's credentials, unless empty. */
function identityOf({ user, device, run, url, credentials }: AdapterAgent): SipIdentity {
  const label = `${user}-${device}-${run}`.toLowerCase().replace(/[^a-z0-9]+/g, '-');
  return {
    user: nameAt(user, run, credentials),
    domain: credentials['domain'] || new URL(url).hostname,
    password: credentials['password'] || null,
    // A label of a host name (RFC 1035 section 2.3.4).
    device: `d${label.slice(0, 60).replace(/-+$/, '')}`,
  };
}
