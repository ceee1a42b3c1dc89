/** One 20 ms beat for all senders of a process, corrected for drift, so that a thousand peers need one timer. */
import type { Clock } from '../runtime/ports.js';
import { FRAME_MS } from './rtp.js';

/** Called once per beat with its number; numbers may jump if the process was delayed. */
export type Beat = (beat: number) => void;

export interface Pacer {
  /** Adds a sender; the result removes it. The timer runs only while there are senders. */
  add(beat: Beat): () => void;
}

/** Maximum number of beats to catch up after a delay; older ones are skipped, like a real sound card. */
const CATCH_UP_MAX = 5;

/** A pacer on the real timer of this process. */
export function createPacer(clock: Clock): Pacer {
  const beats = new Set<Beat>();
  let timer: NodeJS.Timeout | null = null;
  let origin = 0;
  let next = 0;

  const run = (): void => {
    timer = null;
    const due = Math.floor((clock.now() - origin) / FRAME_MS);
    next = Math.max(next, due - CATCH_UP_MAX + 1);
    for (; next <= due; next++) for (const beat of [...beats]) beat(next);
    arm();
  };

  const arm = (): void => {
    if (beats.size === 0 || timer !== null) return;
    timer = setTimeout(run, Math.max(0, Math.ceil(origin + next * FRAME_MS - clock.now())));
  };

  return {
    add(beat) {
      if (beats.size === 0 && timer === null) {
        origin = clock.now();
        next = 0;
      }
      beats.add(beat);
      arm();
      return () => {
        beats.delete(beat);
        if (beats.size > 0 || timer === null) return;
        clearTimeout(timer);
        timer = null;
      };
    },
  };
}
