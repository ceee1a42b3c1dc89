/** Packets are lost in bursts: netem's `loss gemodel`, after Gilbert and Elliott. */
import { numberOf, type ParameterValues } from '../fault.js';
import { DIRECTIONS, droppingStage, type MediaFault } from './media-fault.js';

/** The model's four probabilities, with the usual letters. */
interface Model {
  readonly p: number;
  readonly r: number;
  readonly lossInBad: number;
  readonly lossInGood: number;
}

export const gemodel: MediaFault = {
  name: 'gemodel',
  doc: 'Media packets are lost in bursts: the path switches randomly between good and bad, and loses more while it is bad (Gilbert-Elliott).',
  layer: 'media',
  needs: null,
  absence: null,
  parameters: [
    { name: 'gemodel', doc: 'p, the probability per packet that a good path turns bad', type: { type: 'share' }, default: null },
    {
      name: 'r',
      doc: 'the probability per packet that a bad path turns good; a burst has 1/r packets on average. The default 1-p is loss without bursts',
      type: { type: 'share' },
      default: '',
    },
    { name: '1-h', doc: 'share of lost packets while the path is bad', type: { type: 'share' }, default: '100%' },
    { name: '1-k', doc: 'share of lost packets while the path is good', type: { type: 'share' }, default: '0%' },
  ],
  example: 'fault: { link: alice.media, gemodel: 2%, r: 20%, for: 3s }',
  directions: DIRECTIONS,
  holds: false,
  effects: ['dropped'],
  stage(values, { rng }) {
    const model = modelOf(values);
    let bad = false;
    return droppingStage(() => {
      // As in netem, the state before the packet decides; two draws per packet keep states and losses independent.
      const lossShare = bad ? model.lossInBad : model.lossInGood;
      if (rng.next() < (bad ? model.r : model.p)) bad = !bad;
      return rng.next() < lossShare;
    });
  },
};

function modelOf(values: ParameterValues): Model {
  const p = numberOf(values, 'gemodel');
  const r = values['r'] === undefined ? 1 - p : numberOf(values, 'r');
  return { p, r, lossInBad: numberOf(values, '1-h'), lossInGood: numberOf(values, '1-k') };
}
