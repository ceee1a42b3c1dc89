/** Takes a port, patiently where a server that just died may still hold it. */
import { once } from 'node:events';
import type { Server } from 'node:http';

export interface Place {
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  /** How long a port that is taken is tried again, in milliseconds. */
  readonly patienceMs: number;
}

const RETRY_MS = 50;

/** Listens on a place; `now` is monotonic. Rejects with the system's error (`EADDRINUSE`, `EACCES`, ...) when it can't. */
export async function bind(http: Server, { host, port, patienceMs }: Place, now: () => number): Promise<void> {
  const patientUntil = now() + patienceMs;
  for (;;) {
    try {
      const listening = once(http, 'listening');
      http.listen(port, host);
      await listening;
      return;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE' || now() >= patientUntil) throw error;
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    }
  }
}
