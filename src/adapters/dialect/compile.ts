/** Compiles the content of a dialect file: reads each part and reports all problems with their places at once. */

import type * as z from 'zod';
import type { ViewEndReason } from '../../protocol/reasons.js';
import { VIEW_END_REASONS } from '../../protocol/reasons.js';
import { type Path, type Problem, quote, type Report, ScenarioProblems } from '../../scenarios/language/problem.js';
import { inLine, isPlainMap, type Tree } from '../../scenarios/language/tree.js';
import { didYouMean } from '../../scenarios/language/words.js';
import { checked } from './checked.js';
import { Steps } from './compile-steps.js';
import type { Dialect, HttpStep, Part, Role, Rule, ScriptStep, Send, Together } from './dialect.js';
import { checkParts } from './parts-check.js';
import type { ValuePath } from './path.js';
import { Pieces } from './pieces.js';
import { checkRules } from './rules-check.js';
import {
  DIALECT_ACTIONS,
  type DialectAction,
  dialectSchema,
  eventSchema,
  httpSchema,
  MEANINGS,
  type Meaning,
  ruleSchema,
  togetherSchema,
} from './schema.js';
import { traitsOf } from './traits.js';

const REPLY_MS = 5_000;
/** How long the parts of one event may take to arrive. */
const TOGETHER_MS = 5_000;

const ENDS: readonly (Meaning | ViewEndReason)[] = ['ended', ...VIEW_END_REASONS];
/** The order in which the meanings of one message take effect: a call is there before it rings, and its end comes last. */
const MEANINGS_IN_ORDER: readonly (Meaning | ViewEndReason)[] = MEANINGS.flatMap((word) => (word === 'ended' ? ENDS : [word]));

type Raw = z.infer<typeof dialectSchema>;

/** Compiles a tree. Throws ScenarioProblems with everything that is wrong with it. */
export function compileDialect(tree: Tree): Dialect {
  const problems: Problem[] = [...tree.problems];
  const report: Report = (path, at, message, hint = null, kind = 'invalid') => {
    problems.push(tree.problem(kind, path, at, message, hint));
  };
  const raw = checked(dialectSchema, tree.value, [], report);
  if (raw === null) throw new ScenarioProblems(inOrder(problems));
  const dialect = new Compiler(tree, report, raw).dialect();
  if (problems.length > 0) throw new ScenarioProblems(inOrder(problems));
  return dialect;
}

function isTogether(rule: unknown): boolean {
  return isPlainMap(rule) && 'together' in rule;
}

function isNone(action: unknown): action is { readonly none: string } {
  return isPlainMap(action) && typeof action['none'] === 'string';
}

function inOrder(problems: readonly Problem[]): Problem[] {
  return [...problems].sort((a, b) => (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0)).slice(0, 200);
}

class Compiler {
  readonly #pieces: Pieces;
  readonly #steps: Steps;
  readonly #isSocketIo: boolean;

  constructor(
    readonly tree: Tree,
    readonly report: Report,
    readonly raw: Raw,
  ) {
    this.#pieces = new Pieces(tree, report);
    this.#isSocketIo = raw.connect?.transport === 'socket.io';
    const { transactions } = raw;
    this.#steps = new Steps({ pieces: this.#pieces, report, isSocketIo: this.#isSocketIo, transactions });
  }

  dialect(): Dialect {
    const { raw } = this;
    const connect = raw.connect ?? {};
    const agent = Object.entries(raw.agent ?? {}).map(([name, value]) => {
      const made = this.#pieces.template(value, ['agent', name]);
      this.#pieces.names.give(`agent.${name}`);
      return [name, made] as const;
    });
    const common = this.#part(raw, []);
    const roles = this.#roles(raw, common);
    const { transactions } = raw;
    const dialect: Dialect = {
      name: raw.name,
      about: raw.about ?? '',
      file: this.tree.file ?? raw.name,
      transport: connect.transport ?? 'websocket',
      connect: {
        url: connect.url === undefined ? null : this.#pieces.filled(connect.url, ['connect', 'url']),
        path: connect.path ?? null,
        query: this.#pieces.template(connect.query ?? {}, ['connect', 'query']),
        headers: this.#pieces.template(connect.headers ?? {}, ['connect', 'headers']),
        subprotocols: connect.subprotocols ?? [],
        isPolling: this.#isPolling(connect.transports),
        namespace: connect.namespace ?? '/',
        auth: connect.auth === undefined ? null : this.#pieces.template(connect.auth, ['connect', 'auth']),
      },
      agent,
      before: (raw.before ?? []).flatMap((step, index) => this.#before(step, ['before', index])),
      transactions: {
        id: this.#pieces.filled(transactions?.id ?? '${random(12)}', ['transactions', 'id']),
        path: this.#transactionPath(),
        withinMs: transactions?.within ?? REPLY_MS,
        ok:
          transactions?.ok?.when === undefined
            ? null
            : this.#pieces.condition(transactions.ok.when, ['transactions', 'ok', 'when']),
        error: transactions?.error === undefined ? null : this.#pieces.error(transactions.error, ['transactions', 'error']),
      },
      callId: {
        from: raw.calls?.id ?? 'none',
        make: raw.calls?.make === undefined ? null : this.#pieces.filled(raw.calls.make, ['calls', 'make']),
        scope: raw.calls?.scope ?? 'server',
      },
      media: this.#media(raw),
      keepalive: this.#keepalive(raw),
      messageName: this.#messageName(raw),
      common,
      roles,
      ignore: (raw.ignore ?? []).map((one, index) => this.#pieces.condition(one, ['ignore', index])),
      needs: this.#pieces.needs,
      traits: {},
    };
    this.#pieces.names.check(this.report);
    checkParts(raw, this.report);
    checkRules(raw, this.report);
    for (const { name, path } of this.#pieces.names.environment) {
      if (process.env[name] === undefined)
        this.report(
          path,
          'value',
          `the environment has no ${quote(name)}`,
          'set it: secrets come from the environment or from --credentials',
        );
    }
    return { ...dialect, traits: traitsOf(dialect, raw, (path, message, hint) => this.report(path, 'value', message, hint)) };
  }

  /** Each role: its own parts before the common ones, without the verbs that it removes with `none`. */
  #roles({ roles = {} }: Raw, common: Part): Map<string, Role> {
    const owners = new Map<string, string>();
    return new Map(
      Object.entries(roles).map(([role, part]) => {
        const own = this.#part({ actions: {}, receive: [], ...part }, ['roles', role]);
        for (const [index, user] of (part.users ?? []).entries()) {
          const other = owners.get(user);
          if (other !== undefined)
            this.report(
              ['roles', role, 'users', index],
              'value',
              `${quote(user)} is in the role ${quote(other)} already`,
              'a user has one role',
            );
          owners.set(user, role);
        }
        const written: Readonly<Record<string, unknown>> = { ...part.actions };
        const none = new Map(
          DIALECT_ACTIONS.flatMap((name) => (isNone(written[name]) ? [[name, written[name].none] as const] : [])),
        );
        return [
          role,
          {
            users: part.users ?? [],
            group: part.group === undefined ? null : this.#pieces.template(part.group, ['roles', role, 'group']),
            none,
            login: part.login === undefined ? common.login : own.login,
            relogin: own.relogin ?? (part.login === undefined ? common.relogin : null),
            actions: new Map([...common.actions, ...own.actions].filter(([name]) => !none.has(name))),
            receive: [...own.receive, ...common.receive],
            together: [...own.together, ...common.together],
          },
        ] as const;
      }),
    );
  }

  #part(raw: { login?: unknown[]; relogin?: unknown[]; actions?: object; receive?: unknown[] }, base: Path): Part {
    const actions = new Map<DialectAction, readonly ScriptStep[]>();
    const written: Readonly<Record<string, unknown>> = { ...raw.actions };
    for (const name of DIALECT_ACTIONS) {
      const steps = this.#steps.action(name, written, base, new Set());
      if (steps !== null) actions.set(name, steps);
    }
    const receive = raw.receive ?? [];
    return {
      login: this.#steps.script(raw.login ?? [], [...base, 'login']),
      relogin: raw.relogin === undefined ? null : this.#steps.script(raw.relogin, [...base, 'relogin']),
      actions,
      receive: receive.flatMap((rule, index) => (isTogether(rule) ? [] : this.#rule(rule, [...base, 'receive', index]))),
      together: receive.flatMap((rule, index) => (isTogether(rule) ? this.#together(rule, [...base, 'receive', index]) : [])),
    };
  }

  /** The place of the message id in a reply; null with Socket.IO, which has acknowledgements. */
  #transactionPath(): ValuePath | null {
    const { transactions } = this.raw;
    const path = transactions?.path;
    if (path !== undefined) return this.#pieces.path(path, ['transactions', 'path']);
    if (transactions !== undefined && !this.#isSocketIo)
      this.report(['transactions'], 'key', 'no "path"', 'add the place of the message id in a reply, such as path: $.id');
    return null;
  }

  #isPolling(transports: readonly string[] | undefined): boolean {
    if (transports !== undefined && !this.#isSocketIo)
      this.report(['connect', 'transports'], 'key', '"transports" without Socket.IO', 'write transport: socket.io');
    return transports?.includes('polling') === true;
  }

  #messageName({ messageName = this.#isSocketIo ? '$.event' : '$.type' }: Raw): ValuePath[] {
    const written = typeof messageName === 'string' ? [messageName] : messageName;
    const isOne = typeof messageName === 'string';
    return written.flatMap((one, index) => this.#pieces.path(one, isOne ? ['messageName'] : ['messageName', index]) ?? []);
  }

  #rule(value: unknown, path: Path): Rule[] {
    const rule = checked(ruleSchema, value, path, this.report);
    if (rule === null) return [];
    const means = this.#means(rule.means, [...path, 'means']);
    const take = this.#pieces.takes(rule.take ?? {}, [...path, 'take']);
    const takes = (name: string): boolean => take.some((one) => one.name === name);
    if (means.includes('candidate') && !takes('candidate')) {
      this.report(path, 'key', 'a candidate that nothing takes', 'write take: { candidate: $.candidate }');
    }
    if (means.includes('description') && !takes('sdp') && !takes('description')) {
      this.report(path, 'key', 'a description that nothing takes', 'write take: { sdp: $.sdp }');
    }
    if (rule.part !== undefined && means.length > 0)
      this.report([...path, 'means'], 'key', 'a part has no meaning of its own', 'put it in - together: [...] and means: ...');
    if (rule.ack !== undefined && !this.#isSocketIo)
      this.report([...path, 'ack'], 'key', '"ack" without Socket.IO', 'write reply:');
    return [
      {
        when: this.#pieces.condition(rule.when, [...path, 'when']),
        means,
        part: rule.part ?? null,
        take,
        each: rule.each === undefined ? null : this.#pieces.path(rule.each, [...path, 'each']),
        reply: rule.reply === undefined ? null : this.#reply(rule.reply, [...path, 'reply']),
        ack: rule.ack === undefined ? null : rule.ack.map((arg, index) => this.#pieces.template(arg, [...path, 'ack', index])),
        continues: rule.continue === true,
        place: this.#pieces.place(path),
      },
    ];
  }

  /** What a rule sends back: a message, or with Socket.IO an event. */
  #reply(value: unknown, path: Path): Send | null {
    if (!this.#isSocketIo) return this.#pieces.message(value, path);
    const reply = checked(eventSchema, value, path, this.report);
    return reply === null ? null : this.#pieces.event(reply.emit, reply.args ?? [], path);
  }

  #together(value: unknown, path: Path): Together[] {
    const whole = checked(togetherSchema, value, path, this.report);
    if (whole === null) return [];
    const means = this.#means(whole.means, [...path, 'means']);
    if (means.length === 0) this.report(path, 'key', 'parts without a meaning', 'write means: accepted');
    return [{ parts: whole.together, means, withinMs: whole.within ?? TOGETHER_MS, place: this.#pieces.place(path) }];
  }

  #means(value: unknown, path: Path): (Meaning | ViewEndReason)[] {
    const words: unknown[] = value === undefined ? [] : Array.isArray(value) ? value : [value];
    const found = words.flatMap((word, index) => {
      const known = MEANINGS_IN_ORDER.find((one) => one === word);
      if (known !== undefined) return [known];
      const where = Array.isArray(value) ? [...path, index] : path;
      this.report(where, 'value', `unknown meaning ${quote(inLine(word))}`, didYouMean(inLine(word), MEANINGS_IN_ORDER));
      return [];
    });
    const ends = found.filter((word) => ENDS.includes(word));
    if (ends.length > 1)
      this.report(path, 'value', `one message ends a call once, not by ${ends.map(quote).join(' and ')}`, 'keep one of them');
    // Their order in the file means nothing.
    return MEANINGS_IN_ORDER.filter((word) => found.includes(word));
  }

  #before(value: unknown, path: Path): HttpStep[] {
    const step = checked(httpSchema, value, path, this.report);
    if (step === null) return [];
    for (const name of Object.keys(step.take ?? {}))
      if (!/^(agent|connection)\./.test(name))
        this.report(
          [...path, 'take', name],
          'key',
          `${quote(name)} cannot be stored before there is a connection`,
          'write connection.name, or agent.name; agent.id is the name for others to call',
        );
    return [this.#pieces.request(step, path)];
  }

  #media({ media }: Raw): Dialect['media'] {
    if (media === 'none') return null;
    const { offers = 'caller', when = 'call', candidates = 'trickle' } = media ?? {};
    const { relay = offers === 'both' ? 'own' : 'as-is' } = media ?? {};
    if (offers === 'both' && relay === 'as-is')
      this.report(
        ['media', 'relay'],
        'value',
        'each side offers to the server, which then relays nothing as it is',
        'write relay: own',
      );
    if (offers === 'callee' && when === 'call') {
      this.report(
        ['media', 'when'],
        'value',
        'the callee offers, which is not possible with the call',
        'write when: accept or when: connected',
      );
    }
    return { offers, when, candidates, relay };
  }

  #keepalive({ keepalive }: Raw): Dialect['keepalive'] {
    if (keepalive === undefined) return null;
    const { every, emit, args = [] } = keepalive;
    const send =
      emit === undefined
        ? this.#pieces.message(keepalive.send, ['keepalive', 'send'])
        : this.#pieces.event(emit, args, ['keepalive']);
    return { everyMs: every, send };
  }
}
