/** The screen follows the call seconds later. */
import type { ClientDefect } from './defect.js';

/** Longer than any tested network takes. */
const RENDER_MS = 7_000;

export const lateRender: ClientDefect = {
  side: 'client',
  name: 'late-render',
  doc: 'The client of the caller shows the answer seven seconds after it has applied it.',
  seenIn: 'GetStream/stream-video-android #1788',
  decide: (decisions) => ({
    ...decisions,
    showsAfterMs: (before, after) =>
      after.side === 'caller' && after.view.state === 'connected' ? RENDER_MS : decisions.showsAfterMs(before, after),
  }),
};
