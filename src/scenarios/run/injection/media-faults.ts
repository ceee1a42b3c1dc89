/** The media faults of each device in one repetition: the host takes them as one impairment, faults begin and end one by one. */
import type { FaultCounters, Impairment, ImpairmentCounters, ImpairmentFault } from '../../../faults/media/impairment.js';
import type { MediaHost } from '../../../probe/runtime/ports.js';

/** An active fault on the media of a device. */
export interface AtWork {
  /** Its counters so far; empty if the media process is gone. */
  counters(): Promise<readonly FaultCounters[]>;
  /** Removes it and returns its counters. */
  end(): Promise<readonly FaultCounters[]>;
}

const NOTHING: ImpairmentCounters = { faults: [], overflowed: 0 };

export class MediaFaults {
  readonly #faults = new Map<string, ImpairmentFault[]>();

  /** `failed` is called with an error of the media process: a bug of the probe, since the loader validates all values. */
  constructor(
    readonly host: MediaHost | null,
    readonly seed: string,
    readonly failed: (error: unknown) => void,
  ) {}

  /** Adds faults to the media of a device; their ids are unique in the repetition. */
  add(device: string, faults: readonly ImpairmentFault[]): AtWork {
    const own = new Set(faults.map(({ id }) => id));
    const mine = ({ faults: all }: ImpairmentCounters): FaultCounters[] => all.filter(({ id }) => own.has(id));
    const begun = this.#set(device, [...(this.#faults.get(device) ?? []), ...faults]);
    return {
      counters: async () => {
        await begun;
        return this.host === null ? [] : mine(await this.host.impairmentCounters(device));
      },
      end: async () => {
        await begun;
        return mine(
          await this.#set(
            device,
            (this.#faults.get(device) ?? []).filter(({ id }) => !own.has(id)),
          ),
        );
      },
    };
  }

  /** Heals everything: the host continues with the next repetition. */
  stop(): void {
    for (const device of this.#faults.keys()) void this.#set(device, []);
  }

  async #set(device: string, faults: ImpairmentFault[]): Promise<ImpairmentCounters> {
    this.#faults.set(device, faults);
    const impairment: Impairment | null = faults.length === 0 ? null : { seed: this.seed, faults };
    try {
      return (await this.host?.impair(device, impairment)) ?? NOTHING;
    } catch (error) {
      this.failed(error);
      return NOTHING;
    }
  }
}
