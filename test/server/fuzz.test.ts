/**
 * Random and mutated frames at the codec and at the hub, without sockets: nothing throws or hangs, and a call of two others
 * is not touched. CALL_PROBE_FUZZ_FRAMES says how many; the default keeps CI short, 200000 is the full number.
 */
import fc from 'fast-check';
import t from 'tap';
import { EXAMPLES } from '../../lab/docs/protocol-examples.js';
import { COMMANDS } from '../../src/protocol/call.js';
import { decodeClientFrame, decodeServerFrame, encodeFrame } from '../../src/protocol/codec.js';
import type { ClientFrame } from '../../src/protocol/frames.js';
import { LIMITS } from '../../src/protocol/limits.js';
import { CLOSE } from '../../src/protocol/reasons.js';
import type { Hub } from '../../src/server/hub/hub.js';
import type { HubEffect } from '../../src/server/hub/io.js';
import { newHub } from './started.js';

const FRAMES = Number(process.env['CALL_PROBE_FUZZ_FRAMES'] ?? 40_000);
const SEED = Number(process.env['CALL_PROBE_FUZZ_SEED'] ?? 20_260);
/** Frames of one run at the hub. */
const BATCH = 50;

const text = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.constantFrom('', '__proto__', 'constructor', '\u0000', '\ud800', 'x'.repeat(65), 'x'.repeat(5_000)),
  },
  { weight: 2, arbitrary: fc.string({ unit: 'binary', maxLength: 80 }) },
);
const number = fc.oneof(fc.constantFrom(-1, 0, 0.5, 2 ** 31, 2 ** 53, 1e308, Number.NaN), fc.integer());
const anything = fc.oneof(text, number, fc.constantFrom(null, true, [], {}), fc.jsonValue({ maxDepth: 4 }));
const valid = fc.constantFrom(...EXAMPLES.map(({ frame }) => frame));

/** A frame of the protocol with some of its fields, at any depth, replaced, added or taken out. */
const mutated = fc.tuple(valid, fc.array(fc.tuple(fc.nat(30), anything, fc.nat(4)), { maxLength: 3 })).map(([frame, changes]) => {
  const copy = structuredClone(frame) as unknown as Record<string, unknown>;
  for (const [at, value, how] of changes) change(copy, at, value, how);
  return JSON.stringify(copy);
});

function change(root: Record<string, unknown>, at: number, value: unknown, how: number): void {
  const places: (readonly [Record<string, unknown>, string])[] = [];
  const collect = (node: Record<string, unknown>): void => {
    for (const [key, child] of Object.entries(node)) {
      places.push([node, key]);
      if (typeof child === 'object' && child !== null) collect(child as Record<string, unknown>);
    }
  };
  collect(root);
  const [node, key] = places[at % places.length] ?? [root, 'type'];
  if (how === 0) delete node[key];
  else if (how === 1) node[`${key}2`] = value;
  else node[key] = value;
}

/** Text that is no frame any more: cut, with a character replaced, nested, or never one at all. */
const broken = fc.oneof(
  fc.tuple(valid, fc.nat(400)).map(([frame, at]) => encodeFrame(frame).slice(0, at)),
  fc.tuple(valid, fc.nat(400), fc.string({ unit: 'binary', minLength: 1, maxLength: 2 })).map(([frame, at, put]) => {
    const whole = encodeFrame(frame);
    return whole.slice(0, at % whole.length) + put + whole.slice((at % whole.length) + 1);
  }),
  fc.nat(3_000).map((depth) => '[{"a":'.repeat(depth)),
  fc.string({ unit: 'binary', maxLength: 200 }),
  fc.jsonValue({ maxDepth: 20 }).map((value) => JSON.stringify(value)),
);
const wire = fc.oneof({ weight: 3, arbitrary: mutated }, { weight: 2, arbitrary: broken });

t.test(`${FRAMES} texts at the codec: each is a frame, or refused with a code and a short sentence`, async (t) => {
  let frames = 0;
  fc.assert(
    fc.property(wire, (input) => {
      for (const decode of [decodeClientFrame, decodeServerFrame]) {
        const decoded = decode(input);
        if (decoded.ok) {
          frames += 1;
          const again = decode(encodeFrame(decoded.frame));
          if (!again.ok) throw new Error(`${input} was read, but not what became of it: ${again.message}`);
        } else if (!(decoded.close in CLOSE) || decoded.message.length > 2_000)
          throw new Error(`refused badly: ${decoded.message}`);
      }
    }),
    { numRuns: FRAMES, seed: SEED },
  );
  t.comment(`${FRAMES} texts read in both directions, ${frames} readings were a frame`);
  t.ok(frames > FRAMES / 50, 'some were good enough to be read');
  t.ok(frames < FRAMES, 'and most were not');
});

/** Two users in a call, and what the hub said about them since. */
function callOfTwo(): { hub: Hub; say(user: string, frame: Exclude<ClientFrame, { type: 'hello' }>): void } {
  const hub = newHub();
  for (const user of ['ann', 'ben']) greet(hub, user, user);
  const say = (user: string, frame: Exclude<ClientFrame, { type: 'hello' }>): void => {
    hub.handle({ type: 'frame', conn: user, frame }, 0);
  };
  say('ann', { type: 'command', seq: 1, id: 'i', op: 'invite', call: 'theirs', to: 'ben' });
  say('ben', { type: 'command', seq: 1, id: 'a', op: 'accept', call: 'theirs' });
  return { hub, say };
}

function greet(hub: Hub, conn: string, user: string, device = 'phone'): readonly HubEffect[] {
  return [
    ...hub.handle({ type: 'open', conn }, 0),
    ...hub.handle({ type: 'hello', conn, user, hello: { type: 'hello', token: 't', device }, expiresAt: 1e9 }, 0),
  ];
}

/** Ids and numbers that mean something to this hub, so that frames get past the first question. */
const aimed = fc
  .record({
    type: fc.constantFrom('command', 'command', 'signal', 'receipt', 'ack', 'ping'),
    seq: fc.oneof({ weight: 6, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.integer({ min: 1, max: 400 }) }),
    ack: fc.oneof(fc.nat(60), fc.constant(2 ** 50)),
    id: fc.constantFrom('i', 'a', 'm1', 'm2', 'm3', 'm4', '__proto__'),
    op: fc.constantFrom(...COMMANDS),
    call: fc.constantFrom('theirs', 'theirs', 'mine', 'other', '__proto__'),
    to: fc.constantFrom('ann', 'ben', 'mallory', 'eve', 'nobody'),
    at: fc.nat(1_000),
    version: fc.integer({ min: 1, max: 9 }),
    kind: fc.constantFrom('description', 'candidate'),
    data: fc.constantFrom({ type: 'offer', sdp: 'x' }, { candidate: 'x', sdpMid: '0' }),
  })
  .map((fields) => fields as unknown as Record<string, unknown>);

const step = fc.tuple(
  fc.oneof({ weight: 3, arbitrary: aimed }, { weight: 2, arbitrary: wire }),
  fc.constantFrom('mallory', 'mallory', 'mallory', 'eve'),
  fc.constantFrom('say', 'say', 'say', 'say', 'say', 'say', 'say', 'say', 'tick', 'leave'),
);

t.test(`${FRAMES} frames of strangers at the hub: no throw, and the call of two others is as it was`, async (t) => {
  const runs = Math.ceil(FRAMES / BATCH);
  let [handled, rejected, refused] = [0, 0, 0];
  fc.assert(
    fc.property(fc.array(step, { minLength: BATCH, maxLength: BATCH }), (steps) => {
      const { hub, say } = callOfTwo();
      const before = JSON.stringify(hub.read('theirs', 'ann'));
      const seqs = new Map<string, number>();
      const open = new Map<string, string>();
      let [now, conns] = [0, 0];
      const all: HubEffect[] = [];
      const put = (effects: readonly HubEffect[]): void => void all.push(...effects);
      for (const [input, user, what] of steps) {
        now += 3;
        if (what === 'tick') put(hub.handle({ type: 'tick' }, now));
        let conn = open.get(user);
        if (what === 'leave' && conn !== undefined) {
          put(hub.handle({ type: 'closed', conn }, now));
          open.delete(user);
        }
        conn = open.get(user);
        if (conn === undefined) {
          conn = `${user}-${++conns}`;
          open.set(user, conn);
          seqs.set(user, 0);
          put(greet(hub, conn, user));
        }
        const numbered =
          typeof input === 'string' ? input : JSON.stringify(input.seq === 0 ? { ...input, seq: nextSeq(seqs, user) } : input);
        const decoded = decodeClientFrame(numbered);
        handled += 1;
        if (decoded.ok && decoded.frame.type !== 'hello') put(hub.handle({ type: 'frame', conn, frame: decoded.frame }, now));
        else {
          rejected += 1;
          const close = decoded.ok ? 'badFrame' : decoded.close;
          put(hub.handle({ type: 'reject', conn, close, message: 'x' }, now));
          open.delete(user);
        }
        for (const effect of all.slice(-20)) if (effect.type === 'close' && effect.conn === conn) open.delete(user);
      }
      refused += all.filter(({ type }) => type === 'refused').length;
      if (JSON.stringify(hub.read('theirs', 'ann')) !== before) throw new Error('the call of two others was changed');
      for (const effect of all) {
        if ((effect.type === 'close' || effect.type === 'transmit') && (effect.conn === 'ann' || effect.conn === 'ben'))
          theirOwn(effect);
      }
      say('ben', { type: 'command', seq: 2, id: 'h', op: 'hangup', call: 'theirs' });
      if (hub.read('theirs', 'ann')?.reason !== 'hangup') throw new Error('the two could not hang up');
    }),
    { numRuns: runs, seed: SEED },
  );
  t.comment(`${handled} frames in ${runs} runs: ${rejected} were no frame, ${refused} commands were refused`);
  t.ok(rejected > handled / 20 && rejected < handled * 0.8, 'some were no frames, some were');
  t.ok(refused > runs, 'many commands got as far as a refusal');
  t.ok(LIMITS.outboxFramesMax > BATCH, 'one run is too short to overflow what ann and ben are told');
});

function nextSeq(seqs: Map<string, number>, user: string): number {
  const seq = (seqs.get(user) ?? 0) + 1;
  seqs.set(user, seq);
  return seq;
}

/** The two may be told of calls that somebody makes to them, which end as busy, and of nothing else. */
function theirOwn(effect: Extract<HubEffect, { type: 'close' | 'transmit' }>): void {
  if (effect.type === 'close') throw new Error(`the connection of ${effect.conn} was closed`);
  const { frame } = effect;
  if (frame.type === 'ack' || frame.type === 'result') return;
  if (frame.type !== 'event') throw new Error(`${effect.conn} was sent a ${frame.type}`);
  const { record } = frame;
  const isOwnAgain = record.id === 'theirs' && record.phase !== 'ended';
  const isBusy = record.callee.user === effect.conn && record.caller.user !== effect.conn;
  if (!isOwnAgain && !isBusy) throw new Error(`${effect.conn} was told of ${record.id}`);
}
