/** Finds the rules that match a message, with the stored values of its call. */
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

  /** The first matching rule, and further ones while they have `continue`. */
  fitting(document: unknown): Rule[] {
    const found: Rule[] = [];
    for (const rule of this.#receive) {
      if (!holds(rule.when, document, this.scope(rule, document))) continue;
      found.push(rule);
      if (!rule.continues) break;
    }
    return found;
  }

  /** The scope for the conditions and takes of a rule. `element` is what `@` refers to. */
  scope(rule: Rule, document: unknown, element: unknown = document): Scope {
    return this.#memory.scope(() => {
      const { wire, from } = idsTaken(rule.take, document, this.#memory.scope(null), element);
      return this.#memory.callAbout(rule.means, wire, from);
    });
  }
}
