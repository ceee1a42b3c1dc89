import t from 'tap';
import { type ChainLink, LinkChain } from '../../../src/faults/link/chain.js';
import { noCounts } from '../../../src/faults/link/link-fault.js';
import type { Toxic } from '../../../src/faults/link/toxic.js';
import { createRng } from '../../../src/protocol/rng.js';
import { faultNamed, pattern, Stream, sameBytes, toxicOf } from './stream.js';

const latency = (ms: number, name = 'latency'): Toxic => toxicOf(faultNamed('latency'), { latency: ms, jitter: 0 }, name);
const slicer = toxicOf(faultNamed('slicer'), { slicer: 10, 'size-variation': 0, delay: 1 });
const bandwidth = toxicOf(faultNamed('bandwidth'), { bandwidth: 10_000 });

t.test('stages act one behind the other', async (t) => {
  const stream = new Stream([latency(100), slicer, latency(50, 'second')]);
  stream.push(pattern(20));
  stream.run(1_000);
  t.strictSame(stream.instants, [150, 151]);
  t.strictSame(stream.tookEffect, ['latency', 'slicer', 'second'], 'each says once that it took effect');
  t.ok(sameBytes(stream.bytes, pattern(20)));
});

t.test('an end waits for what is ahead of it in every stage', async (t) => {
  const stream = new Stream([latency(100), bandwidth]);
  stream.push(pattern(3_000));
  stream.tell('end');
  stream.run(10_000);
  t.strictSame(stream.instants, [200, 300, 400, 400]);
  t.strictSame(stream.marks, ['end@400']);
});

t.test('toxics that come and go in mid-stream lose, double and move nothing', async (t) => {
  const rng = createRng('come and go');
  const jitter = toxicOf(faultNamed('latency'), { latency: 30, jitter: 30 }, 'jitter');
  const loss = toxicOf(faultNamed('loss'), { loss: 0.1, correlation: 0 });
  const all = [latency(80), jitter, slicer, bandwidth, loss];
  for (let round = 0; round < 50; round++) {
    const stream = new Stream([], `round ${round}`);
    let sent = 0;
    for (let step = 0; step < 60; step++) {
      const size = 1 + rng.below(400);
      stream.push(pattern(size, sent));
      sent += size;
      stream.run(rng.below(40));
      // Also in another order: bytes that one of them holds must not overtake those of another.
      if (rng.below(4) === 0) stream.set(...all.filter(() => rng.below(2) === 0).sort(() => rng.below(2) - 0.5));
    }
    stream.set();
    t.ok(sameBytes(stream.bytes, pattern(sent)), `round ${round}: ${sent} bytes`);
    stream.push(pattern(1_000, sent));
    t.equal(stream.out.at(-1)?.at, stream.now, 'healed, it passes at once');
  }
});

t.test('what stays the same goes on, what changes acts anew', async (t) => {
  const limit = toxicOf(faultNamed('limit-data'), { 'limit-data': 100 });
  const stream = new Stream([limit]);
  stream.push(pattern(60));
  stream.set({ ...limit }, latency(10));
  stream.push(pattern(60, 60));
  stream.run(20);
  t.strictSame(stream.marks, ['close@10'], 'the bytes before count');
  t.equal(stream.bytes.length, 100);
  const longer = new Stream([latency(1_000)]);
  longer.push(pattern(10));
  longer.set(latency(5));
  t.strictSame(longer.instants, [0], 'what was held by the old value goes out');
  longer.push(pattern(10, 10));
  longer.run(10);
  t.strictSame(longer.instants, [0, 5]);
});

t.test('a broken twin that drops what it held is caught', async (t) => {
  const chain = new LinkChain(() => undefined);
  const toxic = latency(100);
  const begin = (): ChainLink => {
    const counters = noCounts();
    const stage = toxic.fault.begin({ values: toxic.values, rng: createRng('x'), counters, now: 0 });
    return { toxic, counters, stage: { ...stage, remove: () => [] } };
  };
  chain.arrange([toxic], begin, 0);
  chain.handle({ type: 'data', bytes: pattern(10) }, 0);
  t.equal(chain.heldBytes(), 10);
  t.strictSame(chain.arrange([], begin, 5), [], 'which a sound one hands out, as the tests above demand');
});
