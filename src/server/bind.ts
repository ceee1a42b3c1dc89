/** Binds a port, with retries while a server that has just ended may still hold it. */
import { once } from 'node:events';
import type { Server } from 'node:http';

export interface Place {
  readonly host: string;
  /** 0 takes a free port. */
  readonly port: number;
  /** How long to retry a taken port, in milliseconds. */
  readonly patienceMs: number;
}

const RETRY_MS = 50;

/** Listens on an address; `now` is monotonic. Rejects with the system's error (`EADDRINUSE`, `EACCES`, ...). */
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
