/** Waits for conditions over things that change, bounded in time, and all given up at once when a run is cut short. */
import type { RunEnd } from '../../trace/event.js';

/** Why a run was cut short, and in which words. */
export interface Cut {
  readonly status: Exclude<RunEnd['status'], 'complete'>;
  readonly message: string;
}

interface Waiting {
  readonly isMet: () => boolean;
  readonly settle: (met: boolean) => void;
}

export class Watch {
  readonly #waiting = new Set<Waiting>();
  #cut: Cut | null = null;

  get cut(): Cut | null {
    return this.#cut;
  }

  /** Looks again at every condition; to be called whenever something may have changed. */
  notify(): void {
    for (const waiting of [...this.#waiting]) if (waiting.isMet()) waiting.settle(true);
  }

  /** Gives up everything that waits, now and later. The first reason stands. */
  abort(cut: Cut): void {
    this.#cut ??= cut;
    for (const waiting of [...this.#waiting]) waiting.settle(false);
  }

  /** Gives up when a signal is aborted, at once if it was; returns how to stop watching it. */
  onAbort(signal: AbortSignal | null, cut: (reason: unknown) => Cut): () => void {
    const abort = (): void => this.abort(cut(signal?.reason));
    signal?.addEventListener('abort', abort);
    if (signal?.aborted) abort();
    return () => signal?.removeEventListener('abort', abort);
  }

  /** Whether the condition came to hold within `ms`; false at once when the run is cut. */
  until(isMet: () => boolean, ms: number): Promise<boolean> {
    if (this.#cut !== null) return Promise.resolve(false);
    if (isMet()) return Promise.resolve(true);
    return new Promise((resolve) => {
      // Timers come before what has arrived: one more turn, so that what came in time counts though the process was busy.
      const timer = setTimeout(() => setImmediate(() => waiting.settle(isMet())), ms);
      const waiting: Waiting = {
        isMet,
        settle: (met) => {
          clearTimeout(timer);
          this.#waiting.delete(waiting);
          resolve(met);
        },
      };
      this.#waiting.add(waiting);
    });
  }

  /** Lets `ms` pass; false when the run was cut meanwhile. */
  async pause(ms: number): Promise<boolean> {
    await this.until(() => false, ms);
    return this.#cut === null;
  }
}
