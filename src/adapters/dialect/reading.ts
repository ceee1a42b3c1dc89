/** Reads the messages of one device of a dialect: what each means, on its own or with earlier parts, and how the trace names it. */
import type { HttpResponse, Reading } from '../../probe/adapter/port.js';
import type { Decoded } from './codec.js';
import { holds } from './condition.js';
import type { Dialect, Rule, ScriptStep } from './dialect.js';
import { type Meant, meaningOf, type SessionCall } from './meaning.js';
import type { Memory } from './memory.js';
import type { Parts } from './parts.js';
import { all, at } from './path.js';
import type { Rules } from './rules.js';
import type { Open, Scripts } from './scripts.js';
import { idIn, type Taken, take } from './taking.js';
import { clean } from './words.js';

/** The meaning of a message, with its own values and those of earlier parts. */
interface Understood {
  readonly meant: Meant;
  readonly means: Rule['means'];
  readonly values: ReadonlyMap<string, unknown>;
  /** The call that was known before it. */
  readonly about: SessionCall | null;
}

type Message = Extract<Decoded, { type: 'message' }>;

/** A message of somebody who is not in the call: an app leaves it alone. */
const NO_MEANING: Meant = {
  ...{ kind: null, key: null, wire: null, from: null, reason: null },
  ...{ carries: [], call: null, isNew: false, heard: [] },
};

export class Reader {
  constructor(
    readonly dialect: Dialect,
    readonly memory: Memory,
    readonly scripts: Scripts,
    readonly parts: Parts,
    readonly rules: Rules,
  ) {}

  /** A message of the application. */
  message({ document, answers }: Message): Reading {
    const name = this.nameOf(document);
    if (this.scripts.greets(document, answers)) return reading('welcome', name, document);
    const [rule] = this.rules.fitting(document);
    if (rule !== undefined) return this.#ruleReading(rule, name, document);
    const open = this.scripts.answered(document, answers);
    if (open !== null) return this.#replyReading(open, name, document);
    if (this.scripts.isBelated(document, answers)) return reading('ack', name, document);
    if (this.scripts.isExpected(document)) return reading('result.ok', name, document);
    const isNoise = answers !== null || this.dialect.ignore.some((one) => holds(one, document, this.memory.scope(null)));
    return reading(`${isNoise ? 'noise' : 'raw'}:${name}`, name, document);
  }

  /** A packet of the transport protocol; `login` are the steps that follow an open connection. */
  packet(decoded: Exclude<Decoded, Message>, login: readonly ScriptStep[]): Reading {
    switch (decoded.type) {
      case 'control':
        return reading(`noise:${decoded.name}`, decoded.name, null);
      case 'joined': {
        const isAll = login.every(({ expect, reply }) => expect === null && reply === null);
        return reading(isAll ? 'welcome' : 'result.ok', 'connect', decoded.document);
      }
      case 'refused':
        return reading('error', 'connect_error', { message: decoded.message });
      case 'left':
        return reading('noise:disconnect', 'disconnect', null);
      case 'unreadable':
        return reading('raw:unreadable', 'unreadable', null);
    }
  }

  /** The answer to a request of an action. */
  answer(id: number, response: HttpResponse): Reading {
    const { status, body } = response;
    const open = this.scripts.asked(id);
    const name = `HTTP ${status}`;
    const frame = { status, body };
    if (open === null) return reading('ack', name, frame);
    const role = this.scripts.answerRole(open, response);
    const { call, what, steps, index } = open.running;
    const isLast = steps.slice(index + 1).every(({ expect, reply }) => expect === null && reply === null);
    if (what === 'log-in' && role === 'result' && isLast) return reading('welcome', name, frame);
    const kind = role === 'result' ? 'result.ok' : 'result.refused';
    return { ...reading(kind, name, frame), key: call?.key ?? null, wire: call?.wire ?? null };
  }

  /** The target's own name of a message. */
  nameOf(document: unknown): string {
    if (typeof document === 'string') return clean(document).slice(0, 24) || 'text';
    const names = this.dialect.messageName.map((path) => at(path, document));
    const name = names.find((one) => typeof one === 'string' || typeof one === 'number');
    return name === undefined ? 'message' : clean(String(name)).slice(0, 64);
  }

  /** The result of a rule: on its own, or together with earlier parts. */
  understood(rule: Rule, { values }: Taken): Understood {
    const own = this.#meaning(rule.means, values);
    const sum = rule.part === null ? null : this.parts.sum(rule.part, values, own.call);
    const about = own.call;
    if (sum === null) return { meant: own, means: rule.means, values, about };
    const { means } = sum.together;
    const meant = this.#meaning(means, sum.values);
    // Each message reports only what it carries itself, so that nothing seems to arrive twice.
    const { carries } = this.#meaning(means, values);
    if (sum.isWhole) return { meant: { ...meant, carries }, means, values: sum.values, about };
    const half: Meant = {
      ...meant,
      call: own.call,
      isNew: false,
      heard: [],
      carries,
      kind: meant.kind === null ? null : `${meant.kind}.part`,
    };
    return { meant: half, means: [], values, about };
  }

  #meaning(means: Rule['means'], values: Taken['values']): Meant {
    const wire = idIn(values, 'call.id');
    const from = idIn(values, 'from');
    if (!means.includes('incoming') && !means.includes('still-ringing') && this.memory.isOfStranger(wire, from))
      return NO_MEANING;
    return meaningOf({ means }, values, {
      wire,
      from,
      call: this.memory.callAbout(means, wire, from),
      offers: this.dialect.media?.offers ?? 'caller',
      areIdsShared: this.dialect.callId.scope === 'server',
      keyFor: (id) => this.memory.keyFor(id),
      userAt: (address) => this.memory.agent.userAt(address),
    });
  }

  #ruleReading(rule: Rule, name: string, document: unknown): Reading {
    const [element] = elementsOf(rule, document);
    const { meant } = this.understood(rule, take(rule.take, document, this.rules.scope(rule, document, element), element));
    const { kind, key, wire, from, reason, carries } = meant;
    return { kind: kind ?? `noise:${name}`, name, key, wire, from, reason, frame: document, carries };
  }

  #replyReading(open: Open, name: string, document: unknown): Reading {
    const kind = { result: 'result.ok', error: 'result.refused', receipt: 'ack' }[this.scripts.roleOf(open, document)];
    const { call } = open.running;
    return { ...reading(kind, name, document), key: call?.key ?? null, wire: call?.wire ?? null };
  }
}

function reading(kind: string, name: string, frame: unknown): Reading {
  return { kind, name, key: null, wire: null, from: null, reason: null, frame, carries: [] };
}

/** The elements for a rule with `each`: a list, or all matches of its path. */
export function elementsOf({ each }: Rule, document: unknown): readonly unknown[] {
  if (each === null) return [document];
  const found = all(each, document);
  return found.length === 1 && Array.isArray(found[0]) ? found[0] : found;
}
