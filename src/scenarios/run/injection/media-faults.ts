/** What the media of each device suffers in one repetition: the host takes it as a whole, faults come and go one by one. */
import type { FaultCounters, Impairment, ImpairmentCounters, ImpairmentFault } from '../../../faults/media/impairment.js';
import type { MediaHost } from '../../../probe/runtime/ports.js';

/** A fault at work on the media of a device. */
export interface AtWork {
  /** What it has done so far; nothing when the media process is gone. */
  counters(): Promise<readonly FaultCounters[]>;
  /** Takes it away and says what it has done. */
  end(): Promise<readonly FaultCounters[]>;
}

const NOTHING: ImpairmentCounters = { faults: [], overflowed: 0 };

export class MediaFaults {
  readonly #faults = new Map<string, ImpairmentFault[]>();

  /** `failed` is told what the media process refused: a bug of the probe, for the loader lets nothing wrong through. */
  constructor(
    readonly host: MediaHost | null,
    readonly seed: string,
    readonly failed: (error: unknown) => void,
  ) {}

  /** Adds faults to the media of a device; their ids are theirs alone in the repetition. */
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

  /** Heals everything: the host goes on to the next repetition. */
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
