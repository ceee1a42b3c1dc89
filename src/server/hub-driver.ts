/**
 * Runs a hub in real time: one queue, one timer, one store. Inputs that arrive in one turn of the event loop are handled together
 * and stored with one commit before any of their effects is performed.
 */
import type { CallRecord, Phase } from '../protocol/call.js';
import type { Hub, HubCensus } from './hub/hub.js';
import type { HubEffect, HubInput } from './hub/io.js';
import type { Store, StoreChange } from './store/store.js';

export interface HubDriverOptions {
  readonly hub: Hub;
  /** Null for a hub without a store. */
  readonly store: Store | null;
  /** Server time in milliseconds, monotonic and near the epoch. */
  readonly time: () => number;
  /** Performs one effect and returns the event that causes the following effects of the same input. */
  readonly perform: (effect: HubEffect, cause: number | null) => number | null;
  /** All effects of a turn are performed: what they wrote may be sent now. */
  readonly performed?: () => void;
  /** The store could not commit a batch: nothing of it was sent, and the server cannot continue. */
  readonly broken: (error: unknown) => void;
  /** Called with the time that the hub took for the inputs of a turn, and the store for their commit, in milliseconds. */
  readonly timed?: (what: 'hub' | 'commit', ms: number) => void;
}

export interface HubDriver {
  feed(input: HubInput, cause: number | null): void;
  census(): HubCensus;
  phases(): Readonly<Record<Phase, number>>;
  read(call: string, user: string): CallRecord | null;
  answersByHttp(): boolean;
  /** Replaces the hub and its store; inputs for the old one are dropped. */
  replace(hub: Hub, store: Store | null): void;
  /** Handles pending inputs, then stops. */
  stop(): void;
}

interface Queued {
  readonly input: HubInput;
  readonly cause: number | null;
}

/** The longest delay of a Node timer. */
const TIMER_MS_MAX = 2 ** 31 - 1;

/** Changes that may wait for the next commit, at most. */
const UNSENT_MAX = 1_000;

export function driveHub(options: HubDriverOptions): HubDriver {
  const { time, perform } = options;
  let { hub, store } = options;
  let queue: Queued[] = [];
  let timer: NodeJS.Timeout | null = null;
  let turn: NodeJS.Immediate | null = null;
  let isOver = false;
  let isBroken = false;
  /** Changes that no device is notified of: received acknowledgements, deleted calls. */
  let unsent: StoreChange[] = [];

  /** Stores changes before they are sent; changes that no device is notified of may wait and be lost. False if it fails. */
  const keep = (batches: readonly { readonly effects: readonly HubEffect[] }[]): boolean => {
    if (store === null) return true;
    const effects = batches.flatMap((batch) => batch.effects);
    unsent.push(...effects.flatMap((effect) => (effect.type === 'persist' ? effect.entries : [])));
    const isSent = effects.some((effect) => effect.type !== 'persist');
    return unsent.length === 0 || (!isSent && unsent.length < UNSENT_MAX) || commit(store);
  };

  const commit = (to: Store): boolean => {
    const changes = unsent;
    unsent = [];
    try {
      const startedAt = time();
      to.commit(changes);
      options.timed?.('commit', time() - startedAt);
      return true;
    } catch (error) {
      isOver = true;
      isBroken = true;
      options.broken(error);
      return false;
    }
  };

  const flush = (): void => {
    turn = null;
    const inputs = queue;
    queue = [];
    const startedAt = time();
    const batches = inputs.map(({ input, cause }) => ({ cause, effects: hub.handle(input, time()) }));
    if (inputs.length > 0) options.timed?.('hub', time() - startedAt);
    if (!keep(batches)) return;
    for (const { cause, effects } of batches) {
      let because = cause;
      for (const effect of effects) because = perform(effect, because);
    }
    options.performed?.();
    arm();
  };

  const arm = (): void => {
    if (timer !== null) clearTimeout(timer);
    timer = null;
    const at = isOver ? null : hub.deadline();
    if (at !== null) timer = setTimeout(() => feed({ type: 'tick' }, null), Math.min(TIMER_MS_MAX, Math.max(0, at - time())));
  };

  const feed = (input: HubInput, cause: number | null): void => {
    if (isOver) return;
    queue.push({ input, cause });
    turn ??= setImmediate(flush);
  };

  arm();
  return {
    feed,
    census: () => hub.census(),
    phases: () => hub.phases(),
    // A hub with uncommitted changes must not send them.
    answersByHttp: () => hub.answersByHttp,
    read: (call, user) => (isBroken ? null : hub.read(call, user)),
    replace(nextHub, nextStore) {
      queue = [];
      unsent = [];
      hub = nextHub;
      store = nextStore;
      arm();
    },
    stop() {
      if (turn !== null) clearImmediate(turn);
      if (!isOver) flush();
      if (!isOver && store !== null && unsent.length > 0) commit(store);
      isOver = true;
      arm();
    },
  };
}
