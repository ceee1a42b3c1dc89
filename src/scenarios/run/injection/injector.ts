/** The interface between the fault engine and the injectors, one per layer. */
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
export interface FaultContext {
  readonly clock: Clock;
  readonly target: Target;
  device(address: Address): Device;
  /** Every device of the scenario, including unopened ones. */
  devices(): readonly Device[];
  readonly proxies: LinkProxies;
  readonly mediaFaults: MediaFaults;
  /** The number of a call in the repetition, from 1; null for an unknown call. */
  ordinalOf(call: string): number | null;
}

/** How a fault reports its progress. `node` is its target: a device, or `server`. */
export interface FaultReport {
  hit(what: string, more?: { readonly target?: number | null; readonly struck?: StruckMessage; readonly node?: string }): void;
  /** It is over, by itself or because it was healed; called once. `what` describes the new state. */
  over(what: string): void;
  /** Details about what it did, as a log event caused by its last event. */
  note(message: string, data: Readonly<Record<string, unknown>>): void;
  /** It could not be applied or undone: the run cannot continue. */
  failed(error: unknown): void;
}

/** One occurrence of a fault. */
export interface FaultOccurrence {
  readonly fault: PlannedFault;
  readonly when: When;
  /** Unique in the repetition. */
  readonly id: string;
  readonly report: FaultReport;
  /** Its own generator, independent of other faults. */
  readonly rng: Rng;
}

/** An active fault. */
export interface ActiveFault {
  heal(): void;
  /** Stops its timers silently, when the repetition is stopped. */
  stop?(): void;
  /** Whether it ends by itself within a bounded time. */
  readonly isBounded: boolean;
  /** For a fault with a waiting step. Rejects with a TargetError if the target cannot continue. */
  readonly done?: Promise<void>;
}

/** Begins a fault of one layer. */
export type Injector = (context: FaultContext, occurrence: FaultOccurrence) => ActiveFault;

/** The node of a fault's events. */
export function nodeOf({ target }: PlannedFault): string {
  if (target.on === 'server') return 'server';
  if (target.on === 'messages') {
    const { user, device } = target.match.trigger;
    return device === null ? user : `${user}/${device}`;
  }
  return `${target.device.user}/${target.device.device}`;
}

/** Heals once, even if called several times: by its time, by a step and at the end of the run. */
export function once(heal: () => void): () => void {
  let isOver = false;
  return () => {
    if (isOver) return;
    isOver = true;
    heal();
  };
}
