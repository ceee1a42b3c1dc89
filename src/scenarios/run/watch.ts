/** Waits for conditions with a time limit; all waits end at once when a run is stopped. */
import type { RunEnd } from '../../trace/event.js';

/** Why a run was stopped: status and sentence. */
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

  /** Checks every condition again; to be called whenever something may have changed. */
  notify(): void {
    for (const waiting of [...this.#waiting]) if (waiting.isMet()) waiting.settle(true);
  }

  /** Ends all waits, now and later. The first reason is kept. */
  abort(cut: Cut): void {
    this.#cut ??= cut;
    for (const waiting of [...this.#waiting]) waiting.settle(false);
  }

  /** Ends all waits when a signal is aborted, at once if it is already; returns how to stop watching it. */
  onAbort(signal: AbortSignal | null, cut: (reason: unknown) => Cut): () => void {
    const abort = (): void => this.abort(cut(signal?.reason));
    signal?.addEventListener('abort', abort);
    if (signal?.aborted) abort();
    return () => signal?.removeEventListener('abort', abort);
  }

  /** Whether the condition holds within `ms`; false at once if the run is stopped. */
  until(isMet: () => boolean, ms: number): Promise<boolean> {
    if (this.#cut !== null) return Promise.resolve(false);
    if (isMet()) return Promise.resolve(true);
    return new Promise((resolve) => {
      // Timers run before pending input: one more turn, so that input that arrived in time counts even if the process was busy.
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

  /** Waits `ms`; false if the run was stopped in the meantime. */
  async pause(ms: number): Promise<boolean> {
    await this.until(() => false, ms);
    return this.#cut === null;
  }
}
