/** Partial messages in any order: which parts of each call have arrived, and which are missing. */
import { earliest } from '../../protocol/deadlines.js';
import type { Millis } from '../../protocol/machine.js';
import type { Together } from './dialect.js';
import type { SessionCall } from './meaning.js';
import { idIn } from './taking.js';

/** Maximum number of incomplete sets of parts in a session. */
const ENTRIES_MAX = 64;

type Values = ReadonlyMap<string, unknown>;

/** The parts of one call; without a call until a part names it. */
interface Entry {
  readonly together: Together;
  readonly call: SessionCall | null;
  readonly came: Map<string, Values>;
  readonly until: Millis;
  /** Whether a missing part was reported, or needs no report. */
  isSettled: boolean;
}

/** The result of one part with the previous ones. */
export interface Sum {
  readonly together: Together;
  /** The values taken by all parts so far; the latest of equal names counts. */
  readonly values: Values;
  readonly isWhole: boolean;
}

/** A missing part, as a sentence. */
export interface Missing {
  readonly message: string;
  readonly call: SessionCall | null;
}

export class Parts {
  #entries: Entry[] = [];

  constructor(readonly all: readonly Together[]) {}

  get deadline(): Millis | null {
    return earliest(this.#entries.filter((entry) => !entry.isSettled).map(({ until }) => until));
  }

  /** The result of an arrived part; changes nothing. Null for a part without a `together`. */
  sum(part: string, values: Values, call: SessionCall | null): Sum | null {
    const together = this.all.find(({ parts }) => parts.includes(part));
    if (together === undefined) return null;
    const came = new Map([...(this.#find(together, values, call)?.came ?? []), [part, values] as const]);
    const isWhole = together.parts.every((one) => came.has(one));
    const merged = [...came].filter(([name]) => name !== part).flatMap(([, taken]) => [...taken]);
    return { together, values: new Map([...merged, ...values]), isWhole };
  }

  /**
   * Stores a part of a call that was known before or, as `became`, is known since. Once all parts have arrived, each further one
   * completes them again, as in an app.
   */
  add(part: string, values: Values, call: SessionCall | null, became: SessionCall | null, now: Millis): void {
    const together = this.all.find(({ parts }) => parts.includes(part));
    if (together === undefined) return;
    const entry = this.#find(together, values, call) ?? {
      together,
      call,
      came: new Map(),
      until: now + together.withinMs,
      isSettled: call !== null && !call.isLive,
    };
    entry.came.set(part, values);
    entry.isSettled ||= together.parts.every((one) => entry.came.has(one));
    const rest = this.#entries.filter((one) => one !== entry);
    this.#entries = [...rest, { ...entry, call: entry.call ?? became }].slice(-ENTRIES_MAX);
  }

  /** Parts that are overdue, or will not arrive because their call is over; each is reported once. */
  missing(now: Millis): Missing[] {
    return this.#entries.flatMap((entry): Missing[] => {
      const { call, until, together, came } = entry;
      const isOver = call !== null && !call.isLive;
      if (entry.isSettled || (!isOver && now < until)) return [];
      entry.isSettled = true;
      const lacks = together.parts.filter((one) => !came.has(one));
      const what = together.means.join(' and ');
      const when = isOver ? 'before the end of the call' : `within ${together.withinMs / 1_000} s`;
      const message = `${what} without ${lacks.join(' and ')}: ${[...came.keys()].join(' and ')} arrived, and ${lacks.join(' and ')} did not ${when} (${together.place})`;
      return [{ message, call }];
    });
  }

  /** The connection has ended: parts without a call cannot be completed any more. */
  forgetConnection(): void {
    this.#entries = this.#entries.filter(({ call }) => call !== null);
  }

  #find(together: Together, values: Values, call: SessionCall | null): Entry | undefined {
    return this.#entries.findLast((entry) => {
      if (entry.together !== together) return false;
      if (entry.call !== null || call !== null) return entry.call === call;
      return ['call.id', 'from'].every((name) => {
        const mine = idIn(values, name);
        return [...entry.came.values()].every((other) => mine === null || [null, mine].includes(idIn(other, name)));
      });
    });
  }
}
