/** The commands of a device that have no result yet, and until when they may wait for it. */

import type { CommandName } from '../protocol/call.js';
import type { Deadlines } from '../protocol/deadlines.js';
import type { Wire } from '../protocol/frames.js';
import type { Millis } from '../protocol/machine.js';
import type { SessionState } from '../protocol/session.js';

export interface Command {
  readonly op: CommandName;
  readonly call: string;
  readonly dueAt: Millis;
}

type Outbox = SessionState<Wire>['outbox'];

const KEY = 'command:';

export class Commands {
  readonly #waitMs: Millis;
  readonly #deadlines: Deadlines;
  readonly #open = new Map<string, Command>();

  /** Shares the deadlines of its agent, under keys that begin with `command:`. */
  constructor(waitMs: Millis, deadlines: Deadlines) {
    this.#waitMs = waitMs;
    this.#deadlines = deadlines;
  }

  get size(): number {
    return this.#open.size;
  }

  /** Ids and commands, oldest first. */
  entries(): [string, Command][] {
    return [...this.#open];
  }

  add(id: string, op: CommandName, call: string, now: Millis): void {
    const dueAt = now + this.#waitMs;
    this.#open.set(id, { op, call, dueAt });
    this.#deadlines.set(`${KEY}${id}`, dueAt);
  }

  /** Takes a command out: it has its result, or will never have one. */
  settle(id: string): Command | undefined {
    const command = this.#open.get(id);
    this.#open.delete(id);
    this.#deadlines.clear(`${KEY}${id}`);
    return command;
  }

  /** The command whose time is up, when the key is that of one. */
  due(key: string): Command | undefined {
    return key.startsWith(KEY) ? this.#open.get(key.slice(KEY.length)) : undefined;
  }

  /**
   * The session is gone. Of what it had not got through, `outbox`, the next one delivers all but the commands of calls
   * whose invitation the user gave up on: they may have been calls that the server has forgotten. What is neither in the
   * outbox nor has a result is `lost`: it is settled.
   */
  startOver(outbox: Outbox, now: Millis): { readonly outbox: Outbox; readonly lost: readonly Command[] } {
    const givenUp = new Set(
      [...this.#open.values()].flatMap(({ op, call, dueAt }) => (op === 'invite' && dueAt <= now ? call : [])),
    );
    const isStale = (id: string): boolean => givenUp.has(this.#open.get(id)?.call ?? '');
    const kept = outbox.filter(({ payload }) => payload.type !== 'command' || !isStale(payload.id));
    const unsent = new Set(kept.map(({ payload }) => (payload.type === 'command' ? payload.id : null)));
    const lost = this.entries().filter(([id]) => !unsent.has(id));
    for (const [id] of lost) this.settle(id);
    return { outbox: kept, lost: lost.map(([, command]) => command) };
  }
}
