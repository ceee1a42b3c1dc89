import t, { type Test } from 'tap';
import type { ParameterValues } from '../../../src/faults/fault.js';
import { LINK_FAULTS } from '../../../src/faults/link/index.js';
import type { LinkFault } from '../../../src/faults/link/link-fault.js';
import { RETRIES_MAX, SEGMENT_BYTES, stallMs } from '../../../src/faults/link/loss.js';
import { faultNamed, pattern, Stream, sameBytes, toxicOf } from './stream.js';

/** A fault whose stages are changed on the way: the broken twin of a sound one. */
function broken(name: string, change: (fault: LinkFault) => LinkFault['begin']): LinkFault {
  const fault = faultNamed(name);
  return { ...fault, begin: change(fault) };
}

/** The check holds for the sound fault and not for its broken twin, so it can fail. */
function holds(t: Test, what: string, check: (fault: LinkFault) => boolean, sound: string, twin: LinkFault): void {
  t.ok(check(faultNamed(sound)), what);
  t.notOk(check(twin), `a broken twin is caught: ${what}`);
}

const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[values.length >> 1] ?? Number.NaN;

/** Pushes pieces of 100 bytes a millisecond apart; returns the delay of each. */
function delaysOf(
  fault: LinkFault,
  values: ParameterValues,
  pieces: number,
  seed?: string,
): { stream: Stream; delays: number[] } {
  const stream = new Stream([toxicOf(fault, values)], seed);
  for (let n = 0; n < pieces; n++) {
    stream.push(pattern(100, n * 100));
    stream.run(1);
  }
  stream.run(10_000);
  return { stream, delays: stream.instants.map((at, index) => at - index) };
}

t.test('latency: exact without jitter, even around it, in order, byte by byte', async (t) => {
  const late = broken('latency', (fault) => (setup) => {
    const { latency = 0 } = setup.values;
    return fault.begin({ ...setup, values: { ...setup.values, latency: Number(latency) + 1 } });
  });
  holds(
    t,
    'every delay is the latency',
    (fault) => delaysOf(fault, { latency: 100, jitter: 0 }, 50).delays.every((delay) => delay === 100),
    'latency',
    late,
  );
  // Far apart, so that no piece waits for the one ahead.
  const spread = (fault: LinkFault): boolean => {
    const stream = new Stream([toxicOf(fault, { latency: 100, jitter: 20 })]);
    const delays: number[] = [];
    for (let n = 0; n < 4_000; n++) {
      const startedAt = stream.now;
      stream.push(pattern(1));
      stream.run(200);
      delays.push((stream.out.at(-1)?.at ?? 0) - startedAt);
    }
    const [low, high] = [Math.min(...delays), Math.max(...delays)];
    return Math.abs(median(delays) - 100) < 2 && low >= 80 && low < 81 && high <= 120 && high > 119;
  };
  holds(t, 'delays are spread over latency ± jitter, with the latency in their middle', spread, 'latency', late);

  const { stream } = delaysOf(faultNamed('latency'), { latency: 50, jitter: 50 }, 500);
  t.ok(sameBytes(stream.bytes, pattern(50_000)), 'jitter moves no byte');
  const reordering = broken('latency', (fault) => (setup) => {
    const stage = fault.begin(setup);
    return { ...stage, tick: (now) => [...stage.tick(now + 40)].reverse() };
  });
  const moved = delaysOf(reordering, { latency: 50, jitter: 50 }, 500).stream;
  t.notOk(sameBytes(moved.bytes, pattern(50_000)), 'a twin that moves bytes is caught');

  const closing = new Stream([toxicOf(faultNamed('latency'), { latency: 100, jitter: 0 })]);
  closing.push(pattern(10));
  closing.run(30);
  closing.tell('end');
  closing.run(200);
  t.strictSame(closing.instants, [100, 130], 'the FIN is as late as the data');
  t.match(closing.counters.get('latency'), { hits: 1, bytes: 10 });
});

t.test('the same seed draws the same, another another', async (t) => {
  const jitter = (seed: string): number[] => delaysOf(faultNamed('latency'), { latency: 50, jitter: 50 }, 100, seed).delays;
  t.strictSame(jitter('a'), jitter('a'));
  t.notSame(jitter('a'), jitter('b'));
  const stalls = (seed: string): number[] => delaysOf(faultNamed('loss'), { loss: 0.2, correlation: 0 }, 100, seed).delays;
  t.strictSame(stalls('a'), stalls('a'));
  t.notSame(stalls('a'), stalls('b'));
  const alone = delaysOf(faultNamed('latency'), { latency: 50, jitter: 50 }, 100).delays;
  const beside = new Stream([
    toxicOf(faultNamed('loss'), { loss: 0, correlation: 0 }),
    toxicOf(faultNamed('latency'), { latency: 50, jitter: 50 }),
  ]);
  for (let n = 0; n < 100; n++) {
    beside.push(pattern(100));
    beside.run(1);
  }
  beside.run(1_000);
  t.strictSame(
    beside.instants.map((at, index) => at - index),
    alone,
    'a second toxic does not shift the dice of the first',
  );
});

t.test('bandwidth: the rate holds, in pieces of 100 ms, and it does not count idle time', async (t) => {
  const tenKilobytes = (fault: LinkFault): boolean => {
    const stream = new Stream([toxicOf(fault, { bandwidth: 10_000 })]);
    stream.push(pattern(10_500));
    stream.run(20_000);
    const sizes = stream.pieces.map(({ length }) => length);
    return (
      sizes.slice(0, 10).every((size) => size === 1_000) &&
      sizes[10] === 500 &&
      stream.instants.every((at, index) => Math.abs(at - Math.min((index + 1) * 100, 1_050)) < 1e-6) &&
      sameBytes(stream.bytes, pattern(10_500))
    );
  };
  const fast = broken('bandwidth', (fault) => (setup) => fault.begin({ ...setup, values: { bandwidth: 11_000 } }));
  holds(t, '10,500 bytes at 10 KB/s take 1.05 s', tenKilobytes, 'bandwidth', fast);

  const idle = new Stream([toxicOf(faultNamed('bandwidth'), { bandwidth: 1_000 })]);
  idle.run(5_000);
  idle.push(pattern(100));
  idle.run(1_000);
  t.strictSame(idle.instants, [5_100], 'a pause saves nothing up');
  const none = new Stream([toxicOf(faultNamed('bandwidth'), { bandwidth: 0 })]);
  none.push(pattern(100_000));
  t.strictSame(none.instants, [0], '0 is no limit');
});

t.test('slow-close holds the FIN back and nothing else', async (t) => {
  const held = (fault: LinkFault): string => {
    const stream = new Stream([toxicOf(fault, { 'slow-close': 500 })]);
    stream.push(pattern(10));
    stream.tell('end');
    stream.run(499);
    const early = stream.instants.length;
    stream.run(1_000);
    return `${early} ${stream.instants.join(' ')} ${stream.marks.join(' ')}`;
  };
  t.equal(held(faultNamed('slow-close')), '1 0 500 end@500');
  const eager = broken('slow-close', (fault) => (setup) => fault.begin({ ...setup, values: { 'slow-close': 0 } }));
  t.not(held(eager), held(faultNamed('slow-close')), 'a twin that lets it pass is caught');
});

t.test('timeout swallows all and closes once; 0 swallows for ever', async (t) => {
  const swallows = (fault: LinkFault): boolean => {
    const stream = new Stream([toxicOf(fault, { timeout: 300 })]);
    stream.push(pattern(100));
    stream.run(299);
    const before = stream.out.length;
    stream.run(1_000);
    stream.push(pattern(100));
    return before === 0 && stream.marks.join() === 'close@300' && stream.bytes.length === 0;
  };
  const leaky = broken('timeout', (fault) => (setup) => ({ ...fault.begin(setup), handle: (flow) => [flow] }));
  holds(t, 'nothing comes through, and the close at its time', swallows, 'timeout', leaky);

  const hole = new Stream([toxicOf(faultNamed('timeout'), { timeout: 0 })]);
  hole.push(pattern(100));
  hole.tell('end');
  hole.tell('reset');
  hole.run(24 * 3_600_000);
  t.strictSame(hole.out, [], 'a black hole says nothing for a day, not even of the end');
  t.match(hole.counters.get('timeout'), { hits: 3, bytes: 100 });
  hole.set();
  t.strictSame(hole.marks, ['close@86400000'], 'taking it away closes the connection');
  const changed = new Stream([toxicOf(faultNamed('timeout'), { timeout: 0 })]);
  changed.set(toxicOf(faultNamed('timeout'), { timeout: 50 }));
  t.strictSame(changed.marks, [], 'another time is no end');
  changed.run(60);
  t.strictSame(changed.marks, ['close@50']);
});

t.test('reset-peer: everything passes until the RST, nothing after it', async (t) => {
  const resets = (fault: LinkFault): boolean => {
    const stream = new Stream([toxicOf(fault, { 'reset-peer': 200 })]);
    stream.push(pattern(10));
    stream.run(1_000);
    stream.push(pattern(10));
    return stream.marks.join() === 'reset@200' && stream.bytes.length === 10;
  };
  const polite = broken('reset-peer', (fault) => (setup) => {
    const stage = fault.begin(setup);
    return { ...stage, tick: (now) => stage.tick(now).map(() => ({ type: 'end' }) as const) };
  });
  holds(t, 'a RST at its time', resets, 'reset-peer', polite);
});

t.test('slicer: sizes within its bounds, all bytes, a pause after each', async (t) => {
  const slices = (fault: LinkFault, values: ParameterValues): { sizes: number[]; stream: Stream } => {
    const stream = new Stream([toxicOf(fault, values)]);
    stream.push(pattern(10_000));
    stream.run(100_000);
    return { sizes: stream.pieces.map(({ length }) => length), stream };
  };
  const bounded = (fault: LinkFault): boolean => {
    const { sizes, stream } = slices(fault, { slicer: 100, 'size-variation': 0, delay: 0.5 });
    const spaced = stream.instants.every((at, index) => Math.abs(at - index * 0.5) < 1e-6);
    return Math.max(...sizes) <= 100 && Math.min(...sizes) >= 50 && spaced && sameBytes(stream.bytes, pattern(10_000));
  };
  const coarse = broken('slicer', (fault) => (setup) => fault.begin({ ...setup, values: { ...setup.values, slicer: 300 } }));
  holds(t, 'halves until a piece is small enough', bounded, 'slicer', coarse);

  const { sizes, stream } = slices(faultNamed('slicer'), { slicer: 100, 'size-variation': 30, delay: 0 });
  t.ok(Math.max(...sizes) <= 130 && new Set(sizes).size > 5, 'the variation varies them');
  t.ok(sameBytes(stream.bytes, pattern(10_000)));
  const wild = slices(faultNamed('slicer'), { slicer: 1, 'size-variation': 5_000, delay: 0 });
  t.ok(sameBytes(wild.stream.bytes, pattern(10_000)), 'a variation larger than the size cuts outside of nothing');
  t.ok(Math.min(...wild.sizes) > 0);
  t.equal(slices(faultNamed('slicer'), { slicer: 1, 'size-variation': 0, delay: 0 }).sizes.length, 10_000, 'byte by byte');
  t.equal(stream.counters.get('slicer')?.hits, sizes.length - 1, 'counted are the cuts');
});

t.test('limit-data: closes after exactly so many bytes', async (t) => {
  const limits = (fault: LinkFault): boolean => {
    const stream = new Stream([toxicOf(fault, { 'limit-data': 250 })]);
    for (let n = 0; n < 5; n++) stream.push(pattern(100, n * 100));
    return sameBytes(stream.bytes, pattern(250)) && stream.marks.join() === 'close@0';
  };
  const offByOne = broken('limit-data', (fault) => (setup) => fault.begin({ ...setup, values: { 'limit-data': 251 } }));
  holds(t, 'to the byte', limits, 'limit-data', offByOne);
  const exact = new Stream([toxicOf(faultNamed('limit-data'), { 'limit-data': 100 })]);
  exact.push(pattern(100));
  t.strictSame(exact.marks, ['close@0'], 'at the last byte, and not at the next one');
  const nothing = new Stream([toxicOf(faultNamed('limit-data'), { 'limit-data': 0 })]);
  t.strictSame(nothing.marks, [], 'nothing passed yet, nothing is closed');
  nothing.push(pattern(1));
  t.strictSame(nothing.marks, ['close@0']);
});

t.test('loss: stalls of the retransmission timer, all bytes in order, the share that was asked for', async (t) => {
  t.strictSame([0, 1, 2, 3, 4].map(stallMs), [0, 200, 600, 1_400, 3_000], 'the RTO doubles');
  const stalls = (fault: LinkFault): boolean => {
    const stream = new Stream([toxicOf(fault, { loss: 0.3, correlation: 0 })]);
    const sent: number[] = [];
    for (let n = 0; n < 300; n++) {
      sent.push(stream.now);
      stream.push(pattern(100, n * 100));
      stream.run(20_000);
    }
    const delays = stream.instants.map((at, index) => at - (sent[index] ?? 0));
    const known = Array.from({ length: RETRIES_MAX }, (_, losses) => stallMs(losses));
    const stalled = delays.filter((delay) => delay > 0).length;
    return (
      delays.length === 300 &&
      delays.every((delay) => known.includes(delay)) &&
      stalled === stream.counters.get('loss')?.stalls &&
      stalled > 50 &&
      sameBytes(stream.bytes, pattern(30_000))
    );
  };
  const udp = broken('loss', (fault) => (setup) => {
    const stage = fault.begin(setup);
    return { ...stage, handle: (flow, now) => stage.handle(flow, now + 200), tick: (now) => stage.tick(now).slice(1) };
  });
  holds(t, 'every delay is a sum of timeouts, and every byte arrives', stalls, 'loss', udp);

  const burst = new Stream([toxicOf(faultNamed('loss'), { loss: 0.1, correlation: 0 })]);
  burst.push(pattern(200 * SEGMENT_BYTES + 7));
  burst.run(600_000);
  t.ok(sameBytes(burst.bytes, pattern(200 * SEGMENT_BYTES + 7)), 'what is behind a lost segment waits for it');
  t.ok(Math.max(...burst.instants) >= 200);

  for (const correlation of [0, 0.5]) {
    const transmissions = 20_000;
    let lost = 0;
    let sent = 0;
    const stream = new Stream([toxicOf(faultNamed('loss'), { loss: 0.05, correlation })], `share ${correlation}`);
    while (sent < transmissions) {
      stream.push(pattern(1));
      lost = stream.counters.get('loss')?.hits ?? 0;
      sent = stream.out.length + stream.chain.heldBytes() + lost;
      stream.run(1_000);
    }
    // For a Markov chain the variance of a mean is (1 + c) / (1 - c) times that of independent draws.
    const error = Math.sqrt(((0.05 * 0.95) / sent) * ((1 + correlation) / (1 - correlation)));
    t.ok(Math.abs(lost / sent - 0.05) < 3 * error, `${lost} of ${sent} lost at 5 %, correlation ${correlation}`);
  }
  const bursts = (correlation: number): number => {
    const stream = new Stream([toxicOf(faultNamed('loss'), { loss: 0.05, correlation })]);
    for (let n = 0; n < 20_000; n++) stream.push(pattern(1));
    const { hits: bit, stalls: runs } = stream.counters.get('loss') ?? { hits: 0, stalls: 1 };
    return bit / runs;
  };
  t.ok(bursts(0.5) > bursts(0) * 1.5, 'correlated losses come in longer bursts');

  const dead = new Stream([toxicOf(faultNamed('loss'), { loss: 1, correlation: 0 })]);
  dead.push(pattern(10));
  dead.push(pattern(10));
  dead.run(3_600_000);
  t.strictSame(dead.marks, [`reset@${stallMs(RETRIES_MAX + 1)}`], 'a peer that never hears anything is given up in the end');
  t.equal(dead.bytes.length, 0);
});

t.test('down closes what there is, and takes nothing', async (t) => {
  const stream = new Stream([toxicOf(faultNamed('down'), {})]);
  stream.push(pattern(10));
  t.strictSame(stream.marks, ['close@0']);
  t.equal(stream.bytes.length, 0);
  t.strictSame(
    LINK_FAULTS.filter(({ isDown }) => isDown).map(({ name }) => name),
    ['down'],
  );
});

t.test('what does nothing says so', async (t) => {
  for (const [name, values] of [
    ['latency', { latency: 0, jitter: 0 }],
    ['bandwidth', { bandwidth: 0 }],
    ['slow-close', { 'slow-close': 100 }],
    ['reset-peer', { 'reset-peer': 60_000 }],
    ['slicer', { slicer: 1_000, 'size-variation': 0, delay: 5 }],
    ['limit-data', { 'limit-data': 1_000 }],
    ['loss', { loss: 0, correlation: 0 }],
  ] as const) {
    const stream = new Stream([toxicOf(faultNamed(name), values)]);
    stream.push(pattern(100));
    t.strictSame(stream.instants, [0], `${name}: passes at once`);
    t.ok(sameBytes(stream.bytes, pattern(100)));
    t.equal(stream.counters.get(name)?.hits, 0, `${name}: did not bite`);
  }
});
