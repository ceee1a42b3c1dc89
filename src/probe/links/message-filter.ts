/** Applies message faults at a device's transport: every outgoing and incoming message passes here. */
import type { Message, MessageVerdict } from '../../faults/message/message-fault.js';
import type { Millis } from '../../protocol/machine.js';

/** An active fault. Called for every message in turn; null passes it to the next. */
export interface MessageRule {
  /** `n` is the number of the message's event, if it is already published. */
  judge(message: Message, n: number | null): MessageVerdict | null;
}

interface Held {
  readonly rule: MessageRule;
  readonly dir: Message['dir'];
  /** How many messages have yet to overtake it; null: until its rule is removed. */
  behind: number | null;
  readonly timer: NodeJS.Timeout | null;
  readonly release: () => void;
}

/** A message that waits for its turn behind one that is late. */
interface Queued {
  isReady: boolean;
  readonly deliver: () => void;
}

export class MessageFilter {
  readonly #isInOrder: boolean;
  /** By direction and connection: what a late message keeps waiting. */
  readonly #queues = new Map<string, Queued[]>();
  readonly #rules: MessageRule[] = [];
  readonly #held = new Set<Held>();
  readonly #timers = new Set<NodeJS.Timeout>();

  /** `isInOrder`: a message that is late keeps those behind it waiting, as TCP does. */
  constructor(isInOrder = false) {
    this.#isInOrder = isInOrder;
  }

  /** Adds a rule behind the existing ones; the first rule that does not pass a message decides. The result removes the rule. */
  add(rule: MessageRule): () => void {
    this.#rules.push(rule);
    return () => {
      const index = this.#rules.indexOf(rule);
      if (index >= 0) this.#rules.splice(index, 1);
      for (const held of [...this.#held]) if (held.rule === rule) held.release();
    };
  }

  /** Whether it has no rules, so that messages need not be read. */
  get isIdle(): boolean {
    return this.#rules.length === 0 && this.#held.size === 0 && this.#queues.size === 0;
  }

  /** Whether a message is on its way that a fault made late. */
  get isDelaying(): boolean {
    return this.#timers.size > 0;
  }

  /** Passes a message of a connection to `deliver`: now, later, several times, changed, or not at all. */
  pass(message: Message, n: number | null, conn: number | string, deliver: (text: string) => void): void {
    const { dir, text } = message;
    const inTurn = this.#turnsOf(`${dir} ${conn}`, deliver);
    for (const rule of this.#rules) {
      const verdict = rule.judge(message, n);
      if (verdict !== null && verdict.do !== 'pass') return this.#carryOut(rule, verdict, message, inTurn);
    }
    this.#deliver(dir, text, inTurn(true));
  }

  /**
   * Gives each message of a lane its turn: what the result returns may be called at any time, and delivers once all earlier ones
   * that take turns are delivered. One that takes no turn (`false`) passes the others.
   */
  #turnsOf(lane: string, deliver: (text: string) => void): (takesTurn: boolean) => (text: string) => void {
    return (takesTurn) => {
      if (!this.#isInOrder || !takesTurn) return deliver;
      const queue = this.#queues.get(lane) ?? [];
      this.#queues.set(lane, queue);
      let text = '';
      const queued: Queued = { isReady: false, deliver: () => deliver(text) };
      queue.push(queued);
      return (final) => {
        text = final;
        queued.isReady = true;
        while (queue[0]?.isReady === true) queue.shift()?.deliver();
        if (queue.length === 0) this.#queues.delete(lane);
      };
    };
  }

  /** Drops all waiting messages. */
  stop(): void {
    for (const timer of this.#timers) clearTimeout(timer);
    for (const { timer } of this.#held) if (timer !== null) clearTimeout(timer);
    this.#rules.length = 0;
    this.#held.clear();
    this.#queues.clear();
  }

  #carryOut(
    rule: MessageRule,
    verdict: Exclude<MessageVerdict, { do: 'pass' }>,
    { dir, text }: Message,
    inTurn: (takesTurn: boolean) => (text: string) => void,
  ): void {
    switch (verdict.do) {
      case 'drop':
        return;
      case 'deliver': {
        const changed = verdict.text ?? text;
        for (const [copy, ms] of verdict.afterMs.entries()) {
          // Copies are sent by themselves: only the message keeps others waiting.
          const deliver = inTurn(copy === 0);
          if (ms > 0) this.#later(ms, () => this.#deliver(dir, changed, deliver));
          else this.#deliver(dir, changed, deliver);
        }
        return;
      }
      case 'hold': {
        const deliver = inTurn(verdict.behind === null);
        const release = (): void => {
          if (!this.#held.delete(held)) return;
          if (held.timer !== null) clearTimeout(held.timer);
          deliver(text);
        };
        const timer = verdict.msMax === null ? null : setTimeout(release, verdict.msMax);
        const held: Held = { rule, dir, behind: verdict.behind, timer, release };
        this.#held.add(held);
      }
    }
  }

  #deliver(dir: Message['dir'], text: string, deliver: (text: string) => void): void {
    deliver(text);
    this.#overtaken(dir);
  }

  #overtaken(dir: Message['dir']): void {
    for (const held of [...this.#held]) {
      if (held.dir !== dir || held.behind === null) continue;
      held.behind -= 1;
      if (held.behind <= 0) held.release();
    }
  }

  #later(ms: Millis, then: () => void): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      then();
    }, ms);
    this.#timers.add(timer);
  }
}
