import t from 'tap';
import { parseCandidate, redirectCandidate, unusableFrom } from '../../../src/probe/media/candidate.js';
import { audioSectionOf, rewriteCandidates } from '../../../src/probe/media/sdp.js';

const LINE = 'candidate:1 1 UDP 2114977791 127.0.0.1 45417 typ host';

t.test('candidates are read with and without a=, and nothing else is one', async (t) => {
  t.same(parseCandidate(LINE), { transport: 'UDP', address: '127.0.0.1', port: 45_417 });
  t.same(parseCandidate(`a=${LINE}`), parseCandidate(LINE));
  for (const bad of [
    '',
    'candidate:',
    'candidate:1 1 UDP 1 127.0.0.1 70000 typ host',
    'candidate:1 1 UDP 1 127.0.0.1 x typ host',
    LINE.replace('typ ', ''),
  ]) {
    t.equal(parseCandidate(bad), null, JSON.stringify(bad));
  }
});

t.test('a redirected candidate tells nothing of the old address', async (t) => {
  t.equal(
    redirectCandidate(
      'candidate:2 1 udp 100 127.0.0.9 5000 typ srflx raddr 10.1.2.3 rport 4000 generation 0',
      '127.0.0.1',
      6_000,
    ),
    'candidate:2 1 udp 100 127.0.0.1 6000 typ srflx generation 0',
  );
});

t.test('what the relay cannot carry is named', async (t) => {
  const why = (transport: string, address: string, port = 1_000, bind = '127.0.0.1') =>
    unusableFrom(bind, { transport, address, port });
  t.equal(why('UDP', '127.0.0.1'), null);
  t.equal(why('TCP', '127.0.0.1'), 'TCP');
  t.equal(why('UDP', '::1'), 'IPv6');
  t.equal(why('UDP', '3b0e.local'), 'mDNS name');
  t.equal(why('UDP', '192.0.2.1'), 'other network');
  t.equal(why('UDP', '192.0.2.1', 1_000, '192.0.2.7'), null);
  t.equal(why('UDP', '127.0.0.1', 1_000, '192.0.2.7'), 'other network');
  t.equal(why('UDP', '999.0.0.1'), 'malformed');
  t.equal(why('UDP', '127.0.0.1', 0), 'malformed');
});

const sdp = (...lines: string[]): string => ['v=0', ...lines, ''].join('\r\n');
const OPUS = 'a=rtpmap:109 opus/48000/2';

t.test('the audio section of an offer', async (t) => {
  t.same(audioSectionOf(sdp('m=audio 9 UDP/TLS/RTP/SAVPF 109 9', 'a=mid:audio0', 'a=sendonly', 'a=rtpmap:9 G722/8000', OPUS)), {
    mid: 'audio0',
    opusPayloadType: 109,
    direction: 'SendOnly',
  });
  const video = ['m=video 9 UDP/TLS/RTP/SAVPF 96', 'a=mid:0', 'a=recvonly', 'a=rtpmap:96 VP8/90000'];
  const second = audioSectionOf(sdp(...video, 'm=audio 9 UDP/TLS/RTP/SAVPF 109', 'a=mid:1', OPUS));
  t.same(second, { mid: '1', opusPayloadType: 109, direction: 'SendRecv' }, 'video first, no direction');
});

t.test('no usable audio section', async (t) => {
  t.equal(audioSectionOf(''), null);
  t.equal(audioSectionOf(sdp('m=audio 9 UDP/TLS/RTP/SAVPF 9', 'a=mid:0', 'a=rtpmap:9 G722/8000')), null, 'no Opus');
  t.equal(audioSectionOf(sdp('m=audio 9 UDP/TLS/RTP/SAVPF 109', OPUS)), null, 'no mid');
  t.equal(audioSectionOf(sdp('m=audio 0 UDP/TLS/RTP/SAVPF 109', 'a=mid:0', OPUS)), null, 'refused');
  t.not(audioSectionOf(sdp('m=audio 0 UDP/TLS/RTP/SAVPF 109', 'a=bundle-only', 'a=mid:0', OPUS)), null, 'bundled');
});

t.test('candidate lines of a description are rewritten or left out, the rest stays', async (t) => {
  const before = sdp('m=audio 9', `a=${LINE}`, 'a=candidate:2 1 TCP 1 127.0.0.1 9 typ host', 'a=mid:0');
  const after = await rewriteCandidates(before, async (line) => (line.includes('TCP') ? null : 'a=candidate:changed'));
  t.equal(after, sdp('m=audio 9', 'a=candidate:changed', 'a=mid:0'));
});
