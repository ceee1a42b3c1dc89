/** What the probe and a bundled server in a child process say to each other over IPC. */
import type { Waits } from '../protocol/limits.js';
import type { HubCensus } from './hub/hub.js';
import type { ServerTraceEvent } from './listen.js';

/** Status with which the process ends when its store can keep nothing any more: its disk is to blame, and not the server. */
export const STORE_FAILED = 3;

/** What a repetition asks of its server. */
export interface ServerSettings {
  readonly waits: Partial<Waits>;
  readonly seed: string;
  readonly defects: readonly string[];
  /** Whether what it holds survives the end of its process. */
  readonly isDurable: boolean;
  /** Whether it reports its own side of the trace. */
  readonly isTraced: boolean;
}

/** How a server in a child process begins. */
export interface ServerStart extends ServerSettings {
  /** 0 takes a free one; a port that was in use a moment ago is tried for a while. */
  readonly port: number;
  /** 1 for the first process since the last reset, one more with every restart: each draws ids of its own. */
  readonly life: number;
}

export type ToServer =
  /** Listen. The first that is said, once the process has loaded. */
  | ({ readonly type: 'start' } & ServerStart)
  /** Start over with an empty hub: every connection is closed, nothing of the last repetition is left. */
  | ({ readonly type: 'reset' } & ServerSettings)
  /** Answer with what the hub holds; all trace events recorded until then come first. */
  | { readonly type: 'census' }
  /** Handle each frame only after `ms`; 0 ends it. */
  | { readonly type: 'slow-handler'; readonly ms: number }
  | { readonly type: 'stop' };

export type FromServer =
  /** Loaded, and ready to start: so the time that a restart takes is not that of loading. */
  | { readonly type: 'loaded' }
  | { readonly type: 'ready'; readonly url: string; readonly port: number }
  | { readonly type: 'failed'; readonly message: string }
  | { readonly type: 'reset-done' }
  | { readonly type: 'slowed' }
  | { readonly type: 'trace'; readonly events: readonly ServerTraceEvent[] }
  | { readonly type: 'census'; readonly census: HubCensus };
