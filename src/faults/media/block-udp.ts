/** A firewall blocks new UDP flows. */
import { DIRECTIONS, droppingStage, type MediaFault } from './media-fault.js';

export const blockUdp: MediaFault = {
  name: 'block-udp',
  doc: 'A stateful firewall that blocks UDP: the media of calls that begin during the fault never comes up. Media that flowed before continues; to stop that, use `blackout`.',
  layer: 'media',
  needs: null,
  absence: null,
  parameters: [{ name: 'block-udp', doc: 'the only value', type: { type: 'word', words: ['on'] }, default: 'on' }],
  example: 'fault: { link: alice.media, block-udp: on, for: 15s }',
  directions: DIRECTIONS,
  holds: false,
  effects: ['dropped'],
  stage: (_values, { since }) => droppingStage(({ flow }) => flow.since >= since),
};
