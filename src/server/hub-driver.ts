/**
 * Runs a hub for real: one queue, one timer, one store. Inputs that arrive in one turn of the event loop are handled
 * together and kept with one commit before any of their effects is done.
 */
import type { CallRecord, Phase } from '../protocol/call.js';
import type { Hub, HubCensus } from './hub/hub.js';
import type { HubEffect, HubInput } from './hub/io.js';
import type { Store, StoreChange } from './store/store.js';

export interface HubDriverOptions {
  readonly hub: Hub;
  /** Null for a hub that keeps nothing. */
  readonly store: Store | null;
  /** Server time in milliseconds, monotonic and near the epoch. */
  readonly time: () => number;
  /** Does one effect and returns the event that the following effects of the same input follow from. */
  readonly perform: (effect: HubEffect, cause: number | null) => number | null;
  /** All effects of a turn are performed: what they wrote may go out now. */
  readonly performed?: () => void;
  /** The store could not keep a batch: nothing of it was told, and the server can't go on. */
  readonly broken: (error: unknown) => void;
  /** Told how long the hub took for the inputs of a turn, and the store for keeping what came of them, in milliseconds. */
  readonly timed?: (what: 'hub' | 'commit', ms: number) => void;
}

export interface HubDriver {
  feed(input: HubInput, cause: number | null): void;
  census(): HubCensus;
  phases(): Readonly<Record<Phase, number>>;
  read(call: string, user: string): CallRecord | null;
  answersByHttp(): boolean;
  /** Puts another hub and its store in place; what waited for the old one is dropped. */
  replace(hub: Hub, store: Store | null): void;
  /** Handles what waits, and then nothing any more. */
  stop(): void;
}

interface Queued {
  readonly input: HubInput;
  readonly cause: number | null;
}

/** The longest wait that a timer of Node takes. */
const TIMER_MS_MAX = 2 ** 31 - 1;

/** Changes that may wait for the next commit, at most. */
const UNTOLD_MAX = 1_000;

export function driveHub(options: HubDriverOptions): HubDriver {
  const { time, perform } = options;
  let { hub, store } = options;
  let queue: Queued[] = [];
  let timer: NodeJS.Timeout | null = null;
  let turn: NodeJS.Immediate | null = null;
  let isOver = false;
  let isBroken = false;
  /** Changes that nobody was told of yet: acknowledgements that arrived, calls that were forgotten. */
  let untold: StoreChange[] = [];

  /** Keeps what the batches changed before anybody is told; what nobody is told of may wait and be lost. False when it can't. */
  const keep = (batches: readonly { readonly effects: readonly HubEffect[] }[]): boolean => {
    if (store === null) return true;
    const effects = batches.flatMap((batch) => batch.effects);
    untold.push(...effects.flatMap((effect) => (effect.type === 'persist' ? effect.entries : [])));
    const isTold = effects.some((effect) => effect.type !== 'persist');
    return untold.length === 0 || (!isTold && untold.length < UNTOLD_MAX) || commit(store);
  };

  const commit = (to: Store): boolean => {
    const changes = untold;
    untold = [];
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
    // A hub whose changes could not be kept knows what nobody may be told.
    answersByHttp: () => hub.answersByHttp,
    read: (call, user) => (isBroken ? null : hub.read(call, user)),
    replace(nextHub, nextStore) {
      queue = [];
      untold = [];
      hub = nextHub;
      store = nextStore;
      arm();
    },
    stop() {
      if (turn !== null) clearImmediate(turn);
      if (!isOver) flush();
      if (!isOver && store !== null && untold.length > 0) commit(store);
      isOver = true;
      arm();
    },
  };
}
