/** A firewall lets no new flow of UDP pass. */
import { DIRECTIONS, droppingStage, type MediaFault } from './media-fault.js';

export const blockUdp: MediaFault = {
  name: 'block-udp',
  doc: 'A firewall that lets no UDP pass: the media of calls that begin while it stands never comes up. As a firewall keeps track of flows, media that flowed before goes on; to silence that, use `blackout`.',
  layer: 'media',
  needs: null,
  absence: null,
  parameters: [{ name: 'block-udp', doc: 'there is nothing to choose', type: { type: 'word', words: ['on'] }, default: 'on' }],
  example: 'fault: { link: alice.media, block-udp: on, for: 15s }',
  directions: DIRECTIONS,
  holds: false,
  bites: ['dropped'],
  stage: (_values, { since }) => droppingStage(({ flow }) => flow.since >= since),
};
