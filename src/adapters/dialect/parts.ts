/** What takes several messages to say, in whichever order they come: which parts of it are there, for each call, and what is missing. */
import { earliest } from '../../protocol/deadlines.js';
import type { Millis } from '../../protocol/machine.js';
import type { Together } from './dialect.js';
import type { SessionCall } from './meaning.js';
import { idIn } from './taking.js';

/** Things half told that a session remembers. */
const ENTRIES_MAX = 64;

type Values = ReadonlyMap<string, unknown>;

/** One thing of one call; without a call where no part has said of which one it is. */
interface Entry {
  readonly together: Together;
  readonly call: SessionCall | null;
  readonly came: Map<string, Values>;
  readonly until: Millis;
  /** Whether it was said that something is missing, or need not be. */
  isSettled: boolean;
}

/** What one part adds up to, with those before it. */
export interface Sum {
  readonly together: Together;
  /** What all parts that are there have taken; of a value that several have the latest counts. */
  readonly values: Values;
  readonly isWhole: boolean;
}

/** A part that did not come, in a sentence. */
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

  /** What a part that has come makes of the whole; changes nothing. Null for one that belongs to nothing. */
  sum(part: string, values: Values, call: SessionCall | null): Sum | null {
    const together = this.all.find(({ parts }) => parts.includes(part));
    if (together === undefined) return null;
    const came = new Map([...(this.#find(together, values, call)?.came ?? []), [part, values] as const]);
    const isWhole = together.parts.every((one) => came.has(one));
    const merged = [...came].filter(([name]) => name !== part).flatMap(([, taken]) => [...taken]);
    return { together, values: new Map([...merged, ...values]), isWhole };
  }

  /**
   * Takes note of a part, of a call that was known before it or, as `became`, is known since. Once all are there each further one
   * says the whole again, as an app would take it.
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

  /** What has not come in time, or will not come because its call is over; each is told once. */
  missing(now: Millis): Missing[] {
    return this.#entries.flatMap((entry): Missing[] => {
      const { call, until, together, came } = entry;
      const isOver = call !== null && !call.isLive;
      if (entry.isSettled || (!isOver && now < until)) return [];
      entry.isSettled = true;
      const lacks = together.parts.filter((one) => !came.has(one));
      const what = together.means.join(' and ');
      const when = isOver ? 'before the end of the call' : `within ${together.withinMs / 1_000} s`;
      const message = `${what} without ${lacks.join(' and ')}: ${[...came.keys()].join(' and ')} came, and ${lacks.join(' and ')} did not ${when} (${together.place})`;
      return [{ message, call }];
    });
  }

  /** The connection is over: what belongs to no call can find no other part any more. */
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
