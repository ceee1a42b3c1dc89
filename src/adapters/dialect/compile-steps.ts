/** Compiles the steps of log-ins and actions from YAML: what to send, to wait for, and to store. */
import type * as z from 'zod';
import { type Path, quote, type Report } from '../../scenarios/language/problem.js';
import { isPlainMap, kindOf } from '../../scenarios/language/tree.js';
import { checked } from './checked.js';
import type { ActionRequest, ExpectSpec, ReplySpec, ScriptStep } from './dialect.js';
import type { Pieces } from './pieces.js';
import { requestName } from './requests.js';
import { actionSchema, type DialectAction, HTTP_KEYS, stepSchema } from './schema.js';

type Step = z.infer<typeof stepSchema>;

const REPLY_MS = 5_000;
const EXPECT_MS = 5_000;

export interface StepsGround {
  readonly pieces: Pieces;
  readonly report: Report;
  readonly isSocketIo: boolean;
  /** The dialect's defaults for all transactions; undefined without any. */
  readonly transactions: { readonly within?: number | undefined } | undefined;
}

/** Reads steps. Problems are reported with their places. */
export class Steps {
  readonly #pieces: Pieces;
  readonly #report: Report;
  readonly #isSocketIo: boolean;
  readonly #transactions: StepsGround['transactions'];

  constructor({ pieces, report, isSocketIo, transactions }: StepsGround) {
    this.#pieces = pieces;
    this.#report = report;
    this.#isSocketIo = isSocketIo;
    this.#transactions = transactions;
  }

  /** The steps of an action; null if it does not exist. */
  action(name: DialectAction, written: Readonly<Record<string, unknown>>, base: Path, seen: Set<string>): ScriptStep[] | null {
    if (!(name in written)) return null;
    const path = [...base, 'actions', name];
    const read = actionSchema.safeParse(written[name]);
    if (!read.success) {
      const what = isPlainMap(written[name])
        ? `a map with ${Object.keys(written[name]).slice(0, 3).map(quote).join(', ')}`
        : kindOf(written[name]);
      this.#report(
        path,
        'value',
        `an action is a list of steps, { like: action } or { none: why }, not ${what}`,
        'begin each step with "- "',
      );
      return null;
    }
    const action = read.data;
    if (Array.isArray(action)) return this.script(action, path);
    if ('none' in action) return null;
    seen.add(name);
    if (seen.has(action.like)) {
      this.#report(path, 'value', `${quote(name)} is like itself`, 'write its steps out');
      return null;
    }
    const steps = this.action(action.like, written, base, seen);
    if (steps === null)
      this.#report(path, 'value', `it is like ${quote(action.like)}, which has no steps`, 'write its steps out');
    return steps;
  }

  /** The steps of a list, in order. */
  script(steps: readonly unknown[], path: Path): ScriptStep[] {
    // A log-in is done with its last reply, an action with its last sent message.
    const isLogIn = path.includes('login') || path.includes('relogin');
    return steps.flatMap((step, index) => this.#step(step, [...path, index], isLogIn || index < steps.length - 1));
  }

  #step(value: unknown, path: Path, hasNext: boolean): ScriptStep[] {
    const step = checked(stepSchema, value, path, this.#report);
    if (step === null) return [];
    const does = ['send', 'emit', 'http', 'expect', 'set', 'disconnect'].filter((key) => key in step);
    if (does.length !== 1) {
      const message =
        does.length === 0
          ? 'a step that does nothing'
          : `a step does one thing, and this one has ${does.map(quote).join(' and ')}`;
      this.#report(path, 'key', message, 'write one of send, emit, http, expect, set or disconnect');
      return [];
    }
    const { emit, args, reply, expect, set = {} } = step;
    const http = this.#request(step, path);
    if (http === null) return [];
    if (this.#isSocketIo && 'send' in step)
      this.#report([...path, 'send'], 'key', '"send" with Socket.IO', 'write emit: and the name of the event');
    if (!this.#isSocketIo && emit !== undefined)
      this.#report([...path, 'emit'], 'key', '"emit" without Socket.IO', 'write send:, or connect: { transport: socket.io }');
    const named = Object.entries(set).map(([name, made]) => {
      if (!this.#pieces.isOwnName(name)) this.#pieces.unknownTake(name, [...path, 'set', name]);
      const filled = this.#pieces.template(made, [...path, 'set', name]);
      this.#pieces.names.give(name);
      return [name, filled] as const;
    });
    return [
      {
        only: step.if === undefined ? null : this.#pieces.condition(step.if, [...path, 'if']),
        set: named,
        send:
          emit !== undefined
            ? this.#pieces.event(emit, args ?? [], path)
            : 'send' in step
              ? this.#pieces.message(step.send, [...path, 'send'])
              : null,
        http: http.request,
        reply:
          http.request !== null
            ? this.#answer(http.request, step, path, hasNext)
            : reply === undefined
              ? null
              : this.#reply(reply, [...path, 'reply'], hasNext),
        expect: expect === undefined ? null : this.#expect(expect, [...path, 'expect']),
        disconnects: step.disconnect === true,
        place: this.#pieces.place(path),
      },
    ];
  }

  /** The request of a step, or none; null after a report. */
  #request(step: Step, path: Path): { readonly request: ActionRequest | null } | null {
    const { http, url } = step;
    const [stray] = HTTP_KEYS.filter((key) => key in step);
    if (http === undefined) {
      if (stray === undefined) return { request: null };
      this.#report([...path, stray], 'key', `${quote(stray)} without "http"`, 'write http: POST and url: ...');
      return null;
    }
    if (url === undefined) {
      this.#report(path, 'key', 'missing key "url"', 'write url: "${target.http}/calls"');
      return null;
    }
    const made = this.#pieces.request({ ...step, http, url }, path);
    return { request: { ...made, name: requestName(http, made.url.template) } };
  }

  /** The reply of a request is its answer: `take` and `error` may stand beside it, as in "before". */
  #answer({ take, place }: ActionRequest, { reply = {}, error }: Step, path: Path, hasNext: boolean): ReplySpec {
    const at = [...path, 'reply'];
    const { ok } = reply;
    if (error !== undefined && reply.error !== undefined)
      this.#report([...at, 'error'], 'key', 'a second "error"', 'keep one of the two');
    const which = error ?? reply.error;
    return {
      withinMs: reply.within ?? this.#transactions?.within ?? REPLY_MS,
      ok: ok?.when === undefined ? null : this.#pieces.condition(ok.when, [...at, 'ok', 'when']),
      take: [...take, ...this.#pieces.takes(ok?.take ?? {}, [...at, 'ok', 'take'])],
      error: which === undefined ? null : this.#pieces.error(which, error === undefined ? [...at, 'error'] : [...path, 'error']),
      waits: reply.wait ?? hasNext,
      place,
    };
  }

  #reply(reply: NonNullable<Step['reply']>, path: Path, hasNext: boolean): ReplySpec {
    if (!this.#isSocketIo && this.#transactions === undefined) {
      this.#report(
        path,
        'key',
        'a reply without "transactions"',
        'add transactions: { path: $.id }, the place of the message id in a reply',
      );
    }
    const { ok, error } = reply;
    if (error !== undefined && error.when === undefined)
      this.#report([...path, 'error'], 'key', 'missing key "when"', 'write when: { $.ok: false }');
    return {
      withinMs: reply.within ?? this.#transactions?.within ?? REPLY_MS,
      ok: ok?.when === undefined ? null : this.#pieces.condition(ok.when, [...path, 'ok', 'when']),
      take: this.#pieces.takes(ok?.take ?? {}, [...path, 'ok', 'take']),
      error: error === undefined ? null : this.#pieces.error(error, [...path, 'error']),
      waits: reply.wait ?? hasNext,
      place: this.#pieces.place(path),
    };
  }

  #expect(expect: NonNullable<z.infer<typeof stepSchema>['expect']>, path: Path): ExpectSpec {
    return {
      when: this.#pieces.condition(expect.when, [...path, 'when']),
      take: this.#pieces.takes(expect.take ?? {}, [...path, 'take']),
      withinMs: expect.within ?? EXPECT_MS,
      error: expect.error === undefined ? null : this.#pieces.error(expect.error, [...path, 'error']),
      place: this.#pieces.place(path),
    };
  }
}
