/** What a SIP device does with a dialog, against a proxy and a peer that are a few lines of text. */
import { t } from 'tap';
import type { AdapterAgent, AdapterSession, SessionEffect } from '../../src/probe/adapter/port.js';
import { sip } from '../../src/probe/adapters/sip/index.js';
import { createRng } from '../../src/protocol/rng.js';

const SDP = 'v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n';
const agent: AdapterAgent = {
  user: 'alice',
  device: 'phone',
  run: 'r1',
  credentials: {},
  url: 'ws://127.0.0.1:1',
  rng: createRng('dialog'),
  addressOf: (user) => `${user}-r1`,
  userAt: () => null,
  wake: () => undefined,
};

const sent = (effects: readonly SessionEffect[]): string[] =>
  effects.flatMap((one) => (one.type === 'send' ? [one.message.text] : []));
const header = (text: string, name: string): string => new RegExp(`^${name}: (.*)$`, 'im').exec(text)?.[1]?.trim() ?? '';

/** A response to a request, with a tag of the other side. */
function answer(request: string, status: string, more: readonly string[], body = ''): string {
  const copied = ['Via', 'From', 'Call-ID', 'CSeq'].map((name) => `${name}: ${header(request, name)}`);
  const to = header(request, 'To');
  const head = [`SIP/2.0 ${status}`, ...copied, `To: ${to};tag=b1`, ...more, `Content-Length: ${body.length}`];
  return `${head.join('\r\n')}\r\n\r\n${body}`;
}

/** A device that is registered. */
function registered(): AdapterSession {
  const session = sip.session(agent, () => ({}));
  const [register = ''] = sent(session.handle({ type: 'opened' }, 0));
  const ok = answer(register, '200 OK', [`Contact: ${header(register, 'Contact').replace(/;expires.*/, '')};expires=600`]);
  session.handle({ type: 'message', text: ok }, 1);
  return session;
}

t.test('the confirmation goes where the answer says, also when the ringing said something else', async (t) => {
  const session = registered();
  const call = { key: 'c1', id: 'c1', side: 'caller', peer: 'bob' } as const;
  const [invite = ''] = sent(
    session.handle({ type: 'deed', deed: { verb: 'call', call, description: { type: 'offer', sdp: SDP } } }, 2),
  );
  t.match(invite, /^INVITE sip:bob-r1@127\.0\.0\.1 /, 'who has no account has a name of this repetition');
  session.handle({ type: 'message', text: answer(invite, '180 Ringing', ['Contact: <sip:bob@old.invalid;transport=ws>']) }, 3);
  const ok = answer(invite, '200 OK', ['Contact: <sip:bob@new.invalid;transport=ws>', 'Content-Type: application/sdp'], SDP);
  const [ack = ''] = sent(session.handle({ type: 'message', text: ok }, 4));
  t.match(ack, /^ACK sip:bob@new\.invalid;transport=ws /);
  const [bye = ''] = sent(session.handle({ type: 'deed', deed: { verb: 'hang up', call } }, 5));
  t.match(bye, /^BYE sip:bob@new\.invalid;transport=ws /);
  session.stop?.();
});

t.test('a hang-up waits for the confirmation, and says so', async (t) => {
  const session = registered();
  const invite = [
    'INVITE sip:alice-r1@127.0.0.1 SIP/2.0',
    'Via: SIP/2.0/WS bob.invalid;branch=z9hG4bK1',
    'From: <sip:bob-r1@127.0.0.1>;tag=b1',
    'To: <sip:alice-r1@127.0.0.1>',
    'Call-ID: c2',
    'CSeq: 1 INVITE',
    'Max-Forwards: 70',
    'Contact: <sip:bob@bob.invalid;transport=ws>',
    'Content-Type: application/sdp',
    `Content-Length: ${SDP.length}`,
  ];
  session.handle({ type: 'message', text: `${invite.join('\r\n')}\r\n\r\n${SDP}` }, 2);
  const call = { key: 'c2', id: 'c2', side: 'callee', peer: 'bob' } as const;
  const [ok = ''] = sent(
    session.handle({ type: 'deed', deed: { verb: 'accept', call, description: { type: 'answer', sdp: SDP } } }, 3),
  );
  t.match(ok, /^SIP\/2\.0 200 /);
  const waits = session.handle({ type: 'deed', deed: { verb: 'hang up', call } }, 4);
  t.match(waits, [{ type: 'unsent', kind: 'command.hangup', why: 'awaits-confirmation' }]);
  const ack = [
    'ACK sip:alice-r1@127.0.0.1 SIP/2.0',
    'Via: SIP/2.0/WS bob.invalid;branch=z9hG4bK2',
    'From: <sip:bob-r1@127.0.0.1>;tag=b1',
    `To: ${header(ok, 'To')}`,
    'Call-ID: c2',
    'CSeq: 1 ACK',
    'Max-Forwards: 70',
    'Content-Length: 0',
  ];
  const [bye = ''] = sent(session.handle({ type: 'message', text: `${ack.join('\r\n')}\r\n\r\n` }, 5));
  t.match(bye, /^BYE /, 'it goes once the confirmation is there');
  session.stop?.();
});
