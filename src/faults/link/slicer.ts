/** Data arrives in small pieces. */
import type { Rng } from '../../protocol/rng.js';
import { numberOf } from '../fault.js';
import { heldStage } from './held-line.js';
import type { LinkFault } from './link-fault.js';

/** Counts each cut. */
export const slicer: LinkFault = {
  name: 'slicer',
  doc: 'Splits data in halves until each piece is at most the average size plus its variation, and writes piece after piece, with an optional pause. It finds code that takes one read for one message.',
  layer: 'link',
  needs: null,
  absence: null,
  parameters: [
    { name: 'slicer', doc: 'the average size of a piece', type: { type: 'size', bytesMin: 1 }, default: null },
    {
      name: 'size-variation',
      doc: 'maximum distance of a cut from the middle; less than the average size',
      type: { type: 'size', bytesMin: 0 },
      default: '0B',
    },
    { name: 'delay', doc: 'the pause after each piece, such as 0.5ms', type: { type: 'duration' }, default: '0ms' },
  ],
  example: 'fault: { link: alice.signaling, slicer: 16B, size-variation: 4B, delay: 0.5ms, for: 3s }',
  refuses(values) {
    const [averageBytes, variationBytes] = [numberOf(values, 'slicer'), numberOf(values, 'size-variation')];
    return variationBytes < averageBytes
      ? null
      : `size-variation ${variationBytes}B has to be less than the size ${averageBytes}B`;
  },
  isDown: false,
  begin({ values, rng, counters, now: begunAt }) {
    const averageBytes = numberOf(values, 'slicer');
    const variationBytes = numberOf(values, 'size-variation');
    const delayMs = numberOf(values, 'delay');
    let freeAt = begunAt;
    return heldStage((flow, now, line) => {
      if (flow.type !== 'data') return line.put(flow, Math.max(freeAt, now));
      const ends = sliceEnds(flow.bytes.byteLength, averageBytes, variationBytes, rng);
      let start = 0;
      for (const end of ends) {
        const due = Math.max(freeAt, now);
        line.put({ type: 'data', bytes: flow.bytes.subarray(start, end) }, due);
        freeAt = due + delayMs;
        start = end;
      }
      counters.hits += ends.length - 1;
      if (ends.length > 1) counters.bytes += flow.bytes.byteLength;
    });
  },
};

/** Where the pieces of `size` bytes end, as toxiproxy cuts them (toxics/slicer.go), but with no cut outside of the bytes. */
function sliceEnds(size: number, averageBytes: number, variationBytes: number, rng: Rng): number[] {
  const ends: number[] = [];
  const cut = (start: number, end: number): void => {
    if (end - start <= 1 || end - start - averageBytes <= variationBytes) {
      ends.push(end);
      return;
    }
    const shift = variationBytes > 0 ? rng.below(variationBytes * 2) - variationBytes : 0;
    const middle = start + Math.floor((end - start) / 2) + shift;
    const inside = Math.min(end - 1, Math.max(start + 1, middle));
    cut(start, inside);
    cut(inside, end);
  };
  cut(0, size);
  return ends;
}
