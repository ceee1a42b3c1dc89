/** What the engine of faults and those that carry them out, one file for each layer, know of each other. */
import type { Device } from '../../../probe/device/device.js';
import type { Clock } from '../../../probe/runtime/ports.js';
import type { Target } from '../../../probe/targets/target.js';
import type { Address } from '../../../protocol/address.js';
import type { Rng } from '../../../protocol/rng.js';
import type { StruckMessage } from '../../../trace/event.js';
import type { PlannedFault, When } from '../../language/plan.js';
import type { LinkProxies } from './link-proxies.js';
import type { MediaFaults } from './media-faults.js';

/** The world that faults act on. */
export interface Ground {
  readonly clock: Clock;
  readonly target: Target;
  device(address: Address): Device;
  /** Every device of the scenario, also those that are not open yet. */
  devices(): readonly Device[];
  readonly proxies: LinkProxies;
  readonly mediaFaults: MediaFaults;
  /** The how manieth call of the repetition this is, from 1; null for one that was never heard of. */
  ordinalOf(call: string): number | null;
}

/** What a fault tells of itself. `node` is what it acts on: a device, or `server`. */
export interface Told {
  hit(what: string, more?: { readonly target?: number | null; readonly struck?: StruckMessage; readonly node?: string }): void;
  /** It is over, by itself or because it was healed; once. `what` says how things are now. */
  over(what: string): void;
  /** Something worth knowing about what it did, as a log event that follows from its last one. */
  note(message: string, data: Readonly<Record<string, unknown>>): void;
  /** It could not be carried out, or not be undone: the run can't go on. */
  failed(error: unknown): void;
}

/** One beginning of a fault. */
export interface Beginning {
  readonly fault: PlannedFault;
  readonly when: When;
  /** Its own in the repetition. */
  readonly id: string;
  readonly told: Told;
  /** Its own dice, so that another fault does not shift them. */
  readonly rng: Rng;
}

/** A fault at work. */
export interface Work {
  heal(): void;
  /** Stops its timers without a word, when the repetition is cut short. */
  stop?(): void;
  /** Whether it ends by itself within a bounded time. */
  readonly isBounded: boolean;
  /** For a fault that a step waits for. Rejects with a TargetError when the target can't go on. */
  readonly done?: Promise<void>;
}

/** Begins a fault of one layer. */
export type Injector = (ground: Ground, beginning: Beginning) => Work;

/** The node under which the faults of a target are told of. */
export function nodeOf({ target }: PlannedFault): string {
  if (target.on === 'server') return 'server';
  if (target.on === 'messages') {
    const { user, device } = target.match.trigger;
    return device === null ? user : `${user}/${device}`;
  }
  return `${target.device.user}/${target.device.device}`;
}

/** A healing that is done once, however often it is asked for: by its time, by a step and by the end of the run. */
export function once(heal: () => void): () => void {
  let isOver = false;
  return () => {
    if (isOver) return;
    isOver = true;
    heal();
  };
}
