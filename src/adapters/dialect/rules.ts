/** Which rules a message fits, with what is remembered of the call that it is about. */
import { holds } from './condition.js';
import type { Rule } from './dialect.js';
import type { Memory } from './memory.js';
import { idsTaken } from './taking.js';
import type { Scope } from './template.js';

export class Rules {
  readonly #receive: readonly Rule[];
  readonly #memory: Memory;

  constructor(receive: readonly Rule[], memory: Memory) {
    this.#receive = receive;
    this.#memory = memory;
  }

  /** The first rule that fits, and further ones for as long as they let others look as well. */
  fitting(document: unknown): Rule[] {
    const found: Rule[] = [];
    for (const rule of this.#receive) {
      if (!holds(rule.when, document, this.scope(rule, document))) continue;
      found.push(rule);
      if (!rule.continues) break;
    }
    return found;
  }

  /** What the conditions and takes of a rule are filled in from. `element` is what `@` means. */
  scope(rule: Rule, document: unknown, element: unknown = document): Scope {
    return this.#memory.scope(() => {
      const { wire, from } = idsTaken(rule.take, document, this.#memory.scope(null), element);
      return this.#memory.callOf(wire, from);
    });
  }
}
