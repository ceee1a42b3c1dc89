/** The IPC messages between the probe and a bundled server in a child process. */
import type { Waits } from '../protocol/limits.js';
import type { HubCensus } from './hub/hub.js';
import type { ServerTraceEvent } from './listen.js';

/** Exit code of the process if its store fails: the cause is the disk, not the server. */
export const STORE_FAILED = 3;

/** What a repetition needs of its server. */
export interface ServerSettings {
  readonly waits: Partial<Waits>;
  readonly seed: string;
  readonly defects: readonly string[];
  /** Whether its state survives the end of its process. */
  readonly isDurable: boolean;
  /** Whether it reports its own side of the trace. */
  readonly isTraced: boolean;
}

/** How a server in a child process starts. */
export interface ServerStart extends ServerSettings {
  /** 0 takes a free port; a port that was in use a moment ago is retried for a while. */
  readonly port: number;
  /** 1 for the first process since the last reset, one more with every restart: each draws ids of its own. */
  readonly life: number;
}

export type ToServer =
  /** Listen. The first message, once the process has loaded. */
  | ({ readonly type: 'start' } & ServerStart)
  /** Restart with an empty hub: every connection is closed, nothing of the previous repetition remains. */
  | ({ readonly type: 'reset' } & ServerSettings)
  /** Answer with what the hub holds; all trace events recorded until then come first. */
  | { readonly type: 'census' }
  /** Handle each frame only after `ms`; 0 ends it. */
  | { readonly type: 'slow-handler'; readonly ms: number }
  | { readonly type: 'stop' };

export type FromServer =
  /** Loaded and ready to start, so that the time of a restart does not include loading. */
  | { readonly type: 'loaded' }
  | { readonly type: 'ready'; readonly url: string; readonly port: number }
  | { readonly type: 'failed'; readonly message: string }
  | { readonly type: 'reset-done' }
  | { readonly type: 'slowed' }
  | { readonly type: 'trace'; readonly events: readonly ServerTraceEvent[] }
  | { readonly type: 'census'; readonly census: HubCensus };
