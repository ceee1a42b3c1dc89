/** What SIP messages are read as: kinds, calls, reasons, and what they carry; whatever a stranger sends. */
import fc from 'fast-check';
import { t } from 'tap';
import { readSip } from '../../../src/probe/adapters/sip/message.js';
import { outgoing, readIncoming } from '../../../src/probe/adapters/sip/reading.js';

const SDP = 'v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n';

interface Parts {
  readonly cseq?: string;
  readonly headers?: readonly string[];
  readonly sdp?: string;
}

/** A message with this first line; alice is who calls. */
function sip(start: string, { cseq = `1 ${start.split(' ')[0]}`, headers = [], sdp }: Parts = {}): string {
  const lines = [
    start,
    'Via: SIP/2.0/WS a.invalid;branch=z9hG4bK1',
    'From: "Alice" <sip:alice@example.org>;tag=1',
    'To: <sip:bob%20b@example.org>',
    'Call-ID: c1',
    `CSeq: ${cseq}`,
    ...headers,
    ...(sdp === undefined ? [] : ['Content-Type: application/sdp']),
  ];
  return `${lines.join('\r\n')}\r\n\r\n${sdp ?? ''}`;
}

const answer = (status: string, method: string, parts: Parts = {}): string =>
  sip(`SIP/2.0 ${status}`, { cseq: `1 ${method}`, ...parts });

t.test('what arrives', async (t) => {
  const kinds: readonly (readonly [text: string, kind: string, reason: string | null])[] = [
    [sip('INVITE sip:bob@x SIP/2.0', { sdp: SDP }), 'event.inviting', null],
    [sip('CANCEL sip:bob@x SIP/2.0'), 'event.ended', 'cancelled'],
    [sip('CANCEL sip:bob@x SIP/2.0', { headers: ['Reason: SIP;cause=200;text="x"'] }), 'event.ended', 'answered-elsewhere'],
    [sip('CANCEL sip:bob@x SIP/2.0', { headers: ['Reason: SIP;cause=603'] }), 'event.ended', 'rejected-elsewhere'],
    [sip('CANCEL sip:bob@x SIP/2.0', { headers: ['Reason: SIP ;text="x";cause=408'] }), 'event.ended', 'missed'],
    [sip('BYE sip:bob@x SIP/2.0'), 'event.ended', 'hangup'],
    [sip('ACK sip:bob@x SIP/2.0'), 'result.ok', null],
    [sip('OPTIONS sip:bob@x SIP/2.0'), 'noise:OPTIONS', null],
    [answer('100 trying', 'INVITE'), 'result.ok', null],
    [answer('180 Ringing', 'INVITE'), 'event.ringing', null],
    [answer('183 Session Progress', 'INVITE', { sdp: SDP }), 'event.ringing', null],
    [answer('181 Forwarded', 'INVITE'), 'noise:181', null],
    [answer('200 OK', 'INVITE', { sdp: SDP }), 'event.connected', null],
    [answer('407 Proxy Authentication Required', 'INVITE'), 'noise:407', null],
    [answer('486 Busy Here', 'INVITE'), 'event.ended', 'busy'],
    [answer('480 Temporarily Unavailable', 'INVITE'), 'event.ended', 'unreachable'],
    [answer('408 Request Timeout', 'INVITE'), 'event.ended', 'missed'],
    [answer('487 Request Terminated', 'INVITE'), 'event.ended', 'cancelled'],
    [answer('603 Decline', 'INVITE'), 'event.ended', 'rejected'],
    [answer('500 Oops', 'INVITE'), 'event.ended', 'server-error'],
    [answer('200 OK', 'REGISTER'), 'welcome', null],
    [answer('401 Unauthorized', 'REGISTER'), 'noise:401', null],
    [answer('403 Forbidden', 'REGISTER'), 'error', null],
    [answer('200 OK', 'BYE'), 'result.ok', null],
    [answer('481 No such call', 'BYE'), 'result.refused', null],
    ['\r\n', 'pong', null],
    ['{"type":"hello"}', 'raw:text', null],
  ];
  for (const [text, kind, reason] of kinds) t.match(readIncoming(text), { kind, reason }, text.slice(0, 40));
});

t.test('what is sent', async (t) => {
  const kinds: readonly (readonly [text: string, kind: string])[] = [
    [sip('REGISTER sip:x SIP/2.0'), 'hello'],
    [sip('INVITE sip:bob@x SIP/2.0', { sdp: SDP }), 'command.invite'],
    [sip('CANCEL sip:bob@x SIP/2.0'), 'command.cancel'],
    [sip('BYE sip:bob@x SIP/2.0'), 'command.hangup'],
    [sip('ACK sip:bob@x SIP/2.0'), 'ack'],
    [answer('100 Trying', 'INVITE'), 'ack'],
    [answer('180 Ringing', 'INVITE'), 'command.ring'],
    [answer('200 OK', 'INVITE', { sdp: SDP }), 'command.accept'],
    [answer('603 Decline', 'INVITE'), 'command.reject'],
    [answer('487 Request Terminated', 'INVITE'), 'ack'],
    [answer('200 OK', 'BYE'), 'ack'],
    ['\r\n\r\n', 'ping'],
  ];
  for (const [text, kind] of kinds) t.match(outgoing(text), { kind, text }, text.slice(0, 40));
});

t.test('which call, who, and what it carries', async (t) => {
  const invite = readIncoming(sip('INVITE sip:bob@x SIP/2.0', { sdp: SDP }));
  t.match(invite, { name: 'INVITE', key: 'c1', wire: 'c1', from: 'alice', carries: [{ what: 'offer', text: SDP }] });
  t.strictSame(invite.frame, { type: 'INVITE', callId: 'c1', from: 'alice', to: 'bob b', sdp: SDP });
  const ok = readIncoming(answer('200 OK', 'INVITE', { sdp: SDP }));
  t.match(ok, { name: '200 OK (INVITE)', from: 'bob b', carries: [{ what: 'answer', text: SDP }] });
  t.match(readIncoming(answer('183 Session Progress', 'INVITE', { sdp: SDP })), { carries: [] }, 'early media is no answer');
  t.match(readIncoming(answer('200 OK', 'REGISTER')), { key: null, wire: null }, 'a registration belongs to no call');
});

t.test('headers in their short forms, folded, in any case', async (t) => {
  const text = [
    'INVITE sip:bob@x SIP/2.0',
    'f: <sips:alice@x>;tag=1',
    'T : sip:bob@x',
    'I: c2',
    'cSeQ:\r\n 7 INVITE',
    'c: Application/SDP; charset=utf-8',
    '',
    SDP,
  ].join('\r\n');
  t.match(readSip(text), { method: 'INVITE', callId: 'c2', from: 'alice', to: 'bob', sdp: SDP });
});

t.test('a stranger may send anything', async (t) => {
  const start = fc.constantFrom('INVITE sip:b@x SIP/2.0', 'SIP/2.0 200 OK', 'SIP/2.0 999 ', 'BYE  SIP/2.0', '');
  const line = fc.oneof(
    fc.string(),
    fc.constantFrom('CSeq: 1 INVITE', 'Call-ID:', 'From: <sip:%zz@x>', 'Reason: SIP;cause=', ':'),
  );
  fc.assert(
    fc.property(start, fc.array(line), fc.string(), (first, lines, body) => {
      const text = `${[first, ...lines].join('\r\n')}\r\n\r\n${body}`;
      readIncoming(text);
      outgoing(text);
    }),
    { numRuns: 2_000 },
  );
  t.pass('nothing is thrown');
});
