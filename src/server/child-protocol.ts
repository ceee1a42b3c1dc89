/** What the probe and a bundled server in a child process say to each other over IPC. */
import type { Waits } from '../protocol/limits.js';
import type { HubCensus } from './hub/hub.js';
import type { ServerTraceEvent } from './listen.js';

export type ToServer =
  /** Start over with an empty hub: every connection is closed, nothing of the last repetition is left. */
  | { readonly type: 'reset'; readonly waits: Partial<Waits>; readonly seed: string; readonly defects: readonly string[] }
  /** Answer with what the hub holds; all trace events recorded until then come first. */
  | { readonly type: 'census' }
  | { readonly type: 'stop' };

export type FromServer =
  | { readonly type: 'ready'; readonly url: string }
  | { readonly type: 'failed'; readonly message: string }
  | { readonly type: 'reset-done' }
  | { readonly type: 'trace'; readonly events: readonly ServerTraceEvent[] }
  | { readonly type: 'census'; readonly census: HubCensus };
