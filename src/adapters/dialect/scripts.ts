/** Running steps of log-ins and actions: what is sent, what is awaited, and the result. */
import type { HttpResponse, Outgoing, SessionEffect } from '../../probe/adapter/port.js';
import { refusalText } from '../../probe/adapter/refusal-text.js';
import type { Millis } from '../../protocol/machine.js';
import { conditionText, holds } from './condition.js';
import type { ActionRequest, Dialect, ErrorReply, ScriptStep, Send } from './dialect.js';
import { OUTGOING_KIND } from './kinds.js';
import type { SessionCall } from './meaning.js';
import type { Locals, Memory } from './memory.js';
import { at } from './path.js';
import { answerRole, refusalIn } from './requests.js';
import { NoValue, required } from './required.js';
import type { DialectAction } from './schema.js';
import { take } from './taking.js';
import { fill } from './template.js';
import { clean } from './words.js';

/** Maximum number of completed transactions to keep. */
const DONE_MAX = 64;

/** A log-in, or one action. */
export interface Running {
  readonly what: 'log-in' | DialectAction;
  readonly steps: readonly ScriptStep[];
  readonly call: SessionCall | null;
  readonly locals: Locals;
  readonly carries: Outgoing['carries'];
  index: number;
  /** Until when it waits for the message of its current step; null if it does not wait. */
  until: Millis | null;
}

/** A transaction without its result. */
export interface Open {
  readonly tx: string;
  readonly running: Running;
  readonly step: ScriptStep;
  readonly until: Millis;
  readonly waits: boolean;
}

/** The role of a reply in its transaction: the result, an error, or a receipt before or after the result. */
export type ReplyRole = 'result' | 'error' | 'receipt';

/** Writes a message; `tx` if a reply is expected. */
export type Write = (
  send: Send,
  kind: string,
  call: SessionCall | null,
  locals: Locals,
  carries: Outgoing['carries'],
  tx: string | null,
) => void;

/** Sends a request; `id` names its answer. */
export type Ask = (
  id: number,
  http: ActionRequest,
  kind: string,
  call: SessionCall | null,
  locals: Locals,
  carries: Outgoing['carries'],
) => void;

export class Scripts {
  #requests = 0;
  #running: Running[] = [];
  #open: Open[] = [];
  #acks = 0;
  /** Completed transactions, for which a receipt may still arrive. */
  #done: string[] = [];
  /** Names of the messages since the connection opened, for the sentence about a missing one. */
  readonly #seen = new Set<string>();
  /** The first error that arrived since the connection opened, in the server's words. */
  #refusal: string | null = null;

  constructor(
    readonly dialect: Dialect,
    readonly memory: Memory,
    readonly write: Write,
    readonly ask: Ask,
    readonly emit: (effect: SessionEffect) => void,
    readonly loggedIn: (now: Millis) => void,
  ) {}

  get logIn(): Running | null {
    return this.#running.find(({ what }) => what === 'log-in') ?? null;
  }

  get isBusy(): boolean {
    return this.#open.length > 0 || this.#running.length > 0;
  }

  /** Whether a call waits for an answer that may have its id. */
  isCalling(call: SessionCall): boolean {
    return (
      this.#open.some(({ running, waits }) => running.call === call && running.what === 'call' && !waits) ||
      this.#running.some((running) => running.call === call && running.what === 'call')
    );
  }

  get deadlines(): Millis[] {
    return [...this.#running.map(({ until }) => until), ...this.#open.map(({ until }) => until)].filter(
      (until) => until !== null,
    );
  }

  /** The connection is another one: what waits for a message waits in vain, and what waits for the answer to a request goes on. */
  reset(): void {
    this.#open = this.#open.filter(({ step, running }) => step.http !== null && running.what !== 'log-in');
    this.#running = this.#running.filter((running) => this.#open.some((open) => open.waits && open.running === running));
    this.#seen.clear();
    this.#refusal = null;
  }

  start(
    what: Running['what'],
    steps: readonly ScriptStep[],
    call: SessionCall | null,
    locals: Locals,
    carries: Outgoing['carries'],
    now: Millis,
  ): void {
    const running: Running = { what, steps, call, locals, carries, index: -1, until: null };
    this.#running.push(running);
    this.#advance(running, now);
  }

  /** A message arrived: finds the replies and waiting steps for it. */
  take(document: unknown, answers: number | null, name: string, now: Millis): void {
    if (this.#seen.size < 6) this.#seen.add(name);
    this.#refusal ??= refusalText(name, document);
    const open = this.answered(document, answers);
    if (open !== null) this.#reply(open, document, now);
    for (const running of [...this.#running]) this.#expected(running, document, now);
  }

  /** The open transaction that a message belongs to; null for none. */
  answered(document: unknown, answers: number | null): Open | null {
    const said = this.#transactionIn(document, answers);
    return said === undefined ? null : (this.#open.find(({ tx }) => tx === String(said)) ?? null);
  }

  roleOf({ step, running }: Open, document: unknown): ReplyRole {
    const scope = this.memory.scope(running.call, running.locals);
    const error = this.#errorOf(step);
    if (error !== null && holds(error.when, document, scope)) return 'error';
    const ok = step.reply?.ok ?? this.dialect.transactions.ok;
    return ok === null || holds(ok, document, scope) ? 'result' : 'receipt';
  }

  /** Whether a step waits for this message. */
  isExpected(document: unknown, running: Running | null = null): boolean {
    const waiting = running === null ? this.#running : [running];
    return waiting.some((one) => {
      const expect = one.until === null ? null : (one.steps[one.index]?.expect ?? null);
      return expect !== null && holds(expect.when, document, this.memory.scope(one.call, one.locals));
    });
  }

  /** Whether this message completes the log-in. */
  greets(document: unknown, answers: number | null): boolean {
    const { logIn } = this;
    if (logIn === null) return false;
    const isLast = logIn.steps.slice(logIn.index + 1).every(({ expect, reply }) => expect === null && reply === null);
    if (!isLast) return false;
    if (this.isExpected(document, logIn)) return true;
    const open = this.answered(document, answers);
    return open !== null && open.running === logIn && this.roleOf(open, document) === 'result';
  }

  failLogIn(message: string): void {
    const { logIn } = this;
    if (logIn !== null) this.#drop(logIn);
    this.emit({ type: 'login-failed', message });
  }

  /** Ends overdue steps. */
  tick(now: Millis): void {
    for (const open of this.#open.filter(({ until }) => until <= now)) {
      this.#close(open);
      const { running, step } = open;
      const left = open.waits ? leftOut(running) : '';
      if (open.waits) this.#drop(running);
      this.#overdue(
        running,
        `no reply to "${running.what}" within ${(step.reply?.withinMs ?? 0) / 1_000} s (${step.place})`,
        left,
      );
    }
    for (const running of this.#running.filter(({ until }) => until !== null && until <= now)) {
      const step = running.steps[running.index];
      const left = leftOut(running);
      this.#drop(running);
      if (step?.expect == null) continue;
      const { when, withinMs } = step.expect;
      this.#overdue(running, `no message with ${conditionText(when)} arrived within ${withinMs / 1_000} s (${step.place})`, left);
    }
  }

  #overdue({ what, call }: Running, sentence: string, left: string): void {
    const instead = this.#seen.size === 0 ? 'no message arrived' : `received: ${[...this.#seen].join(', ')}`;
    const answer = this.#refusal === null ? 'the server never answered the log-in' : `the server answered "${this.#refusal}"`;
    if (what === 'log-in') this.emit({ type: 'login-failed', message: `${answer}: ${sentence}; ${instead}` });
    else this.emit({ type: 'violation', code: 'no-reply', message: `${what}: ${sentence}${left}`, key: call?.key ?? null });
  }

  #reply(open: Open, document: unknown, now: Millis): void {
    const role = this.roleOf(open, document);
    if (role === 'receipt') return;
    this.#close(open);
    const { step, running } = open;
    const error = this.#errorOf(step);
    if (role === 'error' && error !== null) return this.#refused(running, refusalOf(error, document), step.place, open.waits);
    this.memory.remember(take(step.reply?.take ?? [], document, this.memory.scope(running.call, running.locals)), running.call);
    if (open.waits) this.#advance(running, now);
  }

  #expected(running: Running, document: unknown, now: Millis): void {
    const step = running.steps[running.index];
    if (step?.expect == null || running.until === null) return;
    const { expect } = step;
    const scope = this.memory.scope(running.call, running.locals);
    if (holds(expect.when, document, scope)) {
      this.memory.remember(take(expect.take, document, scope), running.call);
      this.#advance(running, now);
    } else if (expect.error !== null && holds(expect.error.when, document, scope))
      this.#refused(running, refusalOf(expect.error, document), step.place, true);
  }

  /** The step that asked for an answer; null if it does not wait any more. */
  asked(id: number): Open | null {
    return this.#open.find(({ tx }) => tx === requestTx(id)) ?? null;
  }

  /** The role of an answer for the step that asked for it. */
  answerRole({ step, running }: Open, answer: HttpResponse): 'result' | 'error' {
    return answerRole(step, answer, this.memory.scope(running.call, running.locals));
  }

  /** The answer to a request, or why there is none. */
  respond(id: number, answer: HttpResponse | null, why: string | null, now: Millis): void {
    const open = this.asked(id);
    if (open === null) return;
    this.#close(open);
    const { step, running } = open;
    if (answer === null) {
      const left = open.waits ? leftOut(running) : '';
      if (open.waits) this.#drop(running);
      return this.#overdue(running, `${why ?? 'no answer'} (${step.place})`, left);
    }
    if (this.answerRole(open, answer) === 'error') {
      const error = step.reply?.error ?? null;
      const { code, words } = refusalIn(error, answer);
      return this.#refused(running, { code, words, ends: error?.ends ?? new Map() }, step.place, open.waits);
    }
    this.memory.remember(take(step.reply?.take ?? [], answer, this.memory.scope(running.call, running.locals)), running.call);
    if (open.waits) this.#advance(running, now);
  }

  #errorOf(step: ScriptStep): ErrorReply | null {
    return step.reply?.error ?? this.dialect.transactions.error;
  }

  /** A step got an error reply: the log-in fails, or the call ends. An app that waited for the reply does nothing further. */
  #refused(running: Running, { code, words, ends }: Refusal, place: string, hasWaited: boolean): void {
    const { what, call } = running;
    const endsCall = (what === 'call' || what === 'accept') && call !== null;
    const isOver = hasWaited || endsCall || what === 'log-in';
    const left = isOver ? leftOut(running) : '';
    if (isOver) this.#drop(running);
    const said = words === '' ? 'without a reason' : words;
    if (what === 'log-in')
      return this.emit({ type: 'login-failed', message: `the server refused the log-in: ${said} (${place})` });
    this.emit({
      type: 'violation',
      code: 'refused',
      message: `the server refused "${what}": ${said} (${place})${left}`,
      key: call?.key ?? null,
    });
    if (!endsCall) return;
    call.isLive = false;
    const reason = ends.get(code) ?? ends.get('default') ?? 'server-error';
    this.emit({ type: 'heard', heard: { event: 'ended', key: call.key, reason } });
  }

  /** Whether a message belongs to a completed transaction. */
  isBelated(document: unknown, answers: number | null): boolean {
    const said = this.#transactionIn(document, answers);
    return said !== undefined && this.#done.includes(String(said));
  }

  #transactionIn(document: unknown, answers: number | null): unknown {
    const { path } = this.dialect.transactions;
    return answers ?? (path === null ? undefined : at(path, document));
  }

  #close(open: Open): void {
    this.#done = [...this.#done.slice(1 - DONE_MAX), open.tx];
    this.#open = this.#open.filter((one) => one !== open);
  }

  #drop(running: Running): void {
    this.#running = this.#running.filter((one) => one !== running);
    this.#open = this.#open.filter((one) => one.running !== running);
  }

  /** Runs the next steps, up to one that waits. */
  #advance(running: Running, now: Millis): void {
    running.until = null;
    for (running.index++; running.index < running.steps.length; running.index++) {
      const step = running.steps[running.index];
      if (step === undefined) break;
      if (step.only !== null && !holds(step.only, {}, this.memory.scope(running.call, running.locals))) continue;
      try {
        if (this.#step(running, step, now)) return;
      } catch (error) {
        if (!(error instanceof NoValue)) throw error;
        this.#drop(running);
        if (running.what === 'log-in') return this.emit({ type: 'login-failed', message: error.message });
        return this.memory.lacks(error, running.call);
      }
    }
    this.#running = this.#running.filter((one) => one !== running);
    if (running.what === 'log-in') this.loggedIn(now);
  }

  /** Runs one step; returns whether it waits. */
  #step(running: Running, step: ScriptStep, now: Millis): boolean {
    const { call } = running;
    for (const [name, value] of step.set) {
      const made = fill(value, this.memory.scope(call, running.locals));
      if (made !== undefined) this.memory.remember({ values: new Map([[name, made]]), missing: [] }, call);
    }
    if (step.disconnects) this.emit({ type: 'close' });
    if (step.send !== null) {
      const isLast = isLastMessage(running);
      const { reply } = step;
      const tx = this.#transactionId(reply !== null);
      const locals = new Map([...running.locals, ['tx', tx] as const]);
      this.write(step.send, kindOf(running, isLast), call, locals, running.carries, reply === null ? null : String(tx));
      if (reply !== null) {
        this.#open.push({ tx: String(tx), running, step, until: now + reply.withinMs, waits: reply.waits });
        if (reply.waits) return true;
      }
    }
    if (step.http !== null && step.reply !== null) {
      const { reply } = step;
      const id = ++this.#requests;
      this.ask(id, step.http, kindOf(running, isLastMessage(running)), call, running.locals, running.carries);
      this.#open.push({ tx: requestTx(id), running, step, until: now + reply.withinMs, waits: reply.waits });
      if (reply.waits) return true;
    }
    if (step.expect === null) return false;
    running.until = now + step.expect.withinMs;
    return true;
  }

  /** An id for a message that a reply may refer to; Socket.IO numbers those that expect one. */
  #transactionId(isAsked: boolean): unknown {
    if (this.dialect.transport === 'socket.io') return isAsked ? this.#acks++ : '';
    return required(this.dialect.transactions.id, this.memory.scope(null));
  }
}

/** What the server said against a step, and the end reasons for its codes. */
interface Refusal {
  readonly code: string;
  readonly words: string;
  readonly ends: ErrorReply['ends'];
}

function refusalOf({ code, text, ends }: ErrorReply, document: unknown): Refusal {
  const said = [code, text].map((path) => (path === null ? undefined : at(path, document)));
  const words = said.filter((part) => part !== undefined).map(String);
  return { code: String(said[0]), words: clean(words.join(' ')), ends };
}

const requestTx = (id: number): string => `http ${id}`;

function isLastMessage({ steps, index }: Running): boolean {
  return !steps.slice(index + 1).some(({ send, http }) => send !== null || http !== null);
}

/** The steps of an action that its app does not run any more, for a sentence; empty without any. */
function leftOut({ what, steps, index }: Running): string {
  const count = what === 'log-in' ? 0 : Math.max(0, steps.length - index - 1);
  return count === 0 ? '' : `; ${count === 1 ? 'the step after it was' : `the ${count} steps after it were`} not run`;
}

/** The last message of an action has its kind; earlier ones are partial messages. */
function kindOf({ what, locals }: Running, isLast: boolean): string {
  if (what === 'log-in') return 'hello';
  const description = locals.get('description');
  const isAnswer =
    typeof description === 'object' && description !== null && 'type' in description && description.type === 'answer';
  const kind = what === 'describe' ? `signal.${isAnswer ? 'answer' : 'offer'}` : (OUTGOING_KIND[what][0] ?? what);
  return isLast ? kind : `${kind}.part`;
}
