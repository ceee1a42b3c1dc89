/** No packet passes for a while. */
import { DIRECTIONS, droppingStage, type MediaFault } from './media-fault.js';

export const blackout: MediaFault = {
  name: 'blackout',
  doc: 'No media packet passes, and no error is reported: a tunnel, or a lift. Only the silence reveals it.',
  layer: 'media',
  needs: null,
  absence: null,
  parameters: [{ name: 'blackout', doc: 'the only value', type: { type: 'word', words: ['on'] }, default: 'on' }],
  example: 'fault: { link: alice.media, blackout: on, for: 3s }',
  directions: DIRECTIONS,
  holds: false,
  effects: ['dropped'],
  stage: () => droppingStage(() => true),
};
