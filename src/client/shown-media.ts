/** The state of one call's media as a device shows it: follows the reports of the media port, and publishes each change. */
import type { MediaState } from '../protocol/media.js';
import type { MediaChange, MediaReport } from './ports.js';

/** A report on how the media fare, and not on what has to be signaled. */
export type MediaProgress = Exclude<MediaReport, { readonly kind: 'description' | 'candidate' }>;

export class ShownMedia {
  #state: MediaState = 'idle';
  #setupStalled = false;

  constructor(readonly call: string) {}

  get state(): MediaState {
    return this.#state;
  }

  /** The set-up begins. */
  connecting(): MediaChange {
    return this.#become('connecting', {});
  }

  follow(progress: MediaProgress): MediaChange {
    switch (progress.kind) {
      case 'progress':
        this.#setupStalled ||= progress.setupStalled;
        return this.#become(progress.stage === 'rtp' ? 'flowing' : this.#state, { stage: progress.stage });
      case 'stalled':
        return this.#become('stalled', { stage: 'rtp', stats: progress.stats });
      case 'resumed':
        return this.#become('flowing', { stage: 'rtp', stats: progress.stats });
      case 'stats':
        return this.#become(this.#state, { stage: 'rtp', stats: progress.stats });
      case 'failed':
        return this.#become('failed', { stage: progress.stage, message: progress.message });
      case 'closed':
        return this.#become('idle', { stats: progress.stats });
    }
  }

  #become(state: MediaState, { stage = null, stats = null, message = null }: Partial<MediaChange>): MediaChange {
    this.#state = state;
    return { type: 'media', call: this.call, state, stage, setupStalled: this.#setupStalled, stats, message };
  }
}
