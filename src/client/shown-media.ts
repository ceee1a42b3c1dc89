/** The state of one call's media as a device shows it: follows what the media port reports, and tells each change to the trace. */

import type { MediaReport } from '../probe/runtime/ports.js';
import type { MediaEvent, MediaState } from '../trace/event.js';

/** A report on how the media fare, and not on what has to be signaled. */
export type MediaNews = Exclude<MediaReport, { readonly kind: 'description' | 'candidate' }>;

export class ShownMedia {
  #state: MediaState = 'idle';
  #setupStalled = false;

  constructor(readonly call: string) {}

  get state(): MediaState {
    return this.#state;
  }

  /** The set-up begins. */
  connecting(): MediaEvent {
    return this.#become('connecting', {});
  }

  follow(news: MediaNews): MediaEvent {
    switch (news.kind) {
      case 'progress':
        this.#setupStalled ||= news.setupStalled;
        return this.#become(news.stage === 'rtp' ? 'flowing' : this.#state, { stage: news.stage });
      case 'stalled':
        return this.#become('stalled', { stage: 'rtp', stats: news.stats });
      case 'resumed':
        return this.#become('flowing', { stage: 'rtp', stats: news.stats });
      case 'stats':
        return this.#become(this.#state, { stage: 'rtp', stats: news.stats });
      case 'failed':
        return this.#become('failed', { stage: news.stage, message: news.message });
      case 'closed':
        return this.#become('idle', { stats: news.stats });
    }
  }

  #become(state: MediaState, { stage = null, stats = null, message = null }: Partial<MediaEvent>): MediaEvent {
    this.#state = state;
    return { type: 'media', call: this.call, state, stage, setupStalled: this.#setupStalled, stats, message };
  }
}
