import t from 'tap';
import { buildRtp, FRAME_TICKS, kindOf, OPUS_SILENCE, parseRtp, type RtpFields } from '../../../src/probe/media/rtp.js';
import { createRng } from '../../../src/protocol/rng.js';

const fields: RtpFields = {
  payloadType: 111,
  marker: true,
  sequence: 65_535,
  timestamp: 0xffff_fc40,
  ssrc: 0xdead_beef,
  sentAtUs: 1_234_567_890_123_456,
  payload: OPUS_SILENCE,
};
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const bytesOf = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text.replaceAll(' ', ''), 'hex'));

t.test('a packet has the bytes that RFC 3550 and RFC 8285 ask for', async (t) => {
  const expected = '90 ef ffff fffffc40 deadbeef bede 0003 e7 000462d53c8abac0 000000 f8fffe';
  t.equal(hex(buildRtp(fields)), expected.replaceAll(' ', ''));
  t.equal(FRAME_TICKS, 960);
});

t.test('what was built is read back', async (t) => {
  const rng = createRng('round trip');
  for (let i = 0; i < 500; i++) {
    const drawn: RtpFields = {
      payloadType: rng.below(64),
      marker: rng.below(2) === 1,
      sequence: rng.below(65_536),
      timestamp: rng.below(2 ** 32),
      ssrc: rng.below(2 ** 32),
      sentAtUs: rng.below(4) === 0 ? null : rng.below(2 ** 53),
      payload: Uint8Array.from({ length: rng.below(40) }, () => rng.below(256)),
    };
    t.same(parseRtp(buildRtp(drawn)), { ...drawn, contributingSources: 0 });
  }
});

t.test('a packet without our extension is read without a send time', async (t) => {
  t.equal(parseRtp(bytesOf('806f0001 00000000 00000001 f8fffe'))?.sentAtUs, null, 'no extension');
  t.equal(parseRtp(bytesOf('906f0001 00000000 00000001 bede0001 10ff0000 f8fffe'))?.sentAtUs, null, 'audio level only');
  t.equal(parseRtp(bytesOf('906f0001 00000000 00000001 10000001 0e020000 f8fffe'))?.sentAtUs, null, 'two-byte form');
  t.equal(parseRtp(bytesOf('906f0001 00000000 00000001 bede0001 ef000000 f8fffe'))?.sentAtUs, null, 'element past its end');
  t.equal(
    parseRtp(bytesOf('906f0001 00000000 00000001 bede0003 f0e70000 00000000 000001ff f8fffe'))?.sentAtUs,
    null,
    'id 15 ends',
  );
});

t.test('the send time is found behind other elements and padding', async (t) => {
  const packet = parseRtp(bytesOf('906f0001 00000000 00000001 bede0004 10ff00e7 00000000 00000102 00000000 f8fffe'));
  t.equal(packet?.sentAtUs, 0x102);
  t.equal(hex(packet?.payload ?? new Uint8Array()), 'f8fffe');
});

t.test('contributing sources and padding are no payload', async (t) => {
  const packet = parseRtp(bytesOf('a26f0001 00000000 00000001 0000000a 0000000b f8fffe 000003'));
  t.equal(packet?.contributingSources, 2);
  t.equal(hex(packet?.payload ?? new Uint8Array()), 'f8fffe');
});

t.test('contradicting lengths are no packet', async (t) => {
  t.equal(parseRtp(bytesOf('')), null);
  t.equal(parseRtp(bytesOf('806f0001 00000000 000000')), null, 'short header');
  t.equal(parseRtp(bytesOf('406f0001 00000000 00000001')), null, 'version 1');
  t.equal(parseRtp(bytesOf('8f6f0001 00000000 00000001')), null, 'sources past the end');
  t.equal(parseRtp(bytesOf('906f0001 00000000 00000001 bede')), null, 'half an extension header');
  t.equal(parseRtp(bytesOf('906f0001 00000000 00000001 bede0002 00000000')), null, 'extension past the end');
  t.equal(parseRtp(bytesOf('a06f0001 00000000 00000001 00000000')), null, 'padding of 0');
  t.equal(parseRtp(bytesOf('a06f0001 00000000 00000001 00000009')), null, 'padding past the header');
});

t.test('RTCP shares the port and is told apart (RFC 5761)', async (t) => {
  t.equal(kindOf(bytesOf('80c80006 00000001')), 'rtcp', 'sender report');
  t.equal(kindOf(bytesOf('81cd0003 00000001')), 'rtcp', 'transport feedback');
  t.equal(kindOf(bytesOf('80ef0001 00000000 00000001')), 'rtp', 'type 111 with the marker');
  t.equal(kindOf(bytesOf('80bf0001 00000000 00000001')), 'rtp', '191');
  t.equal(kindOf(bytesOf('80df0001 00000000 00000001')), 'rtcp', '223');
  t.equal(kindOf(bytesOf('80e00001 00000000 00000001')), 'rtp', '224');
  t.equal(kindOf(bytesOf('16fefd00 00000000 00000001')), 'other', 'DTLS');
  t.equal(parseRtp(bytesOf('80c80006 00000001 00000000 00000000')), null);
});

t.test('hostile bytes never throw, and what is read lies within them', async (t) => {
  const rng = createRng('hostile');
  let read = 0;
  for (let i = 0; i < 20_000; i++) {
    const bytes = rng.below(2) === 0 ? Uint8Array.from({ length: rng.below(60) }, () => rng.below(256)) : buildRtp(fields);
    if (bytes.length > 0) bytes[0] = 0x80 | rng.below(64);
    for (let flips = rng.below(4); flips > 0; flips--) bytes[rng.below(bytes.length)] = rng.below(256);
    const packet = parseRtp(rng.below(2) === 0 ? bytes : bytes.subarray(0, rng.below(bytes.length + 1)));
    if (packet === null) continue;
    read += 1;
    if (packet.payload.length > bytes.length - 12) t.fail(`payload longer than the packet: ${hex(bytes)}`);
  }
  t.ok(read > 1_000, `${read} of the mutated packets were still packets`);
});
