/** Nothing passes for a while. */
import { DIRECTIONS, droppingStage, type MediaFault } from './media-fault.js';

export const blackout: MediaFault = {
  name: 'blackout',
  doc: 'No media packet passes, without a word to anybody: a tunnel, or a lift. Whoever notices does so by the silence.',
  layer: 'media',
  needs: null,
  absence: null,
  parameters: [{ name: 'blackout', doc: 'there is nothing to choose', type: { type: 'word', words: ['on'] }, default: 'on' }],
  example: 'fault: { link: alice.media, blackout: on, for: 3s }',
  directions: DIRECTIONS,
  holds: false,
  bites: ['dropped'],
  stage: () => droppingStage(() => true),
};
