/** Each media fault does what it says, at the rate that was asked for, and a twin that does not is caught. */
import t from 'tap';
import { parse } from 'yaml';
import type { ParameterValues } from '../../../src/faults/fault.js';
import { MEDIA_FAULTS } from '../../../src/faults/media/index.js';
import { chainOf, droppingStage, type PacketStage } from '../../../src/faults/media/media-fault.js';
import { createRng } from '../../../src/protocol/rng.js';
import { delaysOf, FLOW, indexesOf, meanOf, medianOf, run, stageOf, valuesOf } from './stage-run.js';

const PACKETS = 20_000;

/** How many standard errors the share of packets lies off what was asked for. `spread` is 1 when packets are independent. */
const errorsOff = (count: number, share: number, spread = 1): number =>
  Math.abs(count / PACKETS - share) / Math.sqrt((share * (1 - share) * spread) / PACKETS);

/** The rate of loss over 20,000 packets, and its distance from `share`. */
const lossOf = (stage: PacketStage, share: number, spread?: number): number =>
  errorsOff(PACKETS - run([stage], PACKETS).length, share, spread);

t.test('loss: within 3 standard errors of the asked rate', async (t) => {
  for (const share of [0.001, 0.01, 0.1, 0.5, 0.9]) {
    const stage = stageOf('loss', { loss: share });
    t.ok(lossOf(stage, share) <= 3, `${share}`);
    const { passed, dropped } = stage.counters();
    t.equal(passed + dropped, PACKETS);
  }
  t.equal(run([stageOf('loss', { loss: 0 })], PACKETS).length, PACKETS, 'none');
  t.equal(run([stageOf('loss', { loss: 1 })], PACKETS).length, 0, 'all');
  const random = createRng('twin');
  t.ok(
    lossOf(
      droppingStage(() => random.next() < 0.115),
      0.1,
    ) > 3,
    'a twin that loses 11.5 % instead of 10 % is caught',
  );
});

t.test('loss: a correlation makes bursts and leaves the rate', async (t) => {
  const bursts = (correlation: number): number => {
    const kept = new Set(indexesOf(run([stageOf('loss', { loss: 0.1, correlation })], PACKETS)));
    let begun = 0;
    for (let index = 1; index < PACKETS; index++) if (!kept.has(index) && kept.has(index - 1)) begun += 1;
    return (PACKETS - kept.size) / begun;
  };
  // Loss with a Gaussian correlation of 0.5 has at most the spread of a chain with that correlation: (1 + 0.5) / (1 - 0.5).
  t.ok(lossOf(stageOf('loss', { loss: 0.1, correlation: 0.5 }), 0.1, 3) <= 3);
  t.ok(bursts(0) < 1.2, `${bursts(0)}`);
  t.ok(bursts(0.9) > 2, `${bursts(0.9)}`);
});

/** The share of packets that the model loses in the long run: p/(p+r) (1-h) + r/(p+r) (1-k). */
function steadyLoss(values: ParameterValues): number {
  const [p, lossInBad, lossInGood] = [Number(values['gemodel']), Number(values['1-h']), Number(values['1-k'])];
  const r = values['r'] === undefined ? 1 - p : Number(values['r']);
  return p + r === 0 ? lossInGood : (p / (p + r)) * lossInBad + (r / (p + r)) * lossInGood;
}

t.test('gemodel: the steady state of the model, and its bursts', async (t) => {
  const models: readonly ParameterValues[] = [
    { gemodel: 0.1 },
    { gemodel: 0.02, r: 0.2 },
    { gemodel: 0.05, r: 0.25, '1-h': 0.7 },
    { gemodel: 0.05, r: 0.25, '1-h': 0.8, '1-k': 0.02 },
  ];
  for (const given of models) {
    const values = valuesOf('gemodel', given);
    const share = steadyLoss(values);
    const [p, r] = [Number(values['gemodel']), Number(values['r'] ?? 1 - Number(values['gemodel']))];
    t.ok(lossOf(stageOf('gemodel', given), share, (2 - p - r) / (p + r)) <= 3, `${JSON.stringify(given)}: ${share}`);
  }
  t.equal(steadyLoss(valuesOf('gemodel', { gemodel: 0.1 })).toFixed(6), '0.100000', 'p alone is Bernoulli');
  t.equal(steadyLoss(valuesOf('gemodel', { gemodel: 0, r: 0, '1-k': 0.03 })), 0.03, 'a path that never turns');
  const kept = indexesOf(run([stageOf('gemodel', { gemodel: 0.02, r: 0.2 })], PACKETS));
  const gaps = kept.slice(1).flatMap((index, at) => (index - (kept[at] ?? 0) > 1 ? [index - (kept[at] ?? 0) - 1] : []));
  t.ok(Math.abs(meanOf(gaps) - 5) < 1, `bursts of 1/r = 5 packets: ${meanOf(gaps)}`);
  const random = createRng('twin');
  const independent = indexesOf(run([droppingStage(() => random.next() < 1 / 11)], PACKETS));
  const single = independent
    .slice(1)
    .flatMap((index, at) => (index - (independent[at] ?? 0) > 1 ? [index - (independent[at] ?? 0) - 1] : []));
  t.notOk(Math.abs(meanOf(single) - 5) < 1, 'a twin with the rate, but without bursts, is caught');
});

t.test('latency: the median is what was asked for, and without jitter the order is kept', async (t) => {
  const plain = run([stageOf('latency', { latency: 80 })], 1_000);
  t.ok(delaysOf(plain).every((delay) => delay === 80));
  t.same(
    indexesOf(plain),
    [...indexesOf(plain)].sort((a, b) => a - b),
  );
  for (const distribution of ['normal', 'uniform']) {
    const stage = stageOf('latency', { latency: 80, jitter: 20, distribution });
    const delays = delaysOf(run([stage], PACKETS));
    t.ok(Math.abs(medianOf(delays) - 80) < 2, `${distribution}: ${medianOf(delays)}`);
    t.match(stage.counters(), { passed: PACKETS, delayed: PACKETS, dropped: 0 });
    t.ok(stage.counters().reordered > 100, `${distribution}: ${stage.counters().reordered} overtook`);
  }
  const twin = delaysOf(run([stageOf('latency', { latency: 83, jitter: 20 })], PACKETS));
  t.notOk(Math.abs(medianOf(twin) - 80) < 2, 'a twin that is 3 ms late is caught');
});

t.test('latency: the shapes of the jitter', async (t) => {
  const delaysFor = (given: ParameterValues): number[] =>
    delaysOf(run([stageOf('latency', { latency: 200, jitter: 20, ...given })], PACKETS));
  const deviation = (delays: readonly number[]): number => {
    const mean = meanOf(delays);
    return Math.sqrt(meanOf(delays.map((delay) => (delay - mean) ** 2)));
  };
  t.ok(Math.abs(deviation(delaysFor({ distribution: 'normal' })) - 20) < 0.5);
  const uniform = delaysFor({ distribution: 'uniform' });
  t.ok(Math.min(...uniform) >= 180 && Math.max(...uniform) <= 220 && Math.abs(deviation(uniform) - 40 / Math.sqrt(12)) < 0.5);
  const pareto = delaysFor({ distribution: 'pareto' });
  t.ok(Math.abs(Math.min(...pareto) - (200 - (20 * 2) / 3)) < 0.1, 'it begins 2/3 of the jitter early');
  t.ok(Math.max(...pareto) <= 280 && Math.max(...pareto) > 270, 'and ends 4 times late, as the table of iproute2');
  t.ok(medianOf(pareto) < meanOf(pareto), 'with a tail');
  const both = delaysFor({ distribution: 'paretonormal' });
  t.ok(medianOf(both) < meanOf(both) && Math.min(...both) < Math.min(...pareto));
  const early = delaysOf(run([stageOf('latency', { latency: 5, jitter: 50 })], PACKETS));
  t.equal(Math.min(...early), 0, 'nothing is there before it came');
});

t.test('latency: correlation and order', async (t) => {
  const step = (correlation: number): number => {
    const out = run([stageOf('latency', { latency: 100, jitter: 20, correlation })], PACKETS, 1_000);
    const delays = delaysOf(out);
    return meanOf(delays.slice(1).map((delay, at) => Math.abs(delay - (delays[at] ?? 0))));
  };
  t.ok(step(0.9) < step(0) / 2, `${step(0.9)} < ${step(0)} / 2`);
  const stage = stageOf('latency', { latency: 80, jitter: 30, 'keep-order': 'yes' });
  const kept = indexesOf(run([stage], 5_000));
  t.same(
    kept,
    [...kept].sort((a, b) => a - b),
  );
  t.equal(stage.counters().reordered, 0);
});

t.test('duplicate and corrupt: as often as asked, and nothing else', async (t) => {
  const copies = stageOf('duplicate', { duplicate: 0.05 });
  const out = run([copies], PACKETS);
  t.ok(errorsOff(out.length - PACKETS, 0.05) <= 3);
  t.equal(copies.counters().duplicated, out.length - PACKETS);
  t.ok(out.every(({ index, packet }) => packet.bytes[0] === index % 256));
  t.equal(new Set(indexesOf(out)).size, PACKETS, 'nothing is lost');

  const damage = stageOf('corrupt', { corrupt: 0.05 });
  const damaged = run([damage], PACKETS).map(({ index, packet }) => {
    let bits = 0;
    for (const byte of packet.bytes) for (let diff = byte ^ (index % 256); diff > 0; diff &= diff - 1) bits += 1;
    return bits;
  });
  t.ok(errorsOff(damaged.filter((bits) => bits === 1).length, 0.05) <= 3);
  t.equal(damage.counters().corrupted, damaged.filter((bits) => bits === 1).length);
  t.ok(
    damaged.every((bits) => bits <= 1),
    'one bit each',
  );
  t.match(run([stageOf('corrupt', { corrupt: 1 })], 1, 20, 0)[0]?.packet.bytes.length, 0, 'an empty packet has no bit');
  const bytes = Uint8Array.of(1, 2, 3);
  chainOf([stageOf('corrupt', { corrupt: 1 })])({ bytes, at: 0, readyAt: null, flow: FLOW, rebinds: false });
  t.same(bytes, Uint8Array.of(1, 2, 3), 'the bytes that came are left as they are');
});

t.test('reorder: the asked share overtakes, with and without a latency beside it', async (t) => {
  for (const beside of [[], [stageOf('latency', { latency: 80 })]]) {
    const stage = stageOf('reorder', { reorder: 0.1 });
    const order = indexesOf(run([...beside, stage], PACKETS));
    const overtook = new Set<number>();
    order.forEach((index, place) => {
      if ((order[place + 1] ?? PACKETS) < index) overtook.add(index);
    });
    t.ok(errorsOff(stage.counters().reordered, 0.1) <= 3, `${stage.counters().reordered}`);
    t.ok(overtook.size > PACKETS * 0.05, 'it shows in the order in which they arrive');
    t.equal(order.length, PACKETS);
  }
  const gap = stageOf('reorder', { reorder: 1, gap: 5 });
  const early = run([gap], 100).filter(({ cameAt, packet }) => packet.at === cameAt);
  t.same(
    indexesOf(early),
    Array.from({ length: 20 }, (_, at) => 5 * at + 4),
    'every fifth',
  );
  const short = stageOf('reorder', { reorder: 0.1, delay: 10 });
  t.same(
    indexesOf(run([short], 1_000)),
    Array.from({ length: 1_000 }, (_, index) => index),
    'less than the 20 ms between two packets',
  );
  t.equal(short.counters().reordered, 0, 'and the counters do not claim otherwise');
});

t.test('rate: bytes a second, a queue, and what finds it full is dropped', async (t) => {
  // 100 bytes and 28 of headers every ms onto a path that takes 10 ms for each.
  const stage = stageOf('rate', { rate: 12_800, queue: 5 });
  const out = run([stage], 1_000, 1);
  const last = out.at(-1)?.packet.at ?? 0;
  const carried = (out.length * 128) / (last / 1_000);
  t.ok(Math.abs(carried - 12_800) < 1, `${carried} bytes/s`);
  t.same(
    indexesOf(out),
    [...indexesOf(out)].sort((a, b) => a - b),
    'in order',
  );
  t.same(indexesOf(out).slice(0, 7), [0, 1, 2, 3, 4, 5, 10], 'one is sent, five wait, the tail is dropped');
  t.ok(Math.max(...delaysOf(out)) <= 60);
  const { passed, overflowed, delayed } = stage.counters();
  t.same([passed + overflowed, passed, delayed], [1_000, out.length, out.length - 1]);
  const wide = stageOf('rate', { rate: 1e6 });
  t.ok(delaysOf(run([wide], 100)).every((delay) => Math.abs(delay - 0.128) < 1e-9));
  t.same([wide.counters().delayed, wide.counters().overflowed], [0, 0], 'a limit that nothing comes near does nothing');
  t.same(indexesOf(run([stageOf('rate', { rate: 12_800, queue: 0 })], 20, 1)), [0, 10], 'no queue at all');
});

t.test('blackout, block-udp and nat-rebind', async (t) => {
  t.equal(run([stageOf('blackout', {})], 100).length, 0);
  const older = { since: 5 };
  t.equal(run([stageOf('block-udp', {}, 'x', 6)], 100, 20, 100, older).length, 100, 'what flowed before goes on');
  const firewall = stageOf('block-udp', {}, 'x', 5);
  t.equal(run([firewall], 100, 20, 100, older).length, 0, 'what begins now does not');
  t.equal(firewall.counters().dropped, 100);
  const nat = stageOf('nat-rebind', {}, 'x', 6);
  t.ok(run([nat], 10, 20, 100, older).every(({ packet }) => packet.rebinds));
  t.ok(run([nat], 10, 20, 100, { since: 6 }).every(({ packet }) => !packet.rebinds));
  t.match(nat.counters(), { passed: 20, rebound: 1, dropped: 0 });
});

t.test('the same seed is the same sequence, another one is another', async (t) => {
  const random: readonly [string, ParameterValues][] = [
    ['loss', { loss: 0.3 }],
    ['gemodel', { gemodel: 0.1, r: 0.3 }],
    ['corrupt', { corrupt: 0.3 }],
    ['duplicate', { duplicate: 0.3 }],
    ['latency', { latency: 50, jitter: 20 }],
    ['reorder', { reorder: 0.3 }],
  ];
  for (const [name, given] of random) {
    const sequence = (seed: string): string =>
      JSON.stringify(run([stageOf(name, given, seed)], 200).map(({ index, packet }) => [index, packet.at, ...packet.bytes]));
    const first = sequence('one');
    t.ok(sequence('one') === first, name);
    t.ok(sequence('two') !== first, name);
  }
});

t.test('no stages are a pass-through, and stages see what those before them let on', async (t) => {
  const packet = { bytes: Uint8Array.of(7), at: 1, readyAt: null, flow: FLOW, rebinds: false };
  t.equal(chainOf([])(packet)[0], packet, 'the very same packet');
  const loss = stageOf('loss', { loss: 1 });
  const copies = stageOf('duplicate', { duplicate: 1 });
  const late = stageOf('latency', { latency: 10 });
  t.equal(chainOf([copies, late])(packet).length, 2);
  t.equal(late.counters().passed, 2, 'the copy has a latency of its own');
  t.same(chainOf([loss, late])(packet), []);
  t.equal(late.counters().passed, 2);
});

t.test('the registry can be written in YAML and shown', async (t) => {
  for (const { name, parameters, example, doc, effects: bites, directions } of MEDIA_FAULTS) {
    t.equal(parameters[0]?.name, name, 'the first parameter is the value of its own key');
    t.ok(doc.endsWith('.') && bites.length > 0 && directions.length > 0, name);
    const written = parse(example) as { fault: Record<string, unknown> };
    t.ok(name in written.fault, example);
    for (const parameter of parameters)
      t.same(Object.keys(parse(`{ ${parameter.name}: 1 }`) as object), [parameter.name], `${parameter.name} needs no quotes`);
  }
});
