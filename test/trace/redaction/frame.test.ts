import t from 'tap';
import { createRng } from '../../../src/protocol/rng.js';
import { redactFrame } from '../../../src/trace/redaction/frame.js';
import { createNames } from '../../../src/trace/redaction/names.js';
import { createPseudonyms, familyOf, isIp6, PSEUDONYMS_PER_KIND_MAX } from '../../../src/trace/redaction/pseudonyms.js';
import { redactCandidate, redactSdp } from '../../../src/trace/redaction/sdp.js';
import { redactText } from '../../../src/trace/redaction/sentence.js';
import { leaks } from '../../leaks.js';

const TOKEN = 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhbGljZSIsImV4cCI6MTcwMDAwMDAwMH0.c2lnbmF0dXJlLW9mLWFsaWNl';
const SECRETS = {
  token: TOKEN,
  session: 's-9f8e7d6c5b4a39281706',
  privateAddress: '192.168.178.23',
  publicAddress: '203.0.113.77',
  address6: '2001:db8:85a3::8a2e:370:7334',
  relay: '198.51.100.9',
  mdns: '3c1d9f0a-52d1-4c1e-9b54-0c7f0f1b2a3d.local',
  ufrag: 'EsAwUfrg',
  pwd: 'P2uYro0UCOQ4zxjKXaWCBui1',
  fingerprint: '6B:8B:F0:65:5F:78:E2:51:3B:AC:6F:F3:3F:46:1B:35:DC:B8:5F:64:1A:24:C2:43:F0:A1:58:D0:A1:2C:19:08',
  sdpSession: '4611731400430051336',
  cname: 'janedoe-laptop',
  msid: 'b5a1c7e2-stream-of-jane',
  ssrc: '3735928559',
  crypto: 'WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz',
  sessionName: 'Jane Doe private line',
  credential: 'turn-secret-password',
  phone: '4915112345678',
};
const all = Object.values(SECRETS);

const SDP = [
  'v=0',
  `o=- ${SECRETS.sdpSession} 2 IN IP4 ${SECRETS.privateAddress}`,
  `s=${SECRETS.sessionName}`,
  't=0 0',
  'a=group:BUNDLE 0',
  'a=extmap-allow-mixed',
  `a=msid-semantic: WMS ${SECRETS.msid}`,
  'm=audio 61665 UDP/TLS/RTP/SAVPF 111 0',
  `c=IN IP4 ${SECRETS.publicAddress}`,
  `a=rtcp:9 IN IP6 ${SECRETS.address6}`,
  `a=candidate:1467250027 1 udp 2122260223 ${SECRETS.privateAddress} 61665 typ host generation 0 ufrag ${SECRETS.ufrag} network-id 1`,
  `a=candidate:2 1 udp 1686052607 ${SECRETS.publicAddress} 61665 typ srflx raddr ${SECRETS.privateAddress} rport 61665 generation 0`,
  `a=candidate:3 1 tcp 1518280447 ${SECRETS.address6} 9 typ host tcptype active`,
  `a=candidate:4 1 udp 41885439 ${SECRETS.relay} 3478 typ relay raddr 0.0.0.0 rport 0 x-user ${SECRETS.cname}`,
  `a=candidate:5 1 udp 2122194687 ${SECRETS.mdns} 50000 typ host`,
  `a=ice-ufrag:${SECRETS.ufrag}`,
  `a=ice-pwd:${SECRETS.pwd}`,
  'a=ice-options:trickle',
  `a=fingerprint:sha-256 ${SECRETS.fingerprint}`,
  'a=setup:actpass',
  'a=mid:0',
  'a=extmap:1 urn:ietf:params:rtp-hdrext:ssrc-audio-level',
  `a=extmap:2 https://example.org/${SECRETS.cname}`,
  'a=sendrecv',
  `a=msid:${SECRETS.msid} ${SECRETS.cname}`,
  'a=rtcp-mux',
  'a=rtpmap:111 opus/48000/2',
  'a=fmtp:111 minptime=10;useinbandfec=1',
  'a=rtcp-fb:111 transport-cc',
  `a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:${SECRETS.crypto}`,
  `a=ssrc:${SECRETS.ssrc} cname:${SECRETS.cname}`,
  `a=x-owner:${SECRETS.phone}`,
  `i=${SECRETS.phone}`,
  '',
].join('\r\n');

t.test('a session description keeps its bones and loses its people', async (t) => {
  const text = redactSdp(SDP, createPseudonyms());
  t.same(leaks(text, all), []);
  t.equal(text.split('\r\n').length, SDP.split('\r\n').length, 'a line for each line');
  for (const line of [
    'o=- session-1 2 IN IP4 host-1.ip4',
    'm=audio 61665 UDP/TLS/RTP/SAVPF 111 0',
    'c=IN IP4 host-2.ip4',
    'a=candidate:foundation-1 1 udp 2122260223 host-1.ip4 61665 typ host generation 0 ufrag ufrag-1 network-id 1',
    'a=candidate:foundation-2 1 udp 1686052607 host-2.ip4 61665 typ srflx raddr host-1.ip4 rport 61665 generation 0',
    'a=candidate:foundation-3 1 tcp 1518280447 host-3.ip6 9 typ host tcptype active',
    'a=candidate:foundation-5 1 udp 2122194687 host-5.mdns 50000 typ host',
    'a=ice-ufrag:ufrag-1',
    'a=ice-pwd:pwd-1',
    'a=fingerprint:sha-256 fingerprint-1',
    'a=setup:actpass',
    'a=mid:0',
    'a=extmap:1 urn:ietf:params:rtp-hdrext:ssrc-audio-level',
    'a=sendrecv',
    'a=rtcp-mux',
    'a=rtpmap:111 opus/48000/2',
    'a=fmtp:111 minptime=10;useinbandfec=1',
    'a=rtcp-fb:111 transport-cc',
    'a=group:BUNDLE 0',
    `a=x-owner:redacted(len=${SECRETS.phone.length})`,
  ]) {
    t.ok(text.split('\r\n').includes(line), line);
  }
});

t.test('twice is once, also with an empty memory', async (t) => {
  const once = redactSdp(SDP, createPseudonyms());
  t.equal(redactSdp(once, createPseudonyms()), once);
  const frame = {
    type: 'hello',
    token: TOKEN,
    id: TOKEN,
    user: 'jane',
    pin: 1,
    [TOKEN]: 'x',
    sdp: SDP,
    error: `no ${TOKEN} of Jane Doe`,
  };
  const clean = redactFrame(frame, createNames());
  t.same(redactFrame(clean, createNames()), clean);
});

t.test('the search finds every one of these secrets where they are', async (t) => {
  const frame = JSON.stringify({ SDP, TOKEN, more: [SECRETS.session, SECRETS.credential] });
  t.same(leaks(frame, all).sort(), [...all].sort(), 'else the tests above would prove nothing');
});

t.test('frames', async (t) => {
  const names = createNames();
  const hello = { type: 'hello', token: TOKEN, device: 'phone', resume: { session: SECRETS.session, ack: 7 } };
  t.same(redactFrame(hello, names), {
    type: 'hello',
    token: 'token-1',
    device: 'phone',
    resume: { session: 'session-1', ack: 7 },
  });
  const welcome = { type: 'welcome', session: SECRETS.session, time: 1_700_000_000_000, heartbeat: 10_000, calls: [] };
  t.same(redactFrame(welcome, names), { ...welcome, session: 'session-1' }, 'the same session has the same name');
  const event = {
    type: 'event',
    seq: 4,
    ack: 2,
    cause: 'accept',
    call: {
      id: 'c-1',
      version: 3,
      phase: 'connected',
      caller: { user: 'alice', device: 'phone' },
      callee: { user: 'علي', device: null },
      invitedAt: 1,
      ringingAt: 2,
      answeredAt: 3,
      endedAt: null,
      reason: null,
      endedBy: null,
    },
  };
  const { caller, callee } = event.call;
  t.same(
    redactFrame(event, names),
    { ...event, call: { ...event.call, caller, callee: { ...callee, user: 'user-1' } } },
    'nothing in the record of a call is secret but the people in it',
  );
  t.same(redactFrame({ type: 'command', id: 'x1', op: 'accept', call: 'c-1', ok: true }, names), {
    type: 'command',
    id: 'x1',
    op: 'accept',
    call: 'c-1',
    ok: true,
  });
  const offer = {
    type: 'signal',
    seq: 5,
    call: 'c-1',
    from: 'alice/phone',
    kind: 'description',
    data: { type: 'offer', sdp: SDP },
  };
  const candidate = {
    type: 'signal',
    kind: 'candidate',
    data: {
      candidate: `candidate:9 1 udp 1 ${SECRETS.privateAddress} 5 typ host ufrag ${SECRETS.ufrag}`,
      sdpMid: '0',
      sdpMLineIndex: 0,
      usernameFragment: SECRETS.ufrag,
    },
  };
  const redacted = JSON.stringify([redactFrame(offer, names), redactFrame(candidate, names)]);
  t.same(leaks(redacted, all), []);
  t.match(redactFrame(candidate, names), {
    data: { candidate: /host-1\.ip4 5 typ host ufrag ufrag-1$/, sdpMid: '0', sdpMLineIndex: 0, usernameFragment: 'ufrag-1' },
  });
});

t.test('what is not known is not kept', async (t) => {
  const frame = {
    type: 'hello',
    nickname: SECRETS.sessionName,
    pin: Number(SECRETS.phone),
    nested: [{ deep: { unknown: SECRETS.credential, flag: true, nothing: null } }],
    iceServers: [{ urls: [`turn:${SECRETS.relay}:3478`], username: SECRETS.cname, credential: SECRETS.credential }],
    [SECRETS.token]: 1,
    [SECRETS.phone]: 'x',
    raw: SDP,
    line: `a=candidate:1 1 udp 1 ${SECRETS.privateAddress} 1 typ host`,
    message: `refused ${TOKEN} from ${SECRETS.publicAddress}`,
    id: TOKEN,
    user: `alice@${SECRETS.privateAddress}`,
  };
  const redacted = redactFrame(frame, createNames());
  t.same(leaks(JSON.stringify(redacted), all), []);
  t.match(redacted, {
    nickname: `redacted(len=${SECRETS.sessionName.length})`,
    pin: 'redacted(number)',
    nested: [{ deep: { unknown: /^redacted\(len=/, flag: true, nothing: null } }],
    message: /^refused (token|key)-\d+ from host-\d+\.ip4$/,
    id: /^(token|key)-\d+$/,
  });
});

t.test('a username opens something where it stands beside a password or a server, and else is the name of a user', async (t) => {
  const names = createNames();
  const turn = { urls: ['turn:relay.example.org'], username: SECRETS.cname, credential: SECRETS.credential };
  t.match(redactFrame({ ice: [turn], account: { username: SECRETS.cname, password: SECRETS.credential } }, names), {
    ice: [{ username: /^credential-\d$/ }],
    account: { username: /^credential-\d$/ },
  });
  const result = { event: 'incomingcall', username: 'alice', error: "No such username 'alice'" };
  t.same(redactFrame(result, names), result, 'as Janus names users');
});

t.test('a frame is copied, bounded and safe whatever it is', async (t) => {
  const names = createNames();
  const frame = JSON.parse('{"__proto__":{"polluted":"yes"},"constructor":"x","hasOwnProperty":1,"type":"hello"}');
  const before = JSON.stringify(frame);
  const redacted = redactFrame(frame, names) as Record<string, unknown>;
  t.equal(JSON.stringify(frame), before);
  t.equal(Object.getPrototypeOf(redacted), Object.prototype);
  t.notOk('polluted' in redacted);
  let deep: unknown = 'x';
  for (let depth = 0; depth < 5_000; depth++) deep = [deep];
  t.match(JSON.stringify(redactFrame(deep, names)), 'redacted(too deep)');
  t.match(JSON.stringify(redactFrame(Array(10_000).fill('x'), names)), '10000 members');
  for (const odd of [undefined, 1, 'x', null, 10n, Symbol('x'), () => 1])
    t.doesNotThrow(() => JSON.stringify(redactFrame(odd, names)));
});

t.test('equal values have equal names, in frames, descriptions and sentences, others have others', async (t) => {
  const names = createNames();
  const inFrame = redactFrame({ token: TOKEN, address: SECRETS.publicAddress.toUpperCase() }, names);
  t.same(inFrame, { token: 'token-1', address: 'host-1.ip4' });
  t.equal(redactText(`Bearer ${TOKEN} at ${SECRETS.publicAddress}`, names.pseudonyms), 'Bearer token-1 at host-1.ip4');
  t.match(redactCandidate(`candidate:1 1 udp 1 ${SECRETS.publicAddress} 1 typ srflx`, names.pseudonyms), 'host-1.ip4');
  t.equal(names.pseudonyms.of('host', 'another'), 'host-2');
  t.ok(names.pseudonyms.values().includes(TOKEN), 'they can be looked for before something is published');
  t.equal(createPseudonyms().of('token', TOKEN), 'token-1', 'no memory beyond one trace');
  for (let i = 0; i < PSEUDONYMS_PER_KIND_MAX + 5; i++) names.pseudonyms.of('key', `k${i}`);
  t.equal(names.pseudonyms.of('key', 'one more'), 'key-more');
});

t.test('sentences', async (t) => {
  const cases: [string, string][] = [
    ['connect ECONNREFUSED 127.0.0.1:8080', 'connect ECONNREFUSED 127.0.0.1:8080'],
    ['connect ECONNREFUSED ::1:8080', 'connect ECONNREFUSED ::1:8080'],
    ['connect ETIMEDOUT 203.0.113.7:443', 'connect ETIMEDOUT host-1.ip4:443'],
    ['listen on [2001:db8::1]:443 failed', 'listen on [host-1.ip6]:443 failed'],
    ['no route to fe80::1%eth0: unreachable', 'no route to host-1.ip6: unreachable'],
    ['mapped ::ffff:203.0.113.7 seen', 'mapped host-1.ip6 seen'],
    [
      'GET wss://bob:pw12@calls.example.org/ws?token=abc&x=1#frag failed.',
      'GET wss://redacted@calls.example.org/ws?redacted failed.',
    ],
    ['open wss://10.0.0.5/ws?a=b, then', 'open wss://host-1.ip4/ws?redacted, then'],
    ['GET /v1/calls/c1?access=abcdef -> 401', 'GET /v1/calls/c1?redacted -> 401'],
    ['Authorization: Bearer abcdefgh.ijk', 'Authorization: Bearer token-1'],
    ['password=hunter22, secret: "s3cr3t!"', 'password=credential-1, secret: "credential-2"'],
    ['at 12:34:56 on port 80, took 1:02', 'at 12:34:56 on port 80, took 1:02'],
    ['version 1.2.3, 999.1.1.1 is no address', 'version 1.2.3, 999.1.1.1 is no address'],
    ['a::b std::vector', 'host-1.ip6 std::vector'],
    ['turn:user:pass1@relay.example.org', 'turn:redacted@relay.example.org'],
    [`peer ${SECRETS.mdns} gone`, 'peer host-1.mdns gone'],
    [`fingerprint ${SECRETS.fingerprint.toLowerCase()} differs`, 'fingerprint fingerprint-1 differs'],
  ];
  for (const [text, expected] of cases) t.equal(redactText(text, createPseudonyms()), expected);
  t.match(redactText(`${'x '.repeat(10_000)}${TOKEN}`, createPseudonyms()), /redacted\(\d+ more\)$/);
});

t.test('addresses of IPv6 in all their forms', async (t) => {
  for (const good of ['::', '::1', '1::', 'fe80::1%eth0', '1:2:3:4:5:6:7:8', '::ffff:1.2.3.4', '2001:DB8::a', '1::8'])
    t.ok(isIp6(good), good);
  for (const bad of [
    '',
    ':',
    '1:2',
    '1:2:3:4:5:6:7',
    '1:2:3:4:5:6:7:8:9',
    '1::2::3',
    'g::1',
    '12345::',
    '1:2:3:4:5:6:7::8:9',
    '1.2.3.4',
  ]) {
    t.notOk(isIp6(bad), bad);
  }
  t.equal(familyOf('calls.example.org'), 'name');
});

t.test('leaks: forms in which a secret hides', async (t) => {
  t.same(leaks('... "a\\"b/c\\nd" ...', ['a"b/c\nd']), ['a"b/c\nd'], 'as JSON');
  t.same(leaks('x=geheim%2Fn%C3%B6', ['geheim/nö']), ['geheim/nö'], 'in a URL');
  t.same(leaks('AB:CD:EF:01', ['ab:cd:ef:01']), ['ab:cd:ef:01'], 'in another case');
  t.same(leaks('short ones are everywhere', ['are', 'short']), []);
  t.same(leaks('bad \ud800surrogate', ['\ud800surrogate']), ['\ud800surrogate']);
  t.same(leaks('nothing', []), []);
});

t.test('a description cut, shuffled and spliced at random leaks nothing and never throws', async (t) => {
  const rng = createRng('redact');
  const lines = SDP.split('\r\n');
  for (let round = 0; round < 300; round++) {
    const shuffled = Array.from({ length: rng.below(12) }, () => {
      const line = lines[rng.below(lines.length)] ?? '';
      const other = lines[rng.below(lines.length)] ?? '';
      return rng.below(3) === 0 ? `${line.slice(0, rng.below(24))}${other.slice(rng.below(24))}` : line;
    });
    const text = shuffled.join(rng.below(2) === 0 ? '\n' : '\r\n');
    const redacted = JSON.stringify(
      redactFrame({ type: 'signal', data: { sdp: text, candidate: shuffled[0] ?? '' } }, createNames()),
    );
    const found = leaks(redacted, all);
    if (found.length > 0) t.fail(`${JSON.stringify(text)} leaks ${found.join(' ')}`);
  }
});

t.test('the digest of a frame in a line of evidence is no digest that a client logs in with', async (t) => {
  const names = createPseudonyms();
  const line = 'server read command.accept of c1 from bob/phone, seq 4, digest a85c585a8eee7756';
  t.equal(redactText(line, names), line);
  t.equal(redactText('Authorization: Digest dXNlcjpwYXNzd29yZA', names).includes('dXNlcjpwYXNzd29yZA'), false);
  t.match(redactText('digest a85c585a8eee7756ff', names), /digest token-\d/, 'of another length it may be anything');
});
