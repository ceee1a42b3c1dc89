/** The toxics of one direction of one connection in sequence, and how they change in mid-stream. */
import type { Millis } from '../../protocol/machine.js';
import type { LinkFlow, LinkStage, ToxicCounters } from './link-fault.js';
import { isSame, type Toxic } from './toxic.js';

/** A toxic that acts on this direction. */
export interface ChainLink {
  readonly toxic: Toxic;
  readonly stage: LinkStage;
  readonly counters: ToxicCounters;
}

interface Entry extends ChainLink {
  hasTakenEffect: boolean;
}

export class LinkChain {
  #entries: Entry[] = [];
  readonly #tookEffect: (toxic: Toxic) => void;

  /** `tookEffect` is called once for each toxic of this chain, when it takes effect for the first time. */
  constructor(tookEffect: (toxic: Toxic) => void) {
    this.#tookEffect = tookEffect;
  }

  get isEmpty(): boolean {
    return this.#entries.length === 0;
  }

  /** Sends something through all stages; returns what comes out at the end now. */
  handle(flow: LinkFlow, now: Millis): readonly LinkFlow[] {
    return this.#carry([flow], 0, now);
  }

  /** Runs every stage that is due; returns what comes out. */
  tick(now: Millis): readonly LinkFlow[] {
    const out: LinkFlow[] = [];
    // In order: the output of a stage may make the next one due.
    for (let index = 0; index < this.#entries.length; index++) {
      const entry = this.#entries[index];
      const at = entry?.stage.deadline() ?? null;
      if (entry === undefined || at === null || at > now) continue;
      out.push(
        ...this.#carry(
          this.#watch(entry, (stage) => stage.tick(now)),
          index + 1,
          now,
        ),
      );
    }
    return out;
  }

  deadline(): Millis | null {
    let earliest: Millis | null = null;
    for (const { stage } of this.#entries) {
      const at = stage.deadline();
      if (at !== null && (earliest === null || at < earliest)) earliest = at;
    }
    return earliest;
  }

  heldBytes(): number {
    return this.#entries.reduce((sum, { stage }) => sum + stage.heldBytes(), 0);
  }

  /**
   * Sets the toxics of the direction, in this order; `begin` starts a new one. Unchanged toxics continue; a removed toxic releases
   * everything that it held, so that nothing is lost. Returns what comes out.
   */
  arrange(toxics: readonly Toxic[], begin: (toxic: Toxic) => ChainLink, now: Millis): readonly LinkFlow[] {
    const kept = this.#kept(toxics);
    const out: LinkFlow[] = [];
    // From the far end, so that the order of the stream is kept.
    for (let index = this.#entries.length - 1; index >= 0; index--) {
      const entry = this.#entries[index];
      if (entry === undefined || kept.includes(entry)) continue;
      const isChanged = toxics.some(({ name }) => name === entry.toxic.name);
      const handed = this.#watch(entry, (stage) => stage.remove());
      this.#entries.splice(index, 1);
      // A toxic with new values is still active: only one that is over closes what it has damaged.
      out.push(...this.#carry(isChanged ? handed.filter(({ type }) => type !== 'close') : handed, index, now));
    }
    this.#entries = toxics.map(
      (toxic) => kept.find((entry) => isSame(entry.toxic, toxic)) ?? { ...begin(toxic), hasTakenEffect: false },
    );
    return out;
  }

  /** The entries that continue: none if their order differs, since bytes that they hold would overtake others. */
  #kept(toxics: readonly Toxic[]): Entry[] {
    const kept = this.#entries.filter((entry) => toxics.some((toxic) => isSame(entry.toxic, toxic)));
    const places = kept.map((entry) => toxics.findIndex((toxic) => isSame(entry.toxic, toxic)));
    return places.every((place, index) => index === 0 || place > (places[index - 1] ?? 0)) ? kept : [];
  }

  #carry(flows: readonly LinkFlow[], from: number, now: Millis): readonly LinkFlow[] {
    let moving = flows;
    for (let index = from; index < this.#entries.length && moving.length > 0; index++) {
      const entry = this.#entries[index];
      if (entry === undefined) break;
      const [only] = moving;
      moving = this.#watch(entry, (stage) =>
        moving.length === 1 && only !== undefined ? stage.handle(only, now) : moving.flatMap((flow) => stage.handle(flow, now)),
      );
    }
    return moving;
  }

  #watch(entry: Entry, act: (stage: LinkStage) => readonly LinkFlow[]): readonly LinkFlow[] {
    const before = entry.counters.hits;
    const flows = act(entry.stage);
    if (!entry.hasTakenEffect && entry.counters.hits > before) {
      entry.hasTakenEffect = true;
      this.#tookEffect(entry.toxic);
    }
    return flows;
  }
}
