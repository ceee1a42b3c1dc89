/** The hostile agents of one repetition: their actions, based on the messages of the others so far. */
import { mutated } from '../../faults/mutation.js';
import { ANYTHING, matches, RAW_NAME, TRIGGER_EVENTS, type Trigger } from '../../faults/trigger.js';
import { createHostile, type Hostile, type HostileOptions } from '../../probe/device/hostile.js';
import type { HostileMessage, HostileProtocol, OverheardCall } from '../../probe/device/hostile-protocol.js';
import { type Target, TargetError } from '../../probe/targets/target.js';
import { createRng, drawId, type Rng } from '../../protocol/rng.js';
import type { LiveEvent, LiveWire } from '../../trace/bus.js';
import type { Stamp } from '../../trace/event.js';
import { readPlaceholder } from '../language/hostile-words.js';
import { LANGUAGE_DEFAULTS as DEFAULTS } from '../language/limits.js';
import type { ConnectionExpectation, HostileAct } from '../language/plan.js';

/** The name of hostile steps without an effect in the trace. */
const STEP_NAME = 'hostile';

/** Number of messages after which other agents get their turn. */
const IN_A_ROW_MAX = 32;

/** Maximum number of kinds of messages to keep, the latest of each. */
const REMEMBERED_MAX = 1_000;

/** Maximum number of calls to keep, and of the messages that announced one. */
const CALLS_MAX = 1_000;
const ANNOUNCEMENTS_MAX = 8;

/** A call of the run. */
interface KnownCall extends OverheardCall {
  readonly announcements: string[];
  /** The hostile agent that called; null for a call of the others. */
  readonly by: string | null;
}

type Made = HostileMessage | null;

export interface HostilesOptions extends Omit<HostileOptions, 'address' | 'protocol' | 'changed'> {
  readonly seed: string;
  readonly changed: () => void;
  /** Whether the repetition has been stopped. */
  readonly isOver: () => boolean;
}

export class Hostiles {
  readonly #options: HostilesOptions;
  readonly #agents = new Map<string, { readonly hostile: Hostile; readonly token: string; turn: Promise<void> }>();
  /** Oldest first. */
  readonly #calls: KnownCall[] = [];
  /** The latest message of each device, direction, kind and reason. */
  readonly #latest = new Map<string, Stamp & LiveWire>();
  readonly #rng: Rng;

  constructor(options: HostilesOptions) {
    this.#options = options;
    this.#rng = createRng(options.seed).fork('hostile');
  }

  /** Adds an agent with its token. From the first one on, messages of the other agents are collected. */
  add(agent: string, protocol: HostileProtocol, token: string): void {
    if (this.#agents.size === 0) this.#options.bus.subscribe((event) => this.#listen(event));
    const address = { user: agent, device: DEFAULTS.device };
    this.#agents.set(agent, {
      hostile: createHostile({ ...this.#options, address, protocol }),
      token,
      turn: Promise.resolve(),
    });
  }

  /** Whether any of them has sent anything. */
  get haveSpoken(): boolean {
    return [...this.#agents.values()].some(({ hostile }) => hostile.last !== null);
  }

  /** Waits until the target has reported everything; returns why it stopped answering after a hostile message, or null. */
  async settled(target: Target): Promise<string | null> {
    try {
      await target.settle();
      return null;
    } catch (error) {
      if (!this.haveSpoken || !(error instanceof TargetError) || target.fault() !== null) throw error;
      return error.message;
    }
  }

  /** Performs a step, after the earlier steps of this agent. `text` describes it. */
  act(agent: string, act: HostileAct, text: string): Promise<void> {
    const own = this.#agents.get(agent);
    if (own === undefined) throw new Error(`no hostile agent ${agent} in this scenario`);
    own.turn = own.turn.then(() => this.#act(agent, own.hostile, own.token, act, text));
    return own.turn;
  }

  /** Whether the connections have the expected states. */
  areSo(expectations: readonly ConnectionExpectation[]): boolean {
    return expectations.every(({ agent, anyOf }) => {
      const standing = this.#agents.get(agent)?.hostile.standing ?? null;
      if (standing === null) return false;
      return anyOf.some((spec) =>
        spec.open ? standing.open : !standing.open && (spec.code === null || spec.code === standing.code),
      );
    });
  }

  /** Their states: `mallory=closed(4400)`. */
  standingText(expectations: readonly ConnectionExpectation[]): string {
    return expectations
      .map(({ agent }) => {
        const standing = this.#agents.get(agent)?.hostile.standing ?? null;
        return `${agent}=${standing === null ? 'never connected' : standing.open ? 'open' : `closed(${standing.code})`}`;
      })
      .join(' ');
  }

  stop(): void {
    for (const { hostile } of this.#agents.values()) hostile.stop();
  }

  async #act(agent: string, hostile: Hostile, token: string, act: HostileAct, text: string): Promise<void> {
    switch (act.do) {
      case 'connect':
        return hostile.connect();
      case 'log in': {
        const failure = await hostile.logIn();
        return failure === null ? undefined : this.#idle(hostile, `${text}: ${failure}`);
      }
      case 'leave':
        return hostile.leave();
      case 'send': {
        const { message } = act;
        const filled = (): Made => {
          const whole = typeof message === 'string' ? message : this.#filled(message, hostile, agent, token);
          return whole === null ? null : hostile.protocol.raw(whole);
        };
        return this.#say(hostile, act.times, text, filled);
      }
      case 'replay':
        if (this.#isStrange(act.trigger, hostile)) return this.#leftOut(hostile, text);
        return this.#say(hostile, act.times, text, () => this.#again(act.trigger, hostile));
      case 'repeat': {
        const { last } = hostile;
        return this.#say(hostile, act.times, text, () => last);
      }
      case 'mutate':
        if (this.#isStrange(act.trigger, hostile)) return this.#leftOut(hostile, text);
        return this.#mutate(hostile, act.trigger, act.times, text);
      case 'forge':
        return this.#forge(agent, hostile, act, text);
    }
  }

  /** Sends a message several times, until the server disconnects the agent. */
  async #say(hostile: Hostile, times: number, text: string, next: () => Made): Promise<void> {
    if (next() === null) return this.#idle(hostile, `${text}: there is no such message or call yet`);
    await hostile.comeBack();
    let said = 0;
    for (; said < times && !this.#options.isOver(); said++) {
      const message = next();
      if (message === null || !(await hostile.say(message))) break;
      if (said % IN_A_ROW_MAX === IN_A_ROW_MAX - 1) await new Promise((resolve) => setImmediate(resolve));
    }
    if (said === 0) return this.#idle(hostile, `${text}: no connection`);
    if (said < times) this.#log(hostile, `${text}: disconnected after ${said} of ${times} messages`);
  }

  async #mutate(hostile: Hostile, trigger: Trigger, times: number, text: string): Promise<void> {
    const rng = this.#rng.fork(`${hostile.address.user} ${text} ${++this.#mutations}`);
    if (this.#again(trigger, hostile) === null) return this.#idle(hostile, `${text}: there is no such message yet`);
    let said = 0;
    for (let time = 0; time < times && !this.#options.isOver(); time++) {
      await hostile.comeBack();
      const message = this.#again(trigger, hostile);
      if (message === null) break;
      const mutation = mutated(message.text, rng, time);
      this.#log(hostile, mutation.summary);
      if (!(await hostile.say(hostile.protocol.broken(message, mutation.text, mutation.summary)))) continue;
      said += 1;
      await hostile.reaction();
    }
    if (said === 0) this.#idle(hostile, `${text}: no connection`);
  }
  #mutations = 0;

  /** Sends the messages of an action in a call that need not be its own. */
  async #forge(agent: string, hostile: Hostile, act: Extract<HostileAct, { do: 'forge' }>, text: string): Promise<void> {
    const { action, callee, nth, times } = act;
    const isNew = action === 'call' && nth === null;
    const call = isNew ? this.#begun(agent, hostile, callee ?? '') : this.#callOf(agent, nth);
    if (call === undefined) return this.#idle(hostile, `${text}: there is no such message or call yet`);
    await hostile.comeBack();
    const forged = hostile.protocol.forge({ action, call, callee });
    if ('missing' in forged) {
      if (forged.missing === 'action') return this.#leftOut(hostile, `${text}: ${forged.why}`);
      return this.#idle(hostile, `${text}: ${forged.why}`);
    }
    for (const message of forged.messages) await this.#say(hostile, times, text, () => hostile.protocol.numbered(message));
  }

  #begun(agent: string, hostile: Hostile, callee: string): KnownCall {
    const call = { id: hostile.protocol.newCall(callee), caller: agent, announcements: [], by: agent };
    if (this.#calls.length < CALLS_MAX) this.#calls.push(call);
    return call;
  }

  /** The nth call of the other agents, or the latest of them and of its own. */
  #callOf(agent: string, nth: number | null): KnownCall | undefined {
    if (nth !== null) return this.#calls.filter(({ by }) => by === null)[nth - 1];
    return this.#calls.findLast(({ by }) => by === null || by === agent);
  }

  /** Whether the target has no such messages at all. */
  #isStrange({ verb, event }: Trigger, { protocol }: Hostile): boolean {
    const wanted = TRIGGER_EVENTS.find(({ word }) => word === event)?.[verb] ?? event;
    if (event === ANYTHING || RAW_NAME.test(event)) return false;
    return protocol.has(verb === 'sends' ? 'out' : 'in', wanted) === false;
  }

  /** The latest message of that kind, as this agent sends it. */
  #again(trigger: Trigger, hostile: Hostile): Made {
    let latest: (Stamp & LiveWire) | null = null;
    for (const event of this.#latest.values()) {
      const { node, dir, kind, name, reason = null } = event;
      const isMeant = matches(trigger, { node, dir, kind, name, reason });
      if (isMeant && (latest === null || event.n > latest.n)) latest = event;
    }
    return latest === null ? null : hostile.protocol.again(latest);
  }

  /** The message with its placeholders filled in; null if the call does not exist yet. */
  #filled(message: Readonly<Record<string, unknown>>, hostile: Hostile, agent: string, token: string): string | null {
    let isWhole = true;
    const fill = (value: unknown): unknown => {
      if (Array.isArray(value)) return value.map(fill);
      if (typeof value === 'object' && value !== null) {
        return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, fill(part)]));
      }
      const read = typeof value === 'string' ? readPlaceholder(value) : null;
      if (read === null || !read.ok) return value;
      switch (read.value.name) {
        case 'seq':
          return hostile.protocol.nextSeq;
        case 'id':
          return `x-${drawId(read.value.of === null ? this.#rng : this.#rng.fork(`id ${read.value.of}`), 2)}`;
        case 'user':
          return agent;
        case 'device':
          return hostile.address.device;
        case 'token':
          return token;
        case 'call': {
          const { nth } = read.value;
          const others = this.#calls.filter(({ by }) => by === null);
          const call = nth === null ? others.at(-1) : others[nth - 1];
          if (call === undefined) isWhole = false;
          return call?.id ?? '';
        }
      }
    };
    const filled = JSON.stringify(fill(message));
    return isWhole ? filled : null;
  }

  #listen(event: LiveEvent): void {
    if (event.type === 'action' && event.action === 'call' && event.call !== null) {
      const id = event.call;
      if (this.#calls.length >= CALLS_MAX || this.#calls.some((call) => call.id === id)) return;
      this.#calls.push({ id, caller: event.node.split('/')[0] ?? null, announcements: [], by: null });
      return;
    }
    if (event.type !== 'wire' || event.node === 'server' || this.#isHostile(event.node)) return;
    const key = `${event.node} ${event.dir} ${event.kind} ${event.reason ?? ''}`;
    if (this.#latest.size < REMEMBERED_MAX || this.#latest.has(key)) this.#latest.set(key, event);
    if (event.dir === 'in' && event.kind.startsWith('event.inviting')) {
      const call = this.#calls.find(({ id, by }) => by === null && id === event.call);
      if (call !== undefined && call.announcements.length < ANNOUNCEMENTS_MAX) call.announcements.push(event.text);
    }
  }

  #isHostile(node: string): boolean {
    return this.#agents.has(node.split('/')[0] ?? '');
  }

  /** A step that this target has no message for. */
  #leftOut(hostile: Hostile, text: string): void {
    this.#log(hostile, `left out, since the target has no such message: ${text}`);
  }

  /** A step without an effect: it is recorded like a fault that never took effect, so that the run is unknown. */
  #idle(hostile: Hostile, message: string): void {
    const fault = {
      type: 'fault',
      fault: STEP_NAME,
      layer: null,
      act: 'armed',
      target: null,
      message,
      absence: null,
      struck: null,
    } as const;
    this.#record(hostile, fault);
  }

  #log(hostile: Hostile, message: string): void {
    this.#record(hostile, { type: 'log', level: 'info', message, data: {} });
  }

  #record(hostile: Hostile, body: Parameters<HostilesOptions['bus']['publish']>[3]): void {
    const { bus, clock } = this.#options;
    bus.publish(`${hostile.address.user}/${hostile.address.device}`, clock.now(), null, body);
  }
}
