/** Frames to text and back: total, and every refusal says what is wrong and where. */
import t from 'tap';
import { type CallRecord, invite } from '../../src/protocol/call.js';
import { decodeClientFrame, decodeServerFrame, encodeFrame } from '../../src/protocol/codec.js';
import { type ClientFrame, callOf, type Frame, type ServerFrame } from '../../src/protocol/frames.js';
import { LIMITS } from '../../src/protocol/limits.js';
import { kindOf } from '../../src/protocol/message-kinds.js';
import { CLOSE } from '../../src/protocol/reasons.js';
import { createRng, type Rng } from '../../src/protocol/rng.js';

const alice = { user: 'alice', device: 'phone' };
const record: CallRecord = invite('c-1', alice, 'bob', 1_000);
const candidate = { candidate: 'candidate:1 1 UDP 1 127.0.0.1 9 typ host', sdpMid: '0' };

const CLIENT: readonly ClientFrame[] = [
  { type: 'hello', token: 't.o.k', device: 'phone' },
  { type: 'hello', token: 't', device: 'phone', resume: { session: 's-1', ack: 7 } },
  { type: 'command', seq: 1, id: 'm-1', op: 'invite', call: 'c-1', to: 'bob' },
  { type: 'command', seq: 2, ack: 3, id: 'm-2', op: 'accept', call: 'c-1' },
  { type: 'signal', seq: 3, call: 'c-1', kind: 'description', data: { type: 'offer', sdp: 'v=0\r\n' } },
  { type: 'signal', seq: 4, call: 'c-1', kind: 'candidate', data: candidate },
  { type: 'receipt', seq: 5, call: 'c-1', version: 2 },
  { type: 'ack', ack: 0 },
  { type: 'ping', at: 12.5, ack: 3 },
];
const SERVER: readonly ServerFrame[] = [
  { type: 'welcome', session: 's-1', resumed: false, ack: 0, time: 1.5, heartbeatMs: 10_000, calls: [record] },
  { type: 'result', seq: 1, id: 'm-1', ok: true, refused: null, record },
  { type: 'result', seq: 2, ack: 1, id: 'm-2', ok: false, refused: 'unknown-call', record: null },
  { type: 'event', seq: 3, record, cause: { move: 'invite', by: alice, command: 'm-1' } },
  { type: 'signal', seq: 4, from: alice, call: 'c-1', kind: 'candidate', data: candidate },
  { type: 'receipt', seq: 5, call: 'c-1', version: 1, device: alice },
  { type: 'ack', ack: 9 },
  { type: 'pong', at: 1, time: 2 },
  { type: 'error', code: 4400, message: 'bad frame' },
];

const decode = (frame: Frame | string, side: 'client' | 'server') =>
  (side === 'client' ? decodeClientFrame : decodeServerFrame)(typeof frame === 'string' ? frame : encodeFrame(frame));

t.test('every kind of frame comes back as it was', async (t) => {
  for (const frame of CLIENT) t.strictSame(decode(frame, 'client'), { ok: true, frame }, kindOf(frame));
  for (const frame of SERVER) t.strictSame(decode(frame, 'server'), { ok: true, frame }, kindOf(frame));
});

t.test('each side reads only what the other may send', async (t) => {
  for (const frame of CLIENT) {
    if (frame.type === 'ack') continue;
    t.match(decode(frame, 'server'), { ok: false }, kindOf(frame));
  }
  // The server's signals and receipts are a client's with the sender added: what is more is left behind.
  const alike = ['ack', 'signal', 'receipt'];
  for (const frame of SERVER) t.match(decode(frame, 'client'), { ok: alike.includes(frame.type) }, kindOf(frame));
});

t.test('a missing or wrong field is refused by its name', async (t) => {
  const optional = new Set(['resume', 'to', 'ack']);
  for (const [side, frames] of [['client', CLIENT] as const, ['server', SERVER] as const]) {
    for (const frame of frames) {
      for (const field of Object.keys(frame)) {
        if (field === 'type' || (optional.has(field) && frame.type !== 'ack' && frame.type !== 'welcome')) continue;
        const { [field]: _, ...rest }: Record<string, unknown> = { ...frame };
        const decoded = decode(JSON.stringify(rest), side);
        t.match(decoded, { ok: false, close: 'badFrame', message: new RegExp(`bad ${frame.type} frame at ${field}`) });
        const wrong = decode(JSON.stringify({ ...frame, [field]: { no: 1 } }), side);
        t.match(wrong, { ok: false, close: 'badFrame', message: new RegExp(`at ${field}`) }, `${kindOf(frame)}: wrong ${field}`);
      }
    }
  }
  t.match(decode(JSON.stringify({ ...SERVER[3], record: { ...record, caller: { user: 'alice' } } }), 'server'), {
    message: /at record\.caller\.device/,
  });
});

t.test('texts that are no frames: the close and the words for each', async (t) => {
  const deep = `{"type":"ack","ack":${'['.repeat(LIMITS.frameDepthMax)}${']'.repeat(LIMITS.frameDepthMax)}}`;
  const cases: [string, string, keyof typeof CLOSE, RegExp][] = [
    ['empty', '', 'badFrame', /not JSON/],
    ['words', 'hello', 'badFrame', /not JSON/],
    ['cut off', '{"type":"ack","ack":1', 'badFrame', /not JSON/],
    ['two', '{"type":"ack","ack":1}{"type":"ack","ack":1}', 'badFrame', /not JSON/],
    ['an array', '[{"type":"ack","ack":1}]', 'badFrame', /not a JSON object/],
    ['null', 'null', 'badFrame', /not a JSON object/],
    ['a string', '"ack"', 'badFrame', /not a JSON object/],
    ['no type', '{"ack":1}', 'unknownType', /unknown frame type "undefined"/],
    ['another type', '{"type":"bye"}', 'unknownType', /"bye"/],
    ['a type of the prototype', '{"type":"toString"}', 'unknownType', /"toString"/],
    ['a type that is no text', '{"type":["ack"],"ack":1}', 'unknownType', /unknown/],
    ['a type without end', `{"type":"${'x'.repeat(5_000)}"}`, 'unknownType', /^.{1,80}$/],
    ['too deep', deep, 'badFrame', /nests deeper than 12/],
    ['very deep', '['.repeat(60_000), 'badFrame', /nests deeper/],
    ['too large', `{"type":"ack","ack":1,"x":"${'x'.repeat(LIMITS.frameBytesMax)}"}`, 'tooBig', /at most 65536/],
    ['a fraction', '{"type":"ack","ack":1.5}', 'badFrame', /at ack/],
    ['beyond integers', '{"type":"ack","ack":9007199254740993}', 'badFrame', /at ack/],
    ['infinite', '{"type":"ping","at":1e999}', 'badFrame', /at at/],
    ['below zero', '{"type":"ack","ack":-1}', 'badFrame', /at ack/],
  ];
  for (const [name, text, close, message] of cases) {
    const decoded = decodeClientFrame(text);
    t.match(decoded, { ok: false, close, message }, name);
  }
  t.equal(decodeClientFrame('{"type":"ack","ack":1}', LIMITS.frameBytesMax + 1).ok, false, 'the bytes on the wire count');
  t.equal(decodeClientFrame(`{"type":"ack","ack":1,"x":"${'['.repeat(50)}"}`).ok, true, 'brackets in a string are no nesting');
  t.equal(decodeClientFrame('{"type":"ack","ack":1,"x":"\\"[[[[[[[[[[[[[[["}').ok, true, 'nor behind an escaped quote');
});

t.test('hostile names, ids and keys', async (t) => {
  const device = (name: string) => decodeClientFrame(JSON.stringify({ type: 'hello', token: 't', device: name }));
  for (const name of ['', ' ', 'a b', 'a/b', 'a\u0000', 'a\nb', 'a\u0085', 'x'.repeat(LIMITS.nameCharsMax + 1)]) {
    t.match(device(name), { ok: false, close: 'badFrame', message: /at device/ }, JSON.stringify(name));
  }
  for (const name of ['phone', 'жанна', '電話', 'a:b', '__proto__', 'constructor', 'x'.repeat(LIMITS.nameCharsMax)]) {
    t.match(device(name), { ok: true, frame: { device: name } }, name);
  }
  const call = (id: string) => decodeClientFrame(JSON.stringify({ type: 'receipt', seq: 1, call: id, version: 1 }));
  for (const id of ['', 'a b', 'a/b', 'ж', 'c-1\n', '../x', 'x'.repeat(LIMITS.idCharsMax + 1)]) {
    t.match(call(id), { ok: false, message: /at call/ }, JSON.stringify(id));
  }
  const polluted = decodeClientFrame('{"type":"ack","ack":1,"__proto__":{"ok":true},"constructor":1}');
  t.strictSame(polluted, { ok: true, frame: { type: 'ack', ack: 1 } }, 'unknown keys are left behind');
  t.equal(({} as { ok?: boolean }).ok, undefined);
});

t.test('2,000 mutations of valid frames never throw, and what is accepted is a frame', async (t) => {
  const rng = createRng('mutations');
  let accepted = 0;
  for (let count = 0; count < 2_000; count++) {
    const side = rng.below(2) === 0 ? ('client' as const) : ('server' as const);
    const frames: readonly Frame[] = side === 'client' ? CLIENT : SERVER;
    const text = mutate(encodeFrame(frames[rng.below(frames.length)]!), rng);
    const decoded = decode(text, side);
    if (decoded.ok) {
      accepted++;
      t.strictSame(decode(decoded.frame, side), decoded, `reads back: ${text}`);
      t.type(kindOf(decoded.frame), 'string');
      callOf(decoded.frame);
    } else if (!(decoded.close in CLOSE) || decoded.message.length === 0 || decoded.message.length > 500) {
      t.fail(`${decoded.close}: ${decoded.message} for ${text}`);
    }
  }
  t.ok(accepted > 100 && accepted < 1_900, `${accepted} of 2,000 were still frames`);
});

/** One to three changes: a character replaced, removed or repeated, a piece cut out or moved, a value put in place of another. */
function mutate(text: string, rng: Rng): string {
  const values = ['null', '-1', '1e999', '"\\ud800"', '[]', '{}', 'true', '"__proto__"', '99999999999999999999', '""'];
  let mutated = text;
  for (let changes = 1 + rng.below(3); changes > 0; changes--) {
    const at = rng.below(mutated.length);
    const to = at + rng.below(12);
    switch (rng.below(5)) {
      case 0:
        mutated = mutated.slice(0, at) + String.fromCharCode(rng.below(0x250)) + mutated.slice(at + 1);
        break;
      case 1:
        mutated = mutated.slice(0, at) + mutated.slice(at + 1);
        break;
      case 2:
        mutated = mutated.slice(0, to) + mutated.slice(at);
        break;
      case 3:
        mutated = mutated.slice(0, at) + mutated.slice(to) + mutated.slice(at, to);
        break;
      default:
        mutated = mutated.replace(/:("[^"]*"|\d+|null|true|false)/g, (whole) =>
          rng.below(4) === 0 ? `:${values[rng.below(values.length)]}` : whole,
        );
    }
  }
  return mutated;
}
