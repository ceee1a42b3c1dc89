/** Packets are delayed, each by its own time: netem's `delay` with jitter. */
import { numberOf, textOf } from '../fault.js';
import { CORRELATION } from './correlation.js';
import { correlatedNormals, normalShare } from './draws.js';
import { createTally, DIRECTIONS, type MediaFault } from './media-fault.js';
import { createOvertaking } from './overtaking.js';

/** Latency beyond this would need a longer queue than the relay has for a stream of audio. */
const LATENCY_MS_MAX = 10_000;
/** iproute2's tables of distributions end at this many times the jitter. */
const TABLE_END = 4;

/** Deviation of a delay in units of the jitter, from a standard normal value: the shapes of iproute2's tables. */
const SHAPES: Readonly<Record<string, (z: number) => number>> = {
  normal: (z) => z,
  uniform: (z) => 2 * normalShare(z) - 1,
  pareto,
  paretonormal: (z) => 0.25 * z + 0.75 * pareto(z),
};

/** Pareto with the exponent 3, around its mean, scaled as in iproute2 (`netem/pareto.c`). */
function pareto(z: number): number {
  const above = Math.max(normalShare(-z), Number.EPSILON);
  return Math.min(TABLE_END, (above ** (-1 / 3) - 1.5) * (4 / 3));
}

export const latency: MediaFault = {
  name: 'latency',
  doc: 'Media packets are delayed; with jitter each by its own time, so that some overtake others.',
  layer: 'media',
  needs: null,
  absence: null,
  parameters: [
    {
      name: 'latency',
      doc: 'average delay',
      type: { type: 'duration', msMin: 0, msMax: LATENCY_MS_MAX },
      default: null,
    },
    {
      name: 'jitter',
      doc: 'variation: the standard deviation for normal, the maximum for uniform; a delay is never negative',
      type: { type: 'duration', msMin: 0, msMax: LATENCY_MS_MAX },
      default: '0ms',
    },
    CORRELATION,
    {
      name: 'distribution',
      doc: 'the shape of the jitter',
      type: { type: 'word', words: Object.keys(SHAPES) },
      default: 'normal',
    },
    {
      name: 'keep-order',
      doc: 'whether a packet waits for earlier ones, as on a path with one queue',
      type: { type: 'word', words: ['no', 'yes'] },
      default: 'no',
    },
  ],
  example: 'fault: { link: alice.media, latency: 80ms, jitter: 30ms, for: 3s }',
  directions: DIRECTIONS,
  holds: true,
  effects: ['delayed'],
  stage(values, { rng }) {
    const latencyMs = numberOf(values, 'latency');
    const jitterMs = numberOf(values, 'jitter');
    const keepsOrder = textOf(values, 'keep-order') === 'yes';
    const shape = SHAPES[textOf(values, 'distribution')];
    if (shape === undefined) throw new Error(`no distribution is called ${textOf(values, 'distribution')}`);
    const draw = correlatedNormals(rng, numberOf(values, 'correlation'));
    const order = createOvertaking();
    const tally = createTally();
    return {
      pass(packet) {
        const addedMs = Math.max(0, latencyMs + (jitterMs === 0 ? 0 : jitterMs * shape(draw())));
        const at = keepsOrder ? Math.max(packet.at + addedMs, order.newest(packet.flow)) : packet.at + addedMs;
        tally.passed += 1;
        if (at > packet.at) tally.delayed += 1;
        if (order.place(packet.flow, at)) tally.reordered += 1;
        return [{ ...packet, at, readyAt: packet.readyAt ?? packet.at }];
      },
      counters: () => ({ ...tally }),
    };
  },
};
